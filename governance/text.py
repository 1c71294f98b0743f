"""Text that people type, and days as they write them: what is kept is what can be read (trust.md A34)."""

from __future__ import annotations

import datetime as dt
import unicodedata

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from governance import clock

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
NOT_READABLE = _("This text holds characters that cannot be seen: type it again.")


def holds_unseen(value: str, *, lines: bool = True) -> bool:
    """Say whether a text holds marks that nobody sees: controls, zero widths, turns of direction.

    With `lines`, tabs and ends of lines are fine.
    """
    fine = "\t\n\r" if lines else ""
    return any(unicodedata.category(mark) in UNSEEN and mark not in fine for mark in value)


def quoted(text: str) -> str:
    """Quote what people wrote, with the marks of the reader's language."""
    return f"«\u00a0{text}\u00a0»" if (get_language() or "fr").startswith("fr") else f"“{text}”"


def in_words(day: dt.date, rest: str = "F Y") -> str:
    """A day as people write it in the reader's language; `rest` is the format of what follows its number."""
    first = day.day == 1 and (get_language() or "fr").startswith("fr")
    return f"{'1er' if first else day.day} {date_format(day, rest)}"


def time_in_words(moment: dt.datetime) -> str:
    """The time of day, in Paris, as people write it in the reader's language."""
    local = moment.astimezone(clock.PARIS)
    french = (get_language() or "fr").startswith("fr")
    return f"{local.hour}\u00a0h\u00a0{local:%M}" if french else f"{local:%H:%M}"


def moment_in_words(moment: dt.datetime) -> str:
    """A day and the time of that day, in Paris, as people write them in the reader's language."""
    said = {"day": in_words(clock.day_of(moment)), "time": time_in_words(moment)}
    return gettext("%(day)s at %(time)s") % said
