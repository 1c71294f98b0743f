"""Attacks of trust.md at the gate: A9 to A13, A16, A20, A21, A26, A29, A30. In raw SQL: tests/guards."""

import inspect

import pytest

from governance import clock
from governance.errors import Refusal
from governance.gates import actions
from governance.gates.models import GateDecision, GateReview, GateSignature
from governance.programmes import actions as programmes
from governance.programmes.models import Programme
from governance.roles import actions as roles
from governance.roles.choices import Role
from governance.stakeholders.models import Person
from tests.governance.gates.conftest import Gates

pytestmark = pytest.mark.django_db


def refused(act, *args, **how):
    with pytest.raises(Refusal) as told:
        act(*args, **how)
    return told.value.code, told.value.status


@pytest.fixture
def review(ready):
    return ready.submitted()


def untouched(review):
    """Nothing was written: no signature, no decision, the attempt is as it was."""
    before = review.status, review.version
    review.refresh_from_db()
    return (review.status, review.version) == before and not GateSignature.objects.filter(
        review=review
    ).exists()


def test_a9_without_the_fingerprint_nothing_is_signed(ready, review):
    for nothing in ("", None):
        assert refused(ready.sign, review, ready.cast.helene, fingerprint=nothing) == (
            "fingerprint_required",
            428,
        )
    assert untouched(review)


def test_a10_the_findings_of_an_earlier_attempt_are_stale(ready, review):
    old = review.edition.fp
    actions.withdraw(review, by=ready.cast.paul, reason="Trop tôt.")
    again = ready.submitted()
    assert again.edition.fp != old
    assert refused(ready.sign, again, ready.cast.helene, fingerprint=old) == ("stale_revision", 412)


def test_a11_another_fingerprint_is_no_fingerprint_of_this(ready, review):
    other = "sha256:" + "a" * 64
    assert refused(ready.sign, review, ready.cast.helene, fingerprint=other) == ("fingerprint_mismatch", 422)
    assert untouched(review)


@pytest.mark.parametrize("age", [301, -1, None, 10**6])
def test_a16_a_proof_that_is_too_old_signs_nothing(ready, review, age):
    assert refused(ready.sign, review, ready.cast.helene, reauth_age_s=age) == ("reauth_required", 401)
    assert untouched(review)


def test_a16_the_programme_may_ask_for_a_fresher_proof(ready, review):
    programmes.edit(ready.programme, by=ready.cast.paul, settings={"reauth_minutes": 1})
    assert refused(ready.sign, review, ready.cast.helene, reauth_age_s=61) == ("reauth_required", 401)
    ready.sign(review, ready.cast.helene, reauth_age_s=60)


def test_a12_an_attempt_that_is_not_submitted_is_not_signed(ready):
    review = ready.prepared()
    terms = {"outcome": "go", "rationale": "x", "fingerprint": "sha256:" + "a" * 64, "reauth_age_s": 0}
    assert refused(actions.sign, review, by=ready.cast.helene, **terms) == ("wrong_state", 409)


def test_a13_one_sponsor_is_not_two(ready, review):
    ready.sign(review, ready.cast.helene)
    assert refused(ready.sign, review, ready.cast.helene) == ("SOD-08", 409)
    assert not GateDecision.objects.exists()


def test_a20_no_verb_takes_a_state(ready):
    """Nobody hands a status, a decider or a date in: verbs write them."""
    for verb in (actions.prepare, actions.attest, actions.submit, actions.withdraw, actions.sign):
        taken = set(inspect.signature(verb).parameters)
        assert not taken & {
            "status",
            "decided_at",
            "signed_at",
            "submitted_at",
            "submitted_by",
            "person",
            "edition",
        }


def test_a21_one_signature_decides_nothing(ready, review):
    ready.sign(review, ready.cast.helene)
    review.refresh_from_db()
    assert review.status == "submitted"
    assert not GateDecision.objects.exists()
    assert not hasattr(actions, "decide")  # there is no door to a decision but the second signature


def test_a26_no_verb_edits_the_criteria_that_bind_a_programme():
    assert not [name for name, _ in inspect.getmembers(actions, inspect.isfunction) if "criteri" in name]


def test_a29_no_gate_is_skipped(ready):
    for code in ("G1", "G2", "G3", "G4", "GX"):
        assert refused(ready.prepared, code) == ("sequence", 409)
    ready.decided()
    for code in ("G2", "G3", "G4", "GX"):
        assert refused(ready.prepared, code) == ("sequence", 409)


def test_a29_a_gate_without_criteria_is_not_submitted(cast, monkeypatch):
    """Nothing passes by absence: where no criterion is loaded, the gate waits for its rooms."""
    monkeypatch.setattr(actions, "LOADED", {"G1-13"})
    gates = Gates(cast)
    assert refused(actions.submit, gates.prepared(), by=cast.paul) == ("no_criteria", 409)


def test_a30_a_passed_gate_stays_passed(ready):
    review = ready.decided()
    cast = ready.cast
    assert refused(ready.prepared, "G0") == ("terminal", 409)
    assert refused(actions.submit, review, by=cast.paul) == ("terminal", 409)
    assert refused(actions.withdraw, review, by=cast.paul, reason="Non.") == ("terminal", 409)
    assert refused(actions.attest, review, ready.criterion("G0-05"), by=cast.helene) == ("terminal", 409)
    assert refused(ready.sign, review, cast.helene, "recycle") == ("terminal", 409)
    assert GateDecision.objects.count() == 1


def test_a_decision_is_never_delegated(ready, review):
    odile = ready.cast.newcomer("odile.message", department="communication", role=Role.SPONSOR)
    delegation = roles.delegate(
        ready.programme,
        by=ready.cast.bruno,
        delegate=odile,
        function="sponsor",
        starts_on=clock.today(),
        ends_on=clock.today(),
        reason="Absence.",
    )
    roles.accept(delegation, by=odile)
    ready.sign(review, odile)  # in her own name
    signature = GateSignature.objects.get(review=review)
    assert (signature.person, signature.department) == (odile, "communication")
    assert "on_behalf_of" not in inspect.signature(actions.sign).parameters


def test_a_gate_of_another_programme_is_hidden(ready, review):
    stranger = ready.cast.newcomer("celeste.ailleurs")
    assert refused(ready.sign, review, stranger) == ("not_found", 404)
    assert refused(actions.withdraw, review, by=stranger, reason="x") == ("not_found", 404)
    assert refused(actions.prepare, ready.gate("G0"), by=stranger) == ("not_found", 404)
    assert Programme.objects.count() == 1
    assert GateReview.objects.get().status == "submitted"


def test_the_submitter_does_not_decide_even_once_a_sponsor(ready, review):
    roles.revoke(ready.cast.assignments["paul"], by=ready.cast.helene, reason="Change de rôle.")
    roles.assign(ready.programme, ready.cast.paul, Role.SPONSOR, by=ready.cast.helene)
    assert refused(ready.sign, review, ready.cast.paul) == ("INV-14", 409)


def test_an_outside_sponsor_does_not_decide(ready, review):
    """INV-08 keeps outside people from the role; should somebody move outside, the gate still refuses."""
    bruno = ready.cast.bruno
    Person.objects.filter(pk=bruno.pk).update(organisation=ready.cast.organisations["ORG-MER"])
    bruno.refresh_from_db()
    assert refused(ready.sign, review, bruno) == ("SOD-13", 403)
