"""Which outcomes findings allow, whose turn it is, and when a decision lapses: pure tables."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest

from governance.gates import rules
from governance.gates.choices import Outcome
from governance.gates.findings import CriterionFinding, frozen, should_score, thawed

TODAY = dt.date(2026, 3, 2)
PAUL = SimpleNamespace(email="paul.pilote@jalon.example")


def finding(code, *, level="must", waivable=False, weight=None, passes=True):
    return CriterionFinding(
        code=code,
        text=f"Criterion {code}",
        level=level,
        kind="computed",
        waivable=waivable,
        weight=weight,
        outcome="pass" if passes else "fail",
        value=1 if passes else 0,
        threshold=1,
        explanation="Something is missing." if not passes else "Nothing is missing.",
        who_can=["Sponsor"],
    )


def should(code, weight, *, passes):
    return finding(code, level="should", weight=weight, passes=passes)


ALL_MET = [
    finding("A"),
    finding("B", waivable=True),
    should("S1", 2, passes=True),
    should("S2", 1, passes=True),
]
ONE_WAIVABLE = [finding("A"), finding("B", waivable=True, passes=False), should("S1", 2, passes=True)]
ONE_HARD = [finding("A", passes=False), finding("B", waivable=True), should("S1", 2, passes=True)]
FOUR_WAIVABLE = [finding(code, waivable=True, passes=False) for code in "ABCD"]
LOW = [finding("A"), should("S1", 2, passes=False), should("S2", 1, passes=True)]
ENOUGH = [finding("A"), should("S1", 3, passes=False), should("S2", 7, passes=True)]  # 0.70 to the point


def codes(refusals):
    return [each.code for each in refusals]


@pytest.mark.parametrize(
    ("found", "offered"),
    [
        (ALL_MET, ["go", "hold", "recycle", "kill"]),
        (ONE_WAIVABLE, ["conditional_go", "hold", "recycle", "kill"]),
        (ONE_HARD, ["hold", "recycle", "kill"]),
        (FOUR_WAIVABLE, ["hold", "recycle", "kill"]),
        (LOW, ["conditional_go", "hold", "recycle", "kill"]),
        (ENOUGH, ["go", "conditional_go", "hold", "recycle", "kill"]),
    ],
)
def test_what_the_findings_offer(found, offered):
    assert [
        outcome for outcome in Outcome.values if not rules.objections_to_outcome(outcome, found, today=TODAY)
    ] == offered


@pytest.mark.parametrize(
    ("found", "score"),
    [(ALL_MET, "1"), (LOW, "0.3333"), (ENOUGH, "0.7"), ([finding("A")], "1")],
)
def test_the_score_is_the_weighted_share_of_wishes_met(found, score):
    assert should_score(found) == Decimal(score)


def asked(criterion="B", text="Do it.", due=10, owner=PAUL):
    return rules.Asked(criterion=criterion, text=text, owner=owner, due_on=TODAY + dt.timedelta(days=due))


@pytest.mark.parametrize(
    ("found", "conditions", "refused"),
    [
        (ONE_WAIVABLE, [asked()], []),
        (ONE_WAIVABLE, [asked(due=45)], []),
        (ONE_WAIVABLE, [], ["conditions", "conditions"]),  # at least one, and one for B
        (ONE_WAIVABLE, [asked(due=46)], ["conditions"]),
        (ONE_WAIVABLE, [asked(due=0)], ["conditions"]),
        (ONE_WAIVABLE, [asked(), asked("A")], ["conditions"]),  # A is met
        (ONE_WAIVABLE, [asked(), asked("Z")], ["conditions"]),  # no criterion of this gate
        (ONE_WAIVABLE, [asked(), asked()], ["conditions"]),  # twice the same
        (ONE_HARD, [asked("A")], ["A"]),  # no condition makes up for it
        (FOUR_WAIVABLE, [asked(code) for code in "ABCD"], ["conditions"]),  # three at most
        (LOW, [asked("S1")], []),
        (LOW, [], ["conditions", "conditions"]),
        (ENOUGH, [asked("S1")], []),
        (ALL_MET, [asked("A")], ["conditions"]),  # nothing is left to put a condition on
    ],
)
def test_a_go_under_conditions_names_what_is_missing(found, conditions, refused):
    refusals = rules.objections_to_outcome(Outcome.CONDITIONAL_GO, found, conditions=conditions, today=TODAY)
    assert codes(refusals) == refused


def test_a_plain_go_is_refused_with_the_whole_list():
    refusals = rules.objections_to_outcome(Outcome.GO, [*ONE_HARD, *FOUR_WAIVABLE[2:], *LOW[1:]], today=TODAY)
    assert codes(refusals) == ["A", "C", "D", "should_score"]
    refusals = rules.objections_to_outcome(Outcome.GO, LOW, today=TODAY)
    assert codes(refusals) == ["should_score"]
    assert "S1" in str(refusals[0])
    assert refusals[0].who_can == ["Sponsor"]
    assert codes(rules.objections_to_outcome(Outcome.GO, ALL_MET, conditions=[asked()], today=TODAY)) == [
        "conditions"
    ]


@pytest.mark.parametrize(("revisit", "refused"), [(None, 1), (0, 1), (1, 0), (90, 0), (91, 1)])
def test_a_hold_is_looked_at_again_within_ninety_days(revisit, refused):
    day = None if revisit is None else TODAY + dt.timedelta(days=revisit)
    refusals = rules.objections_to_outcome(Outcome.HOLD, ONE_HARD, conditions=[], revisit_on=day, today=TODAY)
    assert codes(refusals) == ["revisit_on"] * refused


def test_other_outcomes_have_no_day_and_no_condition():
    for outcome in (Outcome.RECYCLE, Outcome.KILL):
        refusals = rules.objections_to_outcome(
            outcome, ALL_MET, conditions=[asked()], revisit_on=TODAY + dt.timedelta(days=9), today=TODAY
        )
        assert codes(refusals) == ["conditions", "revisit_on"]


def test_only_a_must_that_fell_is_told_as_moved():
    before = [finding("A"), finding("B", passes=False), should("S1", 2, passes=True)]
    now = [finding("A", passes=False), finding("B", passes=False), should("S1", 2, passes=False)]
    assert codes(rules.objection_to_moved(before, now)) == ["findings_moved"]
    assert rules.objection_to_moved(before, before) == []


def test_terms_are_equal_whatever_the_order_of_conditions_and_the_blanks():
    one = {"criterion": "B", "text": " Fait. ", "owner": PAUL, "due_on": TODAY}
    two = {"criterion": "A", "text": "Autre.", "owner": PAUL, "due_on": TODAY}
    first = rules.terms_of("conditional_go", "Raison.\r\nBonne.", [one, two], None)
    second = rules.terms_of("conditional_go", " Raison.\nBonne. ", [two, {**one, "text": "Fait."}], None)
    assert first.fp == second.fp
    assert first.fp != rules.terms_of("conditional_go", "Raison.", [one, two], None).fp
    later = {**one, "due_on": TODAY + dt.timedelta(days=1)}
    assert first.fp != rules.terms_of("conditional_go", "Raison.\nBonne.", [later, two], None).fp
    # typed on another keyboard, the same letters
    composed, decomposed = "Réserve", "Re\u0301serve"
    assert rules.terms_of("go", composed, [], None).fp == rules.terms_of("go", decomposed, [], None).fp


def gate(code, from_phase, to_phase):
    return SimpleNamespace(code=code, from_phase=from_phase, to_phase=to_phase, pk=code)


GATES = [
    gate("G0", None, "cadrage"),
    gate("G1", "cadrage", "setup"),
    gate("G2", "setup", "test_learn"),
    gate("G3", "test_learn", "run"),
    gate("G4", "run", "run"),
    gate("GX", None, None),
]


def phases(**statuses):
    return [
        SimpleNamespace(kind=kind, status=statuses.get(kind, "not_started"))
        for kind in ("cadrage", "setup", "test_learn", "run")
    ]


@pytest.mark.parametrize(
    ("statuses", "passed", "turn"),
    [
        ({}, "", "G0"),
        ({"cadrage": "open"}, "G0", "G1"),
        ({"cadrage": "gate_pending"}, "G0", "G1"),
        ({"cadrage": "on_hold"}, "G0", "G1"),
        ({"cadrage": "closed", "setup": "open"}, "G0 G1", "G2"),
        ({"cadrage": "open", "setup": "not_started"}, "G0", "G1"),  # reopened
        ({"run": "open"}, "G0 G1 G2 G3", "G4"),
        ({"run": "open"}, "G0 G1 G2 G3 G4", None),
        ({"cadrage": "closed", "setup": "closed", "test_learn": "closed", "run": "closed"}, "G0", None),
    ],
)
def test_one_gate_comes_after_the_other(statuses, passed, turn):
    found = rules.ahead(GATES, phases(**statuses), passed.split())
    assert (found.code if found else None) == turn


def condition(due, met=None):
    at = dt.datetime.combine(met, dt.time(10), tzinfo=dt.UTC) if met else None
    return SimpleNamespace(pk=(due, met), due_on=due, verified_at=at)


def lapsed(conditions, on):
    return bool(rules.lapses(conditions, on, lambda moment: moment.date()))


def test_a_decision_lapses_by_the_day_and_holds_again_when_all_is_met():
    due, later = dt.date(2026, 4, 30), dt.date(2026, 5, 20)
    day = dt.timedelta(days=1)
    assert not lapsed([condition(due), condition(later)], due)
    assert lapsed([condition(due), condition(later)], due + day)
    # the late one is met, the other not yet: it does not hold again
    half = [condition(due, due + 2 * day), condition(later)]
    assert lapsed(half, due + 3 * day)
    whole = [condition(due, due + 2 * day), condition(later, due + 4 * day)]
    assert lapsed(whole, due + 3 * day)
    assert not lapsed(whole, due + 4 * day)
    # met in time, nothing ever lapsed
    assert not lapsed([condition(due, due), condition(later)], due + 3 * day)
    assert not lapsed([], due)


def test_frozen_findings_read_back_in_each_language():
    found = [finding("A"), should("S1", 2, passes=False)]
    content = frozen(found, found)
    content["criteria"][0]["text_en"] = "In English"
    assert thawed(content, "en")[0].text == "In English"
    assert thawed(content, "fr")[1].weight == 2
    assert [each.outcome for each in thawed(content, "fr")] == ["pass", "fail"]
