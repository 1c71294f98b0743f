"""`manage.py up`: the whole portal on one machine, until Ctrl-C."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import translation

from governance.roles.choices import Role
from portal import bootstrap, database
from portal.embedded import provision
from portal.embedded.postgres import NotStarted
from portal.embedded.processes import Failed, Family

HOST = "127.0.0.1"
FIRST_PAGE = 60.0
STAMPS = settings.HOME / "stamps"


class Command(BaseCommand):
    """Starts everything, shows where it is, stops everything."""

    help = "Prepare everything and run the portal on http://127.0.0.1:8000 until Ctrl-C."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the portal."""
        port = asked_port()
        today = asked_today()
        family = Family(settings.HOME / "logs")
        with only_one(port):
            be_free(port)
            prepare(today)
            family.heed_signals()
            try:
                family.start("web", web(port), serving())
                if wait_for_page(port, family):
                    for name, command in background().items():
                        family.start(name, command, serving(STATEMENT_TIMEOUT="60s"))
                    self.stdout.write(welcome(port))
                    family.watch(provision.keep_alive)
                    self.stdout.write("\nStopping …")
            except (Failed, NotStarted) as reason:
                raise CommandError(str(reason)) from reason
            finally:
                family.stop()


# --- what is asked ------------------------------------------------------------------------------------


def asked_port() -> int:
    """The port of the web server."""
    asked = os.environ.get("PORT") or "8000"
    if not asked.isdigit() or not 0 < int(asked) < 65536:
        raise CommandError(f"PORT must be a number from 1 to 65535, not “{asked}”.")
    return int(asked)


def asked_today() -> dt.date | None:
    """The date that stands for today, where one is given."""
    if not settings.FIXED_TODAY:
        return None
    try:
        return dt.date.fromisoformat(settings.FIXED_TODAY)
    except ValueError as wrong:
        raise CommandError(
            f"JALON_TODAY must be a date such as 2026-11-16, not “{settings.FIXED_TODAY}”."
        ) from wrong


@contextlib.contextmanager
def only_one(port: int) -> Iterator[None]:
    """Hold the folder: a second portal on the same data would be refused, in words."""
    settings.HOME.mkdir(parents=True, exist_ok=True)
    with open(settings.HOME / "up.lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(already(lock)) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()} {port}")
        lock.flush()
        yield


def already(lock: IO[str]) -> str:
    """Say who runs, and where."""
    lock.seek(0)
    pid, _, port = lock.read().partition(" ")
    return (
        f"The portal already runs on http://{HOST}:{port}/ (process {pid}, data in {settings.HOME}). Stop it "
        "with Ctrl-C where it was started, or give this one another JALON_HOME and PORT."
    )


def be_free(port: int) -> None:
    """Make sure that nobody else listens there."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError:
            raise CommandError(f"Port {port} is taken by another program: set PORT to a free one.") from None


# --- what is prepared ---------------------------------------------------------------------------------


def prepare(today: dt.date | None) -> None:
    """Bring database, demo, clock and static files to where they must be."""
    migrate()
    if os.environ.get("JALON_DEMO") != "0" and is_empty():
        with bootstrap.progress("Replaying the demo programme"):
            replay_demo()
    with connection.cursor() as cursor:
        database.set_clock(cursor, today)
    database.let_go()
    collect_static()


def migrate() -> None:
    """Bring the tables and the rights on them to the code, when either changed."""
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    inputs: list[Path | str] = [settings.DATABASE_URL, settings.ROOT / "portal" / "database.py"]
    inputs += sorted(
        path for room in settings.ROOMS for path in Path(settings.ROOT, *room.split(".")).glob("models.py")
    )
    if waiting or not bootstrap.fresh("tables", inputs, STAMPS):
        with bootstrap.progress("Preparing the database"):
            call_command("migrate", verbosity=0, interactive=False)
        bootstrap.stamp("tables", inputs, STAMPS)


def is_empty() -> bool:
    """Say whether nobody and nothing is in this database yet, but for a replay that was cut short."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM fixed_clock WHERE instant IS NOT NULL)"
            " OR NOT EXISTS (SELECT FROM programmes_programme) AND NOT EXISTS (SELECT FROM accounts_user)"
        )
        (empty,) = cursor.fetchone() or (False,)
    return bool(empty)


