"""What every page is told: the frame around it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal.frame import frame as drawn


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give templates the frame, drawn when a page first asks for it: a part of a page never pays for it."""
    return {"frame": SimpleLazyObject(lambda: drawn(request))}
