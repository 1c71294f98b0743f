"""Hands waiting messages to the worker: the outbox is a table, the broker only wakes.

A message is leased, then a task is published for it. Whatever dies in between, the lease runs out and
the message is handed over again; the task is idempotent (governance/notices/actions.py).
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
from collections.abc import Iterator

import psycopg
from django.db import DatabaseError, connection
from kombu.exceptions import OperationalError as BrokerError

from governance.notices import actions
from governance.notices.tasks import deliver

AT_ONCE = 20
LEASE_SECONDS = 60
PAUSE = 1.0  # the longest that a message waits when its wake-up call was lost

log = logging.getLogger(__name__)


class Relay:
    """The loop, and the pipe through which a signal reaches it while it sleeps."""

    def __init__(self) -> None:
        self.stopping = False
        self._woken, self._wake = os.pipe()

    def heed_signals(self) -> None:
        """From now on, SIGTERM and Ctrl-C end the loop."""
        signal.signal(signal.SIGTERM, lambda *_: self.stop())
        signal.signal(signal.SIGINT, lambda *_: self.stop())

    def stop(self) -> None:
        """End the loop as soon as what is in hand is done."""
        self.stopping = True
        os.write(self._wake, b".")

    def run(self) -> None:
        """Hand messages over until told to stop; a database or broker that went away is met again."""
        while not self.stopping:
            try:
                with listening() as ear:
                    while not self.stopping:
                        if hand_over() < AT_ONCE:
                            self._sleep(ear)
            except (DatabaseError, psycopg.Error, BrokerError, OSError) as lost:
                log.warning("The relay lost its database or broker and tries again: %s", lost)
                connection.close()
                select.select([self._woken], [], [], PAUSE)

    def _sleep(self, ear: psycopg.Connection) -> None:
        """Wait for a call, a signal, or a moment."""
        heard, _, _ = select.select([ear.fileno(), self._woken], [], [], PAUSE)
        if ear.fileno() in heard:
            for _call in ear.notifies(timeout=0):
                pass


@contextlib.contextmanager
def listening() -> Iterator[psycopg.Connection]:
    """A connection of its own that hears when a message is left."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as ear:
        ear.execute("LISTEN outbox")
        yield ear


def hand_over() -> int:
    """Lease the messages that wait and publish a task for each; say how many.

    Raises `BrokerError` where one could not be published: its lease runs out, and it is taken again.
    """
    try:
        leased = actions.lease(AT_ONCE, LEASE_SECONDS)
    finally:
        connection.close()
    for message_id in leased:
        try:
            deliver.delay(str(message_id))
        except Exception as lost:  # a broker that dies while kombu publishes comes out as any error at all
            raise BrokerError(f"{type(lost).__name__}: {lost}") from lost
    return len(leased)
