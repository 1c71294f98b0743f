"""What this room tells the trail: which roles an actor holds, for the snapshot in each event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from governance import clock
from governance.audit import trail
from governance.roles.models import RoleAssignment
from governance.stakeholders.models import Person


@trail.describe_actors
def roles_of(actor: Any, stream: str) -> Iterable[str]:
    """The roles a person holds today in the programme of a chain."""
    if not isinstance(actor, Person):
        return []
    held = RoleAssignment.objects.active(clock.today()).filter(person=actor, programme__code=stream)
    return set(held.values_list("role", flat=True))
