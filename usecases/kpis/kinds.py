"""What this room tells the registries: which targets measure an objective."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.utils.translation import ngettext

from governance.charter import registry
from governance.charter.models import Objective
from usecases.kpis import queries

MOST = 10  # targets named for one objective, where many objectives are listed


@registry.measures
def targets_that_measure(objective: Objective) -> Iterable[str]:
    """Name the targets of an objective that have a baseline and a horizon (INV-04)."""
    return [f"{target.code} {target.kpi}" for target in queries.measures_of(objective)]


@registry.measures_of_all
def targets_that_measure_each(objectives: Sequence[Objective]) -> Mapping[UUID, Iterable[str]]:
    """Name the first of many objectives in one reading, each with the use case it is set for."""
    found: dict[UUID, list[str]] = {}
    left: dict[UUID, int] = {}
    for key, count, target in queries.measures_of_each(objectives, MOST):
        where = f", {target.dossier.code}" if target.dossier is not None else ""
        found.setdefault(key, []).append(f"{target.kpi}{where}")
        left[key] = count - MOST
    for key, more in left.items():
        if more > 0:
            found[key].append(ngettext("%(n)s other", "%(n)s others", more) % {"n": more})
    return found
