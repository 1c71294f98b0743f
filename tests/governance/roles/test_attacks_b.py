"""Attacks on delegation and roles (trust.md B), each with the twin that succeeds."""

import pytest
from django.urls import get_resolver

from governance import clock
from governance.accounts import actions as accounts
from governance.audit.models import Event
from governance.errors import Refusal
from governance.notices.models import Message
from governance.roles import actions, queries, rules
from governance.roles.choices import Role
from governance.roles.models import Delegation, RoleAssignment
from tests import makers

LEAVE = "summer leave"


def rows():
    return [model.objects.count() for model in (Event, Message, RoleAssignment, Delegation)]


def refusal(act):
    """What an act is refused for; nothing of it stays."""
    before = rows()
    with pytest.raises(Refusal) as refused:
        act()
    assert rows() == before
    assert len(str(refused.value)) > 20
    return refused.value.code, refused.value.status


@pytest.fixture
def victor(cast):
    """A colleague of Aude who holds the same function: she may delegate to him."""
    actions.assign(cast.programme, cast.victor, Role.LEGAL_REVIEWER, by=cast.helene)
    return cast.victor


def lend(cast, to, *, by=None, function="legal", start=0, end=14, reason=LEAVE, **fields):
    return actions.delegate(
        cast.programme, by=by or cast.aude, delegate=to, function=function, starts_on=makers.days(start),
        ends_on=makers.days(end), reason=reason, **fields,
    )  # fmt: skip


def test_b1_two_delegations_of_one_function_do_not_overlap(cast, victor):
    lend(cast, victor, start=0, end=14)

    assert refusal(lambda: lend(cast, victor, start=14, end=20)) == ("DLG-00", 409)
    assert lend(cast, victor, start=15, end=20).code == "DEL-02"


def test_b1_a_declined_or_ended_delegation_leaves_its_days_free(cast, victor):
    first = lend(cast, victor)
    actions.decline(first, by=victor)
    second = lend(cast, victor)
    actions.end_delegation(second, by=cast.aude, reason="back early")

    assert lend(cast, victor).status(clock.today()) == "proposed"


def test_b2_nobody_delegates_to_themselves(cast, victor):
    assert refusal(lambda: lend(cast, cast.aude)) == ("SOD-12", 403)
    assert lend(cast, victor)


@pytest.mark.parametrize(("end", "days"), [(46, 46), (400, 400), (-1, -1)])
def test_b3_a_delegation_lasts_45_days_at_most_and_one_at_least(cast, victor, end, days):
    assert refusal(lambda: lend(cast, victor, end=end)) == ("DLG-04", 403)


@pytest.mark.parametrize("end", [0, 45])
def test_b3_twin_from_one_day_to_45_days_later(cast, victor, end):
    assert lend(cast, victor, end=end)


def test_b4_a_delegation_does_not_start_in_the_past(cast, victor):
    assert refusal(lambda: lend(cast, victor, start=-1)) == ("DLG-04", 403)
    assert lend(cast, victor, start=0)


def test_b5_a_delegation_is_not_passed_on(cast):
    actions.name_deputy(cast.programme, cast.victor, "legal", by=cast.helene)
    actions.accept(lend(cast, cast.victor), by=cast.victor)
    other = cast.newcomer("maud.clause", department="legal", role=Role.LEGAL_REVIEWER)

    assert refusal(lambda: lend(cast, other, by=cast.victor)) == ("DLG-03", 403)
    assert lend(cast, other, by=cast.aude, start=20, end=30)


def test_b6_nobody_delegates_what_they_do_not_hold(cast, victor):
    assert refusal(lambda: lend(cast, victor, by=cast.diane)) == ("no_right", 403)
    assert refusal(lambda: lend(cast, victor, by=cast.paul)) == ("no_right", 403)
    assert refusal(lambda: lend(cast, victor, function="dpo")) == ("no_right", 403)
    assert lend(cast, victor, by=cast.aude)


