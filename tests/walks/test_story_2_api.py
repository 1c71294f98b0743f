"""Story 2 over the API: from workshop to approved use case (without 2.4, 2.10 and the DPIA half of 2.5)."""

import datetime as dt

import pytest

from governance import clock
from governance.audit.models import Event
from governance.roles import actions as roles
from tests.governance.api.door import Api, key
from tests.walks.stage import HYPOTHESIS, SIGNERS

pytestmark = pytest.mark.django_db
P = "programmes/TALV/"
EXPORTS = ["platform_match", "third_party_export", "tracker_data"]


class Desk:
    """The people of the story, each with a client that proved who they are."""

    def __init__(self, stage):
        self.stage, self.cast = stage, stage.cast
        self.clients = {}

    def __getitem__(self, name):
        if name not in self.clients:
            self.clients[name] = Api(getattr(self.cast, name)).proved()
        return self.clients[name]

    def changed(self, name, path, body=None, *, of=None, method="POST"):
        """Do something to what one just read; it works."""
        answer = self[name].send(method, P + path, body, version=self.version(name, of or path))
        assert answer.status in (200, 201), answer
        return answer

    def version(self, name, path):
        read = self[name].get(P + path)
        assert read.status == 200, read
        return read.version

    def refused(self, name, path, body=None, *, of=None):
        events = Event.objects.count()
        version = self.version(name, of) if of is not None else None
        answer = self[name].post(P + path, body, version=version)
        assert Event.objects.count() == events
        assert answer.status >= 400, answer
        return answer

    # ------------------------------------------------------------ the acts of the story
    def approved_segment(self, code):
        """Size, freeze and approve the draft of a segment."""
        version = f"segments/{code}/versions/1/"
        assert (
            self["anna"].post(P + version + "estimates/", {"size": 455_000, "method": "sample"}).status == 201
        )
        frozen = self.changed("anna", version + "freeze/", of=version)
        assert frozen["status"] == "in_review"
        for asked in self["thomas"].get(P + f"review-requests/?subject={code}&state=open")["results"]:
            assert self.sign(SIGNERS[asked["function"]], asked["id"]).status == 201
        assert self["anna"].get(P + version)["status"] == "approved"

    def targets(self, code, *, baseline=True):
        today = clock.today()
        primary = {
            "kpi": "cpa",
            "kind": "primary",
            "use_case": code,
            "target": 35,
            "start_on": today + dt.timedelta(days=30),
            "horizon_on": today + dt.timedelta(days=150),
            **({"baseline": 41.5} if baseline else {}),
        }
        guardrail = {"kpi": "reach", "kind": "guardrail", "use_case": code, "minimum": 1_377_500}
        made = [self["mehdi"].post(P + "kpi-targets/", one, key=key()) for one in (primary, guardrail)]
        assert [one.status for one in made] == [201, 201]
        return [one["code"] for one in made]

    def complete(self, code, *, baseline=True, number=1):
        """Write all that submitting asks."""
        lia = self["aude"].post(
            P + "evidence/", {"title": "Bilan", "kind": "document", "url": "https://preuves.example/lia"}
        )
        revision = f"use-cases/{code}/revisions/{number}/"
        read = self["mehdi"].get(P + revision)
        purposes = [
            {**one, "lia_evidence": lia["code"] if one["legal_basis"] == "legitimate_interests" else None}
            for one in read["purposes"]
        ]
        body = {
            "objectives": ["OBJ-S1"],
            "hypothesis": HYPOTHESIS,
            "targets": self.targets(code, baseline=baseline),
            "retention": "P6M",
            "notice_ref": "Politique, section 3",
            "rights_process": "Espace client.",
            "purposes": purposes,
        }
        return self.changed("mehdi", revision, body, method="PATCH")

    def requests(self, code, state="open"):
        found = self["paul"].get(P + f"review-requests/?subject={code}&state={state}")["results"]
        return {one["function"]: one for one in found}

    def sign(self, name, asked, decision="approve", **more):
        """Read a request, answer its questions, sign what was read."""
        read = self[name].get(P + f"review-requests/{asked}/")
        assert read.status == 200, read
        answers = {question["code"]: "yes" for question in read["checklist"]}
        body = {"decision": decision, "fingerprint": read["fingerprint"], "answers": answers, **more}
        return self[name].post(P + f"review-requests/{asked}/sign/", body, key=key())

    def standing(self, code):
        return {
            one["function"]: one for one in self["paul"].get(P + f"use-cases/{code}/standing/")["functions"]
        }

    def workshop(self):
        """2.1: Mehdi instantiates the template, Fatou writes on it, Paul frames it."""
        made = self["mehdi"].post(
            P + "use-cases/", {"template": "LIB-UC-01", "with_segments": True}, key=key()
        )
        assert made.status == 201, made
        code = made["code"]
        revision = f"use-cases/{code}/revisions/1/"
        self.changed("mehdi", revision, {"hypothesis": HYPOTHESIS}, method="PATCH")
        self.changed("fatou", revision, {"description": "Issu de l'atelier du 10 février."}, method="PATCH")
        self.changed("paul", f"use-cases/{code}/frame/", of=f"use-cases/{code}/")
        return code

    def in_review(self):
        code = self.workshop()
        pins = self["mehdi"].get(P + f"use-cases/{code}/revisions/1/")["segments"]
        self.approved_segment(pins[0]["segment"])
        self.complete(code)
        self.changed("mehdi", f"use-cases/{code}/revisions/1/submit/", of=f"use-cases/{code}/revisions/1/")
        return code


