"""The registry of criteria: rooms tell what a gate asks of them; readiness is computed at the call.

A room's `criteria.py` registers one function per computed criterion, discovered at start. An attested
criterion needs no function unless it also asks for a fact (G0-05, G3-14).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.utils.functional import Promise

from governance.programmes.models import Programme
from governance.roles.choices import Role


@dataclass(frozen=True)
class Finding:
    """What a criterion finds: whether it passes, the value found against the threshold, and what to do.

    `value` and `threshold` are JSON (numbers exact, texts); `explanation` is a sentence in the reader's
    language, naming what is missing; `who_can` are the roles that can lift it; `acts` are the verbs that
    would help (`{"label", "url_name", "kwargs"}` without HTTP: the page reverses them).
    """

    passes: bool
    value: Any
    threshold: Any
    explanation: Any
    who_can: Sequence[Role] = ()
    acts: Sequence[dict[str, Any]] = field(default_factory=tuple)


Reads = Callable[[], Combinable]


@dataclass(frozen=True)
class Criterion:
    """What a gate asks of a room: how to find it, of a programme and of what was read for it.

    `reads` gives the SQL expression of the facts it is found from, beside a programme (`OuterRef("pk")`):
    all that a gate asks, of however many programmes, is then one statement. Criteria that share their facts
    share the function. Without `reads`, the programme itself is enough.
    """

    find: Callable[..., Finding]
    reads: Reads | None = None


_criteria: dict[str, Criterion] = {}


def criterion(code: str, *, reads: Reads | None = None) -> Callable[[Callable[..., Finding]], Any]:
    """Tell what a gate asks of this room, under the code of the library."""

    def keep(function: Callable[..., Finding]) -> Callable[..., Finding]:
        _criteria[code] = Criterion(function, reads)
        return function

    return keep


def read(programmes: Iterable[Programme], codes: Iterable[str]) -> dict[UUID, dict[Reads, Any]]:
    """Read what these criteria are found from, of each of these programmes, in one statement at most."""
    wanted, keys = reads_of(codes), [programme.pk for programme in programmes]
    if not wanted or not keys:
        return {key: {} for key in keys}
    return {key: dict(zip(wanted, facts, strict=True)) for key, *facts in asked(keys, wanted)}


def asked(programmes: Collection[UUID], wanted: Iterable[Reads]) -> QuerySet[Programme, tuple[Any, ...]]:
    """The statement of `read`: each programme's key, then what each of these functions reads."""
    told = [reads() for reads in wanted]
    return Programme.objects.filter(pk__in=programmes).order_by().values_list("pk", *told)


def reads_of(codes: Iterable[str]) -> list[Reads]:
    """What these criteria read, each once."""
    reads = [_criteria[code].reads for code in codes if code in _criteria]
    return [each for each in dict.fromkeys(reads) if each is not None]


def found(code: str, programme: Programme, told: Mapping[Reads, Any]) -> Finding | None:
    """What a criterion finds of a programme in what was read; nothing where no room computes it."""
    known = _criteria.get(code)
    if known is None:
        return None
    return known.find(programme) if known.reads is None else known.find(programme, told[known.reads])


def codes() -> Iterable[str]:
    """Every criterion that can be computed here."""
    return sorted(_criteria)


def said(value: Any) -> Any:
    """Say texts in the active language, in NFC, inside lists and objects too; numbers stay as they are."""
    if isinstance(value, Promise | str):
        return unicodedata.normalize("NFC", str(value))
    if isinstance(value, dict):
        return {str(key): said(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [said(item) for item in value]
    return value
