"""What beat asks for exists, and what exists to be asked for is asked."""

from django.conf import settings

from portal.celery import app

ON_DEMAND = {"notices.deliver"}  # the relay asks for it


def test_each_task_is_asked_for_by_someone():
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled | ON_DEMAND == ours
