"""Replaying the programmes of the demo: every act through its verb, at its own time, in its own transaction.

The acts run with the rights of the site. Only the clock, and emptying the database, need its owner: that
is a second connection, which does nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import psycopg
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.core.management.sql import emit_post_migrate_signal, sql_flush
from django.db import connection, transaction

from governance import clock, library
from governance.audit.models import Head
from governance.errors import Refusal
from governance.evidence.models import Evidence
from governance.notices import actions as notices
from governance.stakeholders.models import Person
from portal.demo import backlog, conditions, data, frame, gates, people, rows, segments, signatures, targets
from portal.demo.acts import Act, Entry, Section, act, day

READERS = (people, frame, data, segments, targets, backlog, signatures, conditions, gates)
OPENING = dt.time(9)
# How long before the day of the demo people had last read their messages.
UNREAD_FOR = dt.timedelta(days=7)


class Stopped(Exception):
    """A verb refused an act: the demo and the rules disagree."""

    def __init__(self, stopped: Act, refusal: Refusal) -> None:
        reasons = "; ".join(f"{each.code}: {each.detail}" for each in refusal.objections)
        super().__init__(f"{stopped}\n{reasons}")


@dataclass(frozen=True)
class Done:
    """What a replay did: how many acts, and where each chain ends."""

    acts: int
    heads: dict[str, tuple[int, str]]


def script() -> list[Act]:
    """Read the files into acts, in the order in which they are done: by day, the first file first."""
    found = [each for demo in library.demos() for each in _acts(demo)]
    return sorted(found, key=lambda each: each.day)  # stable: no file moves the minutes of an earlier one


def _acts(demo: Entry) -> list[Act]:
    """Read a whole file, in its order."""
    code = demo["programme"]["code"]
    found = [each for reader in READERS for each in reader.acts(demo)]
    found += _reading(demo)
    found.sort(key=lambda each: (each.day, each.section))  # stable: then by position
    return [replace(each, programme=code) for each in found]


def _reading(demo: Entry) -> Iterator[Act]:
    """People read what they were told until a week before: the desk shows what is new."""
    for said in demo["people"]:
        yield act(day(demo["as_of"]) - UNREAD_FOR, Section.INBOX, rows.person(said["key"]), read_messages)


def read_messages(*, by: Person) -> int:
    """Have someone read all their messages."""
    return notices.mark_all_read(by)


def run(owner: psycopg.Connection, *, tell: Callable[[Act], None] = lambda act: None) -> Done:
    """Do every act of the files in an empty database; give it its own today at the end.

    `owner` moves the clock, in autocommit; `tell` hears of each act before it is done. Raises Stopped.
    """
    acts = script()
    minutes: Counter[dt.date] = Counter()
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")  # what a crash would lose is replayed again
    try:
        for each in acts:
            tell(each)
            opening = dt.datetime.combine(each.day, OPENING, tzinfo=clock.PARIS)
            stop_clock(owner, opening + dt.timedelta(minutes=minutes[each.day]))
            minutes[each.day] += 1
            _do(each)
    finally:
        clock.pin(None)
        clock.forget()
    shift_clock(owner, day(library.demo()["as_of"]))
    heads = {head.stream: (head.seq, head.hash) for head in Head.objects.order_by("stream")}
    return Done(len(acts), heads)


def _do(each: Act) -> None:
    """Do one act; its messages are told in the inbox, and mailed to nobody: they are of the past."""
    try:
        with transaction.atomic():
            each.do()
            notices.keep_from_mail()
    except Refusal as refusal:
        raise Stopped(each, refusal) from refusal
    except Exception as error:
        error.add_note(str(each))
        raise


def stop_clock(owner: psycopg.Connection, moment: dt.datetime) -> None:
    """Stop the clock of the database, and of this process, at a moment."""
    owner.execute(
        "INSERT INTO fixed_clock (one, instant) VALUES (true, %s)"
        " ON CONFLICT (one) DO UPDATE SET instant = excluded.instant, day = NULL, shift_days = NULL",
        [moment],
    )
    clock.pin(clock.Setting(instant=moment))


def shift_clock(owner: psycopg.Connection, as_of: dt.date) -> None:
    """Let the clock of the database run, so that this day of its own is today."""
    owner.execute(
        "INSERT INTO fixed_clock (one, shift_days) VALUES (true, %s)"
        " ON CONFLICT (one) DO UPDATE SET shift_days = excluded.shift_days, day = NULL, instant = NULL",
        [(as_of - clock.day_of(clock.wall())).days],
    )
    clock.forget()


def empty(owner: psycopg.Connection) -> None:
    """Empty the database, as its owner, and the store of what was in it."""
    for piece in Evidence.objects.exclude(file=""):
        piece.file.storage.delete(str(piece.file.name))
    for statement in sql_flush(no_style(), connection, reset_sequences=True, allow_cascade=True):
        owner.execute(statement)
    ContentType.objects.clear_cache()
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    clock.forget()
