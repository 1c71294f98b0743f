"""`manage.py races`: people who sign at the same instant, many times, on a database made for it."""

from __future__ import annotations

import os
import time
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from psycopg import sql

from governance import clock
from portal.embedded import template
from portal.races.scenarios import RACES, series, track
from portal.races.stage import Stage

SCRATCH = "jalon_races"


class Command(BaseCommand):
    """Runs each race so many times, and prints what must stay at zero."""

    help = "Race signatures against each other (P1, P2, P3, P10) on a scratch database; prints the counts."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how often each race is run."""
        parser.add_argument("--times", type=int, default=300, help="how often each race is run (300)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the database, race, drop it, say what was found."""
        owner_url = os.environ.get("OWNER_DATABASE_URL")
        if not owner_url:
            raise CommandError("Races make a database of their own: set OWNER_DATABASE_URL.")
        kept = connection.settings_dict["NAME"]
        with psycopg.connect(owner_url, autocommit=True) as owner:
            self.drop(owner)
            made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            owner.execute(made.format(sql.Identifier(SCRATCH), sql.Identifier(template.prepared())))
            try:
                self.use(SCRATCH)
                wrong = self.race(options["times"])
            finally:
                self.use(kept)
                self.drop(owner)
        if wrong:
            raise CommandError(f"{wrong} races ended as none may.")

    def drop(self, owner: psycopg.Connection) -> None:
        """Drop the scratch database; the server waits five seconds for those who leave it, thrice."""
        for attempt in (1, 2, 3):
            try:
                owner.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(SCRATCH)))
                return
            except psycopg.errors.ObjectInUse:
                if attempt == 3:
                    raise

    def use(self, name: str) -> None:
        """Connect to this database from now on, in every thread."""
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
        connection.settings_dict["NAME"] = name
        clock.forget()

    def race(self, times: int) -> int:
        """Run every race; say how much went wrong."""
        wrong, stage = 0, Stage.set()
        with track() as on:
            for name in RACES:
                started = time.monotonic()
                counts = series(name, stage, on, times)
                self.stdout.write(f"{counts} in {time.monotonic() - started:.0f} s")
                wrong += counts.wrong
        self.stdout.write(f"{times} of each: {wrong} wrong")
        return wrong
