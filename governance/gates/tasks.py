"""The night's work of gates: end the holds whose day has come, tell what lapsed and what holds again."""

from __future__ import annotations

from celery import shared_task

from governance.gates import actions
from governance.programmes.models import Programme


@shared_task
def tell_gates() -> int:
    """Look at every programme; each one in its own transaction. Say how many things were told."""
    count = 0
    for programme in Programme.objects.order_by("code"):
        count += len(actions.resume_due(programme)) + len(actions.tell_lapses(programme))
    return count
