"""The clock's row and the rights, written by the owner."""

import datetime as dt

import psycopg
import pytest
from django.db import connection

from portal import database

DAY = dt.date(2026, 11, 16)


@pytest.fixture
def row(owner):
    """Give the clock's row, and leave it as it was: absent."""
    owner.execute("DELETE FROM fixed_clock")
    yield lambda: owner.execute("SELECT instant, day, shift_days FROM fixed_clock").fetchone()
    owner.execute("DELETE FROM fixed_clock")
    owner.execute("COMMENT ON TABLE fixed_clock IS NULL")


def test_a_day_is_fixed_and_given_back(owner, row):
    database.set_clock(owner.cursor(), DAY)
    assert row() == (None, DAY, None)
    database.set_clock(owner.cursor(), None)
    assert row() is None


def test_a_demo_database_gets_its_own_time_back(owner, row):
    owner.execute("INSERT INTO fixed_clock (one, shift_days) VALUES (true, -6)")
    database.set_clock(owner.cursor(), DAY)
    database.set_clock(owner.cursor(), DAY + dt.timedelta(1))
    assert row() == (None, DAY + dt.timedelta(1), None)
    database.set_clock(owner.cursor(), None)
    assert row() == (None, None, -6)


def test_without_a_day_a_clock_runs_on(owner, row):
    database.set_clock(owner.cursor(), None)
    assert row() is None


def test_the_site_cannot_set_the_clock(db):
    with connection.cursor() as cursor, pytest.raises(Exception, match="permission denied") as refused:
        database.set_clock(cursor, DAY)
    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)
