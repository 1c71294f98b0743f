"""The life of a gate: prepared, attested, submitted, withdrawn, decided, taken up again."""

import pytest

from governance import clock
from governance.audit.models import Event
from governance.conditions import actions as conditions
from governance.errors import Refusal
from governance.evidence import actions as evidence
from governance.gates import actions, queries
from governance.gates.models import Attestation, GateSignature
from governance.gates.tasks import tell_gates
from governance.notices.models import Message
from governance.programmes import actions as programmes
from governance.roles import actions as roles
from governance.roles.choices import Role
from tests.governance.gates.conftest import Gates
from tests.makers import days

pytestmark = pytest.mark.django_db


def refusal(act, *args, **how):
    with pytest.raises(Refusal) as refused:
        act(*args, **how)
    return refused.value


def codes(act, *args, **how):
    return [each.code for each in refusal(act, *args, **how).objections]


def verbs(programme):
    return list(Event.objects.of(programme.code).values_list("verb", flat=True))


def told(person, event):
    return Message.objects.filter(person=person, event=event).count()


def phase(programme, kind):
    return programme.phases.get(kind=kind)


def proof(gates, title="Note"):
    return evidence.add(
        gates.programme, by=gates.cast.paul, title=title, kind="document", url="https://a.example/n"
    )


# --- preparing and attesting --------------------------------------------------------------------------


def test_an_attempt_is_numbered_and_alone(ready):
    review = ready.prepared()
    assert (review.attempt, review.status, str(review)) == (1, "preparing", "G0/1")
    assert codes(ready.prepared) == ["under_way"]


def test_a_word_is_given_while_the_attempt_is_prepared(ready):
    review = ready.prepared()
    word = actions.attest(review, ready.criterion("G0-05"), by=ready.cast.helene, comment=" Écrit et lu. ")
    assert (word.comment, clock.day_of(word.at)) == ("Écrit et lu.", clock.today())
    actions.submit(review, by=ready.cast.paul)
    assert codes(actions.attest, review, ready.criterion("G0-05"), by=ready.cast.helene) == ["wrong_state"]


def test_a_computed_criterion_takes_no_word(ready):
    refused = refusal(actions.attest, ready.prepared(), ready.criterion("G0-01"), by=ready.cast.helene)
    assert (refused.code, refused.status) == ("not_attested", 404)


def test_evidence_is_asked_where_the_library_asks_it(ready):
    ready.decided()
    review = ready.prepared("G1")
    criterion = ready.criterion("G1-14")
    assert codes(actions.attest, review, criterion, by=ready.cast.helene) == ["evidence_required"]
    old, new = proof(ready, "Ancien"), proof(ready, "Neuf")
    evidence.supersede(old, new, by=ready.cast.paul)
    assert codes(actions.attest, review, criterion, by=ready.cast.helene, evidence=[old]) == ["INV-15"]
    actions.attest(review, criterion, by=ready.cast.helene, evidence=[new])
    found = ready.finding("G1-14", "G1")
    assert (found.passes, found.evidence) == (True, [new.code])


def test_the_last_word_counts(ready):
    review = ready.prepared()
    for comment in ("Première.", "Seconde."):
        actions.attest(review, ready.criterion("G0-05"), by=ready.cast.helene, comment=comment)
    assert ready.finding("G0-05").comment == "Seconde."
    assert Attestation.objects.filter(review=review).count() == 2


# --- submitting and withdrawing -----------------------------------------------------------------------


def test_submitting_freezes_what_is_found_and_asks_the_sponsors(ready):
    review = ready.submitted()
    assert review.status == "submitted"
    assert review.edition.facet("FINDINGS")["should_score"] == 1
    assert len(review.edition.facet("FINDINGS")["criteria"]) == 8
    assert told(ready.cast.helene, "gate.submitted") == told(ready.cast.aude, "gate.submitted") == 1
    assert told(ready.cast.paul, "gate.submitted") == 0
    event = Event.objects.of("TALV").get(verb="gate.submitted")
    assert event.after_fp == review.edition.fp


