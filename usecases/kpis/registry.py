"""Who answers for a dossier: the rooms above tell, so that its owner may set its targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from governance.dossiers.models import Dossier
from governance.stakeholders.models import Person

Owns = Callable[[Dossier, Person], bool]
_owners: dict[str, Owns] = {}


def owned_by(kind: str) -> Callable[[Owns], Owns]:
    """Tell how to find whether a person answers for a dossier of this kind."""

    def keep(function: Owns) -> Owns:
        _owners[kind] = function
        return function

    return keep


@dataclass(frozen=True)
class Aim:
    """What a target is set for: a dossier, or the programme when there is none."""

    dossier: Dossier | None

    def belongs_to(self, person: Person) -> bool:
        """Say whether this person answers for it; nobody owns the programme's own targets."""
        owns = _owners.get(self.dossier.kind) if self.dossier is not None else None
        return bool(owns and self.dossier is not None and owns(self.dossier, person))
