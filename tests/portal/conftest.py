"""What tests of the portal share: one queue for all processes of the suite, hence one of them at a time."""

import os

import psycopg
import pytest


@pytest.fixture
def alone_at_the_queue():
    """Wait until no other process of the suite uses the queue, and keep it until the test is over."""
    with psycopg.connect(os.environ["OWNER_DATABASE_URL"], autocommit=True) as owner:
        owner.execute("SELECT pg_advisory_lock(7413)")
        yield