def test_b7_nobody_deactivated_gone_outside_or_in_conflict_is_a_delegate(cast, victor):
    outside = makers.organisation("ORG-LAW", "consultancy")
    makers.engaged(cast.programme, outside, by=cast.helene)
    adviser = makers.person("eve.conseil", outside, "external")
    actions.assign(cast.programme, adviser, Role.OBSERVER, by=cast.helene)

    actions.name_deputy(cast.programme, cast.mehdi, "legal", by=cast.helene)

    assert refusal(lambda: lend(cast, adviser)) == ("DLG-02", 403)
    assert refusal(lambda: lend(cast, cast.paul)) == ("DLG-02", 403)
    assert refusal(lambda: lend(cast, cast.mehdi)) == ("SOD-05", 403)
    accounts.deactivate(victor.user, by=cast.admin, reason="left")
    assert refusal(lambda: lend(cast, victor)) == ("DLG-02", 403)
    accounts.reactivate(victor.user, by=cast.admin, reason="came back")
    assert lend(cast, victor)


def test_b7_twin_a_law_firm_may_be_on_the_list_of_the_legal_function(cast):
    firm = makers.organisation("ORG-LAW", "law_firm")
    makers.engaged(cast.programme, firm, by=cast.helene)
    counsel = makers.person("luc.avocat", firm, "external")
    actions.assign(cast.programme, counsel, Role.OBSERVER, by=cast.helene)
    actions.name_deputy(cast.programme, counsel, "legal", by=cast.helene)

    assert actions.accept(lend(cast, counsel), by=counsel).accepted_at


def test_the_dpo_delegates_to_the_dpo_office_and_a_sponsor_to_a_sponsor(cast, victor):
    assert refusal(lambda: lend(cast, victor, by=cast.diane, function="dpo")) == ("DLG-06", 403)
    assert refusal(lambda: lend(cast, victor, by=cast.helene, function="sponsor")) == ("DLG-06", 403)
    actions.name_deputy(
        cast.programme,
        cast.newcomer("luce.privee", department="privacy", role=Role.OBSERVER),
        "dpo",
        by=cast.helene,
    )
    assert lend(cast, queries.deputies(cast.programme, "dpo")[0], by=cast.diane, function="dpo")
    assert lend(cast, cast.bruno, by=cast.helene, function="sponsor")


def test_b8_a_delegation_counts_through_its_last_day_and_not_a_moment_longer(cast, victor, clock_at):
    clock_at("2036-03-02")
    made = lend(cast, victor, end=9)
    actions.accept(made, by=victor)

    clock_at("2036-03-11T23:59:59.999999+01:00")
    assert rules.objection_to_use(made) is None
    assert queries.delegations_in_force(victor).get() == made
    clock_at("2036-03-12T00:00:00+01:00")
    assert rules.objection_to_use(made).code == "DLG-01"
    assert not queries.delegations_in_force(victor).exists()


def test_b8_a_delegation_counts_from_its_acceptance_and_its_first_day(cast, victor):
    made = lend(cast, victor, start=1, end=9)
    assert rules.objection_to_use(made).code == "DLG-01"
    actions.accept(made, by=victor)
    assert rules.objection_to_use(made).code == "DLG-01"
    assert not queries.delegations_in_force(victor).exists()
    assert queries.delegations_in_force(victor, makers.days(1)).get() == made


def test_b9_what_is_withdrawn_is_withdrawn_at_once(cast, victor):
    made = actions.accept(lend(cast, victor), by=victor)
    assert rules.objection_to_use(made) is None

    actions.revoke(cast.assignments["aude"], by=cast.helene, reason="moved to another team")

    made.refresh_from_db()
    assert made.status(clock.today()) == "revoked"
    assert rules.objection_to_use(made).code == "DLG-01"
    assert rules.objection(cast.aude, "review.sign", cast.programme).code == "not_found"


def test_b9_a_delegation_of_somebody_who_no_longer_signs_gives_nothing(cast, victor):
    made = actions.accept(lend(cast, victor, end=20), by=victor)
    actions.end(cast.assignments["aude"], by=cast.helene, ends_on=makers.days(5))

    assert queries.delegations_in_force(victor, makers.days(5)).get() == made
    assert not queries.delegations_in_force(victor, makers.days(6)).exists()


def test_b10_a_right_in_one_programme_is_none_in_another(cast, victor):
    """A programme cannot be deleted while anything hangs on it; and a delegation is of one programme only."""
    actions.accept(lend(cast, victor), by=victor)
    other = makers.programme("AUTRE", sponsor=cast.bruno)

    assert not queries.delegations_in_force(victor).filter(programme=other).exists()
    assert rules.objection(cast.helene, "programme.edit", other).code == "not_found"
    with pytest.raises(Exception, match="protected"):
        cast.programme.delete()


