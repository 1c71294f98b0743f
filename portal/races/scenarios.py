"""Four races (trust.md P1, P2, P3, P10), and the counting of what must never be.

Each race makes its own dossier, lets several people act at the same instant, each on a connection of
their own as at the edge (a deadlock is tried again), and looks at what is stored afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Barrier

from django.db import DatabaseError, connection, transaction

from governance.audit.models import Event
from governance.dossiers import queries as dossiers
from governance.dossiers.models import Dossier, Edition
from governance.errors import Refusal, retried
from governance.keys import uuid7
from governance.reviews import actions, queries
from governance.reviews.choices import POSITIVE
from governance.reviews.models import Review
from governance.reviews.queries import Case
from portal.races.stage import KIND, WATCHED, Stage

THREADS = 4
PATIENCE_S = 30


@dataclass
class Counts:
    """What a series of races came to: who won how often, and what must stay at zero."""

    name: str
    races: int = 0
    stuck: int = 0
    doubled: int = 0
    unsigned: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    @property
    def wrong(self) -> int:
        """How much of what must never happen happened."""
        return self.stuck + self.doubled + self.unsigned

    def __str__(self) -> str:
        seen = ", ".join(f"{count} {what}" for what, count in sorted(self.seen.items()))
        return (
            f"{self.name}: {self.races} races, {self.stuck} stuck, {self.doubled} doubled, "
            f"{self.unsigned} unsigned ({seen})"
        )


class Track:
    """Threads that start together, each with its own connection."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.pool = pool

    def run(self, acts: Sequence[Callable[[], object]]) -> list[str]:
        """Let these acts start at the same instant; tell how each ended: done, or the refusal's code."""
        barrier = Barrier(len(acts))
        connection.close()  # back to the pool: it holds one for each of us, and no more

        def go(act: Callable[[], object]) -> str:
            barrier.wait(PATIENCE_S)
            try:
                retried(act)
            except Refusal as refusal:
                return refusal.code
            except DatabaseError as error:
                return type(error.__cause__).__name__
            finally:
                connection.close()
            return "done"

        return [each.result(PATIENCE_S) for each in [self.pool.submit(go, act) for act in acts]]


@contextmanager
def track() -> Iterator[Track]:
    """Open the threads."""
    with ThreadPoolExecutor(THREADS) as pool:
        yield Track(pool)


# ---------------------------------------------------------------- the races


def last_signature_and_change(stage: Stage, on: Track, turn: int) -> tuple[Dossier, list[str]]:
    """P1: the last signature against a new edition, or against the withdrawal."""
    dossier = stage.dossier()
    edition = stage.submitted(dossier, {"legal": 1, "technical": 1})
    stage.sign(stage.request(edition, "legal"), "legal")
    request = stage.request(edition, "technical")

    def change() -> None:
        with transaction.atomic():
            actions.replace(edition, by=stage["author"])
            stage.submitted(dossier, {"legal": 1, "technical": 1}, number=2, channel="sms")

    def withdraw() -> None:
        actions.withdraw(edition, by=stage["author"], reason="races")

    ended = on.run([lambda: stage.sign(request, "technical"), withdraw if turn % 2 else change])
    return dossier, [f"signed {ended[0]}", f"{'withdrawn' if turn % 2 else 'changed'} {ended[1]}"]


def author_signs(stage: Stage, on: Track, turn: int) -> tuple[Dossier, list[str]]:
    """P2: a reviewer becomes a co-author while they sign, in person and through a delegate."""
    dossier = stage.dossier()
    edition = stage.submitted(dossier, {"technical": 1})
    request = stage.request(edition, "technical")

    def write() -> None:
        with transaction.atomic():
            actions.replace(edition, by=stage["author"])
            stage.submitted(dossier, {"technical": 1}, number=2, authors=("author", "technical"))
        with suppress(Refusal):
            stage.sign(stage.request(dossier.editions.get(number=2), "technical"), "technical")

    def slip_in() -> None:
        with connection.cursor() as cursor:  # no verb does this: raw SQL tries
            cursor.execute(
                "INSERT INTO dossiers_editionauthor (id, edition_id, person_id) VALUES (%s, %s, %s)",
                [uuid7(), edition.pk, stage["technical"].pk],
            )

    ended = on.run(
        [lambda: stage.sign(request, "technical"), lambda: stage.sign(request, "deputy"), write, slip_in]
    )
    return dossier, [
        f"signed {ended[0]}",
        f"by deputy {ended[1]}",
        f"wrote {ended[2]}",
        f"slipped in {ended[3]}",
    ]


