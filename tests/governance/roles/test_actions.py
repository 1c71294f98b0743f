"""Founding, roles over time, single exceptions: what the verbs write, tell and refuse."""

import pytest

from governance import clock
from governance.accounts import actions as accounts
from governance.audit.models import Event
from governance.errors import Refusal
from governance.notices.models import Message
from governance.roles import actions, queries, registry
from governance.roles.choices import Role
from governance.roles.models import DossierUserPermission
from governance.roles.rules import Rights
from tests import makers
from tests.governance.api.door import Api


def code_of(act):
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value.code


def told(person):
    return list(Message.objects.filter(person=person).order_by("at", "id").values_list("event", flat=True))


# ---------------------------------------------------------------- story 1, the rows of this room
def test_story_1_1_a_programme_begins_in_draft_with_four_phases_and_its_first_sponsor(cast):
    first = Event.objects.of("TALV").first()

    assert cast.programme.status == "draft"
    assert list(cast.programme.phases.values_list("kind", flat=True)) == [
        "cadrage",
        "setup",
        "test_learn",
        "run",
    ]
    assert (first.seq, first.verb, first.actor) == (1, "programme.founded", "admin@jalon.example")
    assert told(cast.helene)[0] == "role.assigned"
    assert not queries.programmes_of(cast.admin).exists()


def test_story_1_2_a_sponsor_appoints_another_sponsor_and_the_lead_and_both_are_told(cast):
    events = Event.objects.filter(stream="TALV", verb="role.assigned").order_by("seq")

    assert [e.subject_code for e in events[1:3]] == ["bruno.systemes", "paul.pilote"]
    assert told(cast.bruno) == ["role.assigned"]
    assert events[1].roles == '["sponsor"]'


def test_story_1_4_a_consultant_is_not_of_the_core_team_and_leaves_with_the_engagement(cast):
    last = makers.days(90)
    firm = makers.organisation("ORG-NEW", "consultancy")
    makers.engaged(cast.programme, firm, by=cast.helene, ends_on=last)
    fatou = makers.person("fanny.conseil", firm, "external")

    assert (
        code_of(lambda: actions.assign(cast.programme, fatou, Role.CORE_TEAM_MEMBER, by=cast.paul))
        == "INV-08"
    )
    made = actions.assign(cast.programme, fatou, Role.CONSULTANT, by=cast.paul)
    assert made.ends_on == last
    assert made.is_active(last)
    assert not made.is_active(makers.days(91))


def test_story_1_5_reviewers_are_appointed_by_sponsors_and_the_dpo_owns_no_data(cast):
    luce = cast.newcomer("luce.privee", department="privacy")

    with pytest.raises(Refusal) as refused:
        actions.assign(cast.programme, luce, Role.DPO, by=cast.paul)
    assert (refused.value.code, refused.value.status) == ("INV-10", 409)
    actions.assign(cast.programme, luce, Role.DPO, by=cast.helene)
    with pytest.raises(Refusal) as refused:
        actions.assign(cast.programme, luce, Role.DATA_OWNER, by=cast.helene)
    assert (refused.value.code, refused.value.status) == ("SOD-04", 409)
    assert str(Role.DPO.label) in str(refused.value)
    assert str(Role.DATA_OWNER.label) in str(refused.value)


# ---------------------------------------------------------------- INV-06 to INV-10
@pytest.mark.parametrize(
    ("kind", "role", "code"),
    [
        ("consultancy", Role.SPONSOR, "INV-08"),
        ("consultancy", Role.LEGAL_REVIEWER, "INV-08"),
        ("law_firm", Role.LEGAL_REVIEWER, None),
        ("law_firm", Role.DPO, "INV-08"),
        ("dpo_service", Role.DPO, None),
        ("dpo_service", Role.SECURITY_REVIEWER, "INV-08"),
        ("media_agency", Role.AGENCY, None),
        ("vendor", Role.OBSERVER, None),
        ("group_entity", Role.SECURITY_REVIEWER, None),
    ],
)
def test_outside_people_hold_the_roles_that_the_library_opens_to_them(cast, kind, role, code):
    firm = makers.organisation("ORG-OUT", kind)
    internal = kind == "group_entity"
    makers.engaged(cast.programme, firm, by=cast.helene)
    somebody = makers.person("xavier.dehors", firm, "security" if internal else "external")
    if code is None:
        assert actions.assign(cast.programme, somebody, role, by=cast.helene)
    else:
        assert code_of(lambda: actions.assign(cast.programme, somebody, role, by=cast.helene)) == code


def test_an_organisation_is_engaged_before_its_people_hold_roles(cast):
    firm = makers.organisation("ORG-OUT", "consultancy")
    somebody = makers.person("xavier.dehors", firm, "external")
    assert (
        code_of(lambda: actions.assign(cast.programme, somebody, Role.CONSULTANT, by=cast.helene)) == "INV-08"
    )

    makers.engaged(cast.programme, firm, by=cast.helene)

    assert actions.assign(cast.programme, somebody, Role.CONSULTANT, by=cast.helene).ends_on is None


