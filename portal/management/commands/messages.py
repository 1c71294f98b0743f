"""`manage.py messages [catalogue.po …]`: bring the catalogues to the strings of the code."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand

from portal.messages import bring_up_to_date, entry_key


class Command(BaseCommand):
    """Rewrites the catalogues, keeping every translation that is still said."""

    help = (
        "Bring the message catalogues to the strings of the code; French words may come from other .po files."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take files of French words."""
        parser.add_argument(
            "french", nargs="*", help="catalogues whose French words win over those already there"
        )

    def handle(self, *args: Any, french: list[str], **options: Any) -> None:
        """Rewrite both catalogues and say what they lack."""
        known = {entry_key(entry): entry for path in french for entry in polib.pofile(path)}
        for language, _name in settings.LANGUAGES:
            count, empty = bring_up_to_date(language, known if language == "fr" else {})
            self.stdout.write(f"{language}: {count} strings, {empty} without words")
