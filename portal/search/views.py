"""The page of what was found; under the field of every page, as one types."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from governance.web.base import programme_page, show
from portal.search import queries


@require_safe
@programme_page("search")
def search(request: Any) -> HttpResponse:
    """Show what holds the letters asked for."""
    text = request.GET.get("q", "").strip()
    groups = queries.find(text, request.person, request.programme, request.rights)
    return show(request, "portal/search.html", {"q": text, "groups": groups, "part": True})