def test_b11_an_administrator_does_not_make_herself_sponsor(cast):
    def found(sponsor, code):
        return actions.found_programme(
            by=cast.admin, code=code, name_fr="Autre", name_en="Other", advertiser=cast.admin.organisation,
            platform_kind="dmp", sponsor=sponsor,
        )  # fmt: skip

    assert refusal(lambda: found(cast.admin, "AUTRE")) == ("SOD-12", 403)
    assert refusal(
        lambda: actions.assign(cast.programme, cast.admin, Role.LEGAL_REVIEWER, by=cast.admin)
    ) == (
        "not_found",
        404,
    )
    assert found(cast.bruno, "AUTRE").status == "draft"


def test_b11_nobody_gives_a_role_to_themselves(cast):
    with pytest.raises(Refusal) as refused:
        actions.assign(cast.programme, cast.paul, Role.SPONSOR, by=cast.paul)
    assert [each.code for each in refused.value.objections] == ["SOD-12", "INV-10"]
    assert refusal(lambda: actions.assign(cast.programme, cast.helene, Role.ANALYST, by=cast.helene)) == (
        "SOD-12",
        403,
    )
    assert actions.assign(cast.programme, cast.helene, Role.ANALYST, by=cast.bruno)


def test_b12_nobody_gives_more_than_they_may(cast):
    """Only sponsors appoint sponsors, the lead and reviewers."""
    somebody = cast.newcomer("odile.message", department="communication")
    for role in (Role.SPONSOR, Role.CORE_TEAM_LEAD, Role.LEGAL_REVIEWER, Role.DPO, Role.SECURITY_REVIEWER):
        assert refusal(lambda role=role: actions.assign(cast.programme, somebody, role, by=cast.paul)) == (
            "INV-10",
            409,
        )
    for person in (cast.mehdi, cast.diane, cast.fatou, cast.alma):
        assert refusal(lambda by=person: actions.assign(cast.programme, somebody, Role.ANALYST, by=by)) == (
            "no_right",
            403,
        )
    assert actions.assign(cast.programme, somebody, Role.ANALYST, by=cast.paul)
    assert actions.assign(cast.programme, somebody, Role.SPONSOR, by=cast.helene)


def test_b13_nobody_withdraws_what_they_could_not_give(cast):
    def withdraw(whose, by):
        return actions.revoke(cast.assignments[whose], by=by, reason="reorganised")

    assert refusal(lambda: withdraw("bruno", cast.paul)) == ("no_right", 403)
    assert refusal(lambda: withdraw("diane", cast.paul)) == ("no_right", 403)
    assert refusal(lambda: withdraw("paul", cast.mehdi)) == ("no_right", 403)
    assert refusal(lambda: actions.end(cast.assignments["aude"], by=cast.paul, ends_on=makers.days(3))) == (
        "no_right",
        403,
    )
    withdraw("anna", cast.paul)
    withdraw("bruno", cast.helene)
    assert refusal(lambda: withdraw("helene", cast.helene)) == ("last_sponsor", 409)


def test_b13_a_record_is_no_way_round_who_appoints(cast):
    def note(whose, by, **fields):
        return actions.edit_person(whose, by=by, programme=cast.programme, **fields)

    def gone(whose, by):
        return actions.note_departure(whose, by=by, programme=cast.programme, on=clock.today())

    for bound in (cast.helene, cast.diane, cast.aude):
        assert refusal(lambda: gone(bound, cast.paul)) == ("no_right", 403)  # noqa: B023
        assert refusal(lambda: note(bound, cast.paul, department="it")) == ("no_right", 403)  # noqa: B023
    assert refusal(lambda: note(cast.paul, cast.paul, qualified_jurist=True)) == ("SOD-12", 403)
    assert refusal(lambda: gone(cast.helene, cast.helene)) == ("SOD-12", 403)
    assert refusal(lambda: note(cast.admin, cast.helene, display_name="X")) == ("no_right", 403)
    note(cast.anna, cast.paul, display_name="Anna M.")
    note(cast.diane, cast.helene, display_name="Diane P.")
    gone(cast.anna, cast.paul)


