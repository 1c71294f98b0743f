"""What the rooms above tell reviews, and what they do once reviews have spoken.

A room's `kinds.py` registers functions for its kind of dossier; they run in the transaction of the verb.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from governance.dossiers.choices import Facet
from governance.dossiers.models import Edition
from governance.evidence.models import Evidence
from governance.stakeholders.models import Person


@dataclass(frozen=True)
class Proof:
    """A piece of evidence that an edition names: in which facet, and what it proves there."""

    facet: Facet
    proves: str
    evidence: Evidence


@dataclass(frozen=True)
class Beside:
    """What is read with an edition beside its facets: its author's word on it, the proofs it names, facts."""

    change: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    proofs: tuple[Proof, ...] = ()


Follow = Callable[[Edition, Person], object]
Flags = Callable[[Iterable[Edition]], Mapping[UUID, Collection[str]]]
Blocking = Callable[[Edition], Collection[str]]
Ended = Callable[[], QuerySet[Any]]
Tell = Callable[[Edition], Beside]

_approved: dict[str, Follow] = {}
_rejected: dict[str, Follow] = {}
_flags: dict[str, Flags] = {}
_blocking: dict[str, Blocking] = {}
_ended: dict[str, Ended] = {}
_beside: dict[str, Tell] = {}


def on_approved(kind: str) -> Callable[[Follow], Follow]:
    """Have this called when an edition of this kind of dossier is approved: `function(edition, by)`."""

    def keep(function: Follow) -> Follow:
        _approved[kind] = function
        return function

    return keep


def on_rejected(kind: str) -> Callable[[Follow], Follow]:
    """Have this called when a function rejects an edition of this kind: `function(edition, by)`."""

    def keep(function: Follow) -> Follow:
        _rejected[kind] = function
        return function

    return keep


def flags_now(kind: str) -> Callable[[Flags], Flags]:
    """Tell the risk flags that editions raise today, by key; asked once for many editions.

    At use, the stricter of what was frozen and what these flags ask applies (decisions.md 3).
    """

    def keep(function: Flags) -> Flags:
        _flags[kind] = function
        return function

    return keep


def also_blocking(kind: str) -> Callable[[Blocking], Blocking]:
    """Tell the questions that block on one edition though the library does not say so (INV-20: SP-05)."""

    def keep(function: Blocking) -> Blocking:
        _blocking[kind] = function
        return function

    return keep


def out_of_service(kind: str) -> Callable[[Ended], Ended]:
    """Tell the keys of the editions of what has ended, as a subquery: no signature on them is asked anew."""

    def keep(function: Ended) -> Ended:
        _ended[kind] = function
        return function

    return keep


def stands_beside(kind: str) -> Callable[[Tell], Tell]:
    """Tell what whoever signs an edition of this kind reads beside its facets."""

    def keep(function: Tell) -> Tell:
        _beside[kind] = function
        return function

    return keep


def tell_approved(edition: Edition, by: Person) -> None:
    """Let the room above draw its consequences of an approval."""
    if (follow := _approved.get(edition.dossier.kind)) is not None:
        follow(edition, by)


def tell_rejected(edition: Edition, by: Person) -> None:
    """Let the room above draw its consequences of a rejection."""
    if (follow := _rejected.get(edition.dossier.kind)) is not None:
        follow(edition, by)


def flags_of(editions: Iterable[Edition]) -> dict[UUID, frozenset[str]]:
    """The flags of editions: those frozen with each, and those raised today."""
    found = {edition.pk: frozenset(edition.flags) for edition in editions}
    by_kind: dict[str, list[Edition]] = {}
    for edition in editions:
        by_kind.setdefault(edition.dossier.kind, []).append(edition)
    for kind, listed in by_kind.items():
        if (ask := _flags.get(kind)) is not None:
            for key, flags in ask(listed).items():
                found[key] = found[key] | frozenset(flags)
    return found


def blocking_of(edition: Edition) -> frozenset[str]:
    """The questions that also block on this edition."""
    ask = _blocking.get(edition.dossier.kind)
    return frozenset(ask(edition)) if ask is not None else frozenset()


def ended() -> list[QuerySet[Any]]:
    """The keys of the editions of what has ended, one subquery for each kind that tells."""
    return [ask() for ask in _ended.values()]


def beside(edition: Edition) -> Beside:
    """What is read beside the facets of an edition; nothing for a kind that tells nothing."""
    tell = _beside.get(edition.dossier.kind)
    return tell(edition) if tell is not None else Beside()
