"""The life of an objective: drafted, measured, validated, achieved or dropped."""

import pytest

from governance.audit.models import Event
from governance.charter import actions, queries, registry
from governance.errors import Refusal
from governance.notices.models import Message
from tests.makers import days

pytestmark = pytest.mark.django_db


def refusal(act, *args, **how):
    with pytest.raises(Refusal) as refused:
        act(*args, **how)
    return refused.value


def codes(act, *args, **how):
    return [each.code for each in refusal(act, *args, **how).objections]


@pytest.fixture
def draft(cast):
    def make(horizon="short", **how):
        how = {
            "by": cast.paul,
            "statement_fr": " Réduire le gaspillage média. ",
            "owner": cast.helene,
            "due_on": days(90),
            **how,
        }
        return actions.draft_objective(cast.programme, horizon=horizon, **how)

    return make


@pytest.fixture
def measured(monkeypatch):
    """Targets measure every objective, as the room of KPIs would tell."""
    monkeypatch.setattr(registry, "_measures", [lambda objective: [f"cpa, {objective.code}"]])


@pytest.fixture
def unmeasured(monkeypatch):
    monkeypatch.setattr(registry, "_measures", [lambda objective: []])


def test_an_objective_is_drafted_numbered_by_horizon_and_told_to_its_owner(cast, draft):
    first, second, far = draft(), draft(), draft("long", code="OBJ-L1")
    assert [each.code for each in (first, second, far)] == ["OBJ-S1", "OBJ-S2", "OBJ-L1"]
    assert (first.status, first.statement_fr) == ("draft", "Réduire le gaspillage média.")
    assert Message.objects.filter(person=cast.helene, event="objective.to_validate").count() == 3
    assert [each.code for each in queries.objectives_of(cast.programme)] == ["OBJ-S1", "OBJ-S2", "OBJ-L1"]
    assert codes(draft, code="OBJ-S1") == ["duplicate"]


def test_a_draft_says_everything_that_is_wrong_with_it(cast, draft):
    wrong = {"horizon": "soon", "statement_fr": " ", "owner": cast.paul, "due_on": days(0)}
    assert codes(draft, **wrong) == ["unknown_kind", "missing_text", "not_a_sponsor", "past_date"]


def test_nothing_is_validated_that_nothing_measures(cast, draft, unmeasured):
    objective = draft()
    refused = refusal(actions.validate, objective, by=cast.helene)
    assert (refused.code, refused.status) == ("INV-04", 409)
    objective.refresh_from_db()
    assert objective.status == "draft"


def test_a_sponsor_validates_what_is_measured(cast, draft, measured):
    objective = draft()
    actions.validate(objective, by=cast.bruno)
    assert (objective.status, objective.validated_by) == ("validated", cast.bruno)
    assert [each.code for each in queries.validated(cast.programme)] == ["OBJ-S1"]
    event = Event.objects.of("TALV").get(verb="objective.validated")
    assert event.payload == '{"measured_by":["cpa, OBJ-S1"]}'
    assert Message.objects.filter(person=cast.helene, event="objective.validated").count() == 1
    assert codes(actions.validate, objective, by=cast.helene) == ["wrong_state"]


def test_a_validated_objective_is_achieved(cast, draft, measured):
    objective = draft()
    assert codes(actions.achieve, objective, by=cast.helene) == ["wrong_state"]
    actions.validate(objective, by=cast.helene)
    actions.achieve(objective, by=cast.helene)
    assert objective.status == "achieved"
    assert codes(actions.drop, objective, by=cast.helene, reason="Non.") == ["wrong_state"]


def test_an_objective_is_dropped_for_a_reason(cast, draft):
    objective = draft()
    assert codes(actions.drop, objective, by=cast.helene, reason="  ") == ["missing_reason"]
    actions.drop(objective, by=cast.helene, reason="Remplacé.")
    assert objective.status == "dropped"
    assert '"reason":"Remplacé."' in Event.objects.of("TALV").get(verb="objective.dropped").payload
