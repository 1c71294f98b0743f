"""Starts Celery workers on demand: a line on the input is a worker, its process id is the answer.

The portal is loaded once and each worker forked from it, so that a killed one is replaced at once.
"""

import os
import signal
import sys

import django

django.setup()

from portal.celery import app  # noqa: E402  (after the setup)

HANDS = sys.argv[1]
app.loader.import_default_modules()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        app.worker_main(
            ["worker", "-P", "prefork", "-c", HANDS, "-n", f"w{os.getpid()}@test", "-l", "WARNING"]
            + ["--without-heartbeat", "--without-gossip", "--without-mingle"]
        )
        os._exit(0)
    print(pid, flush=True)
