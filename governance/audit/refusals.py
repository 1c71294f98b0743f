"""The journal of refusals: written by the edge, after the rollback, in a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import F

from governance import clock
from governance.audit import trail
from governance.audit.models import Refused, RefusedCount
from governance.errors import Refusal

# Shapes and probes: counted, never told one by one (ruling 7, trust.md 3).
COUNTED = frozenset({400, 404, 405, 413, 415, 429})


@contextmanager
def traced(
    *,
    door: str,
    by: trail.Actor | None,
    verb: str,
    about: trail.Subject | None = None,
    stream: str = "",
) -> Iterator[None]:
    """Let a refusal pass, and leave its trace. `door` is page, api, task or command.

    Wrap the outermost transaction: the trace must outlive the rollback.
    """
    try:
        yield
    except Refusal as refusal:
        note(refusal, door=door, by=by, verb=verb, about=about, stream=stream)
        raise


@transaction.atomic
def note(
    refusal: Refusal,
    *,
    door: str,
    by: trail.Actor | None,
    verb: str,
    about: trail.Subject | None = None,
    stream: str = "",
) -> None:
    """Write one refusal down, or count it where it is a probe or a malformed request."""
    if refusal.status in COUNTED:
        count(refusal.code, door=door)
        return
    kind, code = about.subject if about is not None else ("", "")
    Refused.objects.create(
        at=clock.now(),
        recorded_at=clock.wall(),
        stream=about.stream if about is not None else stream,
        actor=by.email if by is not None else "",
        verb=verb,
        subject_kind=kind,
        subject_code=code,
        codes=[each.code for each in refusal.objections],
        door=door,
        request_id=trail.request_id.get(),
    )


@transaction.atomic
def count(code: str, *, door: str) -> None:
    """Count one request that was turned away."""
    row, _created = RefusedCount.objects.get_or_create(day=clock.today(), code=code[:32], door=door)
    RefusedCount.objects.filter(pk=row.pk).update(count=F("count") + 1)
