"""The strings that people read, found in code and templates without gettext's tools.

The catalogues are complete when each of these has its words in each language (`manage.py messages`,
tests/house/test_languages.py).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import polib
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

PLACES = ("portal", "governance", "usecases", "templates")
# Name of the function: where its context, its singular and its plural stand.
FUNCTIONS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
CALL = re.compile(r"\b(" + "|".join(FUNCTIONS) + r")\(")
FORMS = {"fr": "nplurals=2; plural=(n > 1);", "en": "nplurals=2; plural=(n != 1);"}


class Message(NamedTuple):
    """One string to translate, with its plural and its context where it has them."""

    singular: str
    plural: str | None
    context: str | None


def catalogue_path(language: str) -> Path:
    """The file of a language."""
    return Path(settings.LOCALE_PATHS[0], to_locale(language), "LC_MESSAGES", "django.po")


@cache
def found() -> dict[Message, list[str]]:
    """Every string of code and templates, with the files it stands in."""
    where: dict[Message, list[str]] = {}
    for place in PLACES:
        for path in sorted(Path(settings.ROOT, place).rglob("*")):
            if path.suffix == ".py":
                messages = in_code(path.read_text())
            elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
                messages = in_template(path.read_text())
            else:
                continue
            for message in messages:
                where.setdefault(message, []).append(str(path.relative_to(settings.ROOT)))
    return where


def in_code(source: str) -> Iterator[Message]:
    """The strings of a Python file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield from of_call(node)


def in_template(source: str) -> Iterator[Message]:
    """The strings of a Django template: Django writes them as calls, among other things."""
    code = templatize(source)
    for start in CALL.finditer(code):
        end = start.end()
        while (end := code.find(")", end) + 1) > 0:
            try:
                call = ast.parse(code[start.start() : end], mode="eval").body
            except SyntaxError:
                continue
            if isinstance(call, ast.Call):
                yield from of_call(call)
            break


def of_call(call: ast.Call) -> Iterator[Message]:
    """The string that a call of gettext names, when it is written there."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in FUNCTIONS:
        return
    words = [getattr(argument, "value", None) for argument in call.args]
    context, singular, plural = (
        None if at is None or at >= len(words) else words[at] for at in FUNCTIONS[name]
    )
    if isinstance(singular, str) and singular:
        yield Message(singular, plural, context)


def entry_key(entry: polib.POEntry) -> Message:
    """The message of a catalogue's entry."""
    return Message(entry.msgid, entry.msgid_plural or None, entry.msgctxt)


def gaps(language: str) -> list[str]:
    """What a catalogue lacks, one line each."""
    if not catalogue_path(language).exists():
        return [f"no catalogue: {catalogue_path(language)}"]
    catalogue = {
        entry_key(entry): entry for entry in polib.pofile(str(catalogue_path(language))) if not entry.obsolete
    }
    wanted = found()
    lines = [
        f"missing: {message.singular!r} ({wanted[message][0]})"
        for message in wanted
        if message not in catalogue
    ]
    lines += [
        f"not translated: {key.singular!r}" for key, entry in catalogue.items() if not entry.translated()
    ]
    lines += [f"no longer said: {key.singular!r}" for key in catalogue if key not in wanted]
    return lines


def bring_up_to_date(language: str, known: dict[Message, polib.POEntry]) -> tuple[int, int]:
    """Write a catalogue of exactly the strings found, with the words it had or that are known; count gaps.

    The source is English, so the English catalogue says the same.
    """
    path = catalogue_path(language)
    kept = {entry_key(entry): entry for entry in polib.pofile(str(path))} if path.exists() else {}
    catalogue = polib.POFile(wrapwidth=110)
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": to_locale(language),
        "Plural-Forms": FORMS[language],
    }
    empty = 0
    for message, places in sorted(found().items(), key=lambda item: (item[1][0], item[0].singular)):
        had = next(
            (one[message] for one in (known, kept) if message in one and one[message].translated()), None
        )
        entry = polib.POEntry(
            msgid=message.singular,
            msgid_plural=message.plural or "",
            msgctxt=message.context,
            occurrences=[(place, "") for place in sorted(set(places))],
            flags=["python-format"] if re.search(r"%\(\w+\)[sd]", message.singular) else [],
        )
        if had is not None:
            entry.msgstr, entry.msgstr_plural = had.msgstr, had.msgstr_plural
        elif language == "en":
            entry.msgstr = "" if message.plural else message.singular
            entry.msgstr_plural = {0: message.singular, 1: message.plural} if message.plural else {}
        elif message.plural:
            entry.msgstr_plural = {0: "", 1: ""}
        empty += not entry.translated()
        catalogue.append(entry)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(path))
    return len(catalogue), empty
