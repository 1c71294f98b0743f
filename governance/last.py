"""Rows that an act writes last, in one statement: a chain is held for a moment only (speed.md 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any


class WrittenLast:
    """Has rows written at once, or, inside `together`, all of them when it ends without an error."""

    def __init__(self, name: str, writes: Callable[[Sequence[Any]], object]) -> None:
        self._waiting: ContextVar[list[Any] | None] = ContextVar(name, default=None)
        self._writes = writes

    def write(self, rows: Sequence[Any]) -> None:
        """Write these rows now, or with the others of the act."""
        waiting = self._waiting.get()
        if waiting is not None:
            waiting += rows
        elif rows:
            self._writes(rows)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Hold what is written inside until the end; the outermost of several writes it.

        What an inner act held is dropped when it fails: it may be caught, and its savepoint undone.
        """
        if (held := self._waiting.get()) is not None:
            before = len(held)
            try:
                yield
            except BaseException:
                del held[before:]
                raise
            return
        waiting: list[Any] = []
        outer = self._waiting.set(waiting)
        try:
            yield
        finally:
            self._waiting.reset(outer)
        self.write(waiting)
