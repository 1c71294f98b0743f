"""Story 1 over the API: launch with conflicting roles, up to the first gate (1.6 comes with its room)."""

import pytest

from governance import clock
from governance.audit.models import Event, Refused
from governance.notices.models import Message
from tests import makers
from tests.governance.api.door import Api, key
from tests.walks.test_story_1 import LONG, SHORT, People

pytestmark = pytest.mark.django_db
P = "programmes/TALV/"


class Client(Api):
    """A person of the story; what they are refused changes nothing, and is noted once."""

    def refused(self, path, body, **how):
        before = Event.objects.count(), Refused.objects.count()
        answer = self.post(path, body, **how)
        assert (Event.objects.count(), Refused.objects.count()) == (before[0], before[1] + 1)
        assert Refused.objects.order_by("recorded_at").last().codes == answer.codes
        return answer


def test_launch_with_conflicting_roles(db, clock_at):
    clock_at("2026-01-12")
    who = People()
    names = (
        "admin",
        "helene",
        "bruno",
        "paul",
        "diane",
        "chloe",
        "mehdi",
        "yann",
        "aude",
        "simon",
        "thomas",
        "fatou",
    )
    as_ = {name: Client(getattr(who, name)) for name in names}

    def assign(by, name, role, **more):
        asked = {"person": getattr(who, name).email, "role": role, **more}
        return as_[by].post(P + "role-assignments/", asked, key=key())

    def not_assigned(by, name, role):
        return as_[by].refused(P + "role-assignments/", {"person": getattr(who, name).email, "role": role})

    # 1.1 the administrator creates the programme and its first sponsor
    frame = {
        "code": "TALV",
        "name_fr": "Programme CDP Talvère Maison",
        "name_en": "Talvère Maison CDP programme",
        "advertiser": "ORG-TAL",
        "platform_kind": "cdp",
        "started_on": "2026-01-12",
        "sponsor": who.helene.email,
    }
    assert as_["helene"].post("programmes/", frame).code == "no_right"
    assert as_["admin"].refused("programmes/", {**frame, "sponsor": who.admin.email}).code == "SOD-12"
    founded = as_["admin"].post("programmes/", frame, key=key())
    assert (founded.status, founded["status"], founded.headers["Location"]) == (
        201,
        "draft",
        "/api/v1/programmes/TALV/",
    )
    assert as_["admin"].get("programmes/")["results"] == []  # no business page
    assert as_["admin"].get(P).status == 404
    mine = as_["helene"].get("me/")["programmes"]
    assert [(one["code"], one["roles"]) for one in mine] == [("TALV", ["sponsor"])]
    first = as_["helene"].get(P + "audit/?ordering=seq&page_size=1")["results"][0]
    assert (first["seq"], first["verb"]) == (1, "programme.founded")

    # 1.2 Hélène appoints Bruno sponsor and Paul lead
    assert assign("helene", "bruno", "sponsor").status == 201
    assert assign("helene", "paul", "core_team_lead", allocation_pct=100).status == 201
    told = as_["helene"].get(P + f"audit/?verb=role.assigned&actor={who.helene.email}")
    assert told["count"] == 2
    for name in ("bruno", "paul"):
        assert Message.objects.filter(person=getattr(who, name), event="role.assigned").count() == 1

    # 1.3 Paul assigns himself sponsor
    assert not_assigned("paul", "paul", "sponsor").codes == ["SOD-12", "INV-10"]
    assert as_["paul"].get("me/")["programmes"][0]["roles"] == ["core_team_lead"]

    # 1.4 Paul makes a consultant core-team member, then consultant
    organisation = {
        "code": "ORG-CON",
        "name": "Conseil",
        "kind": "consultancy",
        "country": "FR",
        "engagement": {"gdpr_role": "none", "starts_on": "2026-01-12", "ends_on": makers.days(200)},
    }
    assert as_["helene"].post(P + "organisations/", organisation).status == 201
    newcomer = {
        "email": "farid.conseil@jalon.example",
        "name": "Farid Conseil",
        "organisation": "ORG-CON",
        "department": "external",
    }
    assert as_["paul"].post(P + "people/", newcomer).status == 201
    wrong = {"person": newcomer["email"], "role": "core_team_member"}
    refused = as_["paul"].refused(P + "role-assignments/", wrong)
    assert (refused.status, refused.code) == (409, "INV-08")
    given = as_["paul"].post(P + "role-assignments/", {**wrong, "role": "consultant"})
    assert (given.status, given["ends_on"]) == (
        201,
        makers.days(200).isoformat(),
    )  # it ends with the engagement

    # 1.5 reviewers are appointed by sponsors; the DPO decides on no means nor purposes
    refused = not_assigned("paul", "diane", "dpo")
    assert (refused.status, refused.code) == (409, "INV-10")
    assert refused["objections"][0]["who_can"] == ["Sponsor"]
    assert assign("helene", "diane", "dpo").status == 201
    refused = not_assigned("paul", "diane", "data_owner")
    assert (refused.status, refused.code) == (409, "SOD-04")
    for name, role in (
        ("aude", "legal_reviewer"),
        ("simon", "security_reviewer"),
        ("thomas", "technical_reviewer"),
    ):
        assert assign("helene", name, role).status == 201
    for name in ("chloe", "mehdi", "yann"):
        assert assign("paul", name, "core_team_member", allocation_pct=40).status == 201

    # 1.6 waits for its room: the criterion is named, and counts for nothing
    clock_at("2026-01-15")
    gate = next(one for one in as_["paul"].get(P + "gates/")["results"] if one["ahead"])
    assert gate["code"] == "G0"
    ready = as_["paul"].get(P + "gates/G0/readiness/")
    assert [one["code"] for one in ready["coming"]] == ["G0-06"]
    assert "G0-06" not in [one["code"] for one in ready["criteria"]]

    # 1.7 Hélène attests on a vision draft of 150 characters
    def vision(text):
        read = as_["paul"].get(P)
        return as_["paul"].patch(P, {"vision_draft": text}, version=read.version)

    def finding(code):
        found = as_["helene"].get(P + "gates/G0/readiness/")["criteria"]
        return next(one for one in found if one["code"] == code)

    assert len(vision(SHORT)["vision_draft"]) == 150
    prepared = as_["paul"].post(P + "gates/G0/reviews/", key=key())
    assert (prepared.status, prepared["status"]) == (201, "preparing")
    attempt = P + "gates/G0/reviews/1/"
    assert as_["paul"].post(attempt + "attest/", {"criterion": "G0-05"}).code == "no_right"
    attested = as_["helene"].post(attempt + "attest/", {"criterion": "G0-05"})
    assert attested.status == 200
    short = finding("G0-05")
    assert (short["outcome"], short["attested_by"]) == ("fail", who.helene.email)
    assert "150" in short["explanation"]
    assert "200" in short["explanation"]
    vision(LONG)
    assert finding("G0-05")["outcome"] == "pass"
    assert as_["paul"].post(attempt + "attest/", {"criterion": "G0-09"}).status == 200
    ready = as_["helene"].get(P + "gates/G0/readiness/")
    assert [one["code"] for one in ready["criteria"] if one["outcome"] != "pass"] == []
    assert (ready["should_score"], "go" in ready["outcomes_offered"]) == (1, True)

    # 1.8 Paul submits; Hélène signs go twice; Bruno signs
    submitted = as_["paul"].post(attempt + "submit/", version=as_["paul"].get(attempt).version)
    assert (submitted["status"], submitted["fingerprint"][:7]) == ("submitted", "sha256:")
    terms = {"outcome": "go", "rationale": "Critères atteints.", "fingerprint": submitted["fingerprint"]}
    assert as_["helene"].refused(attempt + "sign/", terms).code == "reauth_required"
    for name in ("helene", "bruno", "paul"):
        as_[name].proved()
    assert (
        as_["helene"].refused(attempt + "sign/", {**terms, "fingerprint": ""}).code == "fingerprint_required"
    )
    assert as_["helene"].post(attempt + "sign/", terms).status == 200
    refused = as_["helene"].refused(attempt + "sign/", terms)
    assert (refused.status, refused.code) == (409, "SOD-08")
    assert as_["helene"].get(attempt)["decision"] is None

    # 1.9 Paul tries to sign the gate
    refused = as_["paul"].refused(attempt + "sign/", terms)
    assert (refused.status, refused.code) == (403, "no_right")
    assert refused["objections"][0]["who_can"] == ["Sponsor"]

    decided = as_["bruno"].post(attempt + "sign/", terms)
    assert (decided["decision"]["outcome"], decided["decision"]["effective_on"]) == ("go", "2026-01-15")
    assert decided["decision"]["standing"] == "in_force"
    assert [one["person"]["email"] for one in decided["signatures"]] == [who.helene.email, who.bruno.email]
    assert as_["paul"].get(P)["status"] == "active"
    phase = as_["paul"].get(P + "phases/cadrage/")
    assert (phase["status"], phase["actual_start"]) == ("open", "2026-01-15")
    assert as_["helene"].get(P + "audit/?verb=gate.decided")["count"] == 1
    assert next(one["code"] for one in as_["paul"].get(P + "gates/")["results"] if one["ahead"]) == "G1"
    verified = as_["diane"].get(P + "audit/verify/")
    assert (verified["ok"], verified["first_broken"]) == (True, None)
    assert verified["events"] == Event.objects.of("TALV").count()
    assert clock.today().isoformat() == "2026-01-15"
