"""The worker's only errand: one mail."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from governance.notices import actions


@shared_task(name="notices.deliver")
def deliver(message_id: str) -> bool:
    """Mail one waiting message; doing it twice mails it once."""
    return actions.deliver(UUID(message_id))
