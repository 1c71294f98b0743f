"""What can be read of editions: facets and their fingerprints, what changed between two, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F

from governance import canonical
from governance.dossiers.choices import Facet
from governance.dossiers.kinds import kind_of
from governance.dossiers.models import Dossier, Edition

Said = str | list[str]


@dataclass(frozen=True)
class FacetDifference:
    """One side of two contents: whether it changed, and each line that did, as it was and as it is now."""

    facet: Facet
    changed: bool
    rows: list[tuple[str, Said | None, Said | None]] = field(default_factory=list)


def fps_of(facets: Mapping[Any, Any]) -> dict[Facet, str]:
    """Fingerprint each of the ten facets; one that says nothing has the fingerprint of an empty object."""
    return {facet: canonical.fingerprint(facets.get(facet.value) or {}) for facet in Facet}


def facet_fps(edition: Edition) -> dict[Facet, str]:
    """Fingerprint the ten facets of an edition."""
    return fps_of(edition.read.get("facets", {}))


def scope_fp(dossier: Dossier, function: str, fps: Mapping[Facet, str], watched: Iterable[str]) -> str:
    """Fingerprint what one function reads: the dossier, the function, and the facets it answers for."""
    return canonical.fingerprint(
        {
            "dossier": dossier.reference,
            "function": str(function),
            "facets": {Facet(facet).value: fps[Facet(facet)] for facet in watched},
        }
    )


def changed_facets(old: Edition, new: Edition) -> list[Facet]:
    """List the facets that differ between two editions, in their order."""
    before, after = facet_fps(old), facet_fps(new)
    return [facet for facet in Facet if before[facet] != after[facet]]


def difference(old: Edition, new: Edition, lang: str) -> list[FacetDifference]:
    """Tell two editions of one dossier apart, facet by facet, in words."""
    changed = set(changed_facets(old, new))
    describe = kind_of(new.dossier.kind).describe
    told = []
    for facet in Facet:
        rows: list[tuple[str, Said | None, Said | None]] = []
        if facet in changed:
            was = _lines(describe(facet, old.facet(facet), lang, new.dossier))
            now = _lines(describe(facet, new.facet(facet), lang, new.dossier))
            rows = [
                (label, was.get((label, place)), now.get((label, place)))
                for label, place in dict.fromkeys((*was, *now))
                if was.get((label, place)) != now.get((label, place))
            ]
        told.append(FacetDifference(facet, facet in changed, rows))
    return told


def _lines(described: Iterable[tuple[str, Said]]) -> dict[tuple[str, int], Said]:
    """Index lines by label, and by place among those of one label, in the order in which they are told."""
    lines: dict[tuple[str, int], Said] = {}
    places: Counter[str] = Counter()
    for label, value in described:
        lines[str(label), places[str(label)]] = value
        places[str(label)] += 1
    return lines


def latest(dossier: Dossier) -> Edition | None:
    """The last edition of a dossier."""
    return dossier.editions.order_by("-number").first()


def told(edition: Edition, lang: str) -> list[FacetDifference]:
    """Tell the whole of an edition, facet by facet, in words: nothing was, everything is."""
    describe = kind_of(edition.dossier.kind).describe
    return [
        FacetDifference(
            facet,
            False,
            [
                (label, None, value)
                for label, value in describe(facet, edition.facet(facet), lang, edition.dossier)
            ],
        )
        for facet in Facet
    ]


def counting_edition(dossier: Dossier) -> Edition | None:
    """The edition of a dossier that counts today: the last one that is open, else the last one closed."""
    return dossier.editions.order_by(F("closed_at").desc(nulls_first=True), "-number").first()
