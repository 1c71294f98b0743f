"""What can be read of editions: facets and their fingerprints, what changed between two, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import F
from django.db.models.lookups import IsNull

from governance import canonical
from governance.dossiers.choices import Facet
from governance.dossiers.kinds import Said, kind_of
from governance.dossiers.models import Dossier, Edition

Told = TypeVar("Told", bound=tuple[Any, Any])


@dataclass(frozen=True)
class FacetDifference:
    """One side of a content, against an earlier one: whether it changed, and its lines, as they were and are.

    `rows` are those that changed; without an earlier content all of them. `lines` tell the whole as it is.
    """

    facet: Facet
    changed: bool
    rows: list[tuple[str, Said | None, Said | None]]
    lines: list[tuple[str, Said]]


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


def difference(
    old: Edition | None, new: Edition, lang: str, only: Collection[str] = Facet.values
) -> list[FacetDifference]:
    """Tell an edition facet by facet in words (or `only` some), apart from an earlier one of its dossier.

    Without an earlier one, nothing was and everything is.
    """
    changed = set(changed_facets(old, new)) if old is not None else set()
    tell = kind_of(new.dossier.kind).describe([new] if old is None else [old, new], lang)
    told = []
    for facet in (each for each in Facet if each in only):
        lines = tell(new, facet)
        rows: list[tuple[str, Said | None, Said | None]] = []
        if old is None:
            rows = [(label, None, value) for label, value in lines]
        elif facet in changed:
            was, now = _lines(tell(old, facet)), _lines(lines)
            rows = [
                (label, was.get((label, place)), now.get((label, place)))
                for label, place in dict.fromkeys((*was, *now))
                if was.get((label, place)) != now.get((label, place))
            ]
        told.append(FacetDifference(facet, facet in changed, rows, lines))
    return told


def _lines(described: Iterable[tuple[str, Said]]) -> dict[tuple[str, int], Said]:
    """Index lines by label, and by place among those of one label, in the order in which they are told."""
    lines: dict[tuple[str, int], Said] = {}
    places: Counter[str] = Counter()
    for label, value in described:
        lines[str(label), places[str(label)]] = value
        places[str(label)] += 1
    return lines


def drafted(dossier: Dossier, number: int, facets: Mapping[Facet, Any]) -> Edition:
    """The edition that these facets would make if they were frozen now: told and compared, never kept."""
    said = canonical.plain({facet.value: value for facet, value in facets.items()})
    return Edition(
        dossier=dossier,
        number=number,
        content=canonical.content(
            {"dossier": dossier.reference, "number": number, "kind": dossier.kind, "facets": said}
        ),
    )


def title_of(edition: Edition, lang: str) -> str:
    """What an edition calls its subject, in a language; its name today where it says nothing of it."""
    try:
        field = kind_of(edition.dossier.kind).title
    except KeyError:  # no room tells what can be read of it
        return str(edition.dossier.name)
    said = edition.facet(Facet.WORDING)
    english = said.get(f"{field}_en") if lang == "en" else None
    return str(english or said.get(f"{field}_fr") or edition.dossier.name)


def latest(dossier: Dossier) -> Edition | None:
    """The last edition of a dossier."""
    return dossier.editions.order_by("-number").first()


def counting_edition(dossier: Dossier) -> Edition | None:
    """The edition of a dossier that counts today: the last one that is open, else the last one."""
    return dossier.editions.order_by(IsNull(F("closed_at"), False), "-number").first()


def counting(listed: Sequence[Told]) -> Told | None:
    """Of what has editions, newest first, each with where it stands: the one whose edition counts."""
    submitted = [one for one in listed if one[0].edition is not None]
    open_ = (one for one in submitted if one[0].edition.closed_at is None)
    return next(open_, submitted[0] if submitted else None)
