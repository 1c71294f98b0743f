"""The file of a review: what its signer reads beside the facets, what earlier signatures are worth."""

from decimal import Decimal

import pytest

from governance.evidence.choices import Confidentiality
from governance.roles import actions as roles
from tests.walks.stage import stage  # noqa: F401  (a fixture)
from usecases.backlog import actions as backlog
from usecases.backlog.models import UseCase

pytestmark = pytest.mark.django_db

PRIVACY = "Purposes and people&#x27;s rights"
SAID = "Le plafond passe à deux messages par semaine."


def facet(text, title):
    """What a page shows of one facet."""
    return text.split(f"<h3>{title}</h3>")[1].split("</details>")[0]


@pytest.fixture
def edition(stage):  # noqa: F811
    """UC-01, before its five functions, with a word on what changes and a balance of interests."""
    return stage.submitted(change_summary=SAID, purposes=balanced(stage.balancing_test())).edition


def revised(stage, edition, **changes):  # noqa: F811
    """The next edition of UC-01, with these changes, once the first one is approved."""
    stage.approve(edition)
    usecase = UseCase.objects.get(dossier=edition.dossier)
    draft = backlog.edit(backlog.open_revision(usecase, by=usecase.owner), by=usecase.owner, **changes)
    return backlog.submit(draft, by=usecase.owner).edition


def balanced(lia):
    """Purposes of which one rests on legitimate interests, on this balance."""
    asked = ("crm_social_match", "tcf_p1", "tcf_p3", "tcf_p4")
    return [
        *({"purpose": one, "legal_basis": "consent", "lia_evidence": None} for one in asked),
        {"purpose": "tcf_p7", "legal_basis": "legitimate_interests", "lia_evidence": lia},
    ]


def proof(cast, **how):
    given = {"title": "Second bilan", "kind": "document", "data": b"2", "filename": "b.txt", **how}
    return roles.add_evidence(cast.programme, by=cast.aude, **given)


def test_the_balance_of_interests_stands_in_the_facet_that_the_dpo_signs(cast, desk, edition):
    text = desk(cast.diane).text("review", "UC-01", 1, "dpo")
    shown = facet(text, PRIVACY)
    lia = cast.programme.evidence.get(code="EV-LIA")
    assert "Balance of interests for" in shown
    assert "Bilan d&#x27;intérêts" in shown
    assert "/p/TALV/evidence/EV-LIA/" in shown
    assert lia.sha256.removeprefix("sha256:")[:4] in shown
    assert "Balance of interests" not in text.replace(shown, "")
    technical = desk(cast.thomas).text("review", "UC-01", 1, "technical")
    assert "Balance of interests" not in technical  # no facet of that function


def test_another_balance_is_shown_though_no_facet_changed(cast, desk, stage, edition):  # noqa: F811
    lia = proof(cast, confidentiality=Confidentiality.RESTRICTED)
    revised(stage, edition, purposes=balanced(lia), budget_eur=Decimal(4321))
    text = desk(cast.diane).text("review", "UC-01", 2, "dpo")
    assert "Nothing that this function answers for has changed" not in text
    assert "Second bilan" in facet(text, PRIVACY)
    assert f"/evidence/{lia.code}/" in facet(text, PRIVACY)
    assert "New</span>" in facet(text, PRIVACY).split("Second bilan")[1]
    reader = facet(desk(cast.anna).text("review", "UC-01", 2, "dpo"), PRIVACY)
    assert "Second bilan" in reader
    assert f"/evidence/{lia.code}/" not in reader  # its name is read, it is not opened
    assert "not open to your role" in reader


def test_what_the_author_says_that_it_changes_stands_first(cast, desk, stage, edition):  # noqa: F811
    text = desk(cast.aude).text("review", "UC-01", 1, "legal")
    assert text.index(SAID) < text.index("What you are asked to read")
    revised(stage, edition, change_summary="", retention="P12M")
    assert "in its author" not in desk(cast.aude).text("review", "UC-01", 2, "legal")


def test_a_signature_that_a_change_outran_says_so_and_which_facets_did(cast, desk, stage, edition):  # noqa: F811
    stands = desk(cast.aude).text("review", "UC-01", 1, "legal")
    assert "No longer covers" not in stands
    revised(stage, edition, retention="P12M")
    for number in (1, 2):
        history = (
            desk(cast.aude)
            .text("review", "UC-01", number, "legal")
            .split("Signatures so far")[1]
            .split("<aside")[0]
        )
        legal = next(one for one in history.split("<li>") if "Aude Juriste" in one)
        assert "No longer covers edition 2" in legal
        assert "Valid" not in legal
        assert f"Changed since: <b>{PRIVACY}</b>." in " ".join(legal.split())
        technical = next(one for one in history.split("<li>") if "Thomas" in one)
        assert "Valid" in technical
        assert "No longer covers" not in technical
