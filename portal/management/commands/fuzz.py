"""`manage.py fuzz`: requests made from the API's own schema, in a database of tests; none may give a 5xx."""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from portal.embedded import template

TEST = "tests/portal/test_api_fuzz.py"


class Command(BaseCommand):
    """Runs the test of the suite with more requests, and prints what they were answered."""

    help = "Send generated requests to the API as three roles, in a database of tests; a 5xx fails."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """How many, and from which seed: the same seed sends the same requests."""
        parser.add_argument("--requests", type=int, default=2000)
        parser.add_argument("--seed", type=int, default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        """Hand over to the test, and end as it ends."""
        seed = options["seed"] if options["seed"] is not None else secrets.randbelow(2**32)
        environ = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "portal.settings.test",
            "JALON_DB_ROLE": "owner",  # who may make the database of tests
            "JALON_TEST_TEMPLATE": template.prepared(),
            "JALON_FUZZ": str(options["requests"]),
            "JALON_FUZZ_SEED": str(seed),
        }
        environ.pop("JALON_TODAY", None)
        pytest = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", TEST]
        sys.exit(subprocess.call(pytest, cwd=settings.ROOT, env=environ))
