"""`manage.py lint`: what a machine can object to, in under a minute."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

CHOSEN_HERE = {"JALON_DB_ROLE", "DJANGO_SETTINGS_MODULE"}
HOUSE = ["manage.py", "test", "tests/house", "-q", "--no-header", "--tb=short"]
# Types take longest, so they run beside the others.
BESIDE = ("types", ["-m", "mypy"])
IN_TURN = [
    ("style", ["-m", "ruff", "check", "--quiet", "--output-format", "concise", "."]),
    ("format", ["-m", "ruff", "format", "--check", "--quiet", "--output-format", "concise", "."]),
    ("house: floors, routes, templates, languages, migrations, words", HOUSE),
]


class Command(BaseCommand):
    """Runs every check and ends with the number of those that object."""

    help = "Check style, types, floors, migrations and catalogues, in under a minute."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the checks, print what they say."""
        start = time.monotonic()
        beside = launch(BESIDE[1])
        objecting = [name for name, words in IN_TURN if not self.tell(name, launch(words))]
        if not self.tell(BESIDE[0], beside):
            objecting.append(BESIDE[0])
        self.stdout.write(f"{time.monotonic() - start:.0f} s")
        if objecting:
            sys.exit("Objections: " + "; ".join(objecting))

    def tell(self, name: str, running: subprocess.Popen[str]) -> bool:
        """Print what a check says where it objects; say whether it is content."""
        said, _ = running.communicate()
        content = running.returncode == 0
        self.stdout.write(f"{name}: {'ok' if content else 'objects'}")
        if not content:
            self.stdout.write(said)
        return content


def launch(words: list[str]) -> subprocess.Popen[str]:
    """Start a check."""
    # Each chooses its own role and settings.
    environ = {key: value for key, value in os.environ.items() if key not in CHOSEN_HERE}
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=settings.ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
