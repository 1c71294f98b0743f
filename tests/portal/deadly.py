"""Settings and mail of a worker that is killed on the way of each message (test_delivery.py)."""

import os
import signal
from pathlib import Path

from django.core.mail.backends.base import BaseEmailBackend

from portal.settings.test import *  # noqa: F403

CELERY_WORKER_LOST_WAIT = 0.2  # look at once for what a killed process had in hand
EMAIL_BACKEND = "tests.portal.deadly.Killer"
KILLS = os.environ.get("DEADLY_KILLS", "1") == "1"
FOLDER = Path(os.environ.get("DEADLY_FOLDER", "."))


class Killer(BaseEmailBackend):
    """Kills its process before the first mail of each message, and after the second was sent."""

    def send_messages(self, messages):
        for message in messages:
            name = message.extra_headers["Message-ID"].strip("<>").partition("@")[0]
            attempt = sum(1 for _ in FOLDER.glob(f"{name}.attempt.*")) + 1
            (FOLDER / f"{name}.attempt.{attempt}").touch()
            if KILLS and attempt == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            (FOLDER / f"{name}.mail.{attempt}").write_text(message.body)
            if KILLS and attempt == 2:
                os.kill(os.getpid(), signal.SIGKILL)
        return len(messages)
