"""From a template to an approved use case, entirely through pages."""

import datetime as dt

import pytest

from governance import clock
from tests.governance.reviews.desk import SIGNERS
from tests.governance.web.panel import form_of, known, words
from usecases.backlog import queries as read
from usecases.backlog.choices import UseCaseStatus

pytestmark = pytest.mark.django_db


def test_a_template_becomes_an_approved_use_case_through_pages_alone(stage, desk):
    cast = stage.cast
    segment = stage.version(stage.segment())
    mehdi = desk(cast.mehdi)

    answer = mehdi.post("usecases:new", template="LIB-UC-01")
    assert (answer.status_code, answer["Location"]) == (302, mehdi.url("usecases:usecase", "UC-01"))
    assert mehdi.post("usecases:frame", "UC-01").status_code == 403
    assert desk(cast.paul).post("usecases:frame", "UC-01").status_code == 302
    usecase = stage.programme.dossiers.get(code="UC-01").use_case
    assert usecase.status == UseCaseStatus.FRAMING

    typed = form_of(mehdi.get("usecases:edit", "UC-01"))
    assert typed["title_fr"] == [usecase.dossier.name_fr]
    typed |= {
        "objectives": [str(stage.objective.pk)],
        "hypothesis_because": "une part du budget touche des personnes déjà converties",
        "retention": "P6M",
        "notice_ref": "Politique de confidentialité, section 3",
        "rights_process": "Espace client, page Mes choix",
    }
    assert mehdi.post("usecases:edit", "UC-01", **typed).status_code == 302

    pinned = mehdi.post(
        "usecases:pin", "UC-01", version=segment.code, role=segment.segment.role, apply=segment.segment.apply
    )
    assert pinned.status_code == 302
    today = clock.today()
    cpa, reach = (str(stage.programme.kpis.get(code=code).pk) for code in ("cpa", "reach"))
    window = {"start_on": today + dt.timedelta(days=30), "horizon_on": today + dt.timedelta(days=150)}
    primary = mehdi.post(
        "usecases:target_new", "UC-01", kpi=cpa, kind="primary", baseline="41.50", target="35", **window
    )
    guardrail = mehdi.post("usecases:target_new", "UC-01", kpi=reach, kind="guardrail", minimum="1377500")
    assert (primary.status_code, guardrail.status_code) == (302, 302)

    offered = form_of(mehdi.get("usecases:usecase", "UC-01"), "/submit/")
    submitted = mehdi.post("usecases:submit", "UC-01", **offered)
    assert submitted.status_code == 302, submitted.content.decode()
    edition = read.latest(usecase).edition
    assert set(edition.requests.open().values_list("function", flat=True)) == set(SIGNERS)

    for function, name in SIGNERS.items():
        signer = desk(known(getattr(cast, name)))
        file = signer.get("review", "UC-01", 1, function)
        panel = form_of(file, "/sign/") | {"decision": "approve"} | words(edition, function)
        assert signer.post("review_sign", "UC-01", 1, function, **panel).status_code == 302
        assert "This function has signed" in signer.text("review", "UC-01", 1, function)

    usecase.refresh_from_db()
    assert usecase.status == UseCaseStatus.APPROVED
    assert "Every signature stands" in mehdi.text("usecases:usecase", "UC-01")
