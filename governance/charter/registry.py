"""The registry of measures: the rooms above tell which targets measure an objective (INV-04).

An objective knows no KPI; the room of targets fills this at start, from its `kinds.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

from governance.charter.models import Objective

Measures = Callable[[Objective], Iterable[str]]
MeasuresOfAll = Callable[[Sequence[Objective]], Mapping[UUID, Iterable[str]]]
_measures: list[Measures] = []
_measures_of_all: list[MeasuresOfAll] = []


def measures(function: Measures) -> Measures:
    """Tell which targets with a baseline and a horizon measure an objective: one description each."""
    if function not in _measures:
        _measures.append(function)
    return function


def measures_of(objective: Objective) -> list[str]:
    """The targets that measure an objective, in words; none where it is not measured yet."""
    return [told for function in _measures for told in function(objective)]


def measures_of_all(function: MeasuresOfAll) -> MeasuresOfAll:
    """Tell the same of many objectives in one reading, by key: lists ask it once, whatever their length."""
    if function not in _measures_of_all:
        _measures_of_all.append(function)
    return function


def measures_of_each(objectives: Sequence[Objective]) -> dict[UUID, list[str]]:
    """The targets that measure each of these objectives, in words, by key."""
    found: dict[UUID, list[str]] = {objective.pk: [] for objective in objectives}
    for function in _measures_of_all:
        for key, told in function(objectives).items():
            found[key].extend(told)
    return found
