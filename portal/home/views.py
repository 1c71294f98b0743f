"""À faire, notices, tokens, and what a platform administrator does: found a programme, open and close accounts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from governance.accounts import actions as accounts_actions
from governance.accounts.models import ApiToken, User
from governance.errors import Refusal
from governance.notices import actions as notice_actions
from governance.notices import queries as notice_queries
from governance.notices.models import Message
from governance.roles import queries as roles
from governance.roles.rules import Rights
from governance.stakeholders.models import Organisation, Person
from governance.web.base import acting, reauthenticated, show
from portal.home import queries
from portal.home.forms import AccountForm, FoundForm, TokenForm
from portal.library import actions as library


def public(view: Any) -> Any:
    """Open a view to people who are not signed in; `tests/house/test_routes.py` lists them with a reason."""
    return login_not_required(view)


@require_safe
def todo(request: Any) -> HttpResponse:
    """Show what waits for me, across my programmes."""
    request.section = "todo"
    if request.person is None:
        return show(request, "portal/nobody.html", {})
    programmes = list(roles.programmes_of(request.person).order_by("code"))
    groups = [
        {"programme": programme, "items": queries.waiting(request.person, programme, Rights.of(request.person, programme))}
        for programme in programmes
    ]
    kind = request.GET.get("kind", "")
    kinds = sorted({item.kind for group in groups for item in group["items"]})
    if kind in kinds:
        groups = [group | {"items": [item for item in group["items"] if item.kind == kind]} for group in groups]
    total = sum(len(group["items"]) for group in groups)
    return show(request, "portal/todo.html", {"groups": groups, "kind": kind, "kinds": kinds, "total": total})


@require_safe
def notices(request: Any) -> HttpResponse:
    """Show what I was told, newest first."""
    request.section = "notices"
    if request.person is None:
        raise Http404
    pages = Paginator(Message.objects.to(request.person).select_related("programme"), 50)
    page = pages.get_page(request.GET.get("page"))
    told = [{"message": one, "sentence": notice_queries.sentence(one, request.LANGUAGE_CODE)} for one in page]
    return show(request, "portal/notices.html", {"page": page, "told": told})


@require_POST
def notices_read(request: Any) -> HttpResponse:
    """Mark all of them as read."""
    if request.person is None:
        raise Http404
    notice_actions.mark_all_read(by=request.person)
    return redirect("portal:notices")


def tokens(request: Any) -> HttpResponse:
    """List my tokens; make one, shown once."""
    request.section = "tokens"
    form, made, refusal = TokenForm(request.POST or None), None, None
    if request.method == "POST" and form.is_valid():
        try:
            with acting(request, "token.make"):
                reauthenticated(request, password=form.cleaned_data.pop("password"), code=form.cleaned_data.pop("code"))
                made = accounts_actions.make_token(request.user, by=request.person or request.user, **form.cleaned_data)
        except Refusal as found:
            refusal = found
    context = {"form": form, "made": made, "tokens": ApiToken.objects.filter(user=request.user).order_by("-created_at")}
    return show(request, "portal/tokens.html", context, refusal=refusal)


@require_POST
def token_revoke(request: Any, token: str) -> HttpResponse:
    """End one of my tokens at once."""
    mine = get_object_or_404(ApiToken, pk=token, user=request.user)
    with acting(request, "token.revoke"):
        accounts_actions.revoke_token(mine, by=request.person or request.user)
    messages.success(request, _("The token is ended: it opens nothing any more."))
    return redirect("portal:tokens")


def _admin(request: HttpRequest) -> None:
    if not getattr(request.user, "is_platform_admin", False):
        raise Http404


def found(request: Any) -> HttpResponse:
    """Found a programme and its first sponsor."""
    _admin(request)
    request.section = "accounts"
    form, refusal = FoundForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            with acting(request, "programme.found"):
                programme = library.found(by=request.person, **form.cleaned_data)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(
                request, _("%(programme)s is founded: its sponsor appoints the others.") % {"programme": programme.name}
            )
            return redirect("portal:accounts")
    return show(request, "portal/found.html", {"form": form}, refusal=refusal)


def accounts(request: Any) -> HttpResponse:
    """List accounts; open one."""
    _admin(request)
    request.section = "accounts"
    form, refusal = AccountForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            with acting(request, "account.open"):
                accounts_actions.open_account(by=request.person, **form.cleaned_data)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The account is open: the person sets a password by “forgotten password”."))
            return redirect("portal:accounts")
    people = {person.user_id: person for person in Person.objects.exclude(user=None).select_related("organisation")}
    users = [{"user": user, "person": people.get(user.pk)} for user in User.objects.order_by("email")]
    context = {"form": form, "users": users, "organisations": Organisation.objects.count()}
    return show(request, "portal/accounts.html", context, refusal=refusal)


@require_POST
def account_state(request: Any, user: str) -> HttpResponse:
    """Close an account: access ends at the next request, everywhere."""
    _admin(request)
    subject = get_object_or_404(User, pk=user)
    try:
        with acting(request, "account.deactivate"):
            accounts_actions.deactivate(subject, by=request.person, reason=request.POST.get("reason", "").strip())
    except Refusal as refusal:
        return render(request, "errors/refusal.html", {"refusal": refusal}, status=refusal.status)
    messages.success(request, _("The account is closed."))
    return redirect("portal:accounts")
