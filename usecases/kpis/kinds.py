"""What this room tells the registries: which targets measure an objective."""

from __future__ import annotations

from collections.abc import Iterable

from governance.charter import registry
from governance.charter.models import Objective
from usecases.kpis import queries


@registry.measures
def targets_that_measure(objective: Objective) -> Iterable[str]:
    """Name the targets of an objective that have a baseline and a horizon (INV-04)."""
    return [f"{target.code} {target.kpi}" for target in queries.measures_of(objective)]
