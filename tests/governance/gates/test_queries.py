"""Readiness: computed at the call, in the reader's language, within its budget."""

import datetime as dt

import pytest
from django.db.models import prefetch_related_objects
from django.utils.translation import override

from governance import clock, library
from governance.conditions import actions as conditions
from governance.evidence import actions as evidence
from governance.gates import actions, queries
from governance.gates.coming import LOADED, ROOM_OF
from governance.programmes import actions as programmes
from governance.roles import actions as roles
from governance.roles.choices import Role
from governance.roles.rules import Rights
from tests import makers
from tests.makers import days

pytestmark = pytest.mark.django_db


def outcomes(readiness):
    return {each.code: each.outcome for each in readiness.criteria}


def standing(decision, on=None):
    """How a decision stands, alone and among all those of its programme."""
    alone = queries.decision_standing(decision, on)
    listed = {one.decision: one for one in queries.decisions_of(decision.review.gate.programme, on)}
    assert listed[decision].standing == alone
    assert bool(listed[decision].late) == bool(queries.lapsed_for(decision, on or clock.today()))
    return alone


def test_every_criterion_of_the_library_is_loaded_or_waits_for_a_room():
    shipped = {each["code"] for gate in library.gates() for each in gate["criteria"]}
    assert set(ROOM_OF) | LOADED == shipped
    assert set(ROOM_OF) & LOADED == set()


def test_gates_are_copied_as_the_library_ships_them(gates):
    for shipped in library.gates():
        gate = gates.gate(shipped["code"])
        assert [each.code for each in gate.criteria.all()] == sorted(
            each["code"] for each in shipped["criteria"] if each["code"] in LOADED
        )
        for asked in shipped["criteria"]:
            if asked["code"] in LOADED:
                copied = gates.criterion(asked["code"])
                assert copied.text_fr == asked["fr"]
                assert copied.text_en == asked["en"]
                assert copied.level == asked["level"]
                assert copied.waivable == asked.get("waivable", False)
                assert copied.weight == asked.get("weight")
                assert copied.attest_role == asked.get("attest_role", "")
                assert copied.evidence_required == asked.get("evidence", False)


def test_the_first_gate_of_a_new_programme_says_what_is_missing(gates):
    ready = queries.readiness(gates.programme)
    assert ready.gate.code == "G0"
    assert ready.as_of == clock.today()
    assert outcomes(ready) == {
        "G0-01": "pass",
        "G0-02": "pass",
        "G0-03": "fail",
        "G0-04": "pass",
        "G0-05": "fail",
        "G0-07": "pass",
        "G0-08": "fail",
        "G0-09": "fail",
    }
    assert ready.outcomes_offered == ["hold", "recycle", "kill"]
    assert [each.code for each in ready.refused_outcomes["go"]] == ["G0-03", "G0-05", "should_score"]
    assert [each.code for each in ready.refused_outcomes["conditional_go"]] == ["G0-05"]
    assert str(ready.should_score) == "0.4000"
    assert [(each.code, bool(each.text), bool(each.room)) for each in ready.coming] == [("G0-06", True, True)]


def test_each_finding_says_value_threshold_why_and_who(gates):
    for each in queries.readiness(gates.programme).criteria:
        assert each.explanation
        assert each.value not in ("", None)
        assert each.threshold not in ("", None)
        if not each.passes:
            assert each.who_can


def test_an_explanation_is_in_the_language_of_the_reader(gates):
    with override("en"):
        english = gates.finding("G0-05")
    assert english.text == "Problem and expected results are written: the platform is a means"
    assert "0 characters" in english.explanation
    with override("fr"):
        french = gates.finding("G0-05")
    assert french.text.startswith("Le problème")


def test_a_reader_is_offered_what_they_may_do(ready):
    ready.prepared()
    gate = ready.gate("G0")

    def acts(person, code):
        found = queries.readiness(gate, rights=Rights.of(person, ready.programme)).criteria
        return [act["url_name"] for each in found if each.code == code for act in each.acts]

    assert acts(ready.cast.helene, "G0-05") == ["governance:gate_attest"]
    assert acts(ready.cast.paul, "G0-05") == []
    assert acts(ready.cast.paul, "G0-09") == ["governance:gate_attest"]


def test_a_word_counts_for_its_attempt_only(ready):
    review = ready.attested(ready.prepared())
    assert ready.finding("G0-09").passes
    actions.submit(review, by=ready.cast.paul)
    actions.withdraw(review, by=ready.cast.paul, reason="Trop tôt.")
    assert not ready.finding("G0-09").passes
    ready.prepared()
    assert not ready.finding("G0-09").passes