def test_an_outside_operator_needs_an_agreement(cast):
    firm = makers.organisation("ORG-OUT", "operator_provider")
    engagement = makers.engaged(cast.programme, firm, by=cast.helene, gdpr_role="processor")
    somebody = makers.person("xavier.dehors", firm, "external")
    assert (
        code_of(lambda: actions.assign(cast.programme, somebody, Role.DMP_OPERATOR, by=cast.helene))
        == "INV-05"
    )

    actions.edit_engagement(engagement, by=cast.aude, dpa_status="signed", dpa_signed_on=clock.today())

    assert actions.assign(cast.programme, somebody, Role.DMP_OPERATOR, by=cast.helene)


def test_when_an_engagement_ends_earlier_so_do_the_roles_of_its_people(cast):
    engagement = cast.programme.engagements.get(organisation__code="ORG-MER")
    actions.edit_engagement(engagement, by=cast.helene, ends_on=makers.days(10))

    cast.assignments["fatou"].refresh_from_db()
    assert cast.assignments["fatou"].ends_on == makers.days(10)
    assert told(cast.fatou) == ["role.assigned", "role.ended"]
    assert Event.objects.filter(verb="role.ended", subject_code="fatou.conseil").count() == 1
    assert (
        code_of(lambda: actions.end(cast.assignments["fatou"], by=cast.helene, ends_on=makers.days(20)))
        == "INV-08"
    )


def test_a_role_has_a_period_in_the_programme(cast):
    def give(**fields):
        return actions.assign(cast.programme, cast.victor, Role.ANALYST, by=cast.helene, **fields)

    assert code_of(lambda: give(starts_on=makers.days(5), ends_on=makers.days(4))) == "empty_period"
    assert code_of(lambda: give(phases=["autumn"])) == "unknown_phase"
    assert code_of(lambda: give(allocation_pct=101)) == "wrong_share"
    planned = give(starts_on=makers.days(5), ends_on=makers.days(9))
    assert planned.status(clock.today()) == "planned"
    assert planned.status(makers.days(9)) == "active"
    assert planned.status(makers.days(10)) == "ended"


def test_nobody_gone_or_deactivated_receives_a_role(cast):
    somebody = cast.newcomer("odile.message", department="communication")
    actions.note_departure(somebody, by=cast.helene, programme=cast.programme, on=clock.today())

    assert (
        code_of(lambda: actions.assign(cast.programme, somebody, Role.ANALYST, by=cast.helene)) == "no_role"
    )


def test_an_unknown_role_is_refused(cast):
    assert (
        code_of(lambda: actions.assign(cast.programme, cast.victor, "king", by=cast.helene)) == "unknown_role"
    )


# ---------------------------------------------------------------- withdrawal
def test_a_withdrawn_role_gives_nothing_from_that_moment_on(cast):
    assert Rights.of(cast.anna, cast.programme).may("kpi.define")

    made = actions.revoke(cast.assignments["anna"], by=cast.paul, reason="moved")

    assert made.status(clock.today()) == "revoked"
    assert Rights.of(cast.anna, cast.programme).objection("read.programme").code == "not_found"
    assert told(cast.anna) == ["role.assigned", "role.revoked"]
    assert code_of(lambda: actions.revoke(made, by=cast.paul, reason="again")) == "wrong_state"


def test_a_withdrawal_says_why(cast):
    assert (
        code_of(lambda: actions.revoke(cast.assignments["anna"], by=cast.paul, reason="  "))
        == "reason_required"
    )


def test_a_withdrawal_for_cause_is_followed_above_in_the_same_transaction(cast, monkeypatch):
    followed = []
    monkeypatch.setattr(registry, "_followers", [])
    registry.on_revoked_for_cause(lambda assignment, by: followed.append((assignment.role, by)))

    actions.revoke(cast.assignments["anna"], by=cast.paul, reason="moved")
    assert followed == []
    actions.revoke(cast.assignments["simon"], by=cast.helene, reason="breach of trust", for_cause=True)
    assert followed == [("security_reviewer", cast.helene)]


def test_somebody_who_left_holds_nothing_from_that_day(cast):
    actions.note_departure(cast.anna, by=cast.helene, programme=cast.programme, on=makers.days(1))
    assert Rights.of(cast.anna, cast.programme).is_member
    assert cast.anna in queries.holders(cast.programme, "analyst")
    assert queries.holders(cast.programme, "analyst", on=makers.days(1)) == []