@pytest.fixture
def desk(stage):
    return Desk(stage)


def test_2_1_to_2_3_from_the_workshop_to_the_submission(desk):
    # 2.1 the template becomes a draft of two authors; flags are computed
    code = desk.workshop()
    revision = f"use-cases/{code}/revisions/1/"
    draft = desk["mehdi"].get(P + revision)
    assert desk["paul"].get(P + f"use-cases/{code}/")["status"] == "framing"
    assert {one["email"] for one in draft["authors"]} == {desk.cast.mehdi.email, desk.cast.fatou.email}
    assert set(draft["channels"]) == {"display_programmatic", "paid_social", "paid_search"}
    assert draft["flags"] == EXPORTS
    (pin,) = draft["segments"]
    segment = f"segments/{pin['segment']}/versions/{pin['number']}/"
    assert desk["mehdi"].post(P + segment + "estimates/", {"size": 455_000, "method": "sample"}).status == 201
    assert desk["mehdi"].get(P + revision)["flags"] == sorted([*EXPORTS, "large_scale"])

    # 2.2 consultants propose
    refused = desk.refused("fatou", revision + "submit/", of=revision)
    assert (refused.status, refused.code) == (403, "no_right")
    assert "Core-team lead" in refused["objections"][0]["who_can"]
    assert desk["fatou"].get(P + revision)["status"] == "draft"

    # 2.3 a baseline is asked, then the functions are
    desk.approved_segment(pin["segment"])
    completed = desk.complete(code, baseline=False)
    refused = desk.refused("mehdi", revision + "submit/", of=revision)
    assert (refused.status, refused.codes) == (409, ["INV-21"])
    primary = completed["targets"][0]
    desk.changed("mehdi", f"kpi-targets/{primary}/baseline/", {"baseline": 41}, of=f"kpi-targets/{primary}/")
    submitted = desk.changed("mehdi", revision + "submit/", of=revision)
    assert submitted["status"] == "in_review"
    assert desk["paul"].get(P + f"use-cases/{code}/")["status"] == "submitted"
    asked = desk.requests(code)
    assert set(asked) == {"legal", "dpo", "security", "technical", "sponsor"}
    assert desk.standing(code)["sponsor"]["waits_for"] == ["legal", "dpo", "security", "technical"]
    mine = desk["aude"].get(P + "review-requests/?mine=1")["results"]
    assert [(one["subject"]["code"], one["function"]) for one in mine] == [(code, "legal")]
    todo = desk["aude"].get("me/todo/")["results"]
    assert [(one["kind"], one["blocked"]) for one in todo] == [("review", "Mehdi Média")]
    assert "review" not in {
        one["kind"] for one in desk["helene"].get("me/todo/")["results"]
    }  # not her turn yet


