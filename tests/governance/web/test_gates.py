"""Gates through pages: prepared, attested, submitted, decided by two."""

import re

import pytest

from governance.gates import actions
from governance.gates.models import GateDecision
from governance.roles.choices import Role
from tests.governance.gates.conftest import Gates
from tests.governance.web.panel import form_of, known
from tests.makers import PASSWORD

pytestmark = pytest.mark.django_db

GATE = ("gate", "G0")


@pytest.fixture
def gates(cast):
    """A programme whose first gate can pass."""
    return Gates(cast).make_ready()


def vote(review, outcome="go", **more):
    return {
        "outcome": outcome,
        "rationale": "Critères atteints",
        "fingerprint": review.edition.fp,
        "password": PASSWORD,
        **more,
    }


def test_a_gate_is_prepared_attested_submitted_and_decided_by_two(cast, desk, gates):
    paul, helene, bruno = desk(cast.paul), desk(known(cast.helene)), desk(known(cast.bruno))
    assert "Prepare the review" in paul.text(*GATE)
    assert paul.post("gate_prepare", "G0").status_code == 302
    assert helene.post("gate_attest", "G0", "G0-05", comment="Vu").status_code == 302
    assert paul.post("gate_attest", "G0", "G0-09", comment="Vu").status_code == 302
    assert "Vu" in paul.text(*GATE)
    assert paul.post("gate_submit", "G0").status_code == 302
    review = gates.gate("G0").reviews.get()

    first = form_of(helene.get(*GATE), "/sign/") | {
        "outcome": "go",
        "rationale": "Prêts",
        "password": PASSWORD,
    }
    assert first["fingerprint"] == [review.edition.fp]
    assert helene.post("gate_sign", "G0", **first).status_code == 302
    assert "You have signed" in helene.text(*GATE)
    offered = bruno.get(*GATE)
    assert "Hélène Marque has signed" in offered.content.decode()
    second = form_of(offered, "/sign/")
    assert (second["outcome"], second["rationale"]) == (["go"], ["Prêts"])
    answer = bruno.post("gate_sign", "G0", **(second | {"password": PASSWORD}))
    assert answer["Location"] == bruno.url("gate_review", "G0", 1)
    assert GateDecision.objects.get().outcome == "go"
    told = desk(cast.anna).text("gate_review", "G0", 1)
    assert all(name in told for name in ("Hélène Marque", "Bruno Systèmes", "Prêts", "G0-05"))
    assert "G1" in desk(cast.anna).text("gates")


def test_whoever_signs_other_terms_is_told_whose_signature_fell(cast, desk, gates):
    review = gates.submitted()
    helene, bruno = desk(known(cast.helene)), desk(known(cast.bruno))
    assert "As they stand now" in bruno.text(*GATE)
    without = bruno.post("gate_sign", "G0", **vote(review, outcome="")).content.decode()
    assert "This field is required" in without.partition('id="outcome-error"')[2].partition("</p>")[0]
    helene.post("gate_sign", "G0", **vote(review, rationale="Prêts"))
    assert "signed fell" not in helene.text(*GATE)
    bruno.post("gate_sign", "G0", **vote(review, rationale="Prêts, enfin"))
    assert "what Hélène Marque signed fell, and they sign again" in bruno.text(*GATE)
    assert "What you had signed (Go) fell when Bruno Systèmes signed other terms" in helene.text(*GATE)
    assert "What you had signed" not in bruno.text(*GATE)
    assert not GateDecision.objects.exists()


def test_a_gate_says_how_it_goes_on_and_whose_turn_it_is(cast, desk, gates):
    def now(who):
        page = desk(who).text(*GATE)
        return re.search(r'aria-current="step"><b>\d\. <a href="#\w+">([^<]+)', page).group(1)

    assert now(cast.paul) == "Prepare the review"
    review = gates.prepared()
    assert now(cast.paul) == "Attest and mend"
    assert "2 criteria fail: submitting freezes the table as it is" in desk(cast.paul).text(*GATE)
    gates.attested(review)
    assert now(cast.paul) == now(cast.anna) == "Submit to the sponsors"
    actions.submit(review, by=cast.paul)
    assert now(cast.helene) == "Decide"
    gates.sign(review, cast.helene)
    told = desk(cast.helene).text(*GATE)
    assert "1 of 2 signatures" in told
    assert "Waited for: Bruno Systèmes." in told
    gates.sign(review, cast.bruno)
    assert 'aria-current="step"><b>' not in desk(cast.paul).text(*GATE)


