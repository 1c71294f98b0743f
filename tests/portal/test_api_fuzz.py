"""Generated requests give no 5xx, nor a status the schema does not tell (`manage.py fuzz` sends more)."""

import os

import pytest

from governance.gates import actions as gates
from tests.governance.reviews import desk
from tests.portal.fuzzing import Fuzzer
from tests.walks.stage import stage  # noqa: F401  (a fixture)
from usecases.catalogue import actions as catalogue
from usecases.catalogue.models import KnowledgeNote

COUNT = int(os.environ.get("JALON_FUZZ", "200"))
SEED = int(os.environ.get("JALON_FUZZ_SEED", "20261116"))


@pytest.mark.django_db
def test_generated_requests_are_answered(stage):  # noqa: F811
    cast, programme = stage.cast, stage.programme
    stage.submitted()
    stage.framed("LIB-UC-09")
    edition = programme.dossiers.get(code="UC-01").editions.get()
    stage.sign(
        edition,
        "dpo",
        decision="approve_with_conditions",
        conditions=[desk.condition(cast.mehdi, text="Prouver")],
    )
    desk.lent(cast, cast.aude, cast.victor, "legal", accepted=False)
    gate = gates.load(programme, by=cast.helene)[0]
    gates.prepare(gate, by=cast.paul)
    source = programme.sources.first()
    catalogue.add_note(source, by=cast.yann, text="Une note.", severity="low")
    known = {
        "programme": ["TALV"],
        "email": [person.email for person in cast.by_name.values()],
        "person": [cast.anna.email],
        "owner": [cast.helene.email, cast.mehdi.email],
        "delegate": [cast.victor.email],
        "organisation": ["ORG-TAL", "ORG-BOR"],
        ("phases", "kind"): ["cadrage", "setup", "run"],
        ("gates", "code"): ["G0", "G1", "G4"],
        "attempt": [1],
        "number": [1, 2],
        ("use-cases", "code"): ["UC-01", "UC-02"],
        ("segments", "code"): ["SEG-01"],
        ("organisations", "code"): ["ORG-TAL", "ORG-BOR"],
        ("objectives", "code"): ["OBJ-S1"],
        ("evidence", "code"): ["EV-LIA"],
        ("conditions", "code"): ["COND-01"],
        ("delegations", "code"): ["DEL-01"],
        ("kpis", "code"): ["cpa", "reach"],
        ("kpi-targets", "code"): ["T01", "T02"],
        ("sources", "code"): list(programme.sources.values_list("code", flat=True)),
        ("attributes", "code"): ["profile.rfm_class"],
        ("role-assignments", "id"): [one.pk for one in cast.assignments.values()],
        ("review-requests", "id"): list(edition.requests.values_list("pk", flat=True)),
        ("knowledge-notes", "id"): list(KnowledgeNote.objects.values_list("pk", flat=True)),
        "fingerprint": [edition.fp],
        "code": ["TALV-2"],
        "evidence": ["EV-LIA"],
        "source": list(programme.sources.values_list("code", flat=True)),
        "template": ["LIB-UC-01", "LIB-UC-02"],
        "kpi": ["cpa"],
        "use_case": ["UC-01", "UC-02"],
        "objective": ["OBJ-S1"],
        "segment": ["SEG-01"],
    }

    told, faults = Fuzzer([cast.paul, cast.aude, cast.basile], known, SEED).run(COUNT)

    print(
        f"{COUNT} requests, seed {SEED}: "
        + ", ".join(f"{count} × {status}" for status, count in sorted(told.items()))
    )
    assert faults == []
    assert sum(told.values()) == COUNT
    assert sum(count for status, count in told.items() if status < 300) > COUNT / 10  # it gets inside
