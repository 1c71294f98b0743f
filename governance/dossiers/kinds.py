"""The registry of kinds: the rooms above tell what can be governed and what can be read of it.

Each room that owns a governed thing has a `kinds.py` that registers one `Kind`; they are discovered at
start, as Django discovers `admin.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from governance.dossiers.choices import Facet
from governance.dossiers.models import Dossier


@dataclass(frozen=True)
class Kind:
    """One kind of governed thing.

    `code` is that of a dossier (`use_case`, `segment`, …); `policy` the subject kind of the review
    policies (`usecase_revision`, `segment_version`; empty where nobody reviews); `url` names the route
    of its page, reversed with `programme` and `code`; `describe(facet, content, lang, dossier)`
    tells one facet of a content of this dossier in words: pairs of a field's label and its value, a text
    or a list of texts.
    """

    code: str
    label: Any
    policy: str
    url: str
    describe: Callable[[Facet, dict[str, Any], str, Dossier], Iterable[tuple[str, str | list[str]]]]


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Tell what can be governed."""
    _kinds[kind.code] = kind
    return kind


def kind_of(code: str) -> Kind:
    """Find a kind. Raises KeyError for a kind that no room registered."""
    return _kinds[code]
