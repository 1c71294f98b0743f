"""What the database refuses of gates, in raw SQL as the site: each refusal by its name, beside a twin."""

import uuid

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction

from governance import canonical, clock
from governance.audit import trail
from governance.dossiers import actions as dossiers
from governance.evidence import actions as evidence
from governance.gates import actions, queries
from governance.gates.findings import frozen
from governance.gates.models import GateReview
from governance.programmes import actions as programmes
from governance.roles.choices import Role
from tests.governance.gates.conftest import Gates
from tests.makers import days, programme

pytestmark = pytest.mark.django_db
GENERATED = {"gates_gatesignature": {"terms_fp"}}


@pytest.fixture
def ready(cast):
    return Gates(cast).make_ready()


@pytest.fixture
def review(ready):
    """The first gate before the sponsors, everything met."""
    return ready.submitted()


@pytest.fixture
def signed(ready, review):
    """The same, with one signature for a go."""
    return ready.sign(review, ready.cast.helene)


def run(sql, values=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def insert(table, **row):
    """Insert as the site would, were the verbs not there."""
    row = {"id": uuid.uuid4(), **row}
    names = ", ".join(f'"{name}"' for name in row)
    run(f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(row))})", list(row.values()))
    return row["id"]


def settle():
    """Ask what is otherwise asked at commit."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("SET CONSTRAINTS ALL DEFERRED")


def refusal(act):
    """The name of the constraint or guard that refuses, at once or at commit."""

    def settled():
        with transaction.atomic():
            act()
            settle()

    with pytest.raises(DatabaseError) as refused:
        settled()
    return refused.value.__cause__.diag.constraint_name


def passes(act):
    """The twin: the same act, lawful."""
    with transaction.atomic():
        made = act()
        settle()
    return made


def terms(outcome="go", rationale="Critères atteints.", **more):
    return canonical.text({"outcome": outcome, "rationale": rationale, **more})


def signature(review, person, **changes):
    row = {
        "review_id": review.pk,
        "submitted_by_id": review.submitted_by_id,
        "person_id": person.pk,
        "department": person.department,
        "outcome": "go",
        "terms": terms(),
        "findings_fp": review.edition.fp,
        "edition_fp": review.edition.fp,
        "reauth_age_s": 0,
    } | changes
    return insert("gates_gatesignature", **row)


def decision(first, second, **changes):
    row = {
        "review_id": first.review_id,
        "outcome": first.outcome,
        "terms_fp": first.terms_fp,
        "first_id": first.pk,
        "first_department": first.department,
        "second_id": second,
        "second_department": "it",
        "rationale": "Critères atteints.",
        "effective_on": clock.today(),
        "should_score": 1,
    } | changes
    return insert("gates_gatedecision", **row)


def decide(first, second, **changes):
    """A whole decision in raw SQL: the row, and the review that it ends."""
    made = decision(first, second, **changes)
    run("UPDATE gates_gatereview SET status = 'decided' WHERE id = %s", [first.review_id])
    return made


# --- signatures ---------------------------------------------------------------------------------------


def test_only_what_was_submitted_is_signed(ready):
    review = ready.attested(ready.prepared())
    edition = dossiers.freeze_findings(review.dossier, number=9, findings={}, authors=[], by=ready.cast.paul)
    review.edition, review.submitted_by = edition, ready.cast.paul
    assert refusal(lambda: signature(review, ready.cast.helene)) == "gate_review_submitted"
    review.refresh_from_db()  # only this object pretended to be submitted
    submitted = actions.submit(review, by=ready.cast.paul)
    passes(lambda: signature(submitted, ready.cast.helene))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"edition_fp": "sha256:" + "0" * 64}, "gate_signed_content"),
        ({"outcome": "kill"}, "gate_terms_say_the_outcome"),
        ({"terms": "{}"}, "gate_terms_say_the_outcome"),
        ({"reauth_age_s": 301}, "gate_signed_after_signing_in_again"),
        ({"reauth_age_s": -1}, "gate_signed_after_signing_in_again"),
        ({"department": "it"}, "gate_signed_by_a_sponsor"),
        ({"replaced_at": "2026-01-01T00:00:00Z"}, "replaced_later"),
    ],
)
def test_a_signature_says_what_was_read_by_whom_and_when(ready, review, changes, name):
    assert refusal(lambda: signature(review, ready.cast.helene, **changes)) == name
    passes(lambda: signature(review, ready.cast.helene))


@pytest.mark.parametrize("who", ["paul", "fatou", "diane"])
def test_sponsors_alone_sign(ready, review, who):
    assert refusal(lambda: signature(review, getattr(ready.cast, who))) == "gate_signed_by_a_sponsor"
    passes(lambda: signature(review, ready.cast.bruno))


def test_a_sponsor_of_another_programme_does_not_sign(ready, review):
    other = ready.cast.newcomer("celeste.ailleurs")
    programme("AUTR", sponsor=other)
    assert refusal(lambda: signature(review, other)) == "gate_signed_by_a_sponsor"


def test_a_sponsor_whose_role_was_withdrawn_does_not_sign(ready, review):
    run(
        "UPDATE roles_roleassignment SET revoked_on = %s, reason = 'x' WHERE person_id = %s",
        [clock.today(), ready.cast.bruno.pk],
    )
    assert refusal(lambda: signature(review, ready.cast.bruno)) == "gate_signed_by_a_sponsor"


def test_a_person_signs_once(ready, review, signed):
    assert refusal(lambda: signature(review, ready.cast.helene)) == "one_gate_signature_a_person"
    passes(lambda: signature(review, ready.cast.bruno))


def test_a_department_signs_once(ready, review, signed):
    odile = ready.cast.newcomer("odile.message", role=Role.SPONSOR)
    assert refusal(lambda: signature(review, odile)) == "one_gate_signature_a_department"


def test_the_submitter_does_not_decide(ready):
    review = ready.attested(ready.prepared())
    edition = dossiers.freeze_findings(
        review.dossier,
        number=1,
        findings=frozen(*[queries.findings(review.gate, review)] * 2),
        authors=[],
        by=ready.cast.bruno,
    )
    run(
        "UPDATE gates_gatereview SET status = 'submitted', edition_id = %s, submitted_by_id = %s,"
        " submitted_at = jalon_now() WHERE id = %s",
        [edition.pk, ready.cast.bruno.pk, review.pk],
    )
    review.refresh_from_db()
    assert refusal(lambda: signature(review, ready.cast.bruno)) == "submitter_does_not_decide"
    # nor by naming another submitter
    pretended = {"submitted_by_id": ready.cast.paul.pk}
    assert refusal(lambda: signature(review, ready.cast.bruno, **pretended)) == "gate_signed_after_submitter"
    passes(lambda: signature(review, ready.cast.helene))


def test_a_signature_is_replaced_once_and_never_changed(ready, review, signed, owner):
    replace = "UPDATE gates_gatesignature SET replaced_at = jalon_now() WHERE id = %s"
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        run("UPDATE gates_gatesignature SET outcome = 'kill' WHERE id = %s", [signed.pk])
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        run("DELETE FROM gates_gatesignature WHERE id = %s", [signed.pk])
    passes(lambda: run(replace, [signed.pk]))
    assert refusal(lambda: run(replace, [signed.pk])) == "gate_signature_written_once"
    back = "UPDATE gates_gatesignature SET replaced_at = NULL WHERE id = %s"
    assert refusal(lambda: run(back, [signed.pk])) == "gate_signature_written_once"


def test_a_signature_of_a_decision_is_not_replaced(ready, review, signed):
    ready.sign(review, ready.cast.bruno)
    replace = "UPDATE gates_gatesignature SET replaced_at = jalon_now() WHERE id = %s"
    assert refusal(lambda: run(replace, [signed.pk])) == "gate_signature_written_once"


# --- decisions ----------------------------------------------------------------------------------------


def test_a_decision_takes_two_live_signatures_of_two_departments(ready, review, signed):
    one = {"second_id": signed.pk}
    assert refusal(lambda: decide(signed, None, **one)) == "decided_by_two"  # A21: a slot is missing
    second = passes(lambda: signature(review, ready.cast.bruno))
    assert refusal(lambda: decide(signed, second, second_department="marketing")) == "two_departments"
    wrong = {"terms_fp": "sha256:" + "1" * 64}
    assert refusal(lambda: decide(signed, second, **wrong)) == "decided_by_first"
    passes(lambda: decide(signed, second))


def test_a_replaced_signature_decides_nothing(ready, review, signed):
    second = passes(lambda: signature(review, ready.cast.bruno))
    run("UPDATE gates_gatesignature SET replaced_at = jalon_now() WHERE id = %s", [second])
    assert refusal(lambda: decide(signed, second)) == "decided_by_two"


def test_signatures_of_other_terms_do_not_decide_together(ready, review, signed):
    second = passes(lambda: signature(review, ready.cast.bruno, terms=terms(rationale="Autre raison.")))
    assert refusal(lambda: decide(signed, second)) == "decided_by_second"


@pytest.mark.parametrize(
    "changes", [{"rationale": "Tout autre chose."}, {"revisit_on": "2030-01-01"}, {"should_score": "0.5"}]
)
def test_a_decision_says_the_terms_that_were_signed(ready, review, signed, changes):
    second = passes(lambda: signature(review, ready.cast.bruno))
    assert refusal(lambda: decide(signed, second, **changes)) == "decision_says_the_terms"


def test_a_go_follows_the_findings(cast):
    bare = Gates(cast)
    review = bare.submitted()  # G0-03 and G0-05 fail
    first = signature(review, cast.helene)
    second = signature(review, cast.bruno)
    held = queries.live_signatures(review)[0]
    assert held.pk == first
    score = str(queries.frozen_standing(review).should_score)
    assert refusal(lambda: decide(held, second, should_score=score)) == "outcome_follows_findings"


def forged(ready, change):
    """An attempt whose frozen findings were written by hand: whether a go is decided on them."""
    review = ready.attested(ready.prepared())
    findings = frozen(*[queries.findings(review.gate, review)] * 2)
    findings["criteria"] = change(findings["criteria"])
    edition = dossiers.freeze_findings(
        review.dossier, number=1, findings=findings, authors=[], by=ready.cast.paul
    )
    submit = (
        "UPDATE gates_gatereview SET status = 'submitted', edition_id = %s, submitted_by_id = %s,"
        " submitted_at = jalon_now() WHERE id = %s"
    )
    run(submit, [edition.pk, ready.cast.paul.pk, review.pk])
    review.refresh_from_db()
    signature(review, ready.cast.helene)
    second = signature(review, ready.cast.bruno)
    first = next(each for each in queries.live_signatures(review) if each.pk != second)
    return lambda: decide(first, second, should_score=str(findings["should_score"]))


@pytest.mark.parametrize(
    "change",
    [
        lambda criteria: [{k: v for k, v in each.items() if k != "outcome"} for each in criteria],
        lambda criteria: [{**each, "level": "MUST", "outcome": "fail"} for each in criteria],
        lambda criteria: [],
        lambda criteria: criteria[1:],
    ],
    ids=["no outcome", "another level", "none", "one left out"],
)
def test_findings_that_keep_silent_decide_no_go(ready, change):
    assert refusal(forged(ready, change)) == "outcome_follows_findings"


def test_findings_that_say_it_all_decide_a_go(ready):
    passes(forged(ready, lambda criteria: criteria))


def test_a_withdrawn_attempt_is_not_decided(ready, review, signed):
    second = passes(lambda: signature(review, ready.cast.bruno))
    actions.withdraw(review, by=ready.cast.paul, reason="Trop tôt.")
    assert refusal(lambda: decision(signed, second)) == "gate_decided_while_submitted"


def test_a_decision_ends_its_review_and_only_a_decision_does(ready, review, signed):
    second = passes(lambda: signature(review, ready.cast.bruno))
    assert refusal(lambda: decision(signed, second)) == "gate_decision_ends_the_review"
    end = "UPDATE gates_gatereview SET status = 'decided' WHERE id = %s"
    assert refusal(lambda: run(end, [review.pk])) == "gate_decided_by_a_decision"
    passes(lambda: decide(signed, second))


def test_the_conditions_made_are_those_signed(cast):
    bare = Gates(cast)
    programmes.set_vision_draft(bare.programme, "x" * 200, by=cast.paul)
    review = bare.submitted()
    asked = {"criterion": "G0-03", "text": "Nommer CRM et réseau.", "owner": cast.paul, "due_on": days(20)}
    for person in (cast.helene, cast.bruno):
        bare.sign(review, person, "conditional_go", conditions=[asked])
    settle()
    review.refresh_from_db()
    ((condition,),) = run("SELECT id FROM conditions_condition WHERE programme_id = %s", [bare.programme.pk])
    # one more than signed
    other = insert(
        "conditions_condition",
        version=1,
        programme_id=bare.programme.pk,
        code="COND-99",
        criterion="G0-04",
        text="Autre chose.",
        owner_id=cast.paul.pk,
        due_on=days(20),
        severity="follow_up",
        status="open",
        set_at=clock.now(),
        waiver_reason="",
    )
    extra = {"decision_id": review.decision.pk, "condition_id": other}
    assert refusal(lambda: insert("gates_gatecondition", **extra)) == "gate_conditions_as_signed"
    twice = {"decision_id": review.decision.pk, "condition_id": condition}
    assert refusal(lambda: insert("gates_gatecondition", **twice)) == "gates_gatecondition_condition_id_key"


def test_a_conditional_go_without_its_condition_is_not_decided(cast):
    bare = Gates(cast)
    programmes.set_vision_draft(bare.programme, "x" * 200, by=cast.paul)
    review = bare.submitted()
    said = {
        "outcome": "conditional_go",
        "terms": terms(
            "conditional_go",
            conditions=[
                {"criterion": "G0-03", "text": "Nommer.", "owner": cast.paul.email, "due_on": days(20)}
            ],
        ),
    }
    signature(review, cast.helene, **said)
    second = signature(review, cast.bruno, **said)
    first = queries.live_signatures(review)[0]
    score = {"should_score": str(queries.frozen_standing(review).should_score)}
    assert refusal(lambda: decide(first, second, **score)) == "gate_conditions_as_signed"


# --- reviews ------------------------------------------------------------------------------------------


def attempt(gates, *, code="G0", number=7, kind="gate_review", home=None, **changes):
    dossier = dossiers.open_dossier(home or gates.programme, kind=kind, code=f"{code}-{number}", name_fr="x")
    row = {
        "version": 1,
        "gate_id": gates.gate(code).pk,
        "attempt": number,
        "dossier_id": dossier.pk,
        "status": "preparing",
        "prepared_by_id": gates.cast.paul.pk,
    } | changes
    return insert("gates_gatereview", **row)


def test_an_attempt_begins_in_preparation_in_its_programme(ready):
    other = programme("AUTR", sponsor=ready.cast.newcomer("celeste.ailleurs"))
    assert refusal(lambda: attempt(ready, status="decided")) == "gate_review_begins_in_preparation"
    assert refusal(lambda: attempt(ready, status="withdrawn")) == "gate_review_begins_in_preparation"
    assert refusal(lambda: attempt(ready, home=other)) == "gate_review_in_its_programme"
    assert refusal(lambda: attempt(ready, kind="use_case")) == "gate_review_in_its_programme"
    passes(lambda: attempt(ready))
    assert refusal(lambda: attempt(ready, number=8)) == "one_review_under_way"


def test_an_attempt_ends_once(ready, review):
    change = "UPDATE gates_gatereview SET status = %s WHERE id = %s"
    assert refusal(lambda: run(change, ["preparing", review.pk])) == "gate_review_ends_once"
    other = "UPDATE gates_gatereview SET submitted_at = submitted_at + interval '1 day' WHERE id = %s"
    assert refusal(lambda: run(other, [review.pk])) == "gate_review_ends_once"
    actions.withdraw(review, by=ready.cast.paul, reason="Trop tôt.")
    for status in ("preparing", "submitted", "decided", "withdrawn"):
        assert refusal(lambda status=status: run(change, [status, review.pk])) == "gate_review_ends_once"


def test_a_passed_gate_is_not_reopened(ready):
    review = ready.decided()
    settle()
    change = "UPDATE gates_gatereview SET status = %s WHERE id = %s"
    for status in ("preparing", "submitted", "withdrawn"):
        assert refusal(lambda status=status: run(change, [status, review.pk])) == "gate_review_ends_once"
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        run("UPDATE gates_gatedecision SET outcome = 'kill'")
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        run("DELETE FROM gates_gatedecision")


def test_an_attempt_keeps_its_place(ready):
    review = ready.prepared()
    move = "UPDATE gates_gatereview SET gate_id = %s WHERE id = %s"
    assert refusal(lambda: run(move, [ready.gate("G1").pk, review.pk])) == "gate_review_keeps_its_place"
    number = "UPDATE gates_gatereview SET attempt = 9 WHERE id = %s"
    assert refusal(lambda: run(number, [review.pk])) == "gate_review_keeps_its_place"


def test_an_attempt_is_submitted_with_the_edition_of_its_own_dossier(ready):
    review = ready.prepared()
    stranger = dossiers.open_dossier(ready.programme, kind="gate_review", code="G0-X", name_fr="x")
    edition = dossiers.freeze_findings(stranger, number=1, findings={}, authors=[], by=ready.cast.paul)
    submit = (
        "UPDATE gates_gatereview SET status = 'submitted', edition_id = %s, submitted_by_id = %s,"
        " submitted_at = jalon_now() WHERE id = %s"
    )
    foreign = [edition.pk, ready.cast.paul.pk, review.pk]
    assert refusal(lambda: run(submit, foreign)) == "gate_review_of_its_dossier"
    own = dossiers.freeze_findings(review.dossier, number=1, findings={}, authors=[], by=ready.cast.paul)
    by_another = [own.pk, ready.cast.helene.pk, review.pk]
    assert refusal(lambda: run(submit, by_another)) == "gate_review_submitted_with_its_edition"
    passes(lambda: run(submit, [own.pk, ready.cast.paul.pk, review.pk]))


def test_no_gate_is_skipped(ready):
    made = attempt(ready, code="G2")
    dossier = GateReview.objects.get(pk=made).dossier
    edition = dossiers.freeze_findings(dossier, number=1, findings={}, authors=[], by=ready.cast.paul)
    submit = (
        "UPDATE gates_gatereview SET status = 'submitted', edition_id = %s, submitted_by_id = %s,"
        " submitted_at = jalon_now() WHERE id = %s"
    )
    assert refusal(lambda: run(submit, [edition.pk, ready.cast.paul.pk, made])) == "gates_in_sequence"


def test_a_passed_gate_is_not_submitted_again(ready):
    ready.decided()
    made = attempt(ready, number=2)
    dossier = GateReview.objects.get(pk=made).dossier
    edition = dossiers.freeze_findings(dossier, number=1, findings={}, authors=[], by=ready.cast.paul)
    submit = (
        "UPDATE gates_gatereview SET status = 'submitted', edition_id = %s, submitted_by_id = %s,"
        " submitted_at = jalon_now() WHERE id = %s"
    )
    assert refusal(lambda: run(submit, [edition.pk, ready.cast.paul.pk, made])) == "gates_in_sequence"


def test_the_criteria_that_bind_a_programme_are_not_edited(ready):
    for statement in (
        "UPDATE gates_gatecriterion SET level = 'should', weight = 1",
        "DELETE FROM gates_gatecriterion",
        "UPDATE gates_gate SET from_phase = NULL",
        "DELETE FROM gates_gate",
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            run(statement)


# --- attestations -------------------------------------------------------------------------------------


def attestation(review, criterion, person):
    return insert(
        "gates_attestation", review_id=review.pk, criterion_id=criterion.pk, by_id=person.pk, comment=""
    )


def test_the_named_role_attests_while_the_attempt_is_prepared(ready):
    review, cast = ready.prepared(), ready.cast
    g0_05, g0_01, g1_14 = ready.criterion("G0-05"), ready.criterion("G0-01"), ready.criterion("G1-14")
    assert refusal(lambda: attestation(review, g0_05, cast.paul)) == "attested_by_the_role"
    assert refusal(lambda: attestation(review, g0_01, cast.helene)) == "attested_for_its_gate"
    assert refusal(lambda: attestation(review, g1_14, cast.helene)) == "attested_for_its_gate"
    passes(lambda: attestation(review, g0_05, cast.helene))
    actions.submit(review, by=cast.paul)
    assert refusal(lambda: attestation(review, g0_05, cast.helene)) == "attested_while_preparing"


def test_evidence_is_attached_with_the_word_not_after(ready):
    cast, review = ready.cast, ready.prepared()
    proof = evidence.add(
        ready.programme, by=cast.paul, title="Note", kind="document", url="https://a.example/n"
    )
    word = passes(lambda: attestation(review, ready.criterion("G0-05"), cast.helene))
    attach = "INSERT INTO gates_attestation_evidence (attestation_id, evidence_id) VALUES (%s, %s)"
    other = programme("AUTR", sponsor=cast.newcomer("celeste.ailleurs"))
    foreign = evidence.add(other, by=cast.paul, title="Note", kind="document", url="https://a.example/n")
    assert refusal(lambda: run(attach, [word, foreign.pk])) == "attested_with_evidence_at_hand"
    passes(lambda: run(attach, [word, proof.pk]))
    late = evidence.add(
        ready.programme, by=cast.paul, title="Tard", kind="document", url="https://a.example/t"
    )
    actions.submit(review, by=cast.paul)
    assert refusal(lambda: run(attach, [word, late.pk])) == "attested_with_evidence_at_hand"


# --- phases -------------------------------------------------------------------------------------------


def move(programme, kind, status):
    run(
        "UPDATE programmes_phase SET status = %s WHERE programme_id = %s AND kind = %s",
        [status, programme.pk, kind],
    )


def test_a_phase_opens_behind_its_gate(ready):
    for kind in ("cadrage", "setup", "run"):
        assert refusal(lambda kind=kind: move(ready.programme, kind, "open")) == "phase_opened_by_a_gate"
    ready.decided()
    settle()
    assert refusal(lambda: move(ready.programme, "cadrage", "closed")) == "phase_closed_by_a_gate"
    assert refusal(lambda: move(ready.programme, "cadrage", "not_started")) == "phase_set_back_by_two"
    assert refusal(lambda: move(ready.programme, "cadrage", "on_hold")) == "phases_in_order"
    passes(lambda: move(ready.programme, "cadrage", "gate_pending"))


def test_phases_come_with_the_programme_and_keep_their_place(ready, cast):
    kind = ready.programme.phases.get(kind="run")
    rename = "UPDATE programmes_phase SET kind = 'x', \"order\" = 9 WHERE id = %s"
    assert refusal(lambda: run(rename, [kind.pk])) == "phase_keeps_its_place"
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        run("DELETE FROM programmes_phase WHERE id = %s", [kind.pk])
    bare = programme("AUTRE", sponsor=cast.helene)

    def add(of, **changes):
        row = {"programme_id": of.pk, "kind": "x", "order": 9, "status": "not_started", "version": 1}
        return insert("programmes_phase", **(row | changes))

    assert refusal(lambda: add(ready.programme)) == "phases_come_first"
    assert refusal(lambda: add(bare, status="open")) == "phases_come_first"
    passes(lambda: (trail.record("test.phase", by=cast.helene, about=bare), add(bare)))


def test_a_hold_lasts_until_its_day(ready, clock_at):
    ready.decided()
    gate = ready.gate("G1")
    review = actions.submit(actions.prepare(gate, by=ready.cast.paul), by=ready.cast.paul)
    for person in (ready.cast.helene, ready.cast.bruno):
        ready.sign(review, person, "hold", revisit_on=days(30))
    settle()
    assert refusal(lambda: move(ready.programme, "cadrage", "open")) == "hold_until_its_day"
    clock_at(days(31).isoformat())
    passes(lambda: move(ready.programme, "cadrage", "open"))


def test_where_no_gate_stands_phases_are_free(cast):
    passes(lambda: move(cast.programme, "setup", "open"))


# --- taking up again ----------------------------------------------------------------------------------


def reopening(decision, person, **changes):
    row = {
        "decision_id": decision.pk,
        "person_id": person.pk,
        "department": person.department,
        "reason": "Fait nouveau.",
        "reauth_age_s": 0,
    } | changes
    return insert("gates_reopening", **row)


def test_two_sponsors_of_two_departments_take_a_decision_up_again(ready):
    decided, cast = ready.decided().decision, ready.cast
    assert refusal(lambda: reopening(decided, cast.paul)) == "reopened_by_a_sponsor"
    assert refusal(lambda: reopening(decided, cast.helene, reason="")) == "reopened_for_a_reason"
    assert (
        refusal(lambda: reopening(decided, cast.helene, reauth_age_s=400))
        == "reopened_after_signing_in_again"
    )
    passes(lambda: reopening(decided, cast.helene))
    odile = cast.newcomer("odile.message", role=Role.SPONSOR)
    assert refusal(lambda: reopening(decided, odile)) == "one_reopening_a_department"
    passes(lambda: reopening(decided, cast.bruno))


def test_a_recycled_gate_has_nothing_to_take_up_again(ready):
    decided = ready.decided("recycle").decision
    assert refusal(lambda: reopening(decided, ready.cast.helene)) == "reopening_of_the_last_decision"


# --- events -------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_change_of_a_gate_leaves_an_event(cast):
    gates = Gates(cast)
    review = gates.prepared()

    def silently():
        with transaction.atomic():
            run("UPDATE gates_gatereview SET version = version + 1 WHERE id = %s", [review.pk])

    with pytest.raises(DatabaseError) as refused:
        silently()
    assert refused.value.__cause__.diag.constraint_name == "change_has_an_event"
    with transaction.atomic():
        run("UPDATE gates_gatereview SET version = version + 1 WHERE id = %s", [review.pk])
        trail.record("test.touched", by=cast.paul, about=review)
