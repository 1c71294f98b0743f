"""Celery's queue on PostgreSQL, as the site may use it.

The queues are made by their owner (portal/embedded/provision.py), never by a worker. The queue holds
nudges only: what must not be lost lives in our own tables.
"""

from __future__ import annotations

from typing import Any

from kombu.transport import pgmq


class Channel(pgmq.Channel):
    """A channel that creates nothing."""

    def _new_queue(self, queue: str, **_: Any) -> None:
        """Leave the queues as they are: the site may not create tables."""

    def _has_queue(self, queue: str, **_: Any) -> bool:
        return True


class Transport(pgmq.Transport):
    """The transport of a process that must stop when told to."""

    Channel = Channel

    def drain_events(self, connection: Any, timeout: float | None = None, **more: Any) -> Any:
        """Wait for messages, in short turns: a longer wait would hear a stop seconds later."""
        return super().drain_events(connection, timeout=min(timeout or 0.5, 0.5), **more)
