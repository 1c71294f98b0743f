"""The processes of the portal on one machine: started together, watched, stopped together.

Each child leads a session of its own, so that Ctrl-C reaches the parent alone and the parent stops the
children in order; the kernel tells each child to stop should the parent be killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
GRACE = 4.5  # seconds between asking and killing
DEATHS_TOO_MANY = 5
DEATHS_WITHIN = 60.0
LIBC = ctypes.CDLL(None)


class Failed(Exception):
    """A child keeps dying; the message names it and its log, for a person."""


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent dies."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One process, its command, and when it died."""

    name: str
    command: list[str]
    environ: dict[str, str]
    log: Path
    running: subprocess.Popen[bytes] | None = None
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=DEATHS_TOO_MANY))

    def start(self) -> None:
        """Start it, its output kept in its log."""
        with open(self.log, "ab") as log:
            self.running = subprocess.Popen(
                self.command,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,  # from the main thread only
            )

    def last_words(self) -> str:
        """The end of its log."""
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-15:])


class Family:
    """The children of one parent."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.children: list[Child] = []
        self.stopping = False
        logs.mkdir(parents=True, exist_ok=True)

    def heed_signals(self) -> None:
        """From now on, Ctrl-C and SIGTERM ask the family to stop, once and quietly."""

        def heed(*_: object) -> None:
            self.stopping = True

        signal.signal(signal.SIGINT, heed)
        signal.signal(signal.SIGTERM, heed)

    def start(self, name: str, command: list[str], environ: dict[str, str]) -> None:
        """Start a child."""
        child = Child(name, command, environ, self.logs / f"{name}.log")
        child.log.write_bytes(b"")
        self.children.append(child)
        child.start()

    def look(self) -> None:
        """Start again whoever died; give up on one that keeps dying."""
        for child in self.children:
            if self.stopping or child.running is None or child.running.poll() is None:
                continue
            now = time.monotonic()
            child.deaths.append(now)
            if len(child.deaths) == DEATHS_TOO_MANY and now - child.deaths[0] < DEATHS_WITHIN:
                raise Failed(
                    f"The {child.name} process keeps stopping; the end of {child.log}:\n{child.last_words()}"
                )
            child.start()

    def watch(self, every: Callable[[], None], pause: float = 0.5) -> None:
        """Stay until told to stop, looking after the children and doing what is to be done at each turn."""
        while not self.stopping:
            self.look()
            every()
            time.sleep(pause)

    def stop(self) -> None:
        """Ask each child to stop, wait a little, kill the groups that are left."""
        self.stopping = True
        for child in self.children:
            if child.running is not None and child.running.poll() is None:
                child.running.terminate()
        deadline = time.monotonic() + GRACE
        while time.monotonic() < deadline and any(
            c.running and c.running.poll() is None for c in self.children
        ):
            time.sleep(0.03)
        for child in self.children:
            if child.running is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.running.pid, signal.SIGKILL)
                child.running.wait()
