"""The registry of measures: the rooms above tell which targets measure an objective (INV-04).

An objective knows no KPI; the room of targets fills this at start, from its `kinds.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from governance.charter.models import Objective

Measures = Callable[[Objective], Iterable[str]]
_measures: list[Measures] = []


def measures(function: Measures) -> Measures:
    """Tell which targets with a baseline and a horizon measure an objective: one description each."""
    if function not in _measures:
        _measures.append(function)
    return function


def measures_of(objective: Objective) -> list[str]:
    """The targets that measure an objective, in words; none where it is not measured yet."""
    return [told for function in _measures for told in function(objective)]