def test_what_is_not_attested_simply_fails(ready):
    review = actions.submit(ready.prepared(), by=ready.cast.paul)
    failed = [each.code for each in queries.frozen_findings(review) if not each.passes]
    assert failed == ["G0-05", "G0-09"]


def test_the_phase_waits_with_its_gate(ready):
    ready.decided()
    review = actions.submit(ready.prepared("G1"), by=ready.cast.paul)
    assert phase(ready.programme, "cadrage").status == "gate_pending"
    actions.withdraw(review, by=ready.cast.paul, reason="Trop tôt.")
    assert phase(ready.programme, "cadrage").status == "open"
    assert review.edition.closed_as == "withdrawn"


def test_a_withdrawal_tells_who_had_signed_and_ends_the_attempt(ready):
    review = ready.submitted()
    ready.sign(review, ready.cast.helene)
    assert codes(actions.withdraw, review, by=ready.cast.paul, reason=" ") == ["missing_reason"]
    actions.withdraw(review, by=ready.cast.paul, reason="Trop tôt.")
    assert told(ready.cast.helene, "gate.withdrawn") == 1
    assert codes(actions.withdraw, review, by=ready.cast.paul, reason="Encore.") == ["terminal"]
    assert codes(ready.sign, review, ready.cast.bruno) == ["terminal"]
    assert ready.prepared().attempt == 2


# --- signing ------------------------------------------------------------------------------------------


def test_two_sponsors_of_two_departments_decide(ready):
    review = ready.submitted()
    first = ready.sign(review, ready.cast.helene)
    assert (first.department, first.outcome, first.edition_fp) == ("marketing", "go", review.edition.fp)
    assert told(ready.cast.bruno, "gate.signed") == 1
    assert codes(ready.sign, review, ready.cast.helene) == ["SOD-08"]
    second = ready.sign(review, ready.cast.bruno)
    review.refresh_from_db()
    decision = review.decision
    assert (decision.first, decision.second, decision.outcome) == (first, second, "go")
    assert decision.effective_on == clock.today()
    ready.programme.refresh_from_db()
    assert ready.programme.status == "active"
    framing = phase(ready.programme, "cadrage")
    assert (framing.status, framing.actual_start) == ("open", clock.today())
    assert verbs(ready.programme)[-4:] == ["gate.signed", "gate.decided", "programme.started", "phase.opened"]
    assert told(ready.cast.victor, "gate.decided") == told(ready.cast.victor, "phase.opened") == 1


def test_a_second_sponsor_of_the_same_department_adds_nothing(ready):
    odile = ready.cast.newcomer("odile.message", role=Role.SPONSOR)
    review = ready.submitted()
    ready.sign(review, ready.cast.helene)
    assert codes(ready.sign, review, odile) == ["SOD-08"]


def test_other_terms_replace_the_first_signature_which_falls(ready):
    review = ready.submitted()
    first = ready.sign(review, ready.cast.helene)
    second = ready.sign(review, ready.cast.bruno, rationale="D'autres raisons.")
    first.refresh_from_db()
    assert first.replaced_at is not None
    assert told(ready.cast.helene, "gate.signature_replaced") == 1
    assert queries.live_signatures(review) == [second]
    review.refresh_from_db()
    assert review.status == "submitted"
    ready.sign(review, ready.cast.helene, rationale="D'autres raisons.")
    review.refresh_from_db()
    assert review.decision.rationale == "D'autres raisons."


def test_one_may_change_ones_mind_alone(ready):
    review = ready.submitted()
    ready.sign(review, ready.cast.helene)
    ready.sign(review, ready.cast.helene, "recycle", rationale="À revoir.")
    (standing,) = queries.live_signatures(review)
    assert standing.outcome == "recycle"
    assert told(ready.cast.helene, "gate.signature_replaced") == 0


def test_what_fell_since_the_submission_stops_every_signature(ready):
    review = ready.submitted()
    ready.sign(review, ready.cast.helene)
    programmes.set_vision_draft(ready.programme, "Court.", by=ready.cast.paul)
    refused = refusal(ready.sign, review, ready.cast.bruno)
    assert (refused.code, refused.status) == ("findings_moved", 409)
    programmes.set_vision_draft(ready.programme, "x" * 200, by=ready.cast.paul)
    ready.sign(review, ready.cast.bruno)