def test_a_gate_whose_criteria_have_no_room_offers_nothing(ready):
    standing = queries.readiness(ready.gate("G2"))
    assert standing.criteria == []
    assert standing.outcomes_offered == []
    assert [each.code for each in standing.refused_outcomes["go"]] == ["no_criteria"]
    assert len(standing.coming) == 14


def test_a_programme_that_no_gate_is_ahead_of_has_no_readiness(cast):
    with pytest.raises(LookupError):
        queries.readiness(cast.programme)


READINESS = 3  # statements, of one gate or of all (speed.md 4)


def test_readiness_costs_the_same_whatever_the_rows(ready, django_assert_num_queries):
    ready.attested(ready.prepared())
    gate = ready.gate("G0")
    with django_assert_num_queries(READINESS):
        queries.readiness(gate)
    for number in range(8):
        somebody = ready.cast.newcomer(f"membre.{number}", department="data")
        roles.assign(ready.programme, somebody, Role.CORE_TEAM_MEMBER, by=ready.cast.helene, allocation_pct=5)
    with django_assert_num_queries(READINESS):
        queries.readiness(gate)


def test_readiness_of_the_second_gate_keeps_its_budget(ready, django_assert_num_queries):
    ready.decided()
    gate = queries.next_gate(ready.programme)
    assert gate.code == "G1"
    with django_assert_num_queries(READINESS):
        queries.readiness(gate)


def test_readiness_of_all_programmes_is_that_of_each_in_as_many_statements(ready, django_assert_num_queries):
    ready.attested(ready.prepared())
    cast, three = ready.cast, [ready.programme]
    for code in ("AUTRE", "TIERS"):
        other = makers.programme(code, sponsor=cast.helene)
        actions.load(other)
        roles.assign(other, cast.bruno, Role.SPONSOR, by=cast.helene)
        three.append(other)
    without = makers.programme("VIDE", sponsor=cast.helene)
    prefetch_related_objects([*three, without], "phases")
    with django_assert_num_queries(READINESS):
        queries.findings_ahead(three[:1])
    with django_assert_num_queries(READINESS):
        found = queries.findings_ahead([*three, without])
    assert set(found) == {each.pk for each in three}
    for each in three:
        gate, criteria = found[each.pk]
        alone = queries.readiness(each)
        assert gate == alone.gate
        assert criteria == alone.criteria
    passes = {
        code: one.passes for code in ("G0-01", "G0-09") for one in found[three[0].pk][1] if one.code == code
    }
    assert passes == {"G0-01": True, "G0-09": True}
    assert not next(one for one in found[three[1].pk][1] if one.code == "G0-09").passes


def test_no_programme_asks_nothing(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert queries.findings_ahead([]) == {}


def test_what_was_found_stays_as_it_was_found(ready):
    review = ready.submitted()
    programmes.set_vision_draft(ready.programme, "Court.", by=ready.cast.paul)
    assert not ready.finding("G0-05").passes
    frozen = {each.code: each for each in queries.frozen_findings(review, "en")}
    assert frozen["G0-05"].passes
    assert frozen["G0-05"].attested_by == ready.cast.helene
    assert frozen["G0-05"].text == "Problem and expected results are written: the platform is a means"
    assert queries.frozen_standing(review).outcomes_offered[0] == "go"


def conditional(gates):
    """The first gate, decided under one condition due in twenty days."""
    cast = gates.cast
    programmes.set_vision_draft(gates.programme, "x" * 200, by=cast.paul)
    review = gates.submitted()
    asked = {"criterion": "G0-03", "text": "Nommer CRM et réseau.", "owner": cast.paul, "due_on": days(20)}
    for person in (cast.helene, cast.bruno):
        gates.sign(review, person, "conditional_go", conditions=[asked])
    review.refresh_from_db()
    return review.decision


def test_a_decision_lapses_by_the_clock_alone(gates, clock_at):
    decision = conditional(gates)
    today = clock.today()
    assert standing(decision, today + dt.timedelta(days=20)) == "in_force"
    assert standing(decision, today + dt.timedelta(days=21)) == "lapsed"
    clock_at((today + dt.timedelta(days=21)).isoformat())
    assert standing(decision) == "lapsed"
    (condition,) = queries.conditions_of(decision)
    proof = evidence.add(
        gates.programme, by=gates.cast.paul, title="Note", kind="document", url="https://a.example/n"
    )
    conditions.submit_evidence(condition, proof, by=gates.cast.paul)
    conditions.verify(condition, by=gates.cast.helene)
    assert standing(decision) == "in_force"


def test_a_later_decision_supersedes_the_earlier(ready):
    first = ready.decided("recycle").decision
    assert standing(first) == "in_force"
    ready.decided()
    assert standing(first) == "superseded"
