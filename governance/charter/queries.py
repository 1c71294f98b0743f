"""The objectives of a programme, by horizon."""

from __future__ import annotations

from governance.charter.choices import Horizon, ObjectiveStatus
from governance.charter.models import Objective
from governance.programmes.models import Programme


def objectives_of(programme: Programme) -> list[Objective]:
    """Every objective, the nearest horizon first, then by code."""
    found = Objective.objects.filter(programme=programme).select_related("owner", "validated_by", "programme")
    order = {horizon: place for place, horizon in enumerate(Horizon.values)}
    return sorted(found, key=lambda each: (order[each.horizon], each.code))


def objective_of(programme: Programme, code: str) -> Objective | None:
    """One objective of a programme."""
    found = Objective.objects.filter(programme=programme, code=code)
    return found.select_related("owner", "validated_by", "programme").first()


def validated(programme: Programme) -> list[Objective]:
    """The objectives that use cases may serve: validated, neither achieved nor dropped."""
    return [each for each in objectives_of(programme) if each.status == ObjectiveStatus.VALIDATED]