def test_a_plain_go_is_refused_with_the_list_of_what_is_missing(gates):
    review = gates.submitted()
    refused = refusal(gates.sign, review, gates.cast.helene)
    assert [each.code for each in refused.objections] == ["G0-03", "G0-05"]
    assert refused.status == 409
    assert all(each.who_can for each in refused.objections)


def test_the_reasons_are_asked(ready):
    assert codes(ready.sign, ready.submitted(), ready.cast.helene, rationale="  ") == ["rationale"]


# --- the five outcomes --------------------------------------------------------------------------------


@pytest.fixture
def nearly(gates):
    """The first gate can pass but for G0-03, which a condition may make up for."""
    programmes.set_vision_draft(gates.programme, "x" * 200, by=gates.cast.paul)
    return gates


def condition(gates, **changes):
    return {
        "criterion": "G0-03",
        "text": "Nommer CRM et réseau.",
        "owner": gates.cast.paul,
        "due_on": days(20),
        **changes,
    }


def test_a_go_under_conditions_makes_them(nearly):
    review = nearly.decided("conditional_go", conditions=[condition(nearly)])
    (made,) = queries.conditions_of(review.decision)
    assert (made.code, made.criterion, made.owner, made.function) == (
        "COND-01",
        "G0-03",
        nearly.cast.paul,
        None,
    )
    assert phase(nearly.programme, "cadrage").status == "open"
    event = Event.objects.of("TALV").get(verb="gate.decided")
    assert '"conditions":["COND-01"]' in event.payload
    assert '"failed":["G0-03"]' in event.payload


@pytest.mark.parametrize(
    "changes", [{"criterion": "G0-01"}, {"due_in": 60}, {"due_in": 0}, {"criterion": ""}]
)
def test_a_condition_names_what_is_missing_and_is_due_soon(nearly, changes):
    review = nearly.submitted()
    if "due_in" in changes:
        changes = {"due_on": days(changes["due_in"])}
    found = refusal(
        nearly.sign, review, nearly.cast.helene, "conditional_go", conditions=[condition(nearly, **changes)]
    )
    assert {each.code for each in found.objections} == {"conditions"}
    assert found.status == 422


def test_a_condition_is_owed_by_someone_of_the_programme(nearly):
    stranger = nearly.cast.newcomer("celeste.ailleurs")
    review = nearly.submitted()
    asked = [condition(nearly, owner=stranger)]
    found = codes(nearly.sign, review, nearly.cast.helene, "conditional_go", conditions=asked)
    assert found == ["not_a_member"]


def test_wishes_that_are_not_met_take_a_condition_or_a_hold(gates):
    gates.make_ready()
    review = gates.prepared()
    actions.attest(review, gates.criterion("G0-05"), by=gates.cast.helene)
    for assignment in gates.programme.assignments.filter(allocation_pct=80):
        roles.revoke(assignment, by=gates.cast.helene, reason="Autre projet.")
    for key, department in (("lea.reseau", "network"), ("luc.crm", "crm")):
        gates.cast.newcomer(key, department=department, role=Role.CORE_TEAM_MEMBER)
    review = actions.submit(review, by=gates.cast.paul)  # G0-08 and G0-09 fail: 2 of 5
    helene = gates.cast.helene
    assert codes(gates.sign, review, helene) == ["should_score"]
    assert set(codes(gates.sign, review, helene, "conditional_go")) == {"conditions"}
    gates.sign(review, helene, "conditional_go", conditions=[condition(gates, criterion="G0-08")])
    gates.sign(review, helene, "hold", revisit_on=days(30))


def test_a_hold_waits_for_its_day(ready, clock_at):
    ready.decided("hold", revisit_on=days(30))
    ready.programme.refresh_from_db()
    assert ready.programme.status == "draft"
    refused = refusal(ready.prepared)
    assert (refused.code, refused.status) == ("on_hold", 409)
    clock_at(days(30).isoformat())
    assert ready.prepared().attempt == 2