def test_2_5_and_2_6_a_delegate_signs_once_accepted_in_two_names(desk, clock_at):
    code = desk.in_review()
    tomorrow = clock.today() + dt.timedelta(days=1)
    roles.name_deputy(desk.stage.programme, desk.cast.victor, "legal", by=desk.cast.helene)
    lent = desk["aude"].post(
        P + "delegations/",
        {
            "delegate": desk.cast.victor.email,
            "function": "legal",
            "starts_on": tomorrow,
            "ends_on": tomorrow + dt.timedelta(days=14),
            "reason": "Congés.",
        },
    )
    assert (lent.status, lent["status"]) == (201, "proposed")
    clock_at(tomorrow)
    request = desk.requests(code)["legal"]["id"]

    # 2.5 not accepted: refused, and told why before he tries
    read = desk["victor"].get(P + f"review-requests/{request}/")
    assert [one["code"] for one in read["objections"]] == ["DLG-01"]
    assert desk.sign("victor", request).codes == ["DLG-01"]

    # 2.6 accepted: both names stand on it
    accepted = desk.changed(
        "victor", f"delegations/{lent['code']}/accept/", of=f"delegations/{lent['code']}/"
    )
    assert accepted["status"] == "active"
    assert (
        "on behalf of Aude Juriste"
        in desk["victor"].get(P + f"review-requests/{request}/")["meaning"]["approve"]
    )
    signed = desk.sign("victor", request)
    assert (signed["reviewer"]["name"], signed["on_behalf_of"]["name"]) == ("Victor Clause", "Aude Juriste")
    (by,) = desk.standing(code)["legal"]["by"]
    assert (by["reviewer"]["name"], by["on_behalf_of"]["name"]) == ("Victor Clause", "Aude Juriste")
    event = desk["diane"].get(P + "audit/?verb=review.signed&page_size=1")["results"][0]
    assert (event["actor"], event["on_behalf_of"]) == (desk.cast.victor.email, desk.cast.aude.email)
    assert event["payload"]["delegation"] == lent["code"]


def test_2_7_to_2_9_a_condition_the_order_and_the_approval(desk):
    code = desk.in_review()
    asked = desk.requests(code)
    mehdi = desk.cast.mehdi.email

    # 2.7 Diane approves under a condition: it covers, and does not clear
    condition = {
        "text": "Information dédiée sur la liste d'exclusion",
        "owner": mehdi,
        "severity": "before_start",
        "due_on": clock.today() + dt.timedelta(days=30),
    }
    signed = desk.sign("diane", asked["dpo"]["id"], "approve_with_conditions", conditions=[condition])
    assert signed.status == 201, signed
    (promised,) = signed["conditions"]
    dpo = desk.standing(code)["dpo"]
    assert (dpo["state"], dpo["covers"], dpo["clears"]) == ("blocked", True, False)
    kept = desk["mehdi"].get(P + f"conditions/{promised}/")
    assert (kept["status"], kept["owner"]["email"]) == ("open", mehdi)

    # 2.8 Mehdi does not verify his own; Diane does
    proof = desk["mehdi"].post(
        P + "evidence/", {"title": "Mention", "kind": "document", "url": "https://preuves.example/m"}
    )
    here = f"conditions/{promised}/"
    desk.changed("mehdi", here + "satisfy/", {"evidence": [proof["code"]]}, of=here)
    refused = desk.refused("mehdi", here + "verify/", of=here)
    assert "SOD-11" in refused.codes
    assert not desk.standing(code)["dpo"]["clears"]
    assert desk.changed("diane", here + "verify/", of=here)["status"] == "satisfied"
    assert desk.standing(code)["dpo"]["clears"]

    # 2.9 the sponsor signs last
    for function in ("legal", "technical"):
        assert desk.sign(SIGNERS[function], asked[function]["id"]).status == 201
    early = desk.sign("helene", asked["sponsor"]["id"])
    assert (early.status, early.codes) == (409, ["after"])
    assert "Security" in early["detail"]
    assert desk.sign("simon", asked["security"]["id"]).status == 201
    desk["helene"].proved(600)
    assert desk.sign("helene", asked["sponsor"]["id"]).code == "reauth_required"
    desk["helene"].proved()
    last = desk.sign("helene", asked["sponsor"]["id"])
    assert last.status == 201
    assert last["valid_through"] == (clock.today() + dt.timedelta(days=365)).isoformat()
    assert desk["paul"].get(P + f"use-cases/{code}/")["status"] == "approved"
    told = desk["paul"].get(P + f"use-cases/{code}/standing/")
    assert (told["approved"], {one["state"] for one in told["functions"] if one["required"]}) == (
        True,
        {"valid"},
    )
    assert desk["diane"].get(P + "audit/?verb=usecase.approved")["count"] == 1
    assert desk["diane"].get(P + "audit/verify/")["ok"]
