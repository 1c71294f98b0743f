"""The Celery app: worker, beat and whoever publishes share it."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def refuse(**_: Any) -> None:
    """Refuse to start on what production must not have."""
    from portal.checks import refuse_to_start

    try:
        refuse_to_start()
    except ImproperlyConfigured as reason:  # Celery only logs what its signals raise
        raise SystemExit(str(reason)) from reason