def held_framing(ready):
    ready.decided()
    review = actions.submit(ready.prepared("G1"), by=ready.cast.paul)
    for person in (ready.cast.helene, ready.cast.bruno):
        ready.sign(review, person, "hold", revisit_on=days(30))
    assert phase(ready.programme, "cadrage").status == "on_hold"
    return ready.gate("G1")


def test_a_held_phase_is_open_again_on_its_day(ready, clock_at):
    held_framing(ready)
    assert tell_gates() == 0
    clock_at(days(30).isoformat())
    assert tell_gates() == 1
    assert phase(ready.programme, "cadrage").status == "open"
    assert told(ready.cast.paul, "phase.resumed") == 1
    assert tell_gates() == 0


def test_preparing_on_the_day_needs_no_night(ready, clock_at):
    gate = held_framing(ready)
    clock_at(days(30).isoformat())
    actions.prepare(gate, by=ready.cast.paul)
    assert phase(ready.programme, "cadrage").status == "open"


def test_two_sponsors_end_a_hold_before_its_day(ready):
    gate, cast = held_framing(ready), ready.cast
    how = {"reason": "Fait nouveau.", "reauth_age_s": 0}
    assert codes(actions.resume, gate, by=cast.paul, **how) == ["no_right"]
    assert codes(actions.resume, gate, by=cast.helene, reason="x", reauth_age_s=301) == ["reauth_required"]
    assert codes(actions.resume, gate, by=cast.helene, reason=" ", reauth_age_s=0) == ["missing_reason"]
    actions.resume(gate, by=cast.helene, **how)
    assert phase(ready.programme, "cadrage").status == "on_hold"
    assert told(cast.bruno, "gate.reopening_signed") == 1
    assert codes(actions.resume, gate, by=cast.helene, **how) == ["SOD-08"]
    actions.resume(gate, by=cast.bruno, **how)
    assert phase(ready.programme, "cadrage").status == "open"
    assert codes(actions.resume, gate, by=cast.bruno, **how) == ["wrong_state"]
    assert actions.prepare(gate, by=cast.paul).attempt == 2


def test_a_recycle_opens_the_phase_with_what_is_owed(ready):
    ready.decided()
    review = actions.submit(ready.prepared("G1"), by=ready.cast.paul)
    for person in (ready.cast.helene, ready.cast.bruno):
        ready.sign(review, person, "recycle", rationale="À reprendre.")
    assert phase(ready.programme, "cadrage").status == "open"
    review.edition.refresh_from_db()
    assert review.edition.closed_as == "rejected"
    event = Event.objects.of("TALV").filter(verb="gate.decided").newest().first()
    assert '"failed":["G1-01","G1-03","G1-04","G1-05","G1-09","G1-14"]' in event.payload
    assert ready.prepared("G1").attempt == 2


def test_a_kill_stops_the_programme(ready):
    ready.decided()
    review = actions.submit(ready.prepared("G1"), by=ready.cast.paul)
    for person in (ready.cast.helene, ready.cast.bruno):
        ready.sign(review, person, "kill", rationale="Sans preuve d'effet.")
    ready.programme.refresh_from_db()
    assert ready.programme.status == "stopping"
    assert codes(ready.prepared, "G1") == ["wrong_state"]
    assert told(ready.cast.victor, "programme.stopping") == 1


# --- out of framing, and back -------------------------------------------------------------------------


@pytest.fixture
def short(cast, monkeypatch):
    """Gates whose second one asks for two things of this room's own, so that it can be passed here."""
    monkeypatch.setattr(actions, "LOADED", {"G0-01", "G0-05", "G1-13", "G1-14"})
    return Gates(cast).make_ready()


