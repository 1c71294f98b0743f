"""Recording what happened, and proving that nothing was changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from django.db.models import Max

from governance import canonical
from governance.audit.models import Event, Head
from governance.last import WrittenLast

ACCOUNTS = "jalon"
START = "sha256:" + "0" * 64
SYSTEM = "system"

request_id: ContextVar[str] = ContextVar("request_id", default="")
_events = WrittenLast("events", Event.objects.bulk_create)
together = _events.together


class Actor(Protocol):
    """Whoever acts: a person or a user, named by e-mail."""

    email: str


class Subject(Protocol):
    """What an event is about: the chain it belongs to, and its kind and code there."""

    @property
    def stream(self) -> str:
        """The chain it belongs to."""
        ...

    @property
    def subject(self) -> tuple[str, str]:
        """Kind and code."""
        ...


_roles_of: list[Callable[[Any, str], Iterable[str]]] = []


def describe_actors(function: Callable[[Any, str], Iterable[str]]) -> Callable[[Any, str], Iterable[str]]:
    """Let the roles room say which roles an actor holds in a stream, for the snapshot in each event."""
    _roles_of[:] = [function]
    return function


def record(
    verb: str,
    *,
    by: Actor | None,
    about: Subject | None = None,
    stream: str | None = None,
    subject: tuple[str, str] = ("", ""),
    before: str = "",
    after: str = "",
    on_behalf_of: Actor | None = None,
    payload: dict[str, Any] | None = None,
    roles: Iterable[str] | None = None,
) -> Event:
    """Write one event in the transaction of the change.

    `about` gives stream and subject; or they are named. `by` is null for what the system does by itself,
    recorded with the rule that caused it in the payload. `roles`, those that `by` holds there today, are for
    whoever just read them.
    """
    chain = stream or (about.stream if about is not None else ACCOUNTS)
    kind, code = about.subject if about is not None and subject == ("", "") else subject
    if roles is None:
        roles = _roles_of[0](by, chain) if _roles_of and by is not None else ()
    event = Event(
        stream=chain,
        actor=by.email if by is not None else SYSTEM,
        on_behalf_of=on_behalf_of.email if on_behalf_of is not None else "",
        roles=canonical.text(sorted(roles)),
        verb=verb,
        subject_kind=kind,
        subject_code=code,
        before_fp=before,
        after_fp=after,
        payload=canonical.text(payload or {}),
        request_id=request_id.get(),
    )
    _events.write([event])
    return event


HASHED = (
    "stream",
    "seq",
    "at",
    "clock",
    "actor",
    "on_behalf_of",
    "roles",
    "verb",
    "subject_kind",
    "subject_code",
    "before_fp",
    "after_fp",
    "payload",
)


SEQ, CLOCK = HASHED.index("seq"), HASHED.index("clock")


def hash_of(members: Iterable[Any], prev_hash: str) -> str:
    """Compute the hash of an event as the database does, from its members in the order of HASHED."""
    texts = [value if type(value) is str else _text(value) for value in members]
    sized = [f"{len(text) if text.isascii() else len(text.encode())}:{text}" for text in texts]
    return "sha256:" + hashlib.sha256((prev_hash + "".join(sized)).encode()).hexdigest()


def _text(value: Any) -> str:
    """A member that is no text, as it is hashed; moments in UTC, to the microsecond."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    return str(value)


@dataclass(frozen=True)
class Verdict:
    """What verifying a chain found: how many events, and the first that does not hold."""

    ok: bool
    events: int
    first_broken: int | None = None
    reason: str = ""
    head: str = START
    staged: int = 0


def verify(stream: str) -> Verdict:
    """Recompute a whole chain; the first broken event is named. Constant memory.

    What is written meanwhile is left for next time: the head is read first, the events up to it after.
    """
    head = Head.objects.filter(stream=stream).first()
    end = head.seq if head is not None else 0
    previous, count, staged = START, 0, 0
    kept = Event.objects.of(stream).filter(seq__lte=end)
    rows = kept.values_list(*HASHED, "prev_hash", "hash")  # no instances: there may be a million
    for *members, linked, written in rows.iterator(chunk_size=2000):
        seq, how = members[SEQ], members[CLOCK]
        if seq != count + 1:
            return Verdict(False, count, count + 1, "missing", previous, staged)
        if linked != previous:
            return Verdict(False, count, seq, "unlinked", previous, staged)
        if hash_of(members, previous) != written:
            return Verdict(False, count, seq, "changed", previous, staged)
        previous, count = written, seq
        staged += how == "fixed"
    if count < end or (head is not None and head.hash != previous) or _runs_past_its_head(stream):
        return Verdict(False, count, count + 1, "tail", previous, staged)
    return Verdict(True, count, None, "", previous, staged)


def _runs_past_its_head(stream: str) -> bool:
    """Say whether events lie beyond the head: read before it, since both grow in one transaction."""
    last = Event.objects.filter(stream=stream).aggregate(last=Max("seq"))["last"] or 0
    head = Head.objects.filter(stream=stream).first()
    return last > (head.seq if head is not None else 0)


def streams() -> list[str]:
    """Every chain there is."""
    heads = Head.objects.values_list("stream", flat=True)
    return sorted({*heads, *Event.objects.values_list("stream", flat=True).distinct()})
