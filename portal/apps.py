"""The portal as a Django app: commands, checks, grants, and the registries filled at start."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PortalConfig(AppConfig):
    """Connects the shell once every room is loaded."""

    name = "portal"

    def ready(self) -> None:
        """Tie the house together."""
        from portal import celery, checks, database  # noqa: F401  (celery: so that tasks find their app)

        database.follow_migrations()
        autodiscover_modules("kinds", "criteria")
