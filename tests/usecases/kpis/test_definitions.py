"""What a KPI target must say."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation

from governance import library
from usecases.kpis.definitions import Target, objection_to_targets, objections_to_target

PRIMARY = {
    "kind": "primary",
    "baseline": Decimal("0.079"),
    "target": Decimal("0.098"),
    "start_on": dt.date(2026, 8, 31),
    "horizon_on": dt.date(2027, 1, 31),
}
GUARDRAIL = {"kind": "guardrail", "maximum": Decimal("0.0035")}


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def fields(**said):
    return [(refusal.field, refusal.status) for refusal in objections_to_target(Target(**said))]


@pytest.mark.parametrize("said", library.demo()["targets"], ids=lambda said: said["id"])
def test_the_targets_of_the_demo_can_be_set(said):
    target = Target(
        kind=said["kind"],
        baseline=said.get("baseline"),
        target=said.get("target"),
        start_on=dt.date.fromisoformat(said["start"]) if "start" in said else None,
        horizon_on=dt.date.fromisoformat(said["horizon"]) if "horizon" in said else None,
        minimum=said.get("min"),
        maximum=said.get("max"),
    )

    assert objections_to_target(target) == []


@pytest.mark.parametrize("kind", ["primary", "secondary"])
@pytest.mark.parametrize("field", ["target", "start_on", "horizon_on"])
def test_a_target_says_its_value_and_its_dates(kind, field):
    assert fields(**{**PRIMARY, "kind": kind, field: None}) == [(field, 422)]


def test_the_baseline_may_come_later_and_is_asked_at_submit():
    without = {**PRIMARY, "baseline": None}

    assert fields(**without) == []
    refusal = objection_to_targets([Target(**without), Target(**GUARDRAIL)])
    assert (refusal.code, refusal.status) == ("INV-21", 409)
    assert "baseline" in refusal.detail


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "vanity"}, "kind"),
        ({"target": Decimal("0.079")}, "target"),
        ({"horizon_on": dt.date(2026, 8, 31)}, "horizon_on"),
        ({"baseline_from": dt.date(2026, 6, 1)}, "baseline_from"),
        ({"baseline_from": dt.date(2026, 6, 1), "baseline_to": dt.date(2026, 5, 1)}, "baseline_to"),
        ({"minimum": Decimal(2), "maximum": Decimal(1)}, "minimum"),
        ({"consecutive": 0}, "consecutive"),
        ({"consecutive": 9}, "consecutive"),
        ({"severity": "shout"}, "severity"),
    ],
)
def test_what_cannot_be_is_named(changed, field):
    assert fields(**{**PRIMARY, **changed}) == [(field, 422)]


def test_a_guardrail_needs_a_limit_and_nothing_else():
    assert fields(kind="guardrail") == [("maximum", 422)]
    assert fields(**GUARDRAIL) == []
    assert fields(kind="guardrail", minimum=Decimal(0)) == []


def test_a_use_case_has_one_primary_target_and_a_guardrail():
    primary, guardrail = Target(**PRIMARY), Target(**GUARDRAIL)

    assert objection_to_targets([primary, guardrail]) is None
    assert "guardrail" in objection_to_targets([primary]).detail
    assert "primary" in objection_to_targets([guardrail]).detail
    assert "several" in objection_to_targets([primary, primary, guardrail]).detail
