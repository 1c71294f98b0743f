"""People, roles over time, delegations, interests."""

from governance.roles import actions as roles
from governance.roles.choices import Role
from governance.roles.models import Delegation, RoleAssignment
from governance.stakeholders.models import InterestDeclaration, Person
from tests import makers


def test_a_role_that_nobody_holds_is_said_with_what_it_stops(cast, desk):
    assert "Every role that the programme needs is held" in desk(Role.SPONSOR).text("people")
    roles.revoke(cast.assignments["simon"], by=cast.helene, reason="Moves away")
    said = desk(Role.SPONSOR).text("people")
    assert "No security review is signed." in said
    assert "?role=security_reviewer" in said
    assert "Moves away" not in said
    assert "Revoked" in desk(Role.SPONSOR).text("people", past="")


def test_a_person_is_written_down_and_given_a_role(cast, desk):
    sponsor = desk(Role.SPONSOR)
    organisation = cast.organisations["ORG-TAL"].pk
    given = {
        "organisation": organisation,
        "display_name": "Rosa Réseau",
        "email": "rosa@jalon.example",
        "department": "network",
        "locale": "fr",
    }
    assert sponsor.post("person_new", **given).status_code == 302
    rosa = Person.objects.get(email="rosa@jalon.example")
    assert "Rosa Réseau" in sponsor.text("people")  # without a role yet

    given = {
        "person": rosa.pk,
        "role": "core_team_member",
        "starts_on": makers.days(0),
        "phases": ["cadrage"],
    }
    assert sponsor.post("assign", **given).status_code == 302
    assignment = RoleAssignment.objects.get(person=rosa)
    assert (assignment.role, assignment.phases) == ("core_team_member", ["cadrage"])


def test_a_refused_role_keeps_what_was_typed_and_leaves_one_trace(cast, desk, one_refusal):
    given = {"person": cast.diane.pk, "role": "sponsor", "starts_on": makers.days(0)}
    answer = desk(Role.SPONSOR).post("assign", **given)
    said = answer.content.decode()
    assert answer.status_code == 409
    assert "nobody is also" in said
    assert "SOD" not in said
    assert f'<option value="{cast.diane.pk}" selected>' in said
    assert one_refusal() == ("role.assign", ["SOD-04"], "page")


def test_only_people_of_the_programme_s_organisations_are_offered(cast, desk):
    elsewhere = makers.organisation("ORG-XYZ", "advertiser", name="Another company")
    makers.person("zoe", elsewhere, name="Zoé Ailleurs", account=False)
    sponsor = desk(Role.SPONSOR)
    for page in ("people", "assign", "person_new", "organisation_new"):
        said = sponsor.text(page)
        assert "Zoé" not in said, page
        assert "Another company" not in said, page
    assert sponsor.get("person", "zoe").status_code == 404


def test_an_organisation_is_written_down_then_engaged(cast, desk):
    sponsor = desk(Role.SPONSOR)
    given = {"add-code": "ORG-QUA", "add-name": "Quartz", "add-kind": "vendor", "add-country": "IE"}
    answer = sponsor.post("organisation_new", part="add", **given)
    assert answer["Location"].endswith("?code=ORG-QUA")
    assert "Quartz" in sponsor.text("organisation_new")
    given = {
        "engage-code": "ORG-QUA",
        "engage-gdpr_role": "processor",
        "engage-starts_on": makers.days(0),
        "engage-dpa_status": "none",
    }
    assert sponsor.post("organisation_new", part="engage", **given).status_code == 302
    assert cast.programme.engagements.filter(organisation__code="ORG-QUA").exists()
    answer = sponsor.post("organisation_new", part="engage", **{**given, "engage-code": "ORG-NONE"})
    assert answer.status_code == 422


def test_a_role_is_ended_and_withdrawn_with_a_reason(cast, desk):
    sponsor = desk(Role.SPONSOR)
    analyst, owner = cast.assignments["anna"], cast.assignments["yann"]
    assert sponsor.get("assignment_end", analyst.pk).status_code == 200
    sponsor.post("assignment_end", analyst.pk, act="end", ends_on=makers.days(20))
    sponsor.post("assignment_end", owner.pk, act="revoke", reason="Moves away")
    assert RoleAssignment.objects.get(pk=analyst.pk).ends_on == makers.days(20)
    assert RoleAssignment.objects.get(pk=owner.pk).reason == "Moves away"
    lead = desk(Role.CORE_TEAM_LEAD)
    answer = lead.post("assignment_end", cast.assignments["aude"].pk, act="revoke", reason="No")
    assert answer.status_code == 403
    assert RoleAssignment.objects.get(pk=cast.assignments["aude"].pk).revoked_on is None


def test_one_declares_one_s_own_interests_and_nobody_else_s(cast, desk):
    given = {
        "organisation": cast.organisations["ORG-MER"].pk,
        "nature": "A share",
        "starts_on": makers.days(0),
    }
    assert desk(cast.mehdi).post("person", "mehdi.media", **given).status_code == 302
    assert InterestDeclaration.objects.get().person == cast.mehdi
    assert desk(Role.SPONSOR).post("person", "mehdi.media", **given).status_code == 404
    assert "A share" in desk(Role.SPONSOR).text("person", "mehdi.media@jalon.example")


def test_a_delegation_is_asked_accepted_and_ended(cast, desk):
    roles.name_deputy(cast.programme, cast.victor, "legal", by=cast.helene)
    jurist, deputy = desk(cast.aude), desk(cast.victor)
    assert "Victor Clause" in jurist.text("delegations")
    given = {
        "function": "legal",
        "delegate": cast.victor.pk,
        "starts_on": makers.days(0),
        "ends_on": makers.days(30),
        "reason": "On leave",
    }
    assert jurist.post("delegations", **given).status_code == 302
    delegation = Delegation.objects.get()
    assert "Accept" in deputy.text("delegations")
    assert deputy.post("delegation_answer", delegation.code).status_code == 400
    assert deputy.post("delegation_answer", delegation.code, answer="accept").status_code == 302
    delegation.refresh_from_db()
    assert delegation.accepted_at is not None
    assert jurist.post("delegation_end", delegation.code, reason="").status_code == 422
    assert jurist.post("delegation_end", delegation.code, reason="Back").status_code == 302
    delegation.refresh_from_db()
    assert delegation.ended_at is not None


def test_too_long_a_delegation_is_refused_in_words(cast, desk, one_refusal):
    roles.name_deputy(cast.programme, cast.victor, "legal", by=cast.helene)
    given = {
        "function": "legal",
        "delegate": cast.victor.pk,
        "starts_on": makers.days(0),
        "ends_on": makers.days(60),
        "reason": "On leave",
    }
    answer = desk(cast.aude).post("delegations", **given)
    assert answer.status_code == 403
    assert "45 days at most" in answer.content.decode()
    assert one_refusal() == ("delegation.create", ["DLG-04"], "page")


def test_the_pages_cost_the_same_whatever_they_show(cast, desk):
    sponsor = desk(Role.SPONSOR)
    few = {page: sponsor.statements(page) for page in ("people", "assign", "delegations")}
    one = sponsor.statements("person", "paul.pilote")
    for number in range(10):
        somebody = cast.newcomer(f"new.{number}", role=Role.OBSERVER)
        roles.name_deputy(cast.programme, somebody, "legal", by=cast.helene)
    assert {page: sponsor.statements(page) for page in few} == few
    assert sponsor.statements("person", "paul.pilote") == one
    assert max(*few.values(), one) <= 20
