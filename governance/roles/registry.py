"""What rooms above do when a role is withdrawn for cause (XT-10): reviews fills this."""

from __future__ import annotations

from collections.abc import Callable

from governance.roles.models import RoleAssignment
from governance.stakeholders.models import Person

Follower = Callable[[RoleAssignment, Person], None]
_followers: list[Follower] = []


def on_revoked_for_cause(function: Follower) -> Follower:
    """Have this called, in the same transaction, with the assignment withdrawn and whoever withdrew it."""
    if function not in _followers:
        _followers.append(function)
    return function


def tell_revoked_for_cause(assignment: RoleAssignment, by: Person) -> None:
    """Let the rooms above draw their consequences."""
    for follow in _followers:
        follow(assignment, by)
