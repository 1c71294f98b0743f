"""`manage.py bench`: what pages and endpoints cost, beside yardsticks measured in the same run."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from psycopg import sql
from psycopg.conninfo import make_conninfo

from governance import clock
from portal.bench import chain, copies, pages, table, worker, yardsticks
from portal.bench.measure import Backends, Figure, counted, in_turn
from portal.bench.stage import CODE, Stage
from portal.embedded import template
from portal.management.commands.up import collect_static

SCRATCH = "jalon_bench"
ONE_AT_A_TIME = 7412  # an advisory lock of the server
MEMORY_MIB = 140
LARGEST = 100_000
NOT_MEASURED = (
    "Not measured here: peers (bench/nautobot), requests a second, roadmap, search, policy decisions,"
    " overlap and pressure of segments (their rooms come later)"
)


class Command(BaseCommand):
    """Seeds, measures, prints the table of goals, and drops what it made."""

    help = (
        "Measure pages and endpoints on a scratch database; prints SQL counts, CPU and ratios to yardsticks."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the sizes, and how long each figure is measured."""
        parser.add_argument("--sizes", default="1k,10k", help="use cases in all, as 1k,10k (the default)")
        parser.add_argument("--seconds", type=float, default=2.0, help="how long each is measured (2)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure at each size, and print what was found."""
        sizes = {name: rows_of(name) for name in options["sizes"].split(",")}
        seconds = options["seconds"]
        if not 0.05 <= seconds <= 10:
            raise CommandError("Measure each for 0.05 to 10 seconds.")
        owner_url = os.environ.get("OWNER_DATABASE_URL")
        if not owner_url:
            raise CommandError("The benchmark makes a database of its own: set OWNER_DATABASE_URL.")
        if isinstance(staticfiles_storage, ManifestFilesMixin):  # pages name files by their content
            collect_static()
        self.measured: dict[str, dict[str, Figure]] = {}
        self.appends: dict[str, list[str]] = {}
        self.memory: int | None = None
        with psycopg.connect(owner_url, autocommit=True) as server:
            held = server.execute("SELECT pg_try_advisory_lock(%s)", [ONE_AT_A_TIME]).fetchone()
            if held != (True,):
                raise CommandError("Another benchmark is running on this server: wait for its end.")
            for name, rows in sizes.items():
                with (
                    scratch(server),
                    psycopg.connect(make_conninfo(owner_url, dbname=SCRATCH), autocommit=True) as owner,
                ):
                    self.measure(name, rows, seconds, server, owner)
        self.tell(sizes)

    def measure(
        self, name: str, rows: int, seconds: float, server: psycopg.Connection, owner: psycopg.Connection
    ) -> None:
        """Seed one size and measure everything on it."""
        started = time.monotonic()
        stage = Stage.set()
        copies.seed(owner, stage, rows=rows, signed=max(20, int(40 * seconds)))
        lead = stage["lead"]
        owner.execute(yardsticks.TABLES)
        owner.execute("INSERT INTO bench_token VALUES (%s, %s)", [pages.KEY, lead.pk])
        owner.execute(chain.PLAIN)
        owner.execute("VACUUM ANALYZE")
        self.stderr.write(f"{name}: seeded in {time.monotonic() - started:.0f} s")
        figures = pages.figures(stage, owner)
        whole, one_pass, events = chain.verifying(CODE)
        figures += [whole, one_pass]
        in_turn(figures, Backends(server, SCRATCH), seconds)
        self.measured[name] = {one.name: one for one in figures}
        self.appends[name] = [f"chain verified: {events} events", *self.append(stage, owner, seconds)]
        self.memory = worker.memory(SCRATCH, pages.served(stage, copies.WAITING))

    def append(self, stage: Stage, owner: psycopg.Connection, seconds: float) -> Iterator[str]:
        """Write entries as fast as they go, with one writer and with eight."""
        entry = pages.entry(stage)
        with transaction.atomic(), counted() as statements:
            entry.once()
        inserts = [one for one in statements if one.startswith("INSERT")]
        yield (
            f"audit append: {len(inserts)} statement (goal 1), and {len(statements) - len(inserts)} to read"
            " the roles of who acts"
        )
        streams = [
            str(code) for (code,) in owner.execute("SELECT code FROM programmes_programme ORDER BY code")
        ]
        url = make_conninfo(os.environ["DATABASE_URL"], dbname=SCRATCH)
        for writers in (1, chain.WRITERS):
            plain = chain.appended(url, "bench_plain", streams, writers, seconds)
            many = chain.appended(url, "audit_event", streams, writers, seconds)
            one = chain.appended(url, "audit_event", streams[:1], writers, seconds)
            met = "" if writers == 1 else f" (goal >= 0.5: {'met' if many >= plain / 2 else 'not met'})"
            yield (
                f"audit append, {writers} writer(s): {many:.0f}/s on many streams, {one:.0f}/s on one,"
                f" plain insert {plain:.0f}/s, ratio {many / plain:.2f}{met}"
            )

    def tell(self, sizes: dict[str, int]) -> None:
        """Print the tables and what they leave out."""
        say = self.stdout.write
        say("CPU in ms a request: application + PostgreSQL backends; SQL without bounds of transactions;")
        say(f"growth is corrected by the median of {', '.join(table.PACE)}, which tells the machine's pace.")
        for line in table.goals(self.measured):
            say(line)
        say("")
        for line in table.yardsticks(self.measured):
            say(line)
        say("")
        for name, lines in self.appends.items():
            for line in lines:
                say(f"{name}: {line}")
        if self.memory is not None:
            met = "met" if self.memory <= MEMORY_MIB else "not met"
            say(f"memory of a web worker, warm: {self.memory} MiB (goal <= {MEMORY_MIB}: {met})")
        larger = "" if LARGEST in sizes.values() else "100k, "
        say(NOT_MEASURED.replace(": ", f": {larger}", 1) + ".")


@contextmanager
def scratch(server: psycopg.Connection) -> Iterator[None]:
    """Make the database, use it in this process, drop it whatever happens."""
    kept = connection.settings_dict["NAME"]
    dropped(server)
    made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    server.execute(made.format(sql.Identifier(SCRATCH), sql.Identifier(template.prepared())))
    try:
        use(SCRATCH)
        yield
    finally:
        use(kept)
        dropped(server)


def dropped(server: psycopg.Connection) -> None:
    """Drop the database once the site's connections have ended: the owner may not end them itself."""
    end = time.monotonic() + 20
    while True:
        try:
            template.drop(server, SCRATCH)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse):
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


def use(name: str) -> None:
    """Connect to this database from now on, in every thread."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    connection.settings_dict["NAME"] = name
    clock.forget()


def rows_of(name: str) -> int:
    """Read a size: `1k` is a thousand. Raises CommandError for what is none."""
    digits, thousands = (name[:-1], 1000) if name.endswith("k") else (name, 1)
    if not digits.isdigit() or not 100 <= int(digits) * thousands <= LARGEST:
        raise CommandError(f"A size is from 100 to 100k, as in 1k,10k: “{name}” is none.")
    return int(digits) * thousands
