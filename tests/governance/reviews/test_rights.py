"""Who may do what with reviews: every role against every verb, and the matrix of the library agrees."""

import pytest
from django.db import transaction

from governance.errors import Refusal
from governance.reviews import actions, rules
from governance.reviews.models import Review
from governance.roles import matrix
from governance.roles.choices import ROLE_OF, Role
from tests.governance.reviews import desk

pytestmark = pytest.mark.django_db
FUNCTION = "legal"


def may(act):
    """Whether an act is done; whatever it did is undone."""
    try:
        with transaction.atomic():
            act()
            raise InterruptedError
    except InterruptedError:
        return True
    except Refusal as refusal:
        assert refusal.status in (403, 404), [each.code for each in refusal.objections]
        return False


@pytest.fixture
def edition(cast):
    return desk.submitted(desk.opened(cast.programme, by=cast.mehdi), by=cast.mehdi)


VERBS = {
    "review.sign": lambda edition, request, person: desk.signed(edition, FUNCTION, person, request=request),
    "review.revoke": lambda edition, request, person: actions.revoke(
        Review.objects.get(edition=edition, function="technical"), by=person, reason="Relu."
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
def test_each_verb_is_open_to_its_roles_and_to_no_other(cast, edition, verb):
    request = desk.asked(edition, FUNCTION)
    if verb in ("review.revoke", "ask_again"):
        review = desk.signed(edition, "technical", cast.thomas)
    if verb == "ask_again":
        actions.revoke(review, by=cast.thomas, reason="Relu.")
        desk.signed(edition, "technical", cast.thomas)
        actions.tell_event(edition.dossier, "XT-09", by=None, functions=["technical"])
        edition.requests.open().filter(function="technical").update(
            closed_at="2026-01-01", closed_as="replaced", state="closed"
        )
        actions.revoke(
            Review.objects.get(edition=edition, function="technical", revoked_at=None),
            by=cast.thomas,
            reason="Relu.",
        )
        edition.requests.open().filter(function="technical").update(
            closed_at="2026-01-01", closed_as="replaced", state="closed"
        )
    found = {role for role in Role if may(lambda role=role: VERBS[verb](edition, request, cast[role]))}
    assert found == ALLOWED[verb]


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
