"""`manage.py relay`: hand waiting messages to the worker, until stopped."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from portal.checks import refuse_to_start


class Command(BaseCommand):
    """Runs the relay."""

    help = "Hand waiting messages to the worker, until stopped. `up` runs it; production runs one."

    def handle(self, *args: Any, **options: Any) -> None:
        """Relay until told to stop."""
        from portal.relay import Relay  # the rooms are loaded only here

        refuse_to_start()
        relay = Relay()
        relay.heed_signals()
        relay.run()
