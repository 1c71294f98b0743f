"""What every page of governance shares: the programme in the address, acting with a trace, refusals shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django import forms
from django.core.exceptions import BadRequest
from django.core.paginator import Page
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from governance.accounts import proof
from governance.audit import refusals, trail
from governance.clock import wall
from governance.errors import NotAllowed, NotPossible, NotValid, Refusal
from governance.roles.rules import Rights
from governance.text import NOT_READABLE, holds_unseen

View = Callable[..., HttpResponseBase]


def programme_page(section: str) -> Callable[[View], View]:
    """Resolve the programme of the address among those the person may see; anything else is a 404.

    The view receives `request` with `person`, `programme`, `rights` and `section`; the programme's code
    leaves the arguments.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def resolved(request: Any, programme: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            known = request.person is not None and not any(
                "\0" in str(one) for one in (programme, *kwargs.values())
            )
            everywhere = rights_of(request) if known else []
            rights = next((one for one in everywhere if one.programme.code == programme), None)
            if rights is None:
                raise Http404
            if _holds_nul(request):
                raise BadRequest("a text holds a NUL")
            request.programme, request.rights = rights.programme, rights
            request.section = section
            return view(request, *args, **kwargs)

        return resolved

    return decorate


def rights_of(request: Any) -> list[Rights]:
    """What the person who asks may do in each of their programmes, by code; read once for a request."""
    if not hasattr(request, "everywhere"):
        request.everywhere = Rights.everywhere(request.person)
    return request.everywhere  # type: ignore[no-any-return]


def _holds_nul(request: Any) -> bool:
    """Say whether a text that was sent holds what the database cannot keep."""
    return any(
        "\0" in text
        for given in (request.GET, request.POST)
        for _name, texts in given.lists()
        for text in texts
    )


def incomplete() -> Refusal:
    """A form that is refused before any verb is asked: each field says why."""
    return NotValid(_("Something in the form is missing: it is marked below."), code="malformed", status=400)


class Form(forms.Form):
    """A form whose texts can all be read: marks that nobody sees are refused at their field.

    `called` names the fields that a verb calls otherwise; `is_told` once a refusal above says what is wrong.
    """

    called: Mapping[str, str] = {}
    is_told = False

    @property
    def status(self) -> int:
        """The HTTP status of a page that shows it: 400 once something in it is wrong."""
        return 400 if self.errors else 200

    def mark(self, refusal: Refusal) -> None:
        """Say at each field what a refusal of the verb holds against it."""
        self.is_told = True
        for each in refusal.objections:
            name = self.called.get(each.field or "", each.field or "")
            if name in self.fields:
                self.add_error(name, str(each.detail))

    def full_clean(self) -> None:
        """Clean as Django does, then look at each text."""
        super().full_clean()
        for name, value in list(getattr(self, "cleaned_data", {}).items()):
            lines = isinstance(self.fields[name].widget, forms.Textarea) if name in self.fields else True
            if isinstance(value, str) and holds_unseen(value, lines=lines):
                self.add_error(name, NOT_READABLE)


def reader_page(section: str) -> Callable[[View], View]:
    """Resolve the programme as `programme_page` does, for those who read its open content.

    Whoever reads only what was shared with them gets the same 404 as a stranger.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def read(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.rights.reads:
                raise Http404
            return view(request, *args, **kwargs)

        return programme_page(section)(read)

    return decorate


@contextmanager
def acting(request: Any, verb: str, *, about: trail.Subject | None = None) -> Iterator[None]:
    """Do an act from a page: a refusal leaves its trace, a deadlock is told as what it is."""
    with refusals.traced(
        door="page",
        by=request.person or request.user,
        verb=verb,
        about=about,
        stream=request.programme.code if getattr(request, "programme", None) else "",
    ):
        try:
            yield
        except OperationalError as error:
            raise NotPossible(
                _("Somebody was changing the same thing at the same moment. Nothing was written: try again."),
                code="busy",
            ) from error


def show(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render a page, or its part `_name.html` for htmx; a refusal is shown on top, with its status."""
    if getattr(request, "htmx", False) and context.pop("part", None):
        head, _slash, name = template.rpartition("/")
        template = f"{head}/_{name}"
    context.pop("part", None)
    context |= {"refusal": refusal, "section": getattr(request, "section", "")}
    return render(request, template, context, status=refusal.status if refusal else status)


def reauthenticated(request: Any, *, password: str = "", code: str = "") -> int:
    """Seconds since the person proved who they are in this session; a password given now proves it anew.

    Raises the refusal of a wrong password or code. Without a proof the age is beyond any window: the
    verb refuses with `reauth_required`.
    """
    if password:
        found = proof.objection(request, request.user, password=password, code=code)
        if found is not None:
            raise found
        request.session[proof.PROVED_AT] = wall().isoformat()
        request.session.cycle_key()
        return 0
    return proof.age_s(request.session.get(proof.PROVED_AT))


def pages(request: HttpRequest, page: Page[Any]) -> dict[str, Any]:
    """Where a list goes on, for `components/_pager.html`; the filters of the address are kept."""

    def url(number: int) -> str:
        asked = request.GET.copy()
        asked["page"] = str(number)
        return f"{request.path}?{asked.urlencode()}"

    return {
        "previous_url": url(page.previous_page_number()) if page.has_previous() else "",
        "next_url": url(page.next_page_number()) if page.has_next() else "",
        "first": page.start_index(),
        "last": page.end_index(),
        "total": page.paginator.count,
    }


def version_of(request: HttpRequest) -> int:
    """The version of the row that the form showed. Raises a refusal where the form carries none."""
    try:
        return int(request.POST["version"])
    except (KeyError, ValueError) as error:
        raise NotAllowed(
            _("Open the page again: the form is not complete."), code="malformed", status=400
        ) from error
