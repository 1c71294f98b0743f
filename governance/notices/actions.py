"""Leaving messages with the change they tell, and mailing them afterwards, at least once."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import override

from governance import clock
from governance.last import WrittenLast
from governance.notices import queries
from governance.notices.models import Message
from governance.notices.sentences import SENTENCES
from governance.programmes.models import Programme
from governance.stakeholders.models import Person

_messages = WrittenLast("messages", Message.objects.bulk_create)
together = _messages.together

MAIL_SECONDS = 10
LONGEST_BACKOFF = 4


class Subject(Protocol):
    """What a message is about: its kind and code."""

    @property
    def subject(self) -> tuple[str, str]:
        """Kind and code."""
        ...


def leave(
    people: Iterable[Person],
    *,
    event: str,
    about: Subject,
    programme: Programme | None = None,
    facts: dict[str, Any] | None = None,
    once: str | None = None,
    by: Person | None = None,
) -> list[Message]:
    """Tell people, in the transaction of what is told; `by` is told nothing unless nobody else is.

    `facts` holds what the sentence of the event names (notices/sentences.py); days as dates or ISO text.
    With `once`, the same thing is told to a person one time only, however often this is called. Raises
    KeyError for an event that has no sentence: it could not be read.
    """
    if event not in SENTENCES:
        raise KeyError(event)
    told = {person.pk: person for person in people if queries.is_reachable(person)}
    if by is not None and len(told) > 1:
        told.pop(by.pk, None)
    if not told:
        return []
    kind, code = about.subject
    known = {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in (facts or {}).items()
    }
    where = programme if programme is not None else getattr(about, "programme", None)
    now = clock.now()
    messages = [
        Message(
            person=person,
            programme=about if where is None and isinstance(about, Programme) else where,
            event=event,
            subject_kind=kind,
            subject_code=code,
            facts=known,
            once=_once(once, person) if once else None,
            at=now,
        )
        for person in told.values()
    ]
    if once:
        Message.objects.bulk_create(messages, ignore_conflicts=True)
    else:
        _messages.write(messages)
    return messages


def _once(key: str, person: Person) -> str:
    """One key per person and thing told, of a bounded length."""
    return hashlib.sha256(f"{key}\n{person.email}".encode()).hexdigest()


@transaction.atomic
def lease(limit: int, seconds: int) -> list[UUID]:
    """Take waiting messages, oldest first, for some seconds of the wall clock; tell which.

    A message not mailed by then is taken again: twice at the same pace, then ever more slowly.
    """
    now = clock.wall()
    waiting = (
        Message.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        .filter(Q(leased_until__isnull=True) | Q(leased_until__lte=now), mailed_at__isnull=True)
        .order_by("id")[:limit]
    )
    taken = list(waiting.only("id", "attempts"))
    for message in taken:
        slower = 2 ** min(max(message.attempts - 2, 0), LONGEST_BACKOFF)
        message.leased_until = now + dt.timedelta(seconds=seconds * slower)
        message.attempts = min(message.attempts + 1, 32_000)
    Message.objects.bulk_update(taken, ["leased_until", "attempts"])
    return [message.pk for message in taken]


@transaction.atomic
def deliver(message_id: UUID) -> bool:
    """Mail one message unless it was; say whether it was sent now.

    Only one worker mails a message at a time; the row itself stays free for its reader. A worker that
    dies between the mail and its mark leaves the mark out: the mail goes again, under the same id.
    Whoever can no longer sign in is told nothing: their message is dropped.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [str(message_id)])
        (mine,) = cursor.fetchone() or (False,)
    message = (
        Message.objects.select_related("person__user", "programme")
        .filter(pk=message_id, mailed_at__isnull=True)
        .first()
        if mine
        else None
    )
    if message is None:
        return False
    if not queries.is_reachable(message.person):
        message.delete()
        return False
    mail(message)
    Message.objects.filter(pk=message.pk).update(mailed_at=clock.wall())
    return True


def mail(message: Message) -> None:
    """Send the mail of a message, in the reader's language, under an id that never changes."""
    lang = message.person.locale
    with override(lang):
        EmailMessage(
            subject=queries.title(message, lang),
            body=queries.sentence(message, lang) + "\n",
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[message.person.email],
            headers={"Message-ID": f"<{message.pk}@jalon>"},
            connection=get_connection(timeout=MAIL_SECONDS),
        ).send()


def mark_all_read(person: Person) -> int:
    """Note that a person read all they were told; say how many there were."""
    return Message.objects.to(person).unread().update(read_at=clock.now())


def keep_from_mail() -> int:
    """Let what waits to be mailed stay in the inbox only: a replay tells of the past; say how many."""
    return Message.objects.filter(mailed_at__isnull=True).update(mailed_at=clock.wall())
