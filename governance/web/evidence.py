"""Opening a piece of evidence: by its confidentiality, and never shown inside the portal's own pages."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from csp.decorators import csp_replace
from django.http import FileResponse, Http404, HttpResponseBase, HttpResponseRedirect
from django.views.decorators.http import require_safe

from governance.evidence import queries
from governance.web.base import programme_page


@require_safe
@csp_replace({"sandbox": True, "default-src": ["'none'"]})
@programme_page("programme")
def download(request: Any, code: str) -> HttpResponseBase:
    """Hand the file over, or go to the address; whoever may not read it learns nothing of it."""
    evidence = queries.readable(request.programme, code, request.rights)
    if evidence is None:
        raise Http404
    if not evidence.file:
        return HttpResponseRedirect(evidence.url)
    ending = PurePath(evidence.file.name or "").suffix
    response = FileResponse(
        evidence.file.open("rb"),
        as_attachment=True,
        filename=f"{evidence.code}{ending}",
        content_type="application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response
