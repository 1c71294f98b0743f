"""What the file is read into: dated acts, each one verb of one person with its arguments.

An act may name rows that earlier acts make: `Later` finds them when its turn comes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from django.db import transaction
from django.utils.translation import override

from governance import clock

Entry = dict[str, Any]
ADMINISTRATOR = "admin"


class Section(IntEnum):
    """The order of one day's acts, from the lowest facts to the highest (reading rule 6)."""

    PEOPLE = 1
    FRAME = 2
    DATA = 3
    SEGMENTS = 4
    TARGETS = 5
    REVISIONS = 6
    REVIEWS = 7
    CONDITIONS = 8
    GATES = 9
    INBOX = 10


@dataclass(frozen=True)
class Later:
    """Something an act names, by its code; it is found in the act's programme when the act is done."""

    name: str
    find: Callable[[str], Any]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Act:
    """One verb that one person does on one day. `actor` is a key of the file; none is the system.

    `programme` is the code of the programme whose file it was read from.
    """

    day: dt.date
    section: Section
    actor: Later | None
    verb: Callable[..., Any]
    args: tuple[Any, ...]
    said: Mapping[str, Any]
    programme: str = ""

    @transaction.atomic
    def do(self) -> Any:
        """Do it now, in its own transaction, in the language of whoever does it."""
        told = dict(self.said)
        lang = "fr"
        if self.actor is not None:
            told["by"] = person = self.actor.find(self.programme)
            lang = person.locale
        with override(lang):
            return self.verb(*found(self.args, self.programme), **found(told, self.programme))

    def __str__(self) -> str:
        named = [str(each) for each in (*self.args, *self.said.values()) if isinstance(each, Later | str)]
        verb = f"{self.verb.__module__.removesuffix('.actions')}.{self.verb.__name__}"
        who = f"{self.programme} {self.actor or 'system'}".strip()
        return f"{self.day}, {who}: {verb}({', '.join(named)[:160]})"


def act(
    day: dt.date, section: Section, actor: Later | None, verb: Callable[..., Any], /, *args: Any, **said: Any
) -> Act:
    """Write an act down; `by` is the actor."""
    return Act(day, section, actor, verb, args, said)


def found(value: Any, programme: str) -> Any:
    """Give a value with all that it names found in this programme."""
    if isinstance(value, Later):
        return value.find(programme)
    if isinstance(value, dict):
        return {key: found(item, programme) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [found(item, programme) for item in value]
    return value


def day(text: str) -> dt.date:
    """Read a day of the file."""
    return dt.date.fromisoformat(text)


def day_or_none(text: str | None) -> dt.date | None:
    """Read a day of the file, where it gives one."""
    return day(text) if text is not None else None


def business_day_before(when: dt.date) -> dt.date:
    """Give the last day before this one on which people work."""
    when -= dt.timedelta(days=1)
    while not clock.is_business_day(when):
        when -= dt.timedelta(days=1)
    return when
