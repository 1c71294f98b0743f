"""`manage.py demo [--reset]`: fill an empty database with the demo programme."""

from __future__ import annotations

import datetime as dt
import os
import time
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError
from django.db.models import Model

from governance.accounts.models import User
from governance.programmes.models import Programme
from governance.reviews.models import Review
from governance.stakeholders.models import Person
from portal import database
from portal.demo import replay
from portal.demo.acts import Act
from usecases.backlog.models import UseCase, UseCaseRevision
from usecases.kpis.models import KpiTarget
from usecases.segments.models import Segment, SegmentVersion

COUNTED: dict[str, type[Model]] = {
    "people": Person,
    "use cases": UseCase,
    "revisions": UseCaseRevision,
    "segments": Segment,
    "versions": SegmentVersion,
    "targets": KpiTarget,
    "signatures": Review,
}


class Command(BaseCommand):
    """Replays the file with the rights of the site; the owner's connection moves the clock."""

    help = "Replay the demo programme into an empty database; with --reset, empty it first."

    def add_arguments(self, parser: CommandParser) -> None:
        """Emptying is asked for, never done by itself."""
        parser.add_argument("--reset", action="store_true", help="empty the whole database first")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay, then say what there is and where the chains end."""
        start = time.monotonic()
        with owner() as moves_the_clock:
            empty = is_empty()
            if options["reset"]:
                replay.empty(moves_the_clock)
            elif not empty:
                raise CommandError(
                    "This database is not empty. `manage.py demo --reset` empties it first: all of it."
                )
            done = self.replayed(moves_the_clock)
            if settings.FIXED_TODAY:
                database.set_clock(moves_the_clock.cursor(), dt.date.fromisoformat(settings.FIXED_TODAY))
        self.stdout.write(f"{done.acts} acts in {time.monotonic() - start:.0f} s.")
        counted = (f"{rows._default_manager.count()} {word}" for word, rows in COUNTED.items())
        self.stdout.write(", ".join(counted) + ".")
        for stream, (events, head) in done.heads.items():
            self.stdout.write(f"{stream}: {events} events, head {head}")

    def replayed(self, moves_the_clock: psycopg.Connection) -> replay.Done:
        """Replay all of it or none: a demo that stops leaves an empty database."""
        try:
            return replay.run(moves_the_clock, tell=self.tell)
        except replay.Stopped as stopped:
            replay.empty(moves_the_clock)
            raise CommandError(f"The demo stopped, and the database is empty again:\n{stopped}") from stopped
        except BaseException:
            replay.empty(moves_the_clock)
            raise

    month = ""

    def tell(self, act: Act) -> None:
        """Show each month that begins."""
        if (month := f"{act.day:%Y-%m}") != self.month:
            self.month = month
            self.stdout.write(f"  {month} …")
            self.stdout.flush()


def owner() -> psycopg.Connection:
    """Open the owner's connection, which the site's own cannot replace: it may write the clock."""
    url = os.environ.get("OWNER_DATABASE_URL")
    if not url:
        raise CommandError("The demo moves the clock of the database: set OWNER_DATABASE_URL.")
    return psycopg.connect(url, autocommit=True)


def is_empty() -> bool:
    """Say whether nobody and nothing is in this database yet."""
    try:
        return not (Programme.objects.exists() or User.objects.exists())
    except ProgrammingError as missing:
        raise CommandError("This database has no tables yet. Run `manage.py up` first.") from missing
