"""Who reads one dossier though no role opens it to them: agencies and studios, name by name."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from governance.dossiers.models import Dossier
from governance.errors import Refusal
from governance.roles import actions, queries
from governance.web.base import acting, reader_page, show
from governance.web.forms import ShareForm


def _dossier(request: Any, code: str) -> Dossier:
    found = Dossier.objects.filter(programme=request.programme, code=code).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@reader_page("")
def shares(request: Any, code: str) -> HttpResponse:
    """Show who reads one dossier by exception, and open it to one more person."""
    dossier = _dossier(request, code)
    form = ShareForm(request.POST or None, people=queries.may_be_shown(dossier))
    refusal, status = None, 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                with acting(request, "dossier.share", about=dossier):
                    actions.share(dossier, form.cleaned_data["person"], by=request.person)
            except Refusal as refused:
                refusal = refused
            else:
                messages.success(
                    request, _("%(person)s now reads this dossier.") % {"person": form.cleaned_data["person"]}
                )
                return redirect("governance:shares", request.programme.code, dossier.code)
    return _page(request, dossier, form=form, refusal=refusal, status=status)


@require_POST
@reader_page("")
def share_end(request: Any, code: str) -> HttpResponse:
    """Close one dossier again to a person."""
    dossier = _dossier(request, code)
    email = request.POST.get("person", "")
    person = next((one for one in queries.shares_of(dossier) if one.email == email), None)
    if person is None:
        raise Http404
    try:
        with acting(request, "dossier.share", about=dossier):
            actions.unshare(dossier, person, by=request.person)
    except Refusal as refused:
        return _page(request, dossier, refusal=refused)
    messages.success(request, _("%(person)s no longer reads this dossier.") % {"person": person})
    return redirect("governance:shares", request.programme.code, dossier.code)


def _page(
    request: Any,
    dossier: Dossier,
    *,
    form: ShareForm | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    people = queries.may_be_shown(dossier)
    context = {
        "programme": request.programme,
        "dossier": dossier,
        "readers": queries.shares_of(dossier),
        "form": form or ShareForm(people=people),
        "has_choice": people.exists(),
        "objection": request.rights.objection("dossier.share"),
    }
    return show(request, "governance/people/shares.html", context, refusal=refusal, status=status)