def test_a_deactivated_account_loses_every_right_at_once(cast):
    stale = Rights.of(cast.diane, cast.programme)
    assert stale.may("policy.edit")

    actions.deactivate(cast.diane.user, by=cast.admin, reason="lost badge")

    for action in ("policy.edit", "read.programme", "interest.declare"):
        refused = Rights.of(cast.diane, cast.programme).objection(action, cast.diane)
        assert (refused.code, refused.status) == ("no_role", 403)
    assert queries.holders(cast.programme, "dpo") == []
    assert not queries.programmes_of(cast.diane).exists()
    assert cast.diane not in queries.people_of(cast.programme)
    actions.reactivate(cast.diane.user, by=cast.admin, reason="badge found")
    assert Rights.of(cast.diane, cast.programme).may("policy.edit")


def test_only_administrators_open_and_close_accounts(cast):
    assert code_of(lambda: actions.deactivate(cast.diane.user, by=cast.helene, reason="no")) == "no_right"
    assert code_of(lambda: actions.open_account("new@jalon.example", by=cast.helene)) == "no_right"
    assert code_of(lambda: actions.deactivate(cast.admin.user, by=cast.admin, reason="bye")) == "SOD-12"
    actions.deactivate(cast.diane.user, by=cast.admin, reason="lost badge")
    assert cast.admin.user.is_active


def test_an_account_becomes_that_of_the_person_of_the_same_e_mail(cast):
    somebody = cast.newcomer("odile.message", department="communication", account=False)
    assert somebody.user is None

    user = actions.open_account("Odile.Message@jalon.example", by=cast.admin)

    somebody.refresh_from_db()
    assert somebody.user == user


def test_the_first_administrator_is_made_once(cast):
    assert (
        code_of(
            lambda: actions.install_administrator(
                email="eve@jalon.example", display_name="Eve", organisation={"code": "ORG-TAL"}
            )
        )
        == "wrong_state"
    )


def test_people_are_written_down_by_an_administrator_before_there_is_a_programme(cast):
    assert code_of(
        lambda: actions.add_organisation(
            by=cast.helene, programme=None, code="ORG-X", name="X", kind="vendor", country="FR"
        )
    ) == "no_right"  # fmt: skip
    assert actions.add_organisation(
        by=cast.admin, programme=None, code="ORG-X", name="X", kind="vendor", country="FR"
    )
    assert Event.objects.of("jalon").last().verb == "organisation.added"


# ---------------------------------------------------------------- single exceptions
def test_a_dossier_is_shared_with_one_person_and_withdrawn_again(cast):
    shared = makers.dossier(cast.programme, "UC-91", by=cast.helene)
    makers.dossier(cast.programme, "UC-92", by=cast.helene)
    assert not queries.visible_dossiers(cast.basile, cast.programme).exists()

    actions.share(shared, cast.basile, by=cast.paul)
    actions.share(shared, cast.basile, by=cast.paul)

    assert queries.visible_dossiers(cast.basile, cast.programme, "use_case").get() == shared
    assert not queries.visible_dossiers(cast.basile, cast.programme, "segment").exists()
    assert queries.visible_dossiers(cast.diane, cast.programme).count() == 2
    assert not queries.visible_dossiers(cast.admin, cast.programme).exists()
    assert queries.shares_of(shared).get() == cast.basile
    actions.unshare(shared, cast.basile, by=cast.paul)
    assert not queries.visible_dossiers(cast.basile, cast.programme).exists()
    assert code_of(lambda: actions.unshare(shared, cast.basile, by=cast.paul)) == "wrong_state"


def test_sharing_is_the_act_of_those_who_may_and_not_to_themselves(cast):
    shared = makers.dossier(cast.programme, by=cast.helene)
    stranger = cast.newcomer("odile.message", department="communication")

    assert code_of(lambda: actions.share(shared, cast.basile, by=cast.mehdi)) == "no_right"
    assert code_of(lambda: actions.share(shared, cast.paul, by=cast.paul)) == "SOD-12"
    assert code_of(lambda: actions.share(shared, stranger, by=cast.paul)) == "no_role"


def test_exceptions_are_bounded(cast, monkeypatch):
    from governance.roles import rules

    monkeypatch.setattr(rules, "MOST_SHARES", 2)
    for number in (91, 92):
        actions.share(
            makers.dossier(cast.programme, f"UC-{number}", by=cast.helene), cast.basile, by=cast.helene
        )
    third = makers.dossier(cast.programme, "UC-93", by=cast.helene)

    assert code_of(lambda: actions.share(third, cast.basile, by=cast.helene)) == "too_many_shares"
    assert DossierUserPermission.objects.count() == 2


def test_a_deactivated_account_reads_nothing_that_was_shared(cast):
    shared = makers.dossier(cast.programme, by=cast.helene)
    actions.share(shared, cast.basile, by=cast.helene)
    accounts.deactivate(cast.basile.user, by=cast.admin, reason="left")
    cast.basile.refresh_from_db()

    assert not queries.shared_with(cast.basile).exists()
    assert not queries.visible_dossiers(cast.basile, cast.programme).exists()


