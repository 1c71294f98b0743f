"""`manage.py test [pytest arguments]`: the whole suite, or what is named, with pytest."""

from __future__ import annotations

import os
import subprocess
import sys

from django.conf import settings
from django.core.management.base import BaseCommand

from portal.embedded import chromium, template


class Command(BaseCommand):
    """Runs pytest; its arguments are pytest's."""

    help = "Run the test suite with pytest, browser tests included; takes pytest's arguments."

    def run_from_argv(self, argv: list[str]) -> None:
        """Hand the arguments to pytest, and end as it ends."""
        asked = argv[2:]
        if {"-h", "--help"} & set(asked):
            sys.exit(subprocess.call([sys.executable, "-m", "pytest", "--help"], cwd=settings.ROOT))
        if not any(word.startswith("tests") for word in asked):
            alone = {"-n", "--pdb", "-x"} & set(asked)
            asked += ["tests"] if alone else ["-n", "2", "--dist", "worksteal", "tests"]
        chromium.install_if_missing()
        environ = {
            **os.environ,
            "JALON_TEST_TEMPLATE": template.prepared(),
            "DJANGO_ALLOW_ASYNC_UNSAFE": "true",  # Playwright's loop runs in the thread of the tests
        }
        environ.pop("JALON_TODAY", None)
        pytest = subprocess.Popen([sys.executable, "-m", "pytest", *asked], cwd=settings.ROOT, env=environ)
        while True:
            try:
                sys.exit(pytest.wait())
            except KeyboardInterrupt:  # pytest has it too: let it report
                continue
