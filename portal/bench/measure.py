"""What one request costs: statements counted, processor time of this process and of its database's backends.

Requests go through the whole WSGI application in this process, one at a time. What is compared is measured
in turn, several rounds of it, and the median is kept: another user of the machine then weighs on all alike.
"""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

ROUNDS = 4
WARM = 3
UNCOUNTED = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")


class Site:
    """A WSGI application, called as a server would."""

    def __init__(self, application: Any, headers: Mapping[str, str]) -> None:
        self.application = application
        self.headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}

    def ask(self, path: str, body: bytes | None = None, *, expects: int = 200) -> bytes:
        """Answer one request. Raises AssertionError where the status is not the one expected."""
        address, _mark, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET" if body is None else "POST",
            "PATH_INFO": address,
            "QUERY_STRING": query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1",
            "CONTENT_LENGTH": str(len(body or b"")),
            "CONTENT_TYPE": "application/json" if body is not None else "",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body or b""),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            **self.headers,
        }
        told: list[str] = []
        response = self.application(environ, lambda status, _headers, _exc=None: told.append(status))
        try:
            content = b"".join(response)
        finally:
            response.close()
        if not told[0].startswith(str(expects)):
            raise AssertionError(f"{path} answered {told[0]}: {content[:400]!r}")
        return content


@dataclass
class Figure:
    """One thing measured. `once` does it; StopIteration from it means that nothing is left to do it on."""

    name: str
    once: Callable[[], Any]
    sql: int = 0
    app: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    times: int = 0
    spent: bool = False

    @property
    def app_ms(self) -> float:
        """Milliseconds of this process."""
        return statistics.median(self.app)

    @property
    def database_ms(self) -> float | None:
        """Milliseconds of the database's backends, where they can be read."""
        return statistics.median(self.database) if self.database else None

    @property
    def ms(self) -> float:
        """All milliseconds that could be read."""
        return self.app_ms + (self.database_ms or 0.0)


class Backends:
    """The processes that serve one database, watched from another."""

    def __init__(self, owner: psycopg.Connection, database: str) -> None:
        self.owner, self.database = owner, database

    def cpu_ns(self) -> int | None:
        """Processor time that they took so far; nothing where the server is not on this machine."""
        rows = self.owner.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", [self.database]
        ).fetchall()
        whole = 0
        for (pid,) in rows:
            here = Path(f"/proc/{pid}")
            try:
                if not (here / "comm").read_text().startswith("postgres"):
                    return None
                whole += int((here / "schedstat").read_text().split()[0])
            except (OSError, ValueError):
                return None
        return whole


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements of this thread; bounds of transactions do not count."""
    said: list[str] = []

    def wrapper(execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
        if not statement.startswith(UNCOUNTED):
            said.append(statement)
        return execute(statement, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield said


def in_turn(figures: list[Figure], backends: Backends, seconds: float) -> None:
    """Measure all of these for so long each, in rounds, after warming each."""
    for one in figures:
        for _time in range(WARM):
            with counted() as statements:
                one.once()
            one.sql = len(statements)
    for _round in range(ROUNDS):
        for one in figures:
            if not one.spent:
                _slice(one, backends, seconds / ROUNDS)


def _slice(one: Figure, backends: Backends, seconds: float) -> None:
    there, here = backends.cpu_ns(), time.process_time_ns()
    end, times = time.monotonic() + seconds, 0
    while True:
        try:
            one.once()
        except StopIteration:
            one.spent = True
            break
        times += 1
        if time.monotonic() >= end:
            break
    here, now = time.process_time_ns() - here, backends.cpu_ns()
    if times:
        one.times += times
        one.app.append(here / times / 1e6)
        if there is not None and now is not None and now >= there:
            one.database.append((now - there) / times / 1e6)


def resident_mib() -> int | None:
    """Memory of this process, in MiB, where it can be read."""
    try:
        told = Path("/proc/self/status").read_text()
    except OSError:
        return None
    return int(told.split("VmRSS:")[1].split()[0]) // 1024
