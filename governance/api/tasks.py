"""Forgetting the answers that were kept for clients who ask twice."""

from __future__ import annotations

from celery import shared_task

from governance.accounts.models import IdempotencyKey
from governance.api.base import KEPT
from governance.clock import wall


@shared_task(name="api.forget_answers")
def forget_answers() -> int:
    """Forget what is older than a day; say how much was."""
    forgotten, _rows = IdempotencyKey.objects.filter(at__lt=wall() - KEPT).delete()
    return forgotten
