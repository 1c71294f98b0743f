"""Role × verb at the gate: who may prepare, attest, submit, withdraw, decide, reopen."""

import pytest

from governance.errors import Refusal
from governance.gates import actions
from governance.gates.models import GateReview
from governance.roles.choices import Role
from governance.roles.rules import Rights

pytestmark = pytest.mark.django_db

LEADS = {Role.CORE_TEAM_LEAD}
SPONSORS = {Role.SPONSOR}
# In framing; the digital tools lead takes over in run.
WHO = {
    "prepare": LEADS,
    "submit": LEADS,
    "withdraw": LEADS,
    "attest G0-05": SPONSORS,
    "attest G0-09": LEADS,
    "sign": SPONSORS,
    "reopen": SPONSORS,
}
ACTION = {
    "prepare": "gate.prepare",
    "submit": "gate.prepare",
    "withdraw": "gate.withdraw",
    "attest G0-05": "gate.attest",
    "attest G0-09": "gate.attest",
    "sign": "gate.decide",
    "reopen": "phase.reopen",
}


def tried(act, person):
    """The code of the refusal by right, or nothing: another refusal comes after the right was found."""
    try:
        act(person)
    except Refusal as refused:
        return refused.code if refused.code in ("no_right", "not_found", "no_role", "SOD-13") else None
    return None


@pytest.mark.parametrize("verb", WHO)
def test_the_matrix_holds_at_each_verb(ready, verb):
    cast, programme = ready.cast, ready.programme
    if verb == "prepare":
        act = lambda person: actions.prepare(ready.gate("G0"), by=person)  # noqa: E731
    elif verb.startswith("attest"):
        review, criterion = ready.prepared(), ready.criterion(verb.split()[1])
        act = lambda person: actions.attest(review, criterion, by=person)  # noqa: E731
    elif verb == "submit":
        review = ready.prepared()
        act = lambda person: actions.submit(GateReview.objects.get(pk=review.pk), by=person)  # noqa: E731
    elif verb == "withdraw":
        review = ready.submitted()
        act = lambda person: actions.withdraw(review, by=person, reason="Non.")  # noqa: E731
    elif verb == "sign":
        review = ready.submitted()
        act = lambda person: ready.sign(review, person)  # noqa: E731
    else:
        phase = programme.phases.get(kind="cadrage")
        act = lambda person: actions.reopen_phase(phase, by=person, reason="x", reauth_age_s=0)  # noqa: E731
    # those who may come last: their act changes what the others are refused
    order = sorted(cast.by_role, key=lambda role: role in WHO[verb])
    for role in order:
        found = tried(act, cast[role])
        assert (found is None) == (role in WHO[verb]), role
        about = ready.criterion(verb.split()[1]) if " " in verb else None
        assert Rights.of(cast[role], programme).may(ACTION[verb], about) == (role in WHO[verb])


def test_a_refusal_says_who_may(ready):
    with pytest.raises(Refusal) as refused:
        ready.sign(ready.submitted(), ready.cast.paul)
    assert refused.value.status == 403
    assert [str(who) for who in refused.value.who_can] == [str(Role.SPONSOR.label)]


def test_the_submitter_may_withdraw_what_they_submitted(ready):
    """Whoever submitted keeps the right to take it back, though another lead came since."""
    from governance.roles import actions as roles

    review = ready.submitted()
    roles.revoke(ready.cast.assignments["paul"], by=ready.cast.helene, reason="Change de rôle.")
    roles.assign(ready.programme, ready.cast.paul, Role.OBSERVER, by=ready.cast.helene)
    actions.withdraw(review, by=ready.cast.paul, reason="Trop tôt.")
    assert review.status == "withdrawn"