def set_up(gates):
    """The programme in set-up: both first gates passed."""
    cast = gates.cast
    review = gates.prepared()
    actions.attest(review, gates.criterion("G0-05"), by=cast.helene)
    actions.submit(review, by=cast.paul)
    for person in (cast.helene, cast.bruno):
        gates.sign(review, person)
    programmes.choose_operator(gates.programme, by=cast.paul, mode="external_hired", start_planned=days(90))
    second = gates.prepared("G1")
    actions.attest(second, gates.criterion("G1-14"), by=cast.helene, evidence=[proof(gates)])
    actions.submit(second, by=cast.paul)
    for person in (cast.helene, cast.bruno):
        gates.sign(second, person)
    return second


def test_the_day_of_the_decision_belongs_to_the_phase_that_it_closes(short):
    set_up(short)
    framing, setup = phase(short.programme, "cadrage"), phase(short.programme, "setup")
    assert (framing.status, framing.actual_end) == ("closed", clock.today())
    assert (setup.status, setup.actual_start) == ("open", days(1))
    assert queries.next_gate(short.programme).code == "G2"
    assert codes(short.prepared, "G1") == ["terminal"]


def test_two_sponsors_reopen_the_last_phase_closed(short):
    decided, cast, programme = set_up(short).decision, short.cast, short.programme
    framing = phase(programme, "cadrage")
    how = {"reason": "Un objectif a changé.", "reauth_age_s": 0}
    assert codes(actions.reopen_phase, framing, by=cast.paul, **how) == ["no_right"]
    assert codes(actions.reopen_phase, phase(programme, "setup"), by=cast.helene, **how) == ["wrong_state"]
    actions.reopen_phase(framing, by=cast.helene, **how)
    assert phase(programme, "cadrage").status == "closed"
    odile = cast.newcomer("odile.message", role=Role.SPONSOR)
    assert codes(actions.reopen_phase, framing, by=odile, **how) == ["SOD-08"]
    actions.reopen_phase(framing, by=cast.bruno, **how)
    assert phase(programme, "cadrage").status == "open"
    assert phase(programme, "setup").status == "not_started"
    assert queries.decision_standing(decided) == "superseded"
    assert told(cast.victor, "phase.reopened") == 1
    assert queries.next_gate(programme).code == "G1"
    assert short.prepared("G1").attempt == 2


def test_a_phase_is_not_reopened_over_a_gate_before_the_sponsors(ready):
    ready.decided()
    actions.submit(ready.prepared("G1"), by=ready.cast.paul)
    refused = refusal(
        actions.reopen_phase,
        phase(ready.programme, "cadrage"),
        by=ready.cast.helene,
        reason="Fait nouveau.",
        reauth_age_s=0,
    )
    assert (refused.code, refused.status) == ("wrong_state", 409)


# --- telling ------------------------------------------------------------------------------------------


def test_a_lapse_and_its_end_are_told_once_each(nearly, clock_at):
    review = nearly.decided("conditional_go", conditions=[condition(nearly)])
    cast = nearly.cast
    assert actions.tell_lapses(nearly.programme) == []
    clock_at(days(21).isoformat())
    assert [event.verb for event in actions.tell_lapses(nearly.programme)] == ["gate.lapsed"]
    assert actions.tell_lapses(nearly.programme) == []
    assert told(cast.helene, "gate.lapsed") == told(cast.paul, "gate.lapsed") == 1
    (made,) = queries.conditions_of(review.decision)
    conditions.submit_evidence(made, proof(nearly), by=cast.paul)
    conditions.verify(made, by=cast.bruno)
    assert [event.verb for event in actions.tell_lapses(nearly.programme)] == ["gate.restored"]
    assert actions.tell_lapses(nearly.programme) == []
    assert told(cast.helene, "gate.restored") == 1
    event = Event.objects.of("TALV").get(verb="gate.lapsed")
    assert (event.actor, event.payload) == ("system", '{"conditions":["COND-01"],"rule":"L3"}')


def test_no_signature_is_ever_deleted(ready):
    review = ready.submitted()
    ready.sign(review, ready.cast.helene)
    ready.sign(review, ready.cast.bruno, rationale="Autre.")
    ready.sign(review, ready.cast.helene, rationale="Autre.")
    assert GateSignature.objects.filter(review=review).count() == 3
