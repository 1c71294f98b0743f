"""The outbox: what waits is handed to the broker, whatever dies in between."""

import threading
import time

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from kombu.exceptions import OperationalError

from governance import clock
from governance.accounts.models import User
from governance.notices.models import Message
from governance.notices.tasks import deliver
from governance.stakeholders.models import Organisation, Person
from portal import relay
from portal.celery import app

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("alone_at_the_queue")]


@pytest.fixture
def broker():
    """The queue, as the site reads it; what this test put there is taken away."""
    with psycopg.connect(settings.CELERY_BROKER_TRANSPORT_OPTIONS["conn_string"], autocommit=True) as queue:
        yield queue
        queue.execute("DELETE FROM pgmq.q_jalon")


@pytest.fixture
def reader():
    """Someone to tell things to."""
    talvere = Organisation.objects.create(code="TALVERE", name="Talvere", kind="advertiser")
    user = User.objects.create_user("ines.faure@example.org")
    return Person.objects.create(
        user=user, email=user.email, display_name="Ines Faure", organisation=talvere, department="legal"
    )


def leave(reader, count):
    """Leave messages as the verb does: rows, then a call."""
    messages = [Message(person=reader, event="review.signed", at=clock.now()) for _ in range(count)]
    Message.objects.bulk_create(messages)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('outbox', '')")
    return sorted(str(message.pk) for message in messages)


def told(broker):
    """The messages that the worker was told to deliver."""
    rows = broker.execute("SELECT message->'headers'->>'argsrepr' FROM pgmq.q_jalon").fetchall()
    return sorted(args.strip("()',") for (args,) in rows)


@pytest.fixture
def running():
    """A relay at work in a thread of its own."""
    one = relay.Relay()
    thread = threading.Thread(target=one.run)
    thread.start()
    yield one
    one.stop()
    thread.join(5)
    assert not thread.is_alive()


def wait_until(true, seconds=10):
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert true()


def test_each_message_is_handed_over_once(reader, broker, running):
    left = leave(reader, 2 * relay.AT_ONCE + 5)
    wait_until(lambda: len(told(broker)) == len(left))
    assert told(broker) == left
    assert relay.hand_over() == 0


def test_a_call_wakes_the_relay_before_its_pause_is_over(reader, broker, monkeypatch, request):
    monkeypatch.setattr(relay, "PAUSE", 30)
    request.getfixturevalue("running")
    time.sleep(0.3)  # let it fall asleep
    left = leave(reader, 1)
    wait_until(lambda: told(broker) == left, seconds=5)


def test_a_lost_nudge_is_repeated_when_the_lease_is_over(reader, broker, running):
    left = leave(reader, 1)
    wait_until(lambda: told(broker) == left)
    broker.execute("DELETE FROM pgmq.q_jalon")
    Message.objects.update(leased_until=clock.wall())
    wait_until(lambda: told(broker) == left)


# kombu's own word, and what it lets slip
@pytest.mark.parametrize("lost", [OperationalError, AttributeError])
def test_a_broker_that_goes_away_is_met_again(reader, broker, monkeypatch, request, lost):
    publish = deliver.delay

    def refuse_once(message_id):
        monkeypatch.setattr(deliver, "delay", publish)
        raise lost("the broker went away")

    monkeypatch.setattr(deliver, "delay", refuse_once)
    leave(reader, 1)
    request.getfixturevalue("running")
    wait_until(lambda: deliver.delay is not refuse_once)
    later = leave(reader, 1)
    wait_until(lambda: told(broker) == later)


def test_a_database_that_goes_away_is_met_again(reader, broker, running):
    left = leave(reader, 1)
    wait_until(lambda: told(broker) == left)
    with connection.cursor() as cursor:  # a role may end its own sessions
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN outbox'")
        assert cursor.fetchall() == [(True,)]
    more = leave(reader, 1)
    wait_until(lambda: told(broker) == sorted(left + more))


def test_the_site_may_use_the_queue_and_make_none(broker):
    app.send_task("nobody.knows.this", args=["x"])
    assert broker.execute("SELECT message->'headers'->>'task' FROM pgmq.q_jalon").fetchall() == [
        ("nobody.knows.this",)
    ]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        broker.execute("SELECT pgmq.create('another')")
