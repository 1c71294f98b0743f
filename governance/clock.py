"""The business clock: phases, roles, due dates, expiry and the journal read it, never the wall clock.

Days are those of Europe/Paris. The clock is that of the database function `jalon_now()`: real, unless
the owner wrote a row in `fixed_clock` (a demo database, `JALON_TODAY`, the replay). The row is read
once per process; `pin` replaces it, for the replay and for tests.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from django.db import connection

PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True)
class Setting:
    """How the clock runs: at an instant, on a day, shifted by whole days, or for real (all null)."""

    instant: dt.datetime | None = None
    day: dt.date | None = None
    shift_days: int | None = None


_pinned: Setting | None = None


@lru_cache(maxsize=1)
def _stored() -> Setting:
    with connection.cursor() as cursor:
        cursor.execute("SELECT instant, day, shift_days FROM fixed_clock")
        row = cursor.fetchone()
    return Setting(*row) if row else Setting()


def setting() -> Setting:
    """How the clock of this process runs."""
    return _pinned if _pinned is not None else _stored()


def forget() -> None:
    """Read the database's setting again at the next use."""
    _stored.cache_clear()


def pin(new: Setting | None) -> None:
    """Run this process's clock so, whatever the database says; None follows the database again."""
    global _pinned
    _pinned = new


@contextmanager
def pinned(new: Setting) -> Iterator[None]:
    """Run the clock so for a while."""
    kept = _pinned
    pin(new)
    try:
        yield
    finally:
        pin(kept)


def wall() -> dt.datetime:
    """The real time, for sessions, re-authentication, rate limits, leases and idempotency."""
    return dt.datetime.now(dt.UTC)


def now() -> dt.datetime:
    """The business time, aware."""
    how = setting()
    if how.instant is not None:
        return how.instant
    real = wall()
    if how.day is not None:
        return dt.datetime.combine(how.day, real.astimezone(PARIS).time(), tzinfo=PARIS)
    if how.shift_days is not None:
        return real.astimezone(PARIS) + dt.timedelta(days=how.shift_days)
    return real


def today() -> dt.date:
    """The business day in Paris."""
    return day_of(now())


def day_of(moment: dt.datetime) -> dt.date:
    """The Paris day of a moment."""
    return moment.astimezone(PARIS).date()


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[dt.date]:
    return frozenset(holidays.country_holidays("FR", years=year))


def is_business_day(day: dt.date) -> bool:
    """Say whether people work that day in France: no weekend, no public holiday."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def plus_business_days(day: dt.date, count: int) -> dt.date:
    """Count business days from the next day on (decisions.md 2)."""
    while count > 0:
        day += dt.timedelta(days=1)
        if is_business_day(day):
            count -= 1
    return day


def business_days_between(start: dt.date, end: dt.date) -> int:
    """Business days after `start` up to and including `end`; negative when `end` is before."""
    if end < start:
        return -business_days_between(end, start)
    return sum(is_business_day(start + dt.timedelta(days=n)) for n in range(1, (end - start).days + 1))
