"""One task per verb."""

from celery import shared_task

from governance.reviews import actions


@shared_task(name="reviews.open_renewals")
def open_renewals() -> int:
    """Ask again the functions whose signatures fell or end soon."""
    return actions.open_renewals()


@shared_task(name="reviews.tell_ends")
def tell_ends() -> int:
    """Tell the signatures that end soon, ended or fell, once each."""
    return actions.tell_ends()


@shared_task(name="reviews.tell_late")
def tell_late() -> int:
    """Tell the reviews that are late, once each."""
    return actions.tell_late()
