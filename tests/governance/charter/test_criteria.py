"""What the first gate asks of people and frame: each criterion on its edge, and in both languages."""

import pytest
from django.utils.translation import override

from governance.charter import criteria
from governance.gates import registry
from governance.programmes import actions as programmes
from governance.roles import actions as roles
from governance.roles.choices import Role
from governance.stakeholders.choices import Department
from tests.makers import days, finding, programme

pytestmark = pytest.mark.django_db


def found(code, programme):
    programme.refresh_from_db()
    return finding(code, programme)


def test_every_computed_criterion_of_the_first_gate_has_its_function():
    known = set(registry.codes())
    assert {"G0-01", "G0-02", "G0-03", "G0-04", "G0-05", "G0-07", "G0-08", "G1-13"} <= known


def test_two_sponsors_with_marketing_and_it(cast):
    assert found("G0-01", cast.programme).passes
    roles.revoke(cast.assignments["bruno"], by=cast.helene, reason="Départ.")
    alone = found("G0-01", cast.programme)
    assert not alone.passes
    assert str(Department.IT.label) in alone.explanation
    cast.newcomer("odile.message", department="communication", role=Role.SPONSOR)
    two = found("G0-01", cast.programme)
    assert not two.passes
    with override("en"):
        assert str(found("G0-01", cast.programme).explanation) == "No sponsor from: IT."


def test_one_lead_and_only_one(cast):
    assert found("G0-02", cast.programme).passes
    roles.revoke(cast.assignments["paul"], by=cast.helene, reason="Départ.")
    nobody = found("G0-02", cast.programme)
    assert (nobody.passes, nobody.value) == (False, 0)


def test_four_departments_of_the_eight(cast):
    cast.newcomer("lea.reseau", department="network", role=Role.CORE_TEAM_MEMBER)
    cast.newcomer("guy.achats", department="procurement", role=Role.CORE_TEAM_MEMBER)  # not one of the eight
    assert not found("G0-03", cast.programme).passes
    cast.newcomer("luc.crm", department="crm", role=Role.CORE_TEAM_MEMBER)
    assert found("G0-03", cast.programme).passes


def test_the_four_contacts(cast):
    assert found("G0-04", cast.programme).passes
    roles.revoke(cast.assignments["simon"], by=cast.helene, reason="Départ.")
    missing = found("G0-04", cast.programme)
    assert not missing.passes
    assert str(Role.SECURITY_REVIEWER.label) in missing.explanation


def test_contacts_are_counted_on_their_days(cast, clock_at):
    ends = roles.end(cast.assignments["simon"], by=cast.helene, ends_on=days(3))
    clock_at(ends.ends_on.isoformat())
    assert found("G0-04", cast.programme).passes
    clock_at(days(1).isoformat())
    assert not found("G0-04", cast.programme).passes


@pytest.mark.parametrize(("length", "passes"), [(1, False), (199, False), (200, True)])
def test_two_hundred_characters(cast, length, passes):
    programmes.set_vision_draft(cast.programme, "é" * length, by=cast.paul)
    assert found("G0-05", cast.programme).passes is passes


def test_nobody_holds_roles_that_do_not_go_together(cast):
    assert found("G0-07", cast.programme).passes
    assert found("G0-07", cast.programme).value == 0


def test_one_person_and_a_half(cast):
    somebody = cast.newcomer("lea.reseau", department="network")
    roles.assign(cast.programme, somebody, Role.CORE_TEAM_MEMBER, by=cast.helene, allocation_pct=100)
    other = cast.newcomer("luc.crm", department="crm")
    roles.assign(cast.programme, other, Role.CORE_TEAM_MEMBER, by=cast.helene, allocation_pct=49)
    assert not found("G0-08", cast.programme).passes
    third = cast.newcomer("eva.data", department="data")
    roles.assign(cast.programme, third, Role.CORE_TEAM_MEMBER, by=cast.helene, allocation_pct=1)
    enough = found("G0-08", cast.programme)
    assert (enough.passes, enough.value) == (True, "150 %") or enough.passes


def test_run_is_anticipated_by_mode_and_day(cast):
    before = found("G1-13", cast.programme)
    assert not before.passes
    programmes.choose_operator(cast.programme, by=cast.paul, mode="external_hired", start_planned=days(90))
    assert found("G1-13", cast.programme).passes


def test_an_empty_programme_passes_nothing_by_absence(cast):
    empty = programme("VIDE", sponsor=cast.newcomer("celeste.ailleurs"))
    for code in ("G0-01", "G0-02", "G0-03", "G0-04", "G0-05", "G0-08", "G1-13"):
        assert not found(code, empty).passes, code


def test_each_explanation_is_a_sentence_in_both_languages(cast):
    for code in ("G0-01", "G0-02", "G0-03", "G0-04", "G0-05", "G0-07", "G0-08", "G1-13"):
        for language in ("fr", "en"):
            with override(language):
                said = found(code, cast.programme)
                assert str(said.explanation).endswith("."), code
                assert not any(
                    role.value in str(said.explanation) for role in criteria.CONTACTS if "_" in role.value
                )