def two_last_signers(stage: Stage, on: Track, turn: int) -> tuple[Dossier, list[str]]:
    """P3: two last sponsors sign at once."""
    dossier = stage.dossier()
    request = stage.request(stage.submitted(dossier, {"sponsor": 2}), "sponsor")
    ended = on.run([lambda: stage.sign(request, "sponsor.one"), lambda: stage.sign(request, "sponsor.two")])
    return dossier, [f"signed {each}" for each in ended]


def four_clicks(stage: Stage, on: Track, turn: int) -> tuple[Dossier, list[str]]:
    """P10: one person clicks four times at once."""
    dossier = stage.dossier()
    request = stage.request(stage.submitted(dossier, {"technical": 1}), "technical")
    ended = on.run([lambda: stage.sign(request, "technical")] * THREADS)
    return dossier, [f"signed {each}" for each in ended]


RACES: dict[str, Callable[[Stage, Track, int], tuple[Dossier, list[str]]]] = {
    "P1 last signature, new edition": last_signature_and_change,
    "P2 author signs": author_signs,
    "P3 two last signers": two_last_signers,
    "P10 four clicks": four_clicks,
}


def series(name: str, stage: Stage, on: Track, count: int) -> Counts:
    """Run one race so many times, and count."""
    counts, raced = Counts(name), []
    for turn in range(count):
        dossier, seen = RACES[name](stage, on, turn)
        counts.races += 1
        counts.seen.update(seen)
        raced.append(dossier)
    look(raced, counts)
    return counts


# ---------------------------------------------------------------- what must never be


def look(raced: Sequence[Dossier], counts: Counts) -> None:
    """Count what is wrong in what these races stored."""
    editions = list(
        Edition.objects.filter(dossier__in=raced)
        .select_related("dossier__programme", "approval")
        .prefetch_related("authors", "reviews")
    )
    approvals = Counter(
        Event.objects.filter(verb="edition.approved", subject_kind=KIND).values_list(
            "subject_code", "after_fp"
        )
    )
    for case in queries.cases_of(editions, conditions=False).values():
        edition = case.edition
        approved, told = hasattr(edition, "approval"), approvals[edition.dossier.code, edition.fp]
        counts.stuck += case.is_covered() and not approved and edition.closed_at is None
        counts.doubled += told > 1
        counts.unsigned += approved != (told > 0)
        counts.unsigned += approved and (edition.closed_at is not None or not is_signed(case))
        counts.unsigned += is_signed_by_an_author(case)
    given = Counter(
        Review.objects.filter(dossier__in=raced).values_list("dossier", "function", "scope_fp", "reviewer")
    )
    counts.doubled += sum(count > 1 for count in given.values())


def is_signed(case: Case) -> bool:
    """Say whether every function asked signed exactly what the content says, recomputed from its bytes."""
    fps = dossiers.facet_fps(case.edition)
    for asked in case.frozen.values():
        scope = dossiers.scope_fp(case.edition.dossier, asked.function, fps, WATCHED[asked.function])
        signers = {
            each.review.reviewer_id
            for each in case.of(asked.function)
            if each.review.scope_fp == scope and each.review.decision in POSITIVE
        }
        if len(signers) < asked.minimum:
            return False
    return True


def is_signed_by_an_author(case: Case) -> bool:
    """Say whether somebody, or somebody for them, signed what they wrote or submitted."""
    authors = {each.person_id for each in case.edition.authors.all()} | {case.edition.submitted_by_id}
    standing = any(each.stands and each.people & authors for each in case.signatures)
    given = any(
        {review.reviewer_id, review.on_behalf_of_id} & authors for review in case.edition.reviews.all()
    )
    return standing or given
