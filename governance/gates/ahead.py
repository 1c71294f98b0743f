"""The gate ahead of each programme and where it stands: for the frame, the programme pages, the API.

Readiness asks each criterion a question; every page shows its sum. It is therefore kept under the last
hash of the journal: the next event, whatever it is, makes it be computed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from governance import clock
from governance.audit import trail
from governance.audit.models import Head
from governance.gates import queries
from governance.gates.choices import Level
from governance.gates.findings import CriterionFinding
from governance.programmes.models import Programme

MOST_KEPT = 1024
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
    """The gate whose turn it is: how many criteria pass, those that do not, whether its sponsors decide."""

    code: str
    name: str
    passed: int
    total: int
    submitted: bool
    hard: tuple[Point, ...]
    soft: tuple[Point, ...]

    @property
    def said(self) -> str:
        """How far the gate is, in words."""
        if not self.total:
            return _("its criteria come later")
        passed = ngettext("%(passed)s criterion of %(all)s", "%(passed)s criteria of %(all)s", self.passed)
        found = passed % {"passed": self.passed, "all": self.total}
        if self.hard:
            hard = ngettext("%(n)s hard point", "%(n)s hard points", len(self.hard)) % {"n": len(self.hard)}
            found = f"{found}, {hard}"
        return found


def heads_of(programmes: Iterable[Programme]) -> QuerySet[Head]:
    """Where the journals of these programmes and that of accounts stand."""
    return Head.objects.filter(stream__in={trail.ACCOUNTS, *(programme.code for programme in programmes)})


def mark(heads: Iterable[tuple[str, str]]) -> Mark:
    """What was last told in journals (stream, hash), today: it changes with whatever changes."""
    minutes = int(clock.wall().timestamp()) // 600
    return (*sorted(heads), ("today", clock.today()), ("minutes", minutes))


def ahead_of(programme: Programme) -> Ahead | None:
    """The gate ahead of a programme, as its journal last left it; nothing where none is ahead."""
    return ahead_of_each([programme])[programme.pk]


def ahead_of_each(programmes: Sequence[Programme], marked: Mark | None = None) -> dict[UUID, Ahead | None]:
    """The gate ahead of each of these programmes, as their journals last left it.

    What is not kept is read of all together: the number of statements does not depend on how many they are.
    """
    told = dict(marked or mark(heads_of(programmes).values_list("stream", "hash")))
    keys = {each.pk: _key(each, told) for each in programmes}
    known = {key: _kept[mine] for key, mine in keys.items() if mine in _kept}
    missing = [each for each in programmes if each.pk not in known]
    if missing:
        found = queries.findings_ahead(missing)
        read = {each.pk: _sum(*found[each.pk]) if each.pk in found else None for each in missing}
        if len(_kept) + len(read) > MOST_KEPT:
            _kept.clear()
        _kept.update({keys[key]: ahead for key, ahead in read.items()})
        known |= read
    return known


def _key(programme: Programme, told: dict[str, Any]) -> Key:
    of_it = tuple(told.get(name) for name in (programme.code, trail.ACCOUNTS, "today", "minutes"))
    return (programme.pk, get_language(), of_it)


def _sum(gate: Any, criteria: Iterable[CriterionFinding]) -> Ahead:
    found = list(criteria)
    points = [
        (each.level, Point(each.text, each.waivable, tuple(each.who_can)))
        for each in found
        if not each.passes
    ]
    return Ahead(
        code=gate.code,
        name=gate.name,
        passed=sum(each.passes for each in found),
        total=len(found),
        submitted=gate.is_submitted,
        hard=tuple(point for level, point in points if level == Level.MUST),
        soft=tuple(point for level, point in points if level != Level.MUST),
    )