def test_what_fails_leads_whoever_may_lift_it_to_where_it_is_mended(cast, desk):
    Gates(cast)
    link = f'href="{desk(cast.paul).url("programme_edit")}"'
    for who, led in ((cast.paul, True), (cast.helene, True), (cast.anna, False), (cast.diane, False)):
        assert (link in desk(who).text(*GATE)) == led


def test_a_refusal_is_shown_with_its_status_and_what_was_typed(cast, desk, gates, one_refusal):
    review = gates.submitted()
    sponsor = desk(known(cast.helene))
    answer = sponsor.post("gate_sign", "G0", **vote(review, password="", rationale="Mot gardé"))
    assert answer.status_code == 401
    kept = form_of(answer, "/sign/")
    assert (kept["rationale"], kept["outcome"]) == (["Mot gardé"], ["go"])
    assert one_refusal() == ("gate.sign", ["reauth_required"], "page")
    assert sponsor.post("gate_sign", "G0", **vote(review, outcome="perhaps")).status_code == 400
    assert sponsor.post("gate_sign", "G0", **vote(review, rationale="")).status_code == 400


def test_a_hold_needs_its_day_and_takes_it(cast, desk, gates):
    from tests.makers import days

    review = gates.submitted()
    sponsor = desk(known(cast.helene))
    assert sponsor.post("gate_sign", "G0", **vote(review, "hold")).status_code in (409, 422)
    assert sponsor.post("gate_sign", "G0", **vote(review, "hold", revisit_on=days(10))).status_code == 302


def test_who_may_not_is_told_who_may(cast, desk, gates):
    assert desk(cast.anna).post("gate_prepare", "G0").status_code == 403
    gates.prepared()
    assert desk(cast.anna).post("gate_attest", "G0", "G0-05", comment="Vu").status_code == 403
    assert desk(cast.helene).post("gate_attest", "G0", "G0-99").status_code == 404
    assert desk(cast.anna).post("gate_submit", "G0").status_code == 403
    text = desk(cast.anna).text(*GATE)
    assert "Submit to the sponsors" in text
    assert 'aria-disabled="true"' in text


def test_a_review_taken_back_leaves_the_gate_as_it_was(cast, desk, gates):
    gates.submitted()
    lead = desk(cast.paul)
    assert lead.post("gate_withdraw", "G0", reason=" ").status_code == 422
    assert lead.post("gate_withdraw", "G0", reason="Trop tôt").status_code == 302
    assert "Prepare the review" in lead.text(*GATE)
    for act in ("gate_submit", "gate_withdraw"):
        assert lead.post(act, "G0", reason="x").status_code == 409


@pytest.mark.parametrize("act", ["gate_prepare", "gate_submit", "gate_withdraw", "gate_sign"])
def test_acts_at_a_gate_are_never_a_get(cast, desk, gates, act):
    assert desk(cast.helene).get(act, "G0").status_code == 405


def test_agencies_and_strangers_find_no_gate(cast, desk, gates):
    for who in (desk(Role.AGENCY), desk(cast.newcomer("zoe.ailleurs"))):
        assert who.get("gates").status_code == who.get(*GATE).status_code == 404
        assert who.post("gate_prepare", "G0").status_code == 404
    reader = desk(cast.anna)
    for nothing in (("gate", "G9"), ("gate_review", "G0", 1), ("gate_review", "G0", 99)):
        assert reader.get(*nothing).status_code == 404


def test_submitting_with_failing_criteria_is_asked_twice(cast, desk, gates):
    lead = desk(cast.paul)
    review = gates.prepared()
    assert "Submit all the same?" in lead.text(*GATE)
    gates.attested(review)
    assert "Submit all the same?" not in lead.text(*GATE)


def test_a_gate_costs_the_same_before_and_after_attempts(cast, desk, gates):
    reader = desk(cast.anna)
    listed, shown = reader.statements("gates"), reader.statements(*GATE)
    for _again in range(2):
        actions.withdraw(gates.submitted(), by=cast.paul, reason="Trop tôt")
    assert reader.statements("gates") == listed <= 20
    assert reader.statements(*GATE) <= shown + 2
    gates.submitted()
    assert reader.statements(*GATE) <= 20
