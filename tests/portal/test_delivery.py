"""A real worker that is killed twice on the way of each notice loses none."""

import os
import signal
import subprocess
import sys
import threading
import time

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from governance import clock
from governance.accounts.models import User
from governance.notices.models import Message
from governance.stakeholders.models import Organisation, Person
from portal import relay

pytestmark = pytest.mark.django_db(transaction=True)
NOTICES = 60
PATIENCE = 150


@pytest.fixture
def worker(tmp_path):
    """A worker whose processes the mail kills; its main process starts new ones."""
    here = connection.settings_dict["NAME"]
    given = {
        "DATABASE_URL": make_conninfo(os.environ["DATABASE_URL"], dbname=here),
        "JALON_DB_ROLE": "app",
        "DJANGO_SETTINGS_MODULE": "tests.portal.deadly",
        "DEADLY_FOLDER": str(tmp_path),
    }
    celery = [sys.executable, "-m", "celery", "-A", "portal.celery", "worker", "-P", "prefork", "-c", "12"]
    with open(tmp_path / "worker.log", "w") as log:
        running = subprocess.Popen(
            [*celery, "-n", "deadly@portal", "-l", "ERROR", "--without-gossip", "--without-mingle"],
            cwd=settings.ROOT,
            env=os.environ | given,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    yield running
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    with psycopg.connect(settings.CELERY_BROKER_TRANSPORT_OPTIONS["conn_string"], autocommit=True) as queue:
        queue.execute("DELETE FROM pgmq.q_jalon")


def test_sixty_notices_each_killed_twice_all_arrive(worker, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(relay, "LEASE_SECONDS", 2)
    talvere = Organisation.objects.create(code="TALVERE", name="Talvere", kind="advertiser")
    user = User.objects.create_user("ines.faure@example.org")
    reader = Person.objects.create(
        user=user, email=user.email, display_name="Ines Faure", organisation=talvere, department="legal"
    )
    Message.objects.bulk_create(
        Message(person=reader, event="review.signed", at=clock.now()) for _ in range(NOTICES)
    )
    one = relay.Relay()
    thread = threading.Thread(target=one.run)
    thread.start()
    deadline = time.monotonic() + PATIENCE
    while worker.poll() is None and time.monotonic() < deadline and Message.objects.filter(mailed_at=None):
        time.sleep(0.2)
    one.stop()
    thread.join(5)

    attempts = len(list(tmp_path.glob("*.attempt.*")))
    mails = [path.name for path in tmp_path.glob("*.mail.*")]
    delivered = {name.partition(".")[0] for name in mails}
    with capsys.disabled():
        print(f"\n{NOTICES} notices, {2 * NOTICES} kills, {attempts} attempts: {len(delivered)} delivered")
    assert Message.objects.filter(mailed_at=None).count() == 0, (tmp_path / "worker.log").read_text()[-3000:]
    assert len(delivered) == NOTICES
    assert attempts >= 3 * NOTICES
