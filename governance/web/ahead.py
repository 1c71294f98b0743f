"""The gate ahead of a programme and where it stands, for the frame and the programme page.

Readiness asks each criterion a question; every page shows its sum. It is therefore kept under the last
hash of the journal: the next event, whatever it is, makes it be computed again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language

from governance import clock
from governance.audit import trail
from governance.audit.models import Head
from governance.gates import queries
from governance.gates.choices import Level
from governance.programmes.models import Programme

MOST_KEPT = 256
Mark = tuple[tuple[str, Any], ...]
Key = tuple[Any, ...]
_kept: dict[Key, Ahead | None] = {}


@dataclass(frozen=True)
class Point:
    """A criterion that fails: what it asks, whether it may be waived, who can lift it."""

    text: str
    waivable: bool
    who_can: tuple[str, ...]


@dataclass(frozen=True)
class Ahead:
    """The gate whose turn it is: how many criteria pass, and those that do not."""

    code: str
    name: str
    passed: int
    total: int
    hard: tuple[Point, ...]
    soft: tuple[Point, ...]


def heads_of(programmes: Iterable[Programme]) -> QuerySet[Head]:
    """Where the journals of these programmes and that of accounts stand."""
    return Head.objects.filter(stream__in={trail.ACCOUNTS, *(programme.code for programme in programmes)})


def mark(heads: Iterable[tuple[str, str]]) -> Mark:
    """What was last told in journals (stream, hash), today: it changes with whatever changes."""
    minutes = int(clock.wall().timestamp()) // 600
    return (*sorted(heads), ("today", clock.today()), ("minutes", minutes))


def ahead_of(programme: Programme, marked: Mark | None = None) -> Ahead | None:
    """The gate ahead, as the journal last left it; nothing where none is ahead."""
    told = dict(marked or mark(heads_of([programme]).values_list("stream", "hash")))
    of_it = tuple(told.get(name) for name in (programme.code, trail.ACCOUNTS, "today", "minutes"))
    key = (programme.pk, get_language(), of_it)
    if key not in _kept:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = _read(programme)
    return _kept[key]


def _read(programme: Programme) -> Ahead | None:
    gate = queries.next_gate(programme)
    if gate is None:
        return None
    criteria = queries.readiness(gate).criteria
    points = [
        (each.level, Point(each.text, each.waivable, tuple(str(who) for who in each.who_can)))
        for each in criteria
        if not each.passes
    ]
    return Ahead(
        code=gate.code,
        name=gate.name,
        passed=sum(each.passes for each in criteria),
        total=len(criteria),
        hard=tuple(point for level, point in points if level == Level.MUST),
        soft=tuple(point for level, point in points if level != Level.MUST),
    )
