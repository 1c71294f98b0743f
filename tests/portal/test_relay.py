"""The outbox: what waits is handed to the broker, whatever dies in between."""

import threading
import time

import psycopg
import pytest
from django.conf import settings

from portal import relay
from portal.celery import app


@pytest.fixture
def leased(monkeypatch):
    """Say what waits; give what the worker was told to deliver."""
    told = []
    waiting = []
    monkeypatch.setattr(
        relay.actions,
        "lease",
        lambda limit, seconds: [waiting.pop(0) for _ in range(min(limit, len(waiting)))],
    )
    monkeypatch.setattr(relay.deliver, "delay", told.append)
    return waiting, told


def run_until(true, seconds=10):
    """Run a relay in a thread until this holds."""
    one = relay.Relay()
    thread = threading.Thread(target=one.run)
    thread.start()
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    one.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert true()


def test_what_waits_is_handed_over_once(transactional_db, leased):
    waiting, told = leased
    waiting.extend(range(45))
    run_until(lambda: len(told) == 45)
    assert told == [str(number) for number in range(45)]


def test_a_broker_that_went_away_is_met_again(transactional_db, leased, monkeypatch):
    waiting, told = leased
    waiting.extend([1, 2])

    def refuse_once(message_id):
        monkeypatch.setattr(relay.deliver, "delay", told.append)
        raise relay.BrokerError("gone")

    monkeypatch.setattr(relay.deliver, "delay", refuse_once)
    monkeypatch.setattr(relay, "PAUSE", 0.05)
    run_until(lambda: told == ["2"] or (waiting.append(2) or False) if not waiting else False)


def test_the_queue_takes_tasks_from_the_site_and_lets_it_make_nothing():
    with psycopg.connect(settings.CELERY_BROKER_TRANSPORT_OPTIONS["conn_string"], autocommit=True) as broker:
        before = broker.execute("SELECT count(*) FROM pgmq.q_jalon").fetchone()[0]
        app.send_task("nobody.knows.this", args=["x"])
        assert broker.execute("SELECT count(*) FROM pgmq.q_jalon").fetchone()[0] == before + 1
        broker.execute("DELETE FROM pgmq.q_jalon WHERE message->'headers'->>'task' = 'nobody.knows.this'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            broker.execute("SELECT pgmq.create('another')")
    assert settings.CELERY_TASK_DEFAULT_QUEUE == "jalon"
