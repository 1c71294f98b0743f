"""One task per verb."""

from celery import shared_task

from governance.conditions import actions


@shared_task(name="conditions.tell_overdue")
def tell_overdue() -> int:
    """Tell the conditions that became overdue, once each."""
    return actions.tell_overdue()
