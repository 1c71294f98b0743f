"""Whether the portal lives, and whether it can serve: no version, no secret."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from governance.audit.models import Head
from governance.notices.models import Message


@require_safe
@login_not_required
def alive(request: HttpRequest) -> JsonResponse:
    """Say that the process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
@login_not_required
def ready(request: HttpRequest) -> JsonResponse:
    """Say whether the database answers too; 503 where it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "unavailable"}, status=503, headers={"Retry-After": "5"})
    return JsonResponse({"status": "ok"})


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give a few gauges in the Prometheus text format, to platform administrators only."""
    if not getattr(request.user, "is_platform_admin", False):
        raise Http404
    waiting = Message.objects.filter(mailed_at__isnull=True).count()
    events = sum(Head.objects.values_list("seq", flat=True))
    body = (
        "# TYPE jalon_messages_waiting gauge\n"
        f"jalon_messages_waiting {waiting}\n"
        "# TYPE jalon_events_total counter\n"
        f"jalon_events_total {events}\n"
    )
    return HttpResponse(body, content_type="text/plain; version=0.0.4")
