"""KPI targets of a use case: what is aimed at, and the guardrails."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from governance.errors import Refusal
from governance.web.base import acting, programme_page, show
from usecases.backlog import actions as backlog
from usecases.backlog import queries
from usecases.kpis import actions
from usecases.kpis import queries as kpis
from usecases.web.backlog import page, usecase_of
from usecases.web.forms import TargetForm


@programme_page("use_cases")
def new(request: Any, code: str) -> HttpResponse:
    """Set a target; the draft names it at once."""
    usecase = usecase_of(request, code)
    form = TargetForm(request.POST or None, programme=request.programme)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            with acting(request, "target.set", about=usecase), transaction.atomic():
                target = actions.set_target(
                    request.programme, by=request.person, dossier=usecase.dossier, **form.cleaned_data
                )
                draft = queries.draft(usecase)
                if draft is not None and request.rights.may("usecase.edit_draft", draft):
                    backlog.edit(draft, by=request.person, targets=[*draft.targets.all(), target])
        except Refusal as refused:
            refusal = refused
            form.mark(refused)
        else:
            messages.success(request, _("The target is set."))
            response = redirect("usecases:usecase", request.programme.code, code)
            response["Location"] += "?tab=kpis"
            return response
    return show(
        request,
        "usecases/backlog/target.html",
        {
            "form": form,
            "usecase": usecase,
            "dossier": usecase.dossier,
            "objection": request.rights.objection("target.set", usecase),
        },
        refusal=refusal,
        status=form.status,
    )


@require_POST
@programme_page("use_cases")
def close(request: Any, code: str, target: str) -> HttpResponse:
    """Close a target: it stays in the history."""
    usecase = usecase_of(request, code)
    found = kpis.targets_of(usecase.dossier).filter(code=target).first()
    if found is None:
        raise Http404
    try:
        with acting(request, "target.close", about=usecase):
            actions.close_target(found, by=request.person)
    except Refusal as refusal:
        return page(request, usecase, refusal=refusal, tab="kpis")
    messages.success(request, _("The target is closed."))
    response = redirect("usecases:usecase", request.programme.code, code)
    response["Location"] += "?tab=kpis"
    return response
