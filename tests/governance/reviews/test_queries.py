"""What is read of reviews: standing in a constant number of statements, whose turn it is, what ends."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from governance import clock
from governance.dossiers.models import Edition
from governance.reviews import actions, queries
from governance.reviews.choices import Decision, Standing
from governance.reviews.models import Review
from governance.roles.choices import Role
from tests.governance.reviews import desk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def dossier(cast):
    return desk.opened(cast.programme, by=cast.mehdi)


def of(edition, function):
    return next(each for each in queries.standing(edition) if each.function == function)


def statements(act):
    with CaptureQueriesContext(connection) as spent:
        act()
    return len(spent)


def test_standing_of_many_editions_costs_as_many_statements_as_of_one(cast):
    for number in range(4):
        edition = desk.approved(desk.opened(cast.programme, f"UC-9{number}", by=cast.mehdi), cast)
        actions.tell_event(edition.dossier, "XT-04", by=None)
    editions = list(Edition.objects.select_related("dossier__programme"))
    one = statements(lambda: queries.standing_of(editions[:1]))
    assert statements(lambda: queries.standing_of(editions)) == one <= 9
    assert statements(lambda: queries.standing_of(editions)) <= 6
    assert queries.standing_of([]) == {}


def test_five_functions_are_told_and_those_not_asked_say_so(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    told = queries.standing(edition)
    assert [each.function for each in told] == desk.FUNCTIONS
    security = of(edition, "security")
    assert (security.required, security.minimum, security.covers, security.state) == (
        False,
        0,
        True,
        Standing.MISSING,
    )
    assert security.why == "This function is not asked for this content."
    assert all(each.why for each in told)
    assert of(edition, "legal").scope_fp == edition.scopes.get(function="legal").fp


def test_why_names_who_signed_and_until_when(cast, dossier, clock_at):
    clock_at("2026-12-01")
    edition = desk.submitted(dossier, by=cast.mehdi)
    desk.signed(edition, "legal", cast.aude)
    assert of(edition, "legal").why == "Signed by Aude Juriste. It holds until 1 December 2027."
    assert of(edition, "sponsor").why == "It signs after DPO, Technical."
    assert of(edition, "sponsor").waits_for == ["dpo", "technical"]
    assert of(edition, "dpo").why == "Nobody has signed for this function yet."


def test_why_names_the_facets_that_moved_since_the_function_signed(cast, dossier, clock_at):
    clock_at("2026-12-01")
    desk.approved(dossier, cast)
    second = desk.submitted(
        dossier,
        by=cast.mehdi,
        number=2,
        facets=desk.with_facets(AUDIENCE={"audience_branch": "both"}, PRESSURE={"caps": {}}),
    )
    assert of(second, "legal").why == (
        "What this function watches has changed since Aude Juriste signed edition 1 "
        "on 1 December 2026: Audience."
    )
    assert "Audience, Contact pressure" in of(second, "dpo").why
    assert of(second, "technical").state == Standing.VALID


def test_why_names_a_rejection_with_its_reason(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    desk.signed(edition, "dpo", cast.diane, Decision.REJECT, public_comment="Plafond absent.")
    assert "Diane Protection" in of(edition, "dpo").why
    assert "Plafond absent." in of(edition, "dpo").why


def test_why_names_the_condition_that_blocks(cast, dossier, clock_at):
    clock_at("2026-12-01")
    edition = desk.submitted(dossier, by=cast.mehdi)
    conditions = [
        desk.condition(cast.mehdi, days=10, severity="after_due"),
        desk.condition(cast.paul, days=90),
    ]
    desk.signed(edition, "legal", cast.aude, Decision.APPROVE_WITH_CONDITIONS, conditions=conditions)
    assert of(edition, "legal").state == Standing.BLOCKED
    assert "Paul Pilote" in of(edition, "legal").why  # the other is not overdue yet
    clock_at("2026-12-12")
    assert "Mehdi Média" in of(edition, "legal").why
    assert "overdue" in of(edition, "legal").why
    assert "1 other condition is open." in of(edition, "legal").why


def test_a_condition_to_follow_up_blocks_nothing(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    desk.signed(
        edition,
        "legal",
        cast.aude,
        Decision.APPROVE_WITH_CONDITIONS,
        conditions=[desk.condition(cast.mehdi, severity="follow_up")],
    )
    assert of(edition, "legal").clears


def test_one_signature_of_two_says_what_is_to_come(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi, flags=["special_category"])
    for function, who in (
        ("legal", cast.aude),
        ("dpo", cast.diane),
        ("technical", cast.thomas),
        ("sponsor", cast.helene),
    ):
        desk.signed(edition, function, who)
    sponsor = of(edition, "sponsor")
    assert (sponsor.minimum, sponsor.signatures, sponsor.state) == (2, 1, Standing.MISSING)
    assert sponsor.why == "Signed by Hélène Marque; 1 signature is still to come."


def test_why_is_said_in_the_language_of_the_reader(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    with translation.override("fr"):
        assert of(edition, "security").why == "Cette fonction n’est pas sollicitée pour ce contenu."


def test_requests_are_open_to_the_function_and_its_delegates_only(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    assert [each.function for each in queries.requests_open_to(cast.aude)] == ["legal"]
    assert [each.function for each in queries.requests_open_to(cast.helene, cast.programme)] == ["sponsor"]
    for nobody in (cast.mehdi, cast.victor, cast.alma, cast.admin):
        assert not queries.requests_open_to(nobody).exists()
    desk.lent(cast, cast.aude, cast.victor, "legal")
    assert [each.edition for each in queries.requests_open_to(cast.victor)] == [edition]
    actions.withdraw(edition, by=cast.mehdi)
    assert not queries.requests_open_to(cast.aude).exists()


def test_ready_are_those_whose_turn_has_come(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    open_ = list(edition.requests.open().select_related("edition__dossier__programme"))
    assert {each.function for each in queries.ready(open_)} == {"legal", "dpo", "technical"}
    waits = queries.waits(open_)
    sponsor = desk.asked(edition, "sponsor").pk
    assert waits == {sponsor: queries.Wait(["legal", "dpo", "technical"], rejected=False)}
    desk.signed(edition, "dpo", cast.diane, Decision.REJECT)
    open_ = list(edition.requests.open().select_related("edition__dossier__programme"))
    assert queries.ready(open_) == []
    assert queries.waits(open_)[sponsor] == queries.Wait(["dpo"], rejected=True)


def test_what_ends_soon_is_listed_once_per_function(cast, dossier, clock_at):
    clock_at("2026-12-01")
    edition = desk.approved(dossier, cast)
    assert queries.ending_soon(cast.programme, clock.today()) == []
    clock_at("2027-05-01")
    found = queries.ending_soon(cast.programme, clock.today())
    assert [(each.function, each.edition, each.valid_through) for each in found] == [
        ("technical", edition, dt.date(2027, 5, 30))
    ]


def test_last_signed_is_an_older_edition(cast, dossier):
    first = desk.approved(dossier, cast)
    assert queries.last_signed(queries.signatures(dossier, first), first, "legal") is None
    second = desk.submitted(
        dossier, by=cast.mehdi, number=2, facets=desk.with_facets(CHANNEL={"channels": ["sms"]})
    )
    signed = queries.signatures(dossier, second)
    assert queries.last_signed(signed, second, "legal") == first
    assert queries.last_signed(signed, second, "security") is None
    actions.revoke(
        Review.objects.get(edition=first, function="legal"), by=cast.aude, reason="Relu.", reauth_age_s=0
    )
    assert queries.last_signed(queries.signatures(dossier, second), second, "legal") is None


def test_every_signature_says_where_it_stands(cast, dossier):
    edition = desk.approved(dossier, cast)
    actions.revoke(
        Review.objects.get(edition=edition, function="dpo"), by=cast.diane, reason="Relu.", reauth_age_s=0
    )
    found = {each.function: each.state for each in queries.signatures(dossier, edition)}
    assert found == {"legal": "valid", "technical": "valid", "sponsor": "valid", "dpo": "revoked"}
    assert [each.function for each in queries.signatures(dossier, edition, "legal")] == ["legal"]


def test_requests_and_signatures_have_codes(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi)
    request = desk.asked(edition, "legal")
    assert request.code == "UC-90-1-legal-1"
    assert queries.request_by_code(cast.programme, request.code) == request
    assert desk.signed(edition, "legal", cast.aude).code == "UC-90-1-legal-1-1"
    for nothing in (
        "",
        "UC-90",
        "UC-90-1-legal-9",
        "UC-90-x-legal-1",
        "UC-90-1-legal-1-2",
        "UC-90-1-legal-1-x",
    ):
        assert queries.request_by_code(cast.programme, nothing) is None


def test_the_current_editions_are_those_in_review_and_the_last_approved(cast, dossier):
    first = desk.approved(dossier, cast)
    second = desk.submitted(
        dossier, by=cast.mehdi, number=2, facets=desk.with_facets(CHANNEL={"channels": ["sms"]})
    )
    assert queries.current_editions(dossier=dossier) == [first, second]
    for function, who in (
        ("legal", cast.aude),
        ("dpo", cast.diane),
        ("technical", cast.thomas),
        ("sponsor", cast.bruno),
    ):
        desk.signed(second, function, who)
    assert queries.current_editions(cast.programme) == [second]


def test_a_second_name_in_a_function_is_one_more_person(cast, dossier):
    edition = desk.submitted(dossier, by=cast.mehdi, flags=["special_category"])
    for function, who in (("legal", cast.aude), ("dpo", cast.diane), ("technical", cast.thomas)):
        desk.signed(edition, function, who)
    odile = cast.newcomer("odile.message", department="communication", role=Role.SPONSOR)
    desk.signed(edition, "sponsor", cast.helene)
    desk.signed(edition, "sponsor", odile)
    assert [each.reviewer for each in of(edition, "sponsor").by] == [cast.helene, odile]
