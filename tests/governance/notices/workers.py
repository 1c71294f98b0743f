"""Starts the relay and Celery workers on demand: a word on the input names one, its process id is the answer.

The portal is loaded once and each process forked from it, so that a killed one is replaced at once.
"""

import os
import signal
import sys

import django

django.setup()

from portal import relay  # noqa: E402  (after the setup)
from portal.celery import app  # noqa: E402

HANDS = sys.argv[1]


def run_relay():
    relay.LEASE_SECONDS = 2
    running = relay.Relay()
    running.heed_signals()
    running.run()


def run_worker():
    app.worker_main(
        [
            *("worker", "-P", "threads", "-c", HANDS, "-n", f"w{os.getpid()}@test", "-l", "WARNING"),
            *("--without-heartbeat", "--without-gossip", "--without-mingle"),
        ]
    )


app.loader.import_default_modules()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        {"relay": run_relay, "worker": run_worker}[line.strip()]()
        os._exit(0)
    print(pid, flush=True)