def test_a_role_on_every_dossier_given_by_the_site_alone_opens_no_list(cast):
    """A global permission of Django opens nothing (C17)."""
    from django.contrib.auth.models import Permission

    makers.dossier(cast.programme, by=cast.helene)
    cast.basile.user.user_permissions.add(Permission.objects.get(codename=queries.SHARED))

    assert not queries.shared_with(cast.basile).exists()


# ---------------------------------------------------------------- deputies, interests, evidence
def test_deputies_are_named_by_sponsors_and_sponsors_have_none(cast):
    assert (
        code_of(lambda: actions.name_deputy(cast.programme, cast.victor, "legal", by=cast.paul)) == "INV-10"
    )
    assert (
        code_of(lambda: actions.name_deputy(cast.programme, cast.bruno, "sponsor", by=cast.helene))
        == "DLG-06"
    )
    assert (
        code_of(lambda: actions.name_deputy(cast.programme, cast.helene, "legal", by=cast.helene)) == "SOD-12"
    )
    assert (
        code_of(lambda: actions.name_deputy(cast.programme, cast.fatou, "legal", by=cast.helene)) == "INV-08"
    )
    actions.name_deputy(cast.programme, cast.victor, "legal", by=cast.helene)
    assert queries.deputies(cast.programme, "legal") == [cast.victor]
    assert (
        code_of(lambda: actions.name_deputy(cast.programme, cast.victor, "legal", by=cast.helene))
        == "already_there"
    )


def test_one_declares_ones_own_interests_only(cast):
    firm = cast.organisations["ORG-BOR"]

    def declare(person, by):
        return actions.declare_interest(
            person, by=by, programme=cast.programme, organisation=firm, nature="My sister works there."
        )

    assert code_of(lambda: declare(cast.mehdi, cast.helene)) == "no_right"
    assert declare(cast.mehdi, cast.mehdi).organisation == firm
    assert Rights.of(cast.mehdi, cast.programme).interests == {firm.pk}


def test_evidence_is_superseded_by_those_who_may_add_some(cast):
    old, new = (
        actions.add_evidence(
            cast.programme, by=cast.aude, title=name, kind="document", url="https://a.example/"
        )
        for name in ("Bilan", "Bilan revu")
    )
    assert code_of(lambda: actions.supersede_evidence(old, new, by=cast.victor)) == "no_right"
    assert actions.supersede_evidence(old, new, by=cast.aude).superseded_by == new
    told = Api(cast.aude).post(f"programmes/TALV/evidence/{new.code}/supersede/", {"by": old.code})
    assert (told.status, told["code"]) == (409, "INV-15")
    third = actions.add_evidence(
        cast.programme, by=cast.aude, title="Troisième", kind="document", url="https://a.example/"
    )
    told = Api(cast.aude).post(f"programmes/TALV/evidence/{new.code}/supersede/", {"by": third.code})
    assert (told.status, told["superseded_by"]) == (200, third.code)
    told = Api(cast.aude).post(f"programmes/TALV/evidence/{third.code}/supersede/", {"by": "EV-NONE"})
    assert told.status == 422


def test_evidence_is_added_by_those_who_may(cast):
    def add(by):
        return actions.add_evidence(
            cast.programme,
            by=by,
            title="Minutes of the workshop",
            kind="document",
            url="https://jalon.example/m",
        )

    assert code_of(lambda: add(cast.basile)) == "no_right"
    assert add(cast.mehdi).code == "EV-01"


def test_an_administrator_closed_meanwhile_does_nothing_though_loaded_before(cast):
    """A task holds the person as loaded when it was queued: what counts is the account as it is now."""
    stale_admin = cast.admin
    other = cast.newcomer("eve.admin")
    other.user.is_platform_admin = True
    other.user.save()
    actions.deactivate(type(stale_admin.user).objects.get(pk=stale_admin.user.pk), by=other, reason="left")

    assert stale_admin.user.is_active
    assert code_of(lambda: actions.deactivate(cast.diane.user, by=stale_admin, reason="no")) == "no_role"


def test_what_decides_who_must_sign_is_set_by_a_sponsor(cast):
    where = cast.programme
    for name in ("large_scale_threshold", "sponsor_double_signature_eur", "reauth_minutes"):
        given = {"settings": {name: 4, "min_audience_size": 900}}
        with pytest.raises(Refusal) as refused:
            actions.edit_programme(where, by=cast.paul, **given)
        assert (refused.value.code, refused.value.field) == ("no_right", f"settings.{name}")
        assert actions.edit_programme(where, by=cast.helene, **given).setting(name) == 4
    assert actions.edit_programme(where, by=cast.paul, settings={"min_audience_size": 800})
