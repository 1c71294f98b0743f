"""`manage.py migrate`: Django's own, then the cache's table and its rights."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.commands import migrate

from portal.database import open_cache


class Command(migrate.Command):
    """Migrates, then makes what belongs to no model."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Bring the database to the code."""
        super().handle(*args, **options)
        if not (options["check_unapplied"] or options["plan"] or options["app_label"]):
            call_command("createcachetable", database=options["database"], verbosity=0)
            open_cache(options["database"])
