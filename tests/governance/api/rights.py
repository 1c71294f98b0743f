"""A request for each operation of the API, whole enough to reach its rights."""

from contextlib import contextmanager

from django.db import transaction

from governance import clock
from governance.charter.models import Objective
from governance.conditions.models import Condition
from governance.gates import actions as gates
from governance.roles import actions as roles
from governance.roles.choices import Role
from tests import makers
from tests.governance.api.door import BASE, Api, schema
from tests.governance.reviews import desk
from usecases.catalogue import actions as catalogue

ABBREVIATIONS = {
    "SP": Role.SPONSOR,
    "CL": Role.CORE_TEAM_LEAD,
    "CM": Role.CORE_TEAM_MEMBER,
    "LE": Role.LEGAL_REVIEWER,
    "DP": Role.DPO,
    "SE": Role.SECURITY_REVIEWER,
    "TE": Role.TECHNICAL_REVIEWER,
    "CO": Role.CONSULTANT,
    "OP": Role.DMP_OPERATOR,
    "AG": Role.AGENCY,
    "CR": Role.CREATIVE,
    "AN": Role.ANALYST,
    "DO": Role.DATA_OWNER,
    "TL": Role.DIGITAL_TOOLS_LEAD,
    "OB": Role.OBSERVER,
    "AU": Role.AUDITOR,
}


def operations():
    """Each operation of the published schema: path under the base, and method."""
    for path, methods in sorted(schema()["paths"].items()):
        for method in sorted(methods):
            yield path.removeprefix(BASE), method.upper()


