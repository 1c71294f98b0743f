"""What waits for a person, and the pages of what is their own."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from governance.accounts import actions as accounts
from governance.accounts.models import ApiToken, User
from governance.audit.models import Refused
from governance.conditions import actions as conditions
from governance.gates import actions as gates
from governance.gates import queries as gate_queries
from governance.notices.models import Message
from governance.programmes.models import Programme
from governance.roles import actions as roles
from governance.roles.choices import Role
from governance.roles.rules import Rights
from governance.stakeholders.models import Organisation, Person
from portal.home import queries
from tests import makers
from tests.governance.gates.conftest import Gates
from tests.governance.web.conftest import BACKEND
from tests.walks.stage import Stage
from usecases.backlog import actions as backlog

PASSWORD = "un jalon bien planté"


def visitor(user, language="en"):
    """Whoever signed in with this account."""
    client = Client()
    client.force_login(user, BACKEND)
    client.cookies["django_language"] = language
    return client


def promised(cast, text="A separate consent", **fields):
    given = {"owner": cast.mehdi, "due_on": makers.days(9), "severity": "after_due", "function": "legal"}
    return conditions.promise(cast.programme, by=cast.aude, text=text, **{**given, **fields})


def kinds(cast, person):
    return [item.kind for item in queries.waiting(person, [Rights.of(person, cast.programme)])]


def test_what_waits_follows_who_must_act(cast):
    condition = promised(cast)
    assert (kinds(cast, cast.mehdi), kinds(cast, cast.aude)) == (["condition"], [])
    proof = roles.add_evidence(cast.programme, by=cast.mehdi, title="Screen", kind="screenshot", data=b"x")
    conditions.submit_evidence(condition, proof, by=cast.mehdi)
    assert (kinds(cast, cast.mehdi), kinds(cast, cast.aude)) == ([], ["verification"])
    conditions.verify(condition, by=cast.aude)
    assert (kinds(cast, cast.mehdi), kinds(cast, cast.aude)) == ([], [])


def test_a_gate_in_preparation_waits_for_those_who_attest(cast):
    gates.load(cast.programme)
    assert kinds(cast, cast.helene) == []
    gates.prepare(gate_queries.next_gate(cast.programme), by=cast.paul)
    assert kinds(cast, cast.helene) == ["attestation"]
    assert kinds(cast, cast.anna) == []


def titles(cast, person):
    with override("en"):
        return [item.title for item in queries.waiting(person, [Rights.of(person, cast.programme)])]


def test_the_first_gate_waits_for_its_lead_until_it_is_before_the_sponsors(cast):
    gates.load(cast.programme)
    assert titles(cast, cast.paul) == ["Prepare G0, the first gate"]
    assert titles(cast, cast.helene) == titles(cast, cast.mehdi) == []
    review = gates.prepare(gate_queries.next_gate(cast.programme), by=cast.paul)
    assert titles(cast, cast.paul) == [
        "Give your word for G0 Framing launch",
        "Submit G0 Framing launch",
    ]
    gates.submit(review, by=cast.paul)
    assert titles(cast, cast.paul) == []
    assert titles(cast, cast.helene) == ["Decide G0 Framing launch"]


def test_a_first_gate_put_off_waits_for_its_lead_from_its_day_on(cast, clock_at):
    ready = Gates(cast).make_ready()
    ready.decided("hold", revisit_on=makers.days(10))
    assert titles(cast, cast.paul) == []
    clock_at(makers.days(10))
    assert titles(cast, cast.paul) == ["Prepare G0, the first gate"]


def test_a_waiver_and_a_delegation_wait_for_the_second_person(cast):
    condition = promised(cast, owner=cast.paul, function=None)
    conditions.waive(condition, by=cast.helene, reason="No longer needed")
    assert (kinds(cast, cast.helene), kinds(cast, cast.bruno)) == ([], ["waiver"])
    roles.name_deputy(cast.programme, cast.victor, "legal", by=cast.helene)
    roles.delegate(
        cast.programme,
        by=cast.aude,
        delegate=cast.victor,
        function="legal",
        starts_on=makers.days(0),
        ends_on=makers.days(9),
        reason="On leave",
    )
    assert kinds(cast, cast.victor) == ["delegation"]


def test_a_phase_that_should_have_ended_waits_for_the_lead(cast, clock_at):
    phase = cast.in_phase("setup").programme.phases.current().get()
    roles.plan_phase(phase, by=cast.paul, planned_start=makers.days(0), planned_end=makers.days(5))
    clock_at(makers.days(5))
    assert "phase" not in kinds(cast, cast.paul)
    clock_at(phase.planned_end + dt.timedelta(days=1))
    assert "phase" in kinds(cast, cast.paul)
    assert "phase" not in kinds(cast, cast.helene)
    page = visitor(cast.paul.user).get(reverse("portal:home")).content.decode()
    assert "should have ended" in page
    assert "/p/TALV/frame/#plan" in page


def test_a_refused_revision_waits_for_its_owner_even_of_what_is_approved(cast):
    stage = Stage(cast)
    revision = stage.approved()
    assert "draft" not in kinds(cast, cast.mehdi)
    draft = backlog.open_revision(revision.usecase, by=cast.mehdi)
    refused = backlog.submit(backlog.edit(draft, by=cast.mehdi, retention="P5M"), by=cast.mehdi)
    assert "draft" not in kinds(cast, cast.mehdi)
    stage.sign(refused.edition, "dpo", decision="reject", public_comment="Trop long.")
    assert "draft" in kinds(cast, cast.mehdi)
    backlog.open_revision(revision.usecase, by=cast.mehdi)
    assert "draft" not in kinds(cast, cast.mehdi)


def test_what_holds_somebody_up_comes_first(cast):
    promised(cast, "Followed", severity="follow_up", due_on=makers.days(1))
    promised(cast, "Blocking", severity="before_start", due_on=makers.days(20))
    said = visitor(cast.mehdi.user).get("/").content.decode()
    assert said.index("Blocking") < said.index("Followed")
    assert said.index("Holds somebody up") < said.index("Holds nobody up")


def test_the_list_is_filtered_by_kind(cast):
    promised(cast)
    client = visitor(cast.mehdi.user)
    assert "A separate consent" in client.get("/?kind=conditions").content.decode()
    assert "A separate consent" not in client.get("/?kind=sign").content.decode()
    assert "A separate consent" in client.get("/?kind=nonsense").content.decode()


def test_the_count_in_the_rail_is_that_of_the_list_and_follows_the_journal(cast):
    client = visitor(cast.mehdi.user)
    people = reverse("governance:people", args=["TALV"])

    def count():
        return re.findall(r'class="j-count">(\d+)', client.get(people).content.decode())

    assert count() == []
    promised(cast)
    assert count()[0] == "1"


def test_an_empty_list_teaches(cast):
    assert "Nothing waits for you" in visitor(cast.anna.user).get("/").content.decode()
    stranger = makers.person("zoe", cast.organisations["ORG-TAL"])
    assert "No programme yet" in visitor(stranger.user).get("/").content.decode()


def test_an_account_without_a_person_can_leave(db):
    user = accounts.open_account("ghost@jalon.example", by=None)
    said = visitor(user).get("/").content.decode()
    assert "ghost@jalon.example" in said
    assert reverse("account_logout") in said
    assert visitor(user).get("/notices/").status_code == 404


def test_the_list_costs_the_same_whatever_waits_and_in_however_many_programmes(cast):
    client = visitor(cast.mehdi.user)
    promised(cast)

    def statements():
        client.get("/")
        with CaptureQueriesContext(connection) as counted:
            assert client.get("/").status_code == 200
        return len(counted)

    few = statements()
    for number in range(9):
        promised(cast, f"Condition {number}")
    other = makers.programme("AUTRE", sponsor=cast.helene)
    roles.assign(other, cast.mehdi, Role.ANALYST, by=cast.helene)
    assert statements() == few
    assert few <= 30


# ---------------------------------------------------------------- notices
def test_notices_are_told_in_both_languages_and_read_only_when_asked(cast):
    promised(cast)
    french, english = visitor(cast.mehdi.user, "fr"), visitor(cast.mehdi.user)
    assert "A condition is yours" in english.get("/notices/").content.decode()
    assert french.get("/notices/").status_code == 200
    assert Message.objects.to(cast.mehdi).unread().exists()
    assert english.get("/notices/read/").status_code == 405
    english.post("/notices/read/")
    assert not Message.objects.to(cast.mehdi).unread().exists()
    assert Message.objects.to(cast.aude).unread().exists()


# ---------------------------------------------------------------- keys for programs
@pytest.fixture
def signed_in(cast):
    """Anna, with a password."""
    cast.anna.user.set_password(PASSWORD)
    cast.anna.user.save()
    return visitor(cast.anna.user)


def test_the_secret_of_a_key_is_shown_once(signed_in):
    given = {"name": "Spreadsheet", "scope": "read", "days": 30, "password": PASSWORD}
    said = signed_in.post("/tokens/", given).content.decode()
    (secret,) = re.findall(r'value="(jln_[^"]+)"', said)
    assert ApiToken.objects.get().hint == secret[-4:]
    assert secret not in signed_in.get("/tokens/").content.decode()
    key = ApiToken.objects.get()
    assert signed_in.post(reverse("portal:token_revoke", args=[key.pk])).status_code == 302
    assert signed_in.post(reverse("portal:token_revoke", args=[key.pk])).status_code == 409


def test_a_key_is_not_made_without_the_password(signed_in, cast):
    given = {"name": "Spreadsheet", "scope": "read", "days": 30, "password": "wrong"}
    assert signed_in.post("/tokens/", given).status_code == 401
    assert not ApiToken.objects.exists()
    assert [row.codes for row in Refused.objects.all()] == [["reauth_required"]]
    theirs, _secret = accounts.make_token(cast.paul.user, by=cast.paul, name="Theirs", scope="read", days=3)
    assert signed_in.post(reverse("portal:token_revoke", args=[theirs.pk])).status_code == 404


# ---------------------------------------------------------------- platform administrators
def test_only_platform_administrators_know_of_accounts(cast):
    client = visitor(cast.helene.user)
    for address in ("/accounts/", "/programmes/new/"):
        assert client.get(address).status_code == 404
        assert client.post(address, {"part": "account", "account-email": "a@b.example"}).status_code == 404
    closing = reverse("portal:account_state", args=[cast.paul.user.pk])
    assert client.post(closing, {"reason": "No"}).status_code == 404
    assert User.objects.get(pk=cast.paul.user.pk).is_active


def test_an_administrator_opens_and_closes_accounts(cast):
    admin = visitor(cast.admin.user)
    rosa = makers.person("rosa", cast.organisations["ORG-TAL"], account=False)
    admin.post("/accounts/", {"part": "account", "account-email": rosa.email})
    assert Person.objects.get(pk=rosa.pk).user.email == rosa.email
    closing = reverse("portal:account_state", args=[cast.paul.user.pk])
    theirs = visitor(cast.paul.user)
    assert theirs.get("/").status_code == 200
    assert admin.post(closing, {"reason": ""}).status_code == 422
    assert admin.post(closing, {"reason": "Gone"}).status_code == 302
    assert theirs.get("/").status_code == 302
    assert admin.post(closing, {"reason": "Back", "act": "open"}).status_code == 302
    assert User.objects.get(pk=cast.paul.user.pk).is_active
    mine = reverse("portal:account_state", args=[cast.admin.user.pk])
    assert admin.post(mine, {"reason": "Bored"}).status_code == 403


def test_an_administrator_writes_down_and_founds_without_taking_part(cast):
    admin = visitor(cast.admin.user)
    given = {
        "part": "organisation",
        "organisation-code": "ORG-NEW",
        "organisation-name": "New house",
        "organisation-kind": "advertiser",
        "organisation-country": "FR",
    }
    assert admin.post("/accounts/", given).status_code == 302
    house = Organisation.objects.get(code="ORG-NEW")
    given = {
        "part": "person",
        "person-organisation": house.pk,
        "person-display_name": "Nora Neuve",
        "person-email": "nora@jalon.example",
        "person-department": "marketing",
        "person-locale": "fr",
    }
    assert admin.post("/accounts/", given).status_code == 302
    nora = Person.objects.get(email="nora@jalon.example")
    given = {
        "code": "NEUF",
        "name_fr": "Programme neuf",
        "name_en": "New programme",
        "advertiser": house.pk,
        "platform_kind": "cdp",
        "sponsor": nora.pk,
    }
    assert admin.post("/programmes/new/", given).status_code == 302
    programme = Programme.objects.get(code="NEUF")
    assert programme.gates.exists()
    assert programme.kpis.exists()
    assert admin.get(reverse("governance:programme", args=["NEUF"])).status_code == 404
    assert admin.post("/programmes/new/", given).status_code == 409


def test_the_list_of_accounts_costs_the_same_whatever_its_length(cast):
    admin = visitor(cast.admin.user)

    def statements():
        admin.get("/accounts/")
        with CaptureQueriesContext(connection) as counted:
            assert admin.get("/accounts/").status_code == 200
        return len(counted)

    few = statements()
    for number in range(9):
        makers.person(f"new.{number}", cast.organisations["ORG-TAL"])
    assert statements() == few <= 20
    assert "new.3@jalon.example" in admin.get("/accounts/?q=new.3").content.decode()
    assert "mehdi" not in admin.get("/accounts/?q=new.3").content.decode()
