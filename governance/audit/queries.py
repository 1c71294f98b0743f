"""Reading the journal: filtered, newest first, and what its events say in words."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from governance import canonical, clock
from governance.audit.models import Event, Refused


@dataclass(frozen=True)
class Filters:
    """What a reader of the journal asks for; what is left empty does not count."""

    verb: str = ""
    actor: str = ""
    kind: str = ""
    code: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    text: str = ""


def events(stream: str, asked: Filters | None = None) -> QuerySet[Event]:
    """The events of one chain that match, newest first. `verb` may name a family, as `review`."""
    wanted = asked or Filters()
    found = Event.objects.filter(stream=stream).newest()
    if wanted.verb:
        found = found.filter(Q(verb=wanted.verb) | Q(verb__startswith=f"{wanted.verb}."))
    if wanted.actor:
        found = found.filter(Q(actor=wanted.actor) | Q(on_behalf_of=wanted.actor))
    if wanted.kind:
        found = found.filter(subject_kind=wanted.kind)
    if wanted.code:
        found = found.filter(subject_code=wanted.code)
    if wanted.since is not None:
        found = found.filter(at__gte=_midnight(wanted.since))
    if wanted.until is not None:
        found = found.filter(at__lt=_midnight(wanted.until + dt.timedelta(days=1)))
    if wanted.text:
        found = found.filter(Q(payload__icontains=wanted.text) | Q(subject_code__icontains=wanted.text))
    return found


def payload_of(event: Event) -> dict[str, Any]:
    """What an event holds, parsed with exact numbers."""
    return canonical.parse(event.payload)  # type: ignore[no-any-return]


def roles_of(event: Event) -> list[str]:
    """The roles its actor held at that moment."""
    return json.loads(event.roles)  # type: ignore[no-any-return]


def refusals(stream: str, *, since: dt.date | None = None) -> QuerySet[Refused]:
    """What was refused in a programme, newest first."""
    found = Refused.objects.filter(stream=stream).order_by("-at")
    return found.filter(at__gte=_midnight(since)) if since is not None else found


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=clock.PARIS)
