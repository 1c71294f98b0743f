"""À faire, notices, tokens; and for platform administrators, founding programmes and accounts."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from governance import clock
from governance.accounts import actions as accounts_actions
from governance.accounts.models import ApiToken, User
from governance.errors import Refusal
from governance.folding import says
from governance.notices import actions as notice_actions
from governance.notices import queries as notice_queries
from governance.notices.models import Message
from governance.roles import actions as roles_actions
from governance.web.base import acting, reauthenticated, rights_of, show
from governance.web.words import address_of
from portal.home import queries
from portal.home.forms import AccountForm, FoundForm, OrganisationForm, PersonForm, TokenForm
from portal.home.programmes import side_by_side
from portal.library import actions as library

View = Callable[..., HttpResponse]
PAGE = 50


def public(view: Any) -> Any:
    """Open a view to people who are not signed in; `tests/house/test_routes.py` lists them with a reason."""
    return login_not_required(view)


def page(section: str) -> Callable[[View], View]:
    """Say which entry of the rail a page belongs to."""

    def decorate(view: View) -> View:
        @wraps(view)
        def named(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            request.section = section
            return view(request, *args, **kwargs)

        return named

    return decorate


def administrators(view: View) -> View:
    """Open a page to platform administrators; for everyone else it does not exist."""

    @wraps(view)
    def administered(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.person is None or not request.user.is_platform_admin:
            raise Http404
        return view(request, *args, **kwargs)

    return page("accounts")(administered)


# ---------------------------------------------------------------- what waits for me
@require_safe
@page("todo")
def todo(request: Any) -> HttpResponse:
    """Show what waits for me, across my programmes."""
    if request.person is None:
        return show(request, "portal/nobody.html", {})
    mine = rights_of(request)
    programmes = [each.programme for each in mine]
    items = queries.waiting(request.person, mine)
    request.todo = len(items)
    chosen = request.GET.get("kind", "")
    kept = items
    if chosen in queries.FILTERS:
        kept = [item for item in items if item.kind in queries.FILTERS[chosen][1]]
    filters = [{"key": "", "label": _("All"), "count": len(items), "current": chosen not in queries.FILTERS}]
    for key, (label, kinds) in queries.FILTERS.items():
        count = sum(item.kind in kinds for item in items)
        filters.append({"key": key, "label": label, "count": count, "current": chosen == key})
    context = {
        "blocking": [item for item in kept if item.blocks],
        "others": [item for item in kept if not item.blocks],
        "all_blocking": sum(item.blocks for item in items),
        "total": len(items),
        "filters": filters,
        "several": len(programmes) > 1,
        "programmes": programmes,
        "lent": queries.lent(request.person, programmes),
        "expected": queries.expected(request.person, programmes),
        "today": clock.today(),
    }
    return show(request, "portal/todo.html", context)


@require_safe
@page("programmes")
def programmes(request: Any) -> HttpResponse:
    """Show my programmes side by side: the phase each is in, and how far its next gate is."""
    if request.person is None:
        raise Http404
    return show(request, "portal/programmes.html", {"rows": side_by_side(rights_of(request))})


@require_safe
@page("notices")
def notices(request: Any) -> HttpResponse:
    """Show what I was told, newest first."""
    if request.person is None:
        raise Http404
    found = Paginator(Message.objects.to(request.person).select_related("programme"), PAGE).get_page(
        request.GET.get("page")
    )
    told = [
        {
            "message": one,
            "sentence": notice_queries.sentence(one, request.LANGUAGE_CODE),
            "address": address_of(one.programme.code, one.subject_kind, one.subject_code)
            if one.programme
            else "",
        }
        for one in found
    ]
    context = {
        "page": found,
        "told": told,
        "previous_url": f"?page={found.previous_page_number()}" if found.has_previous() else "",
        "next_url": f"?page={found.next_page_number()}" if found.has_next() else "",
    }
    return show(request, "portal/notices.html", context)


@require_POST
def notices_read(request: Any) -> HttpResponse:
    """Mark all of them as read."""
    if request.person is None:
        raise Http404
    notice_actions.mark_all_read(request.person)
    return redirect("portal:notices")


# ---------------------------------------------------------------- keys for programs
@require_http_methods(["GET", "HEAD", "POST"])
@page("tokens")
def tokens(request: Any) -> HttpResponse:
    """List my keys; make one, whose secret is shown once."""
    form, made, secret, refusal, status = TokenForm(request.POST or None), None, "", None, 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            given = dict(form.cleaned_data)
            password, code = given.pop("password"), given.pop("code")
            try:
                with acting(request, "token.make"):
                    reauthenticated(request, password=password, code=code)
                    made, secret = accounts_actions.make_token(
                        request.user, by=request.person or request.user, **given
                    )
            except Refusal as found:
                refusal = found
            else:
                form, status = TokenForm(), 200
    return _tokens_page(request, form, refusal, status, made=made, secret=secret)


def _tokens_page(
    request: Any, form: TokenForm, refusal: Refusal | None, status: int = 200, **made: Any
) -> HttpResponse:
    mine = ApiToken.objects.filter(user=request.user).order_by("-created_at")
    now = clock.wall()
    rows = [{"token": one, "over": one.revoked_at is not None or one.expires_at <= now} for one in mine]
    return show(
        request, "portal/tokens.html", {"form": form, "tokens": rows, **made}, refusal=refusal, status=status
    )


@require_POST
@page("tokens")
def token_revoke(request: Any, token: Any) -> HttpResponse:
    """End one of my keys at once."""
    mine = get_object_or_404(ApiToken, pk=token, user=request.user)
    try:
        with acting(request, "token.revoke"):
            accounts_actions.revoke_token(mine, by=request.person or request.user)
    except Refusal as refusal:
        return _tokens_page(request, TokenForm(), refusal)
    messages.success(request, _("The key is ended: it opens nothing any more."))
    return redirect("portal:tokens")


# ---------------------------------------------------------------- platform administrators
@require_http_methods(["GET", "HEAD", "POST"])
@administrators
def found(request: Any) -> HttpResponse:
    """Found a programme and its first sponsor."""
    form, refusal, status = FoundForm(request.POST or None), None, 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                with acting(request, "programme.found"):
                    programme = library.found(by=request.person, **form.cleaned_data)
            except Refusal as refused:
                refusal = refused
            else:
                messages.success(
                    request,
                    _("%(programme)s is founded: its sponsor names the others.")
                    % {"programme": programme.name},
                )
                return redirect("portal:accounts")
    return show(request, "portal/found.html", {"form": form}, refusal=refusal, status=status)


# What the page of accounts may be asked, each with its form, its verb and what is said once done.
def _open_account(request: Any, given: dict[str, Any]) -> str:
    roles_actions.open_account(by=request.person, **given)
    return _("The account is open: the person sets a password through “Forgotten password”.")


def _add_organisation(request: Any, given: dict[str, Any]) -> str:
    made = roles_actions.add_organisation(by=request.person, programme=None, **given)
    return _("%(name)s is written down.") % {"name": made}


def _add_person(request: Any, given: dict[str, Any]) -> str:
    made = roles_actions.add_person(by=request.person, programme=None, **given)
    return _("%(name)s is written down.") % {"name": made}


PARTS: dict[str, tuple[type[forms.Form], str, Callable[[Any, dict[str, Any]], str]]] = {
    "account": (AccountForm, "account.open", _open_account),
    "organisation": (OrganisationForm, "people.edit", _add_organisation),
    "person": (PersonForm, "people.edit", _add_person),
}


@require_http_methods(["GET", "HEAD", "POST"])
@administrators
def accounts(request: Any) -> HttpResponse:
    """List accounts; open one; write down the organisation and the person that a programme starts from."""
    if request.method != "POST":
        return _accounts_page(request)
    part = request.POST.get("part", "account")
    if part not in PARTS:
        raise Http404
    kind, verb, act = PARTS[part]
    form = kind(request.POST, prefix=part)
    if not form.is_valid():
        return _accounts_page(request, bound={part: form}, status=400)
    try:
        with acting(request, verb):
            done = act(request, form.cleaned_data)
    except Refusal as refusal:
        return _accounts_page(request, bound={part: form}, refusal=refusal)
    messages.success(request, done)
    return redirect("portal:accounts")


def _accounts_page(
    request: Any,
    *,
    bound: dict[str, forms.Form] | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    given = bound or {}
    asked = request.GET.get("q", "").strip()
    users = User.objects.select_related("person__organisation").order_by("email")
    if asked:
        users = users.filter(says(asked, "email", "person__display_name"))
    listed = Paginator(users, PAGE).get_page(request.GET.get("page"))
    tail = f"&q={asked}" if asked else ""
    context = {
        "page": listed,
        "q": asked,
        "forms": {name: given.get(name) or kind(prefix=name) for name, (kind, _verb, _act) in PARTS.items()},
        "opened": next(iter(given), ""),
        "previous_url": f"?page={listed.previous_page_number()}{tail}" if listed.has_previous() else "",
        "next_url": f"?page={listed.next_page_number()}{tail}" if listed.has_next() else "",
    }
    return show(request, "portal/accounts.html", context, refusal=refusal, status=status)


@require_POST
@administrators
def account_state(request: Any, user: Any) -> HttpResponse:
    """Close an account, or open it again: access ends at the next request, everywhere."""
    subject = get_object_or_404(User, pk=user)
    reason, again = request.POST.get("reason", "").strip(), request.POST.get("act") == "open"
    try:
        if again:
            with acting(request, "account.reactivate", about=subject):
                roles_actions.reactivate(subject, by=request.person, reason=reason)
        else:
            with acting(request, "account.deactivate", about=subject):
                roles_actions.deactivate(subject, by=request.person, reason=reason)
    except Refusal as refusal:
        context = {"refusal": refusal, "back_url": "../", "section": "accounts"}
        return render(request, "errors/refusal.html", context, status=refusal.status)
    messages.success(request, _("The account is open again.") if again else _("The account is closed."))
    return redirect("portal:accounts")
