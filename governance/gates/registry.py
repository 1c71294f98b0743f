"""The registry of criteria: rooms tell what a gate asks of them; readiness is computed at the call.

A room's `criteria.py` registers one function per computed criterion, discovered at start. An attested
criterion needs no function unless it also asks for a fact (G0-05, G3-14).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from governance.programmes.models import Programme


@dataclass(frozen=True)
class Finding:
    """What a criterion finds: whether it passes, the value found against the threshold, and what to do.

    `value` and `threshold` are JSON (numbers exact, texts); `explanation` is a sentence in the reader's
    language, naming what is missing; `who_can` are names or roles in words; `acts` are the verbs that
    would help (`{"label", "url_name", "kwargs"}` without HTTP: the page reverses them).
    """

    passes: bool
    value: Any
    threshold: Any
    explanation: Any
    who_can: Sequence[Any] = ()
    acts: Sequence[dict[str, Any]] = field(default_factory=tuple)


Criterion = Callable[[Programme], Finding]
_criteria: dict[str, Criterion] = {}


def criterion(code: str) -> Callable[[Criterion], Criterion]:
    """Tell what a gate asks of this room, under the code of the library."""

    def keep(function: Criterion) -> Criterion:
        _criteria[code] = function
        return function

    return keep


def find(code: str) -> Criterion | None:
    """The function of a criterion, if its room exists."""
    return _criteria.get(code)


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
