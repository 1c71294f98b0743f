"""`manage.py verify_journal [stream …]`: recompute the chains; name the first event that does not hold."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.audit import trail
from governance.audit.trail import Verdict
from governance.programmes.models import Programme

BROKEN = {
    "missing": "event %d is missing",
    "unlinked": "event %d does not follow the one before it",
    "changed": "event %d was changed after it was written",
    "tail": "the end was cut or replaced: event %d is not the one that was written",
}


def verdict_on(stream: str) -> Verdict:
    """Verify one chain; a programme begins with an event, so that its chain is never empty."""
    verdict = trail.verify(stream)
    if verdict.ok and not verdict.events:
        return Verdict(False, 0, 1, "missing")
    return verdict


def said(stream: str, verdict: Verdict) -> str:
    """One chain in one line."""
    if not verdict.ok:
        where = BROKEN[verdict.reason] % verdict.first_broken
        return f"{stream}: BROKEN, {where}; {verdict.events} events hold before it"
    staged = f", {verdict.staged} of them under a fixed clock" if verdict.staged else ""
    return f"{stream}: holds, {verdict.events} events{staged}, head {verdict.head}"


class Command(BaseCommand):
    """Reads every chain from its first event; ends with 1 when one is broken."""

    help = "Verify the journal: recompute every chain of events and name the first one that does not hold."

    def add_arguments(self, parser: CommandParser) -> None:
        """Chains may be named: programme codes, or `jalon` for accounts."""
        parser.add_argument("streams", nargs="*", help="chains to verify; all of them by default")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify each chain and say what was found."""
        known = sorted({*trail.streams(), *Programme.objects.values_list("code", flat=True)})
        unknown = sorted(set(options["streams"]) - set(known))
        if unknown:
            raise CommandError(
                f"There is no chain {', '.join(unknown)}: there are {', '.join(known) or 'none'}."
            )
        verdicts = {stream: verdict_on(stream) for stream in options["streams"] or known}
        for stream, verdict in verdicts.items():
            self.stdout.write(said(stream, verdict))
        broken = [stream for stream, verdict in verdicts.items() if not verdict.ok]
        if broken:
            sys.exit(1)
        self.stdout.write(f"{len(verdicts)} chains hold, {sum(v.events for v in verdicts.values())} events.")