@contextmanager
def undone():
    """Do something, and leave nothing of it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Ground:
    """A programme in framing with one thing of each kind, and a request for each operation."""

    def __init__(self, stage):
        self.stage, self.cast = stage, stage.cast
        cast, programme = stage.cast, stage.programme
        self.revision = stage.submitted()
        self.draft = stage.framed("LIB-UC-09")
        self.idea = stage.idea("LIB-UC-12")
        self.edition = self.revision.edition
        stage.sign(
            self.edition,
            "dpo",
            decision="approve_with_conditions",
            conditions=[desk.condition(cast.mehdi, text="Prouver")],
        )
        self.condition = Condition.objects.get()
        self.delegation = desk.lent(cast, cast.aude, cast.victor, "legal", accepted=False)
        self.gate = gates.load(programme, by=cast.helene)[0]
        self.review = gates.prepare(self.gate, by=cast.paul)
        source = (
            programme.sources.get(code="DS-WEB")
            if programme.sources.filter(code="DS-WEB").exists()
            else programme.sources.first()
        )
        self.source = catalogue.set_owner(source, cast.yann, by=cast.paul)
        self.note = catalogue.add_note(self.source, by=cast.anna, text="Une note.", severity="low")
        self.segment = stage.segment("LIB-UC-02#0", approved=False)
        self.request = desk.asked(self.edition, "legal")
        self.signature = self.edition.reviews.get()
        self.newcomer = cast.newcomer("nora.neuve")
        self.shown = makers.dossier(programme, "UC-91", by=cast.helene)
        roles.share(self.shown, cast.basile, by=cast.helene)
        self.reader, self.versions = Api(cast.helene), {}
        self.outsider = makers.person("olga.dehors", cast.organisations["ORG-TAL"])

    def names(self, path):
        """What stands for the words of a path."""
        collection = [word for word in path.split("/") if word and not word.startswith("{")]
        named = {
            "phases": "cadrage",
            "gates": "G0",
            "people": self.newcomer.email,
            "organisations": "ORG-BOR",
            "role-assignments": self.cast.assignments["anna"].pk,
            "delegations": self.delegation.code,
            "dossiers": self.shown.code,
            "objectives": Objective.objects.get().code,
            "evidence": "EV-LIA",
            "review-requests": self.request.pk,
            "reviews": self.signature.pk,
            "conditions": self.condition.code,
            "use-cases": self.usecase(path),
            "segments": self.segment.code,
            "kpis": "cpa",
            "kpi-targets": "T01",
            "sources": self.source.code,
            "attributes": "profile.rfm_class",
            "knowledge-notes": self.note.pk,
            "library": "LIB-UC-01",
        }
        first = next((word for word in collection if word not in ("programmes",)), "")
        return {
            "{programme}": "TALV",
            "{code}": named.get(first),
            "{kind}": named.get(first),
            "{id}": named.get(first),
            "{email}": self.newcomer.email,
            "{attempt}": 1,
            "{number}": 1,
        }

    def usecase(self, path):
        if path.endswith(("/frame/",)):
            return self.idea.code
        return (
            self.draft.code
            if "/submit/" in path or path.endswith(("{number}/", "/score/", "/schedule/"))
            else "UC-01"
        )

    def address(self, path):
        for word, value in self.names(path).items():
            path = path.replace(word, str(value))
        return path + ("?from=1" if path.endswith("/diff/") else "")

    def body(self, path, method):
        """A body that is whole, so that only rights stand in the way."""
        today, later = clock.today(), makers.days(20)
        reason = {"reason": "Parce que."}
        bodies = {
            "programmes/": {
                "code": "NEUF",
                "name_fr": "Neuf",
                "name_en": "New",
                "advertiser": "ORG-TAL",
                "platform_kind": "cdp",
                "sponsor": self.cast.helene.email,
            },
            "{programme}/": {"vision_draft": "Pourquoi nous le faisons."},
            "phases/{kind}/": {"planned_start": later, "planned_end": makers.days(60)},
            "reopen/": reason,
            "resume/": reason if "gates" in path else {},
            "attest/": {"criterion": "G0-05"},
            "withdraw/": reason,
            "people/": {
                "email": "n@jalon.example",
                "name": "N",
                "organisation": "ORG-TAL",
                "department": "crm",
            },
            "people/{email}/": {"name": "Nora Neuve"},
            "people/{email}/end/": {"on": later},
            "organisations/": {
                "code": "ORG-NEW",
                "name": "Neuve",
                "kind": "vendor",
                "country": "FR",
                "engagement": {"gdpr_role": "none", "starts_on": today},
            },
            "organisations/{code}/end/": {"ends_on": later},
            "role-assignments/": {"person": self.newcomer.email, "role": "observer"},
            "role-assignments/{id}/end/": {"ends_on": later},
            "revoke/": reason,
            "delegations/": {
                "delegate": self.cast.victor.email,
                "function": "dpo",
                "starts_on": today,
                "ends_on": later,
                **reason,
            },
            "shares/": {"person": self.cast[Role.CREATIVE].email},
            "shares/end/": {"person": self.cast.basile.email},
            "objectives/": {
                "horizon": "short",
                "statement_fr": "Mieux",
                "owner": self.cast.helene.email,
                "due_on": makers.days(90),
            },
            "drop/": reason,
            "evidence/": {"title": "Preuve", "kind": "document", "url": "https://preuves.example/1"},
            "assign/": {"person": self.cast.aude.email},
            "satisfy/": {"evidence": ["EV-LIA"]},
            "refuse/": reason,
            "waive/": reason,
            "use-cases/": {"title_fr": "Une idée"},
            "use-cases/{code}/": {"emblematic": True},
            "pause/": reason,
            "stop/": reason,
            "dependencies/": {"kind": "enriches", "other": "UC-02"},
            "dependencies/end/": {"kind": "enriches", "other": "UC-02"},
            "supersede/": {"by": "EV-LIA"},
            "score/": {"reach": 1000, "impact": 1, "confidence": 0.5, "effort_weeks": 2},
            "schedule/": {"start": later, "end": makers.days(60)},
            "revisions/{number}/": {"change_summary": "Un mot."},
            "segments/": {"template": "LIB-STD-MINORS", "name_fr": "Une audience"},
            "segments/check/": {"dsl": "segrule/1"},
            "versions/{number}/": {"change_summary": "Un mot."},
            "estimates/": {"size": 5000},
            "kpi-targets/": {"kpi": "reach", "kind": "guardrail", "maximum": 5, "use_case": "UC-01"},
            "baseline/": {"baseline": 3},
            "tie/": {"objective": Objective.objects.get().code},
            "owner/": {"owner": self.cast.yann.email},
            "destinations/": {"code": "DST-NEW", "channel": "email", "organisation": "ORG-TAL"},
            "knowledge-notes/": {"source": self.source.code, "text": "Une note.", "severity": "low"},
            "session/": {"email": "x@jalon.example", "password": "x"},
            "session/reauthenticate/": {"password": "x"},
            "catalogue/": {},
        }
        if path.endswith("/sign/"):
            return self.signing(path)
        found = max((name for name in bodies if path.endswith(name)), key=len, default="")
        return bodies.get(found, {}) if method not in ("GET", "DELETE") else {}

    def signing(self, path):
        if "gates" in path:
            return {"outcome": "recycle", "rationale": "Pas encore.", "fingerprint": "sha256:" + "0" * 64}
        return {
            "decision": "approve",
            "fingerprint": self.edition.fp,
            "answers": desk.yes(self.edition, "legal"),
        }

    def version(self, path):
        """The version of what is changed, as somebody who may read it does."""
        if path.endswith("/end/") and "organisations" in path:
            return self.stage.programme.engagements.get(organisation__code="ORG-BOR").version
        owner = self.address(path)
        if not path.endswith("}/"):
            owner = owner.rstrip("/").rpartition("/")[0] + "/"
        if owner not in self.versions:
            read = self.reader.get(owner)
            self.versions[owner] = read.version if "ETag" in read.headers else None
        return self.versions[owner]

    def knock(self, client, path, method):
        """One request, of which nothing stays; its status."""
        with undone():
            how = {"version": self.version(path)} if method != "GET" and "{programme}" in path else {}
            return client.send(method, self.address(path), self.body(path, method), **how)


def entered(answer):
    """Whether somebody got past the doors: what they asked may be impossible all the same."""
    assert answer.status != 400, answer
    return answer.status not in (401, 403, 404)