def replay_demo() -> None:
    """Fill the database with the demo programme, in a process of its own."""
    # Its verb chooses its role; its days are those of the file, whatever day is asked for afterwards.
    environ = {key: value for key, value in os.environ.items() if key not in ("JALON_TODAY", "JALON_DB_ROLE")}
    done = subprocess.run(
        [sys.executable, "manage.py", "demo", "--reset"],
        cwd=settings.ROOT,
        env={**environ, "JALON_DB_ROLE": "app"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CommandError(
            f"The demo programme could not be replayed, so the portal does not start:\n{done.stderr[-3000:]}"
            "\nSet JALON_DEMO=0 to start with an empty portal."
        )


def collect_static() -> None:
    """Put the static files where the web server reads them, when they changed."""
    folders = [settings.ROOT / "portal" / "static", *map(Path, settings.STATICFILES_DIRS)]
    inputs: list[Path | str] = [
        path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()
    ]
    inputs += [str(path) for path in inputs] + list(bootstrap.REQUIREMENTS)
    if not bootstrap.fresh("static", inputs, STAMPS) or not settings.STATIC_ROOT.is_dir():
        with bootstrap.progress("Collecting the static files"):
            # One reader of the API's schema is enough.
            call_command(
                "collectstatic", interactive=False, clear=True, verbosity=0, ignore_patterns=["redoc"]
            )
        bootstrap.stamp("static", inputs, STAMPS)


# --- what runs ----------------------------------------------------------------------------------------


def serving(**more: str) -> dict[str, str]:
    """The environment of a process that serves: the site's rights, and no address of the owner."""
    environ = {**os.environ, "JALON_DB_ROLE": "app", "PYTHONUNBUFFERED": "1", **more}
    environ.pop("OWNER_DATABASE_URL", None)
    return environ


def web(port: int) -> list[str]:
    """The command of the web server."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port)),
        *(
            "--workers",
            "1",
            "--blocking-threads",
            "4",
            "--backpressure",
            "64",
            "--no-ws",
            "--respawn-failed-workers",
        ),
        *("--log-level", "warning", "--working-dir", str(settings.ROOT), "portal.wsgi:application"),
    ]


def background() -> dict[str, list[str]]:
    """The commands of worker, scheduler and relay."""
    celery = [sys.executable, "-m", "celery", "--workdir", str(settings.ROOT), "-A", "portal.celery"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return {
        "worker": [*celery, "worker", "-P", "threads", "-c", "2", "-n", "w1@portal", "-l", "WARNING", *quiet],
        "beat": [*celery, "beat", "--pidfile=", "-l", "WARNING"],
        "relay": [sys.executable, str(settings.ROOT / "manage.py"), "relay"],
    }


def wait_for_page(port: int, family: Family) -> bool:
    """Wait until the portal answers; False when told to stop before."""
    deadline = time.monotonic() + FIRST_PAGE
    while not family.stopping:
        with contextlib.suppress(OSError):
            try:
                urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=5).close()
                return True
            except urllib.error.HTTPError as answer:
                raise Failed(
                    f"The portal answers with an error ({answer.code}); see {family.logs / 'web.log'}."
                ) from None
        family.look()
        if time.monotonic() > deadline:
            raise Failed(f"The portal did not answer in {FIRST_PAGE:.0f} s; see {family.logs / 'web.log'}.")
        time.sleep(0.1)
    return False


# --- what is said -------------------------------------------------------------------------------------


def welcome(port: int) -> str:
    """Where the portal is, who can sign in, where the data lie."""
    lines = ["", f"  Jalon runs on http://{HOST}:{port}/ and stops with Ctrl-C.", ""]
    if people := demo_people():
        width = max(len(email) for _name, email, _roles in people)
        lines += [f"  Sign in as one of these, with the password {settings.DEMO_PASSWORD}:", ""]
        lines += [f"    {email:<{width}}  {name}, {in_words(roles)}" for name, email, roles in people]
        lines.append("")
    lines += [f"  Data, files and logs (mail included: logs/worker.log): {settings.HOME}", ""]
    return "\n".join(lines)


def in_words(roles: list[str]) -> str:
    """Roles as the pages call them in English, the language of the terminal."""
    with translation.override("en"):
        return ", ".join(str(Role(role).label) for role in roles) or "platform administrator"


def demo_people() -> list[tuple[str, str, list[str]]]:
    """The people of the demo who can sign in, with their roles today."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT p.display_name, u.email, array_remove(array_agg(DISTINCT a.role), NULL)
            FROM accounts_user u JOIN stakeholders_person p ON p.user_id = u.id
            LEFT JOIN roles_roleassignment a ON a.person_id = p.id AND a.revoked_on IS NULL
              AND jalon_today() BETWEEN a.starts_on AND coalesce(a.ends_on, 'infinity')
            WHERE u.email LIKE '%.example' AND u.is_active
            GROUP BY p.display_name, u.email ORDER BY u.email""")
        rows = cursor.fetchall()
    database.let_go()
    return rows
