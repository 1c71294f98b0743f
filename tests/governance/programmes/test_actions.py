"""Programmes, phases, engagements and numbers."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connections, transaction

from governance import clock
from governance.audit.models import Event
from governance.errors import Refusal
from governance.programmes import actions, queries, rules
from governance.programmes.models import Programme
from tests import makers


def codes_of(act):
    with pytest.raises(Refusal) as refused:
        act()
    return [each.code for each in refused.value.objections]


@pytest.fixture
def programme(cast):
    return cast.programme


def phase(programme, kind):
    return queries.phase(programme, kind)


# ---------------------------------------------------------------- numbers
def test_numbers_follow_each_other_by_prefix(programme):
    assert [actions.number(programme, "UC") for _ in range(3)] == ["UC-01", "UC-02", "UC-03"]
    assert actions.number(programme, "SEG", width=3) == "SEG-001"


def test_a_number_given_is_never_given_again(programme):
    assert actions.number(programme, "UC", code="UC-07") == "UC-07"
    assert actions.number(programme, "UC") == "UC-08"
    assert actions.number(programme, "UC", code="UC-03") == "UC-03"
    assert actions.number(programme, "UC") == "UC-09"
    assert actions.number(programme, "EV", code="EV-LIA") == "EV-LIA"
    assert actions.number(programme, "EV") == "EV-01"


@pytest.mark.django_db(transaction=True)
def test_numbers_asked_at_once_are_all_different():
    from tests.cast import Cast

    programme = Cast().programme

    def ask(_):
        try:
            with transaction.atomic():
                return actions.number(programme, "UC")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(ask, range(60)))
    assert sorted(given) == [f"UC-{n:02d}" for n in range(1, 61)]


# ---------------------------------------------------------------- frame
def test_a_programme_says_what_it_is(cast):
    def found(**fields):
        said = {
            "by": cast.admin, "code": "AUTRE", "name_fr": "Autre", "name_en": "Other",
            "advertiser": cast.helene.organisation, "platform_kind": "cdp", **fields,
        }  # fmt: skip
        return actions.found(**said)

    assert codes_of(
        lambda: found(
            code="autre", name_fr="", platform_kind="crm", currency="€",
            advertiser=cast.organisations["ORG-MER"], settings={"alpha": "much", "colour": "red"},
        )
    ) == [
        "malformed_code", "unknown_kind", "missing_name", "unknown_kind", "unknown_currency", "wrong_setting",
        "unknown_field",
    ]  # fmt: skip
    assert codes_of(lambda: found(code="TALV")) == ["code_taken"]
    made = found(settings={"alpha": Decimal("0.01"), "min_audience_size": 500})
    assert Programme.objects.get(code="AUTRE").settings == {"alpha": "0.01", "min_audience_size": 500}
    assert made.setting("power") == "0.80"


def test_settings_are_merged_and_checked_on_what_was_read(programme, cast):
    actions.edit(programme, by=cast.helene, version=programme.version, settings={"reauth_minutes": 3})
    actions.edit(programme, by=cast.helene, settings={"alpha": "0.10"})

    assert programme.settings == {"reauth_minutes": 3, "alpha": "0.10"}
    assert programme.version == 3
    assert codes_of(lambda: actions.edit(programme, by=cast.helene, version=1, name_fr="X")) == ["stale"]
    assert codes_of(lambda: actions.edit(programme, by=cast.helene, status="active")) == ["unknown_field"]
    for wrong in (
        {"reauth_minutes": True},
        {"reauth_minutes": 0},
        {"privileged_notes_enabled": 1},
        {"alpha": "x"},
    ):
        assert codes_of(lambda wrong=wrong: actions.edit(programme, by=cast.helene, settings=wrong)) == [
            "wrong_setting"
        ]


def test_nothing_dated_comes_before_the_start(programme, cast):
    assert codes_of(lambda: actions.edit(programme, by=cast.helene, started_on=makers.days(1))) == ["INV-02"]
    actions.edit(programme, by=cast.helene, started_on=clock.today())
    assert codes_of(
        lambda: actions.engage(
            programme, makers.organisation("ORG-NEW", "vendor"), by=cast.helene, gdpr_role="none",
            starts_on=makers.days(-1),
        )
    ) == ["INV-02"]  # fmt: skip
    assert codes_of(
        lambda: actions.plan_phase(
            phase(programme, "setup"), by=cast.helene, planned_start=makers.days(-3), planned_end=None
        )
    ) == ["INV-02"]
    assert codes_of(
        lambda: actions.choose_operator(
            programme, by=cast.helene, mode="external_hired", start_planned=makers.days(-1)
        )
    ) == ["INV-02"]


def test_the_vision_is_drafted_in_bounds(programme, cast):
    assert codes_of(lambda: actions.set_vision_draft(programme, " ", by=cast.paul)) == ["missing_text"]
    assert codes_of(lambda: actions.set_vision_draft(programme, "x" * 4001, by=cast.paul)) == ["missing_text"]
    actions.set_vision_draft(programme, "x" * 150, by=cast.paul)
    told = Event.objects.of("TALV").last()
    assert (told.verb, told.payload) == ("programme.vision_drafted", '{"characters":150}')


# ---------------------------------------------------------------- life
def test_a_programme_moves_along_its_life_only(programme):
    assert codes_of(lambda: actions.change_status(programme, "closed", by=None)) == ["wrong_state"]
    actions.change_status(programme, "active", by=None)
    assert programme.started_on == clock.today()
    assert Event.objects.of("TALV").last().verb == "programme.started"
    assert Event.objects.of("TALV").last().actor == "system"


def test_one_phase_at_a_time(programme):
    cadrage, setup = phase(programme, "cadrage"), phase(programme, "setup")
    actions.open_phase(cadrage, by=None)
    assert list(programme.phases.current()) == [cadrage]
    assert codes_of(lambda: actions.open_phase(setup, by=None)) == ["INV-01"]
    assert codes_of(lambda: actions.close_phase(setup, by=None)) == ["wrong_state"]
    actions.change_phase(cadrage, "gate_pending", by=None)
    actions.change_phase(cadrage, "on_hold", by=None)
    assert codes_of(lambda: actions.close_phase(cadrage, by=None)) == ["wrong_state"]
    actions.change_phase(cadrage, "open", by=None)
    actions.close_phase(cadrage, by=None)
    actions.open_phase(setup, by=None)
    assert (setup.actual_start, cadrage.actual_end) == (clock.today(), clock.today())
    assert [e.verb for e in Event.objects.filter(subject_kind="phase").order_by("seq")] == [
        "phase.opened", "phase.gate_pending", "phase.held", "phase.resumed", "phase.closed", "phase.opened",
    ]  # fmt: skip


def test_a_phase_reopened_says_so_and_keeps_its_start(programme):
    cadrage, setup = phase(programme, "cadrage"), phase(programme, "setup")
    actions.open_phase(cadrage, by=None)
    actions.close_phase(cadrage, by=None)
    actions.open_phase(setup, by=None)
    actions.change_phase(setup, "not_started", by=None)
    actions.open_phase(cadrage, by=None)

    assert (cadrage.actual_start, cadrage.actual_end) == (clock.today(), None)
    assert Event.objects.of("TALV").last().verb == "phase.reopened"


@pytest.mark.parametrize(
    ("statuses", "letter"),
    [
        ({}, "C"),
        ({"cadrage": "open"}, "C"),
        ({"cadrage": "gate_pending"}, "C"),
        ({"cadrage": "closed"}, "C"),
        ({"cadrage": "closed", "setup": "on_hold"}, "S"),
        ({"cadrage": "closed", "setup": "closed", "test_learn": "open"}, "T"),
        ({"cadrage": "closed", "setup": "closed", "test_learn": "closed", "run": "open"}, "R"),
        ({"cadrage": "closed", "setup": "closed", "test_learn": "closed", "run": "closed"}, ""),
    ],
)
def test_the_letter_of_the_matrix_follows_the_phases(statuses, letter):
    assert queries.letter_of_phases(statuses) == letter


@pytest.mark.django_db(transaction=True)
def test_two_phases_opened_at_once_are_one():
    from tests.cast import Cast

    programme = Cast().programme

    def open_one(kind):
        try:
            actions.open_phase(phase(programme, kind), by=None)
            return "opened"
        except Refusal as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(open_one, ["cadrage", "setup", "test_learn", "run"]))
    assert sorted(outcomes) == ["INV-01", "INV-01", "INV-01", "opened"]


# ---------------------------------------------------------------- engagements
def test_an_organisation_is_engaged_once_at_a_time(programme, cast):
    firm = makers.organisation("ORG-NEW", "vendor")
    first = makers.engaged(programme, firm, by=cast.helene, ends_on=makers.days(10))

    assert codes_of(lambda: makers.engaged(programme, firm, by=cast.helene, starts_on=makers.days(10))) == [
        "already_engaged"
    ]
    makers.engaged(programme, firm, by=cast.helene, starts_on=makers.days(11))
    assert codes_of(lambda: actions.edit_engagement(first, by=cast.helene, ends_on=makers.days(-1))) == [
        "empty_period"
    ]
    assert codes_of(lambda: actions.edit_engagement(first, by=cast.helene, gdpr_role="friend")) == [
        "unknown_kind"
    ]
    assert codes_of(lambda: actions.edit_engagement(first, by=cast.helene, version=9)) == ["stale"]
    assert codes_of(lambda: actions.edit_engagement(first, by=cast.helene, organisation=None)) == [
        "unknown_field"
    ]


def test_an_agreement_and_a_transfer_tool_come_before_any_flow(programme, cast):
    today = clock.today()
    inside = makers.engaged(
        programme, makers.organisation("ORG-P", "vendor"), by=cast.helene, gdpr_role="processor"
    )
    assert rules.objection_to_flow(inside, today).code == "INV-05"
    actions.edit_engagement(
        inside, by=cast.helene, dpa_status="signed", dpa_signed_on=today, dpa_expires_on=makers.days(30)
    )
    assert rules.objection_to_flow(inside, makers.days(30)) is None
    assert rules.objection_to_flow(inside, makers.days(31)).code == "INV-05"
    far = makers.engaged(programme, makers.organisation("ORG-US", "vendor", country="US"), by=cast.helene)
    assert rules.objection_to_flow(far, today).code == "INV-05"
    actions.edit_engagement(far, by=cast.helene, transfer_tool="scc")
    assert rules.objection_to_flow(far, today) is None


def test_a_day_is_counted_in_paris(clock_at):
    clock_at("2026-03-11T23:30:00+00:00")
    assert clock.today() == dt.date(2026, 3, 12)