def test_b13_a_sponsor_here_is_none_elsewhere(cast):
    other = makers.programme("AUTRE", sponsor=cast.bruno)
    actions.assign(other, cast.anna, Role.LEGAL_REVIEWER, by=cast.bruno)
    assert refusal(
        lambda: actions.edit_person(cast.anna, by=cast.helene, programme=cast.programme, department="it")
    ) == ("no_right", 403)
    actions.edit_person(cast.anna, by=cast.bruno, programme=cast.programme, department="it")


def test_b14_the_same_role_and_the_lead_are_not_held_twice_over_the_same_days(cast):
    assert refusal(lambda: actions.assign(cast.programme, cast.bruno, Role.SPONSOR, by=cast.helene)) == (
        "INV-06",
        409,
    )
    assert refusal(
        lambda: actions.assign(cast.programme, cast.ines, Role.CORE_TEAM_LEAD, by=cast.helene)
    ) == (
        "INV-09",
        409,
    )
    actions.end(cast.assignments["paul"], by=cast.helene, ends_on=makers.days(4))
    assert refusal(
        lambda: actions.assign(
            cast.programme, cast.ines, Role.CORE_TEAM_LEAD, by=cast.helene, starts_on=makers.days(4)
        )
    ) == ("INV-09", 409)
    assert actions.assign(
        cast.programme, cast.ines, Role.CORE_TEAM_LEAD, by=cast.helene, starts_on=makers.days(5)
    )


def test_b15_there_is_no_door_for_invitations():
    def routes(resolver, prefix=""):
        for pattern in resolver.url_patterns:
            path = prefix + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                yield from routes(pattern, path)
            else:
                yield path

    found = list(routes(get_resolver()))
    assert len(found) > 5
    assert [
        path for path in found if "invit" in path or "impersonat" in path or "signup" in path.lower()
    ] in (
        [],
        ["accounts/signup/"],  # closed by its adapter: it shows that nobody signs up
    )


# ---------------------------------------------------------------- acceptance
def test_only_the_delegate_accepts(cast, victor):
    made = lend(cast, victor)

    assert refusal(lambda: actions.accept(made, by=cast.aude)) == ("SOD-12", 403)
    assert refusal(lambda: actions.accept(made, by=cast.diane)) == ("no_right", 403)
    assert refusal(lambda: actions.accept(made, by=cast.admin)) == ("not_found", 404)
    assert actions.accept(made, by=victor).status(clock.today()) == "active"
    assert refusal(lambda: actions.accept(made, by=victor)) == ("wrong_state", 409)


def test_only_the_delegator_ends_a_delegation(cast, victor):
    made = actions.accept(lend(cast, victor), by=victor)

    assert refusal(lambda: actions.end_delegation(made, by=victor, reason="busy")) == ("no_right", 403)
    assert refusal(lambda: actions.end_delegation(made, by=cast.helene, reason="no")) == ("no_right", 403)
    assert refusal(lambda: actions.end_delegation(made, by=cast.aude, reason=" ")) == ("reason_required", 422)
    assert actions.end_delegation(made, by=cast.aude, reason="back").status(clock.today()) == "revoked"


def test_a_delegate_who_came_into_conflict_no_longer_signs(cast):
    actions.name_deputy(cast.programme, cast.victor, "legal", by=cast.helene)
    made = actions.accept(lend(cast, cast.victor), by=cast.victor)
    assert rules.objection_to_use(made) is None

    actions.assign(cast.programme, cast.victor, Role.CORE_TEAM_MEMBER, by=cast.paul)

    assert rules.objection_to_use(made).code == "SOD-05"


def test_high_risk_and_other_kinds_stay_with_the_delegator(cast, victor):
    made = actions.accept(lend(cast, victor, subject_kinds=["usecase_revision"]), by=victor)

    assert rules.objection_to_use(made, subject_kind="usecase_revision") is None
    assert rules.objection_to_use(made, subject_kind="segment_version").code == "DLG-02"
    assert rules.objection_to_use(made, subject_kind="usecase_revision", high_risk=True).code == "DLG-05"
    made.excludes_high_risk = False
    assert rules.objection_to_use(made, subject_kind="usecase_revision", high_risk=True) is None
    assert rules.objection_to_use(made, subject_kind="usecase_revision", never=True).code == "DLG-05"
