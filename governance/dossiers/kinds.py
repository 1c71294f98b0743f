"""The registry of kinds: the rooms above tell what can be governed and what can be read of it.

Each room that owns a governed thing has a `kinds.py` that registers one `Kind`; they are discovered at
start, as Django discovers `admin.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from governance.dossiers.choices import Facet
from governance.dossiers.models import Edition

Said = str | list[str]
# One facet of an edition: the label of each field and its value, a text or a list of texts.
Tell = Callable[[Edition, Facet], list[tuple[str, Said]]]


def _nothing(_editions: Sequence[Edition], _lang: str) -> Tell:
    return lambda _edition, _facet: []


@dataclass(frozen=True)
class Kind:
    """One kind of governed thing.

    `code` is that of a dossier (`use_case`, `segment`, …); `policy` the subject kind of the review
    policies (`usecase_revision`, `segment_version`; empty where nobody reviews); `url` names the route
    of its page, reversed with `programme` and `code`; `describe(editions, lang)` gives what tells a facet
    of any of these editions of one dossier in words, and reads once what things are named; nothing for a
    kind whose editions are read on a page of its own. `title` begins the fields of its wording that name
    it, in both languages.
    """

    code: str
    label: Any
    policy: str
    url: str
    describe: Callable[[Sequence[Edition], str], Tell] = _nothing
    title: str = "title"


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Tell what can be governed."""
    _kinds[kind.code] = kind
    return kind


def kind_of(code: str) -> Kind:
    """Find a kind. Raises KeyError for a kind that no room registered."""
    return _kinds[code]
