"""Who may do what with reviews: every role against every verb, and the matrix of the library agrees."""

import pytest
from django.db import transaction

from governance.errors import Refusal
from governance.reviews import actions, rules
from governance.reviews.models import Review
from governance.roles import matrix
from governance.roles.choices import ROLE_OF, Role
from tests import makers
from tests.governance.reviews import desk

pytestmark = pytest.mark.django_db
FUNCTION = "legal"


def refusal_of(act):
    """What refuses an act, or nothing; whatever it did is undone."""
    try:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)
    except Refusal as refusal:
        return refusal
    return None


@pytest.fixture
def edition(cast):
    return desk.submitted(desk.opened(cast.programme, by=cast.mehdi), by=cast.mehdi)


VERBS = {
    "review.sign": lambda edition, request, person: desk.signed(edition, FUNCTION, person, request=request),
    "review.revoke": lambda edition, request, person: actions.revoke(
        Review.objects.get(edition=edition, function="technical"), by=person, reason="Relu.", reauth_age_s=0
    ),
    "take": lambda edition, request, person: actions.take(request, by=person),
    "assign": lambda edition, request, person: actions.assign(request, request.assigned_to, by=person),
    "ask_again": lambda edition, request, person: actions.ask_again(edition, "technical", by=person),
    "withdraw": lambda edition, request, person: actions.withdraw(edition, by=person, reason="Repensé."),
}
ALLOWED = {
    "review.sign": {Role.LEGAL_REVIEWER},
    "review.revoke": {Role.TECHNICAL_REVIEWER},
    "take": {Role.LEGAL_REVIEWER},
    "assign": {Role.LEGAL_REVIEWER, Role.CORE_TEAM_LEAD},
    # Mehdi, the member, submitted it.
    "ask_again": {
        Role.TECHNICAL_REVIEWER,
        Role.CORE_TEAM_LEAD,
        Role.CORE_TEAM_MEMBER,
        Role.DIGITAL_TOOLS_LEAD,
    },
    "withdraw": {Role.CORE_TEAM_LEAD, Role.CORE_TEAM_MEMBER},
}


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_is_open_to_its_roles_and_to_no_other(cast, edition, verb, clock_at):
    request = desk.asked(edition, FUNCTION)
    if verb in ("review.revoke", "ask_again"):
        desk.signed(edition, "technical", cast.thomas)
    if verb == "ask_again":
        clock_at(makers.days(200))  # the signature has ended
    refusals = {
        role: refusal_of(lambda role=role: VERBS[verb](edition, request, cast[role])) for role in Role
    }
    assert {role for role, refusal in refusals.items() if refusal is None} == ALLOWED[verb]
    assert {refusal.status for refusal in refusals.values() if refusal is not None} <= {403, 404}


@pytest.mark.parametrize("function", desk.FUNCTIONS)
@pytest.mark.parametrize("letter", ["", "setup", "test_learn", "run", "closed"])
def test_only_its_reviewers_sign_for_a_function_in_any_phase(cast, function, letter):
    edition = desk.submitted(
        desk.opened(cast.programme, by=cast.mehdi), by=cast.mehdi, flags=["third_party_export"]
    )
    request = desk.asked(edition, function)
    if letter:
        cast.in_phase(letter)
    for role in Role:
        found = rules.objection_to_open(cast[role], request)
        allowed = role == ROLE_OF[function] and letter != "closed"
        codes = {each.code for each in found.objections} if found is not None else set()
        assert ("no_right" not in codes) == allowed, (role, codes)


def test_the_library_says_the_same():
    for action in ("review.sign", "review.revoke", "condition.verify", "condition.waive"):
        assert set(matrix.cells()[action]) == set(ROLE_OF.values())
