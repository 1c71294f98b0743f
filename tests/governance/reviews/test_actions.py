"""The verbs of reviews, by their sentences."""

import datetime as dt
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.audit.models import Event
from governance.conditions import rules as condition_rules
from governance.errors import Refusal
from governance.notices.models import Message
from governance.reviews import actions, queries, registry, rules
from governance.reviews.choices import Decision, Standing
from governance.reviews.models import Approval, Coverage, Review
from governance.roles import actions as roles
from governance.roles.choices import Role
from tests.governance.reviews import desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def dossier(cast):
    return desk.opened(cast.programme, by=cast.mehdi)


def states(edition):
    return {each.function: each.state for each in queries.standing(edition) if each.required}


def test_submitting_asks_each_function_required_and_no_other(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    assert {each.function for each in edition.requests.open()} == {"legal", "dpo", "technical", "sponsor"}


def test_the_only_holder_of_a_function_is_named_at_once(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    assert desk.asked(edition, "legal").assigned_to == cast.aude
    assert desk.asked(edition, "sponsor").assigned_to is None  # there are two


def test_an_edition_is_approved_with_its_last_signature(cast, dossier):
    edition = desk.approved(dossier, cast)
    assert set(states(edition).values()) == {Standing.VALID}
    supports = edition.approval.supports.values_list("function", "review__reviewer__display_name")
    assert dict(supports) == {
        "legal": "Aude Juriste",
        "dpo": "Diane Protection",
        "technical": "Thomas Connecteur",
        "sponsor": "Hélène Marque",
    }


def test_signing_costs_twenty_statements_at_most(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    request, answers = desk.asked(edition, "legal"), desk.yes(edition, "legal")
    with CaptureQueriesContext(connection) as spent:
        actions.sign(
            request, Decision.APPROVE, fingerprint=edition.fp, by=cast.aude, reauth_age_s=3, answers=answers
        )
    statements = [each["sql"] for each in spent.captured_queries if "SAVEPOINT" not in each["sql"]]
    assert len(statements) <= 20


def test_the_last_signature_costs_no_more(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    for function, who in (("legal", cast.aude), ("dpo", cast.diane), ("technical", cast.thomas)):
        desk.signed(edition, function, who)
    request, answers = desk.asked(edition, "sponsor"), desk.yes(edition, "sponsor")
    with CaptureQueriesContext(connection) as spent:
        actions.sign(
            request, Decision.APPROVE, fingerprint=edition.fp, by=cast.helene, reauth_age_s=3, answers=answers
        )
    statements = [each["sql"] for each in spent.captured_queries if "SAVEPOINT" not in each["sql"]]
    assert Approval.objects.filter(edition=edition).exists()
    assert len(statements) <= 20


def verbs(dossier):
    """The journal of a dossier, in order."""
    return list(
        Event.objects.filter(subject_code=dossier.code).order_by("seq").values_list("verb", flat=True)
    )


def told(person):
    return list(Message.objects.filter(person=person).order_by("at", "id").values_list("event", flat=True))


def test_the_journal_tells_who_signed_what(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    desk.signed(edition, "legal", cast.aude)
    event = Event.objects.get(verb="review.signed")
    said = json.loads(event.payload)
    assert (event.actor, event.subject_code, event.after_fp) == (cast.aude.email, "UC-90", edition.fp)
    assert said["function"] == "legal"
    assert said["scope"] == edition.scopes.get(function="legal").fp
    assert "Aude Juriste" in said["meaning"]
    assert verbs(dossier) == ["test.opened", "test.frozen", "review.asked", "review.signed"]


def test_a_signature_holds_the_days_of_its_policy(cast, dossier, clock_at):
    clock_at("2026-12-01")
    edition = desk.submitted(dossier, by=cast.mehdi)
    assert desk.signed(edition, "legal", cast.aude).valid_through == dt.date(2027, 12, 1)
    assert desk.signed(edition, "technical", cast.thomas).valid_through == dt.date(2027, 5, 30)


def test_a_request_is_due_in_business_days(cast, dossier, clock_at):
    clock_at("2026-12-21")  # a Monday before Christmas
    edition = desk.submitted(dossier, by=cast.mehdi)
    assert desk.asked(edition, "technical").due_on == dt.date(2026, 12, 29)  # five days, the 25th not counted


def test_the_sponsor_signs_once_the_others_are_covered(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    with pytest.raises(Refusal) as caught:
        desk.signed(edition, "sponsor", cast.helene)
    assert caught.value.code == "after"
    assert "Juridique" in str(caught.value)
    assert "Sécurité" not in str(caught.value)  # it is not required here
    assert "review.asked" not in told(cast.helene)
    for function, who in (("legal", cast.aude), ("dpo", cast.diane), ("technical", cast.thomas)):
        desk.signed(edition, function, who)
    assert "review.asked" in told(cast.helene)
    assert desk.signed(edition, "sponsor", cast.helene)


def test_two_sponsors_of_two_departments_where_the_budget_asks_it(cast, dossier):
    odile = cast.newcomer("odile.message", department="marketing", role=Role.SPONSOR)
    edition = desk.submitted(dossier, by=cast.mehdi, flags=["budget_over_threshold"])
    for function, who in (("legal", cast.aude), ("dpo", cast.diane), ("technical", cast.thomas)):
        desk.signed(edition, function, who)
    desk.signed(edition, "sponsor", cast.helene)
    request = desk.asked(edition, "sponsor")  # still open
    with pytest.raises(Refusal) as caught:
        desk.signed(edition, "sponsor", odile)
    assert (caught.value.code, caught.value.status) == ("SOD-08", 409)
    desk.signed(edition, "sponsor", cast.bruno, request=request)
    assert Approval.objects.filter(edition=edition).exists()


def test_nobody_from_outside_signs_as_sponsor(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    outsider = cast.newcomer("otto.dehors", "ORG-MER", "external")
    found = rules.objection_to_sign(outsider, desk.asked(edition, "sponsor"), "approve", edition.fp, {}, ())
    assert found[0].code == "not_found"  # never appointed: INV-08, and SOD-13 beside it
    request = desk.asked(edition, "sponsor")
    case = queries.case_of(edition, phase="cadrage")
    assert "SOD-13" in {each.code for each in rules._objections_to_people(outsider, None, request, case)}


def test_every_objection_is_told(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi, authors=[cast.helene])
    found = rules.objection_to_sign(
        cast.helene, desk.asked(edition, "sponsor"), "reject", "", None, (), reauth_age_s=900
    )
    codes = [each.code for each in found]
    assert codes[:3] == ["SOD-01", "after", "fingerprint_required"]
    assert {"unanswered", "comment_required"} < set(codes)
    assert codes[-1] == "reauth_required"
    assert all(str(each.detail) for each in found)


def test_a_blocking_no_forbids_a_plain_approval_only(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    noes = desk.yes(edition, "legal", LE_02="no")
    with pytest.raises(Refusal) as caught:
        desk.signed(edition, "legal", cast.aude, answers=noes)
    assert (caught.value.code, caught.value.status) == ("blocking_answer", 422)
    review = desk.signed(
        edition,
        "legal",
        cast.aude,
        Decision.APPROVE_WITH_CONDITIONS,
        answers=noes,
        conditions=[desk.condition(cast.mehdi)],
    )
    assert review.answers["LE-02"] == {"answer": "no", "comment": ""}


def test_a_no_that_does_not_block_forbids_nothing(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    assert desk.signed(edition, "legal", cast.aude, answers=desk.yes(edition, "legal", LE_11="no"))


def test_a_question_may_block_on_one_edition(cast, dossier):
    registry.also_blocking("use_case")(lambda edition: {"LE-11"})
    edition = desk.submitted(dossier, by=cast.mehdi)
    with pytest.raises(Refusal) as caught:
        desk.signed(edition, "legal", cast.aude, answers=desk.yes(edition, "legal", LE_11="no"))
    assert caught.value.code == "blocking_answer"


@pytest.mark.parametrize(
    ("decision", "how", "code"),
    [
        ("approve", {"answers": {}}, "unanswered"),
        ("approve", {"answers": {"XX-01": "yes"}}, "unknown_question"),
        ("approve", {"conditions": [{}]}, "conditions_not_expected"),
        ("approve_with_conditions", {}, "condition_required"),
        ("approve_with_conditions", {"conditions": [{"text": ""}]}, "missing_text"),
        ("reject", {"public_comment": " "}, "comment_required"),
        ("perhaps", {}, "malformed"),
        ("approve", {"public_comment": "x" * 4001}, "too_long"),
    ],
)
def test_what_is_said_is_whole(cast, dossier, decision, how, code):
    edition = desk.submitted(dossier, by=cast.mehdi)
    with pytest.raises(Refusal) as caught:
        desk.signed(edition, "legal", cast.aude, decision, **how)
    assert code in {each.code for each in caught.value.objections}


def test_conditions_are_born_with_the_signature(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    review = desk.signed(
        edition,
        "dpo",
        cast.diane,
        Decision.APPROVE_WITH_CONDITIONS,
        conditions=[desk.condition(cast.mehdi), desk.condition(cast.paul)],
    )
    assert [each.code for each in review.conditions.order_by("code")] == ["COND-01", "COND-02"]
    assert {each.function for each in review.conditions.all()} == {"dpo"}
    assert "2 conditions" in review.meaning or "2 réserves" in review.meaning
    assert "condition.created" in told(cast.mehdi)


def test_a_rejection_asks_for_changes(cast, dossier):
    heard = []
    registry.on_rejected("use_case")(lambda edition, by, told: heard.append((edition.number, by)))
    edition = desk.submitted(dossier, by=cast.mehdi)
    desk.signed(edition, "dpo", cast.diane, Decision.REJECT)
    assert heard == [(1, cast.diane)]
    assert verbs(dossier)[-1] == "revision.changes_requested"
    assert "review.rejected" in told(cast.mehdi)
    assert states(edition)["dpo"] == Standing.NEGATIVE


def test_an_approval_is_told_once_to_the_room_above(cast, dossier):
    heard = []
    registry.on_approved("use_case")(lambda edition, by, told: heard.append((edition.number, by)))
    desk.approved(dossier, cast)
    assert heard == [(1, cast.helene)]
    assert verbs(dossier)[-1] == "revision.approved"
    assert told(cast.mehdi)[-1] == "edition.approved"


def test_a_wording_only_edition_is_approved_by_its_submission(cast, dossier):
    first = desk.approved(dossier, cast)
    second = desk.submitted(
        dossier,
        by=cast.ines,
        authors=[cast.ines],
        number=2,
        facets=desk.with_facets(WORDING={"title_fr": "Sans coquille"}),
    )
    assert not second.requests.exists()
    assert second.approval.supports.count() == 4
    assert {each.review_edition_id for each in second.approval.supports.all()} == {first.pk}
    assert set(states(second).values()) == {Standing.VALID}


def test_a_segment_only_edition_asks_legal_and_dpo_only(cast, dossier):
    desk.approved(dossier, cast)
    second = desk.submitted(
        dossier,
        by=cast.mehdi,
        number=2,
        facets=desk.with_facets(AUDIENCE={"segments": [{"code": "SEG-01", "role": "seed"}]}),
    )
    assert {each.function for each in second.requests.open()} == {"legal", "dpo"}
    first = {each.function: each.valid_through for each in queries.standing(dossier.editions.get(number=1))}
    now = {each.function: each for each in queries.standing(second)}
    assert now["sponsor"].valid_through == first["sponsor"]  # same expiry
    assert now["legal"].state == Standing.MISSING
    assert "Audience" in now["legal"].why
    desk.signed(second, "legal", cast.aude)
    desk.signed(second, "dpo", cast.diane)
    assert Approval.objects.filter(edition=second).exists()
    assert queries.covered(dossier.editions.get(number=1))  # still licensable


def test_an_author_of_the_next_edition_does_not_ride_on_the_first(cast, dossier):
    desk.approved(dossier, cast)
    second = desk.submitted(
        dossier,
        by=cast.mehdi,
        authors=[cast.mehdi, cast.thomas],
        number=2,
        facets=desk.with_facets(WORDING={"title_fr": "Autre"}),
    )
    assert {each.function for each in second.requests.open()} == {"technical"}
    other = cast.newcomer("omar.tech", department="data", role=Role.TECHNICAL_REVIEWER)
    desk.signed(second, "technical", other)
    assert Approval.objects.filter(edition=second).exists()


def test_a_content_that_comes_back_finds_its_signatures(cast, dossier):
    desk.approved(dossier, cast)
    changed = desk.submitted(
        dossier, by=cast.mehdi, number=2, facets=desk.with_facets(CHANNEL={"channels": ["sms"]})
    )
    assert len(changed.requests.open()) == 4
    actions.replace(changed, by=cast.mehdi)
    back = desk.submitted(dossier, by=cast.mehdi, number=3)
    assert back.approval


def test_one_persons_two_functions_never_meet_when_a_content_comes_back(cast, dossier):
    both = cast.newcomer("omar.double", department="data", role=Role.TECHNICAL_REVIEWER)
    roles.assign(cast.programme, both, Role.SECURITY_REVIEWER, by=cast.helene)
    flags = ["third_party_export"]
    first = desk.submitted(dossier, by=cast.mehdi, flags=flags)
    desk.signed(first, "technical", both)
    actions.replace(first, by=cast.mehdi)
    # The journey changes what technical reads, not what security reads.
    second = desk.submitted(
        dossier, by=cast.mehdi, number=2, flags=flags, facets=desk.with_facets(JOURNEY={"journey": []})
    )
    desk.signed(second, "security", both)
    actions.replace(second, by=cast.mehdi)
    third = desk.submitted(dossier, by=cast.mehdi, number=3, flags=flags)
    where = states(third)
    assert where["technical"] == Standing.VALID
    assert where["security"] == Standing.MISSING
    assert {each.function: each.state for each in Coverage.objects.filter(edition=third)}[
        "security"
    ] == "missing"


def test_a_request_is_taken_once_and_assigned_to_a_signer(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    request = actions.take(desk.asked(edition, "legal"), by=cast.aude)
    assert (request.state, request.assigned_to) == ("taken", cast.aude)
    other = cast.newcomer("lea.droit", department="legal", role=Role.LEGAL_REVIEWER)
    with pytest.raises(Refusal) as caught:
        actions.take(request, by=other)
    assert caught.value.code == "taken"
    assert actions.assign(request, other, by=cast.paul).assigned_to == other
    assert "review.assigned" in told(other)
    with pytest.raises(Refusal) as caught:
        actions.assign(request, cast.diane, by=cast.paul)
    assert caught.value.code == "not_a_signer"
    with pytest.raises(Refusal) as caught:
        actions.assign(request, cast.aude, by=cast.anna)
    assert caught.value.code == "no_right"


def test_withdrawing_closes_the_edition_and_its_requests(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    desk.signed(edition, "legal", cast.aude)
    for who, reason, code in ((cast.anna, "x", "no_right"), (cast.mehdi, "", "reason_required")):
        with pytest.raises(Refusal) as caught:
            actions.withdraw(edition, by=who, reason=reason)
        assert caught.value.code == code
    actions.withdraw(edition, by=cast.paul, reason="Repensé.")
    assert not edition.requests.open().exists()
    assert {each.closed_as for each in edition.requests.all()} == {"signed", "withdrawn"}
    assert verbs(dossier)[-1] == "revision.withdrawn"


def test_what_was_approved_is_not_withdrawn(cast, dossier):
    edition = desk.approved(dossier, cast)
    with pytest.raises(Refusal) as caught:
        actions.withdraw(edition, by=cast.mehdi, reason="Trop tard.")
    assert (caught.value.code, caught.value.status) == ("approved", 409)
    assert actions.replace(edition, by=cast.mehdi).closed_at is None


def test_revoking_asks_the_function_again_and_tells_those_concerned(cast, dossier):
    edition = desk.approved(dossier, cast)
    review = Review.objects.get(edition=edition, function="legal")
    other = cast.newcomer("lea.droit", department="legal", role=Role.LEGAL_REVIEWER)
    actions.revoke(review, by=other, reason="Texte nouveau.", reauth_age_s=0)
    legal = next(each for each in queries.standing(edition) if each.function == "legal")
    assert (legal.state, legal.covers, legal.clears) == (Standing.REVOKED, False, False)
    assert "Texte nouveau." in legal.why
    assert desk.asked(edition, "legal").round == 2
    for somebody in (cast.mehdi, cast.helene, cast.olivier, cast.aude):
        assert "review.revoked" in told(somebody)
    desk.signed(edition, "legal", other)
    assert queries.covered(edition)
    assert Approval.objects.filter(edition=edition).count() == 1


def test_a_delegate_signs_with_both_names_and_never_revokes(cast, dossier):
    delegation = desk.lent(cast, cast.aude, cast.victor, "legal", subject_kinds=["usecase_revision"])
    edition = desk.submitted(dossier, by=cast.mehdi)
    review = desk.signed(edition, "legal", cast.victor)
    assert (review.reviewer, review.on_behalf_of, review.delegation) == (cast.victor, cast.aude, delegation)
    assert "Victor Clause" in review.meaning
    assert "Aude Juriste" in review.meaning
    legal = next(each for each in queries.standing(edition) if each.function == "legal")
    assert "Victor Clause" in legal.why
    assert "Aude Juriste" in legal.why
    assert Event.objects.get(verb="review.signed").on_behalf_of == cast.aude.email
    with pytest.raises(Refusal) as caught:
        actions.revoke(review, by=cast.victor, reason="Non.", reauth_age_s=0)
    assert (caught.value.code, caught.value.status) == ("DLG-03", 403)
    assert actions.revoke(review, by=cast.aude, reason="Non.", reauth_age_s=0)


def test_a_delegation_signs_nothing_before_it_is_accepted(cast, dossier):
    delegation = desk.lent(cast, cast.aude, cast.victor, "legal", accepted=False)
    edition = desk.submitted(dossier, by=cast.mehdi)
    with pytest.raises(Refusal) as caught:
        desk.signed(edition, "legal", cast.victor)
    assert (caught.value.code, caught.value.status) == ("DLG-01", 403)
    roles.accept(delegation, by=cast.victor)
    assert desk.signed(edition, "legal", cast.victor)


def test_nor_after_its_last_day(cast, dossier, clock_at):
    clock_at("2027-01-04T09:00")
    desk.lent(cast, cast.aude, cast.victor, "legal", days=3)
    edition = desk.submitted(dossier, by=cast.mehdi)
    clock_at("2027-01-08T00:00")
    with pytest.raises(Refusal) as caught:
        desk.signed(edition, "legal", cast.victor)
    assert caught.value.code == "DLG-01"
    clock_at("2027-01-07T23:59")
    assert desk.signed(edition, "legal", cast.victor)


@pytest.mark.parametrize("flag", ["special_category", "minors", "precise_geo", "automated_effect"])
def test_high_risk_is_signed_in_person(cast, dossier, flag):
    desk.lent(cast, cast.aude, cast.victor, "legal", excludes_high_risk=False)
    edition = desk.submitted(dossier, by=cast.mehdi, flags=[flag])
    with pytest.raises(Refusal) as caught:
        desk.signed(edition, "legal", cast.victor)
    assert (caught.value.code, caught.value.status) == ("DLG-05", 403)
    assert "Aude Juriste" in str(caught.value)
    assert desk.signed(edition, "legal", cast.aude)


def test_a_delegation_covers_the_kinds_it_names(cast, dossier):
    desk.lent(cast, cast.aude, cast.victor, "legal", subject_kinds=["segment_version"])
    edition = desk.submitted(dossier, by=cast.mehdi)
    with pytest.raises(Refusal) as caught:
        desk.signed(edition, "legal", cast.victor)
    assert caught.value.code == "DLG-02"


def test_a_holder_signs_for_another_where_the_request_is_theirs(cast, dossier):
    lea = cast.newcomer("lea.droit", department="legal", role=Role.LEGAL_REVIEWER)
    desk.lent(cast, cast.aude, lea, "legal")
    edition = desk.submitted(dossier, by=cast.mehdi)
    actions.assign(desk.asked(edition, "legal"), cast.aude, by=cast.paul)
    assert desk.signed(edition, "legal", lea).on_behalf_of == cast.aude
    other = desk.submitted(desk.opened(cast.programme, "UC-91", by=cast.mehdi), by=cast.mehdi)
    assert desk.signed(other, "legal", lea).on_behalf_of is None


def test_an_outside_event_fells_its_functions_at_once(cast, dossier, clock_at):
    clock_at("2026-12-01T09:00")
    edition = desk.approved(dossier, cast)
    clock_at("2026-12-01T10:00")
    actions.tell_event(dossier, "XT-01", by=cast.aude, note="précision géographique")
    where = states(edition)
    assert (where["legal"], where["dpo"]) == (Standing.STALE, Standing.STALE)
    assert (where["technical"], where["sponsor"]) == (Standing.VALID, Standing.VALID)
    legal = next(each for each in queries.standing(edition) if each.function == "legal")
    assert "précision géographique" in legal.why
    assert {each.function for each in edition.requests.open()} == {"legal", "dpo"}
    assert "review.fell" in told(cast.olivier)
    clock_at("2026-12-01T11:00")
    desk.signed(edition, "legal", cast.aude)
    assert states(edition)["legal"] == Standing.VALID


def test_some_events_leave_time(cast, dossier, clock_at):
    clock_at("2026-12-01T09:00")
    edition = desk.approved(dossier, cast)
    clock_at("2026-12-02T09:00")
    event = actions.tell_event(dossier, "XT-09", by=None)
    assert event.stales_on == dt.date(2027, 1, 1)
    clock_at("2026-12-31T09:00")
    assert queries.covered(edition)
    clock_at("2027-01-01T09:00")
    assert not queries.covered(edition)


def test_what_somebody_signed_falls_when_their_role_is_withdrawn_for_cause(cast, dossier, clock_at):
    clock_at("2026-12-01T09:00")
    edition = desk.approved(dossier, cast)
    clock_at("2026-12-02T09:00")
    roles.revoke(
        cast.assignments["aude"], by=cast.helene, reason="Conflit d’intérêts déclaré.", for_cause=True
    )
    assert queries.covered(edition)
    clock_at("2026-12-17T09:00")
    assert states(edition)["legal"] == Standing.STALE


def test_a_role_that_ended_signs_nothing(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    roles.revoke(cast.assignments["aude"], by=cast.helene, reason="Partie.")
    with pytest.raises(Refusal) as caught:
        desk.signed(edition, "legal", cast.aude)
    assert caught.value.status in (403, 404)


def test_an_event_is_one_of_the_library(cast, dossier):
    for code, functions, refusal in (
        ("XT-99", None, "unknown_event"),
        ("XT-10", None, "function_required"),
        ("XT-01", ["law"], "unknown_function"),
    ):
        with pytest.raises(Refusal) as caught:
            actions.tell_event(dossier, code, by=None, functions=functions)
        assert caught.value.code == refusal


def test_a_signature_is_renewed_from_45_days_before_its_end(cast, dossier, clock_at):
    clock_at("2026-12-01T09:00")
    edition = desk.approved(dossier, cast)
    end = dt.date(2027, 5, 30)
    clock_at("2027-04-14T09:00")  # 46 days before
    with pytest.raises(Refusal) as caught:
        actions.ask_again(edition, "technical", by=cast.mehdi)
    assert caught.value.code == "not_due"
    clock_at("2027-04-15T09:00")
    technical = next(each for each in queries.standing(edition) if each.function == "technical")
    assert (technical.valid_through, technical.renewable) == (end, True)
    request = actions.ask_again(edition, "technical", by=cast.mehdi)
    assert request.round == 2
    with pytest.raises(Refusal) as caught:
        actions.ask_again(edition, "technical", by=cast.mehdi)
    assert caught.value.code == "already_asked"
    renewed = desk.signed(edition, "technical", cast.thomas)
    assert renewed.scope_fp == technical.scope_fp
    assert renewed.valid_through == dt.date(2027, 10, 12)
    clock_at("2027-06-01T09:00")
    assert queries.covered(edition, ["technical"])


def test_a_signature_that_ended_is_asked_again_by_whoever_may(cast, dossier, clock_at):
    clock_at("2026-12-01T09:00")
    edition = desk.approved(dossier, cast)
    clock_at("2027-05-30T23:00")
    assert queries.covered(edition)
    clock_at("2027-05-31T00:01")
    technical = next(each for each in queries.standing(edition) if each.function == "technical")
    assert technical.state == Standing.EXPIRED
    assert "30 May 2027" in technical.why or "30 mai 2027" in technical.why
    with pytest.raises(Refusal) as caught:
        actions.ask_again(edition, "technical", by=cast.anna)
    assert caught.value.code == "no_right"
    assert actions.ask_again(edition, "technical", by=cast.thomas)
    assert desk.signed(edition, "technical", cast.thomas)


def test_a_rejection_at_a_renewal_uncovers(cast, dossier, clock_at):
    clock_at("2026-12-01T09:00")
    edition = desk.approved(dossier, cast)
    clock_at("2027-05-01T09:00")
    actions.ask_again(edition, "technical", by=cast.mehdi)
    desk.signed(edition, "technical", cast.thomas, Decision.REJECT)
    technical = next(each for each in queries.standing(edition) if each.function == "technical")
    assert (technical.state, technical.covers) == (Standing.NEGATIVE, False)
    assert Coverage.objects.get(edition=edition, function="technical").covers is False


def test_the_nightly_acts_tell_once_and_ask_again(cast, dossier, clock_at):
    clock_at("2026-12-01T09:00")
    edition = desk.approved(dossier, cast)
    assert actions.open_renewals() == 0
    assert actions.tell_ends() == 0
    clock_at("2027-04-20T09:00")
    assert actions.open_renewals() == 1
    assert actions.open_renewals() == 0
    assert desk.asked(edition, "technical").asked_by == cast.mehdi
    actions.tell_ends()
    first = Message.objects.filter(event="review.expiring").count()
    actions.tell_ends()
    assert Message.objects.filter(event="review.expiring").count() == first > 0
    clock_at("2027-05-16T09:00")
    actions.tell_ends()
    assert Message.objects.filter(event="review.expiring").count() == 2 * first
    clock_at("2027-06-02T09:00")
    actions.tell_ends()
    actions.tell_ends()
    assert Message.objects.filter(event="review.fell").count() == first
    assert actions.tell_late() > 0
    late = Message.objects.filter(event="review.late").count()
    actions.tell_late()
    assert Message.objects.filter(event="review.late").count() == late


def test_a_broken_constraint_speaks_in_words():
    for name, make in {**rules.CONSTRAINTS, **condition_rules.CONSTRAINTS}.items():
        refusal = make()
        assert str(refusal.detail), name
        assert 400 <= refusal.status < 500
