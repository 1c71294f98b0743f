"""What the rooms above tell reviews, and what they do once reviews have spoken.

A room's `kinds.py` registers functions for its kind of dossier; they run in the transaction of the verb.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
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


Follow = Callable[[Edition, Person, Sequence[Person]], object]
Flags = Callable[[Iterable[Edition]], Mapping[UUID, Collection[str]]]
Blocking = Callable[[Edition], Collection[str]]
Ended = Callable[[], QuerySet[Any]]
Tell = Callable[[Sequence[Edition]], Mapping[UUID, Beside]]
F = TypeVar("F", bound=Callable[..., Any])


class ByKind(Generic[F]):
    """One function for each kind of dossier; called with a kind, it is the decorator that keeps one."""

    def __init__(self) -> None:
        self.kept: dict[str, F] = {}

    def __call__(self, kind: str) -> Callable[[F], F]:
        """Keep the function that follows for this kind."""

        def keep(function: F) -> F:
            self.kept[kind] = function
            return function

        return keep

    def of(self, edition: Edition) -> F | None:
        """The function kept for the kind of an edition."""
        return self.kept.get(edition.dossier.kind)


# Called when an edition of the kind is approved, or rejected: `function(edition, by, told)`; `told` are
# those whom the room of reviews told of it.
on_approved: ByKind[Follow] = ByKind()
on_rejected: ByKind[Follow] = ByKind()
# Tells the risk flags that editions raise today, by key, for many at once: at use, the stricter of what was
# frozen and what these ask applies (decisions.md 3).
flags_now: ByKind[Flags] = ByKind()
# Tells the questions that block on one edition though the library does not say so (INV-20: SP-05).
also_blocking: ByKind[Blocking] = ByKind()
# Tells the keys of the editions of what has ended, as a subquery: no signature on them is asked anew.
out_of_service: ByKind[Ended] = ByKind()
# Tells what whoever signs reads beside the facets of editions of one dossier, by the key of each.
stands_beside: ByKind[Tell] = ByKind()


def tell_approved(edition: Edition, by: Person, told: Sequence[Person]) -> None:
    """Let the room above draw its consequences of an approval."""
    if (follow := on_approved.of(edition)) is not None:
        follow(edition, by, told)


def tell_rejected(edition: Edition, by: Person, told: Sequence[Person]) -> None:
    """Let the room above draw its consequences of a rejection."""
    if (follow := on_rejected.of(edition)) is not None:
        follow(edition, by, told)


def flags_of(editions: Iterable[Edition]) -> dict[UUID, frozenset[str]]:
    """The flags of editions: those frozen with each, and those raised today."""
    found = {edition.pk: frozenset(edition.flags) for edition in editions}
    by_kind: dict[str, list[Edition]] = {}
    for edition in editions:
        by_kind.setdefault(edition.dossier.kind, []).append(edition)
    for kind, listed in by_kind.items():
        if (ask := flags_now.kept.get(kind)) is not None:
            for key, flags in ask(listed).items():
                found[key] = found[key] | frozenset(flags)
    return found


def blocking_of(edition: Edition) -> frozenset[str]:
    """The questions that also block on this edition."""
    ask = also_blocking.of(edition)
    return frozenset(ask(edition)) if ask is not None else frozenset()


def ended() -> list[QuerySet[Any]]:
    """The keys of the editions of what has ended, one subquery for each kind that tells."""
    return [ask() for ask in out_of_service.kept.values()]


def beside(*editions: Edition) -> dict[UUID, Beside]:
    """What is read beside the facets of editions of one dossier, by the key of each."""
    tell = stands_beside.of(editions[0])
    told = tell(editions) if tell is not None else {}
    return {edition.pk: told.get(edition.pk, Beside()) for edition in editions}
