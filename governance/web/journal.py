"""The journal: what happened, and can it be trusted? Events, one event, verification, refused acts."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Collection, Iterable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from governance import clock
from governance.audit import trail
from governance.audit.models import Event, Head, Refused
from governance.errors import Refusal
from governance.roles.choices import Role
from governance.stakeholders.queries import name_of, named
from governance.web.base import View, acting, reader_page, show
from governance.web.forms import NONE_CHOSEN, JournalForm
from governance.web.recorded import field_in_words, value_in_words
from governance.web.words import (
    KINDS,
    VERBS,
    act_in_words,
    address_of,
    kind_in_words,
    subject_in_words,
    verb_in_words,
)

PAGE = 50
BROKEN = {
    "missing": gettext_lazy("An event is missing here: the numbers no longer follow each other."),
    "unlinked": gettext_lazy("This event does not follow the one before it: the link is broken."),
    "changed": gettext_lazy(
        "This event was changed after it was written: its content no longer gives its hash."
    ),
    "tail": gettext_lazy("The end of the journal is missing: events after this point were removed."),
}
DOORS = {
    "page": gettext_lazy("Page"),
    "api": gettext_lazy("API"),
    "task": gettext_lazy("Task"),
    "command": gettext_lazy("Command"),
}


def journal_page(view: View) -> View:
    """Open a page of the journal to whoever reads the trail; tell the others of the programme who may."""

    @wraps(view)
    def read(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        refusal = request.rights.objection("audit.read")
        if refusal is not None:
            return render(
                request,
                "errors/refusal.html",
                {
                    "refusal": refusal,
                    "section": "journal",
                    "back_url": reverse("governance:programme", args=[request.programme.code]),
                },
                status=refusal.status,
            )
        return view(request, *args, **kwargs)

    return reader_page("journal")(read)


def _names(emails: set[str], codes: Collection[str] = ()) -> dict[str, str]:
    """The names of people by e-mail, and by what events call them where one person alone bears it."""
    found: dict[str, str] = {}
    borne: Counter[str] = Counter()
    for one in named(*(emails - {""}), *codes):
        borne[name_of(one.email)] += 1
        found |= {one.email: one.display_name, name_of(one.email): one.display_name}
    return {name: words for name, words in found.items() if borne[name] <= 1}


def _people(shown: Iterable[Event | Refused]) -> set[str]:
    """The people whom these events are about, as events bear them."""
    return {one.subject_code for one in shown if one.subject_kind in ("person", "user")}


def _about(one: Event | Refused, names: dict[str, str]) -> str:
    """What an event is about, as people know it."""
    if one.subject_kind in ("person", "user"):
        return names.get(one.subject_code, one.subject_code)
    return subject_in_words(one.subject_kind, one.subject_code)


def _who(email: str, names: dict[str, str]) -> str:
    return _("The portal itself") if email == trail.SYSTEM else names.get(email, email)


@require_safe
@journal_page
def index(request: Any) -> HttpResponse:
    """List events, the newest first."""
    form = JournalForm(request.GET)
    form.fields["verb"].choices = NONE_CHOSEN + sorted(  # type: ignore[attr-defined]
        ((verb, str(words)) for verb, words in VERBS.items()), key=lambda choice: choice[1]
    )
    form.fields["kind"].choices = NONE_CHOSEN + [(kind, words) for kind, words in KINDS.items()]  # type: ignore[attr-defined]
    asked = form.cleaned_data if form.is_valid() else {}
    events = _filtered(request.programme.code, asked)
    before = request.GET.get("before", "")
    if before.isdecimal():
        events = events.filter(seq__lt=int(before))
    found = list(events.newest()[: PAGE + 1])
    shown = found[:PAGE]
    names = _names({one.actor for one in shown} | {one.on_behalf_of for one in shown}, _people(shown))
    kept = {name: value for name, value in request.GET.items() if name != "before" and value}
    code = request.programme.code
    rows = [
        {
            "event": one,
            "what": verb_in_words(one.verb),
            "who": _who(one.actor, names),
            "for": names.get(one.on_behalf_of, one.on_behalf_of),
            "kind": kind_in_words(one.subject_kind),
            "code": _about(one, names),
            "address": address_of(code, one.subject_kind, one.subject_code),
        }
        for one in shown
    ]
    context = {
        "programme": request.programme,
        "form": form,
        "rows": rows,
        "filtered": bool(kept),
        "next_url": "?" + urlencode({**kept, "before": shown[-1].seq}) if len(found) > PAGE else "",
        "first_url": "?" + urlencode(kept) if before else "",
        "tabs": _tabs(request, "journal"),
        "head": Head.objects.filter(stream=code).first(),
    }
    return show(request, "governance/journal/index.html", context, status=200 if form.is_valid() else 400)


def _filtered(stream: str, asked: dict[str, Any]) -> Any:
    events = Event.objects.filter(stream=stream)
    if asked.get("verb"):
        events = events.filter(verb=asked["verb"])
    if asked.get("actor"):
        events = events.filter(Q(actor__iexact=asked["actor"]) | Q(on_behalf_of__iexact=asked["actor"]))
    if asked.get("kind"):
        events = events.filter(subject_kind=asked["kind"])
    if asked.get("code"):
        events = events.filter(subject_code=asked["code"].strip())
    if asked.get("since"):
        events = events.filter(at__gte=_midnight(asked["since"]))
    if asked.get("until"):
        events = events.filter(at__lt=_midnight(asked["until"] + dt.timedelta(days=1)))
    return events


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=clock.PARIS)


def _tabs(request: Any, current: str) -> list[dict[str, Any]]:
    code = request.programme.code
    return [
        {"url": reverse(name, args=[code]), "label": label, "current": key == current, "count": None}
        for key, name, label in (
            ("journal", "governance:journal", _("Events")),
            ("verify", "governance:journal_verify", _("Verification")),
            ("refusals", "governance:journal_refusals", _("Refused acts")),
        )
    ]


@require_safe
@journal_page
def show_event(request: Any, seq: int) -> HttpResponse:
    """Show one event as it was recorded."""
    code = request.programme.code
    event = Event.objects.filter(stream=code, seq=seq).first()
    if event is None:
        raise Http404
    names = _names({event.actor, event.on_behalf_of}, _people([event]))
    roles = [Role(role).label if role in Role.values else role for role in json.loads(event.roles)]
    context = {
        "programme": request.programme,
        "event": event,
        "what": verb_in_words(event.verb),
        "who": _who(event.actor, names),
        "for": names.get(event.on_behalf_of, event.on_behalf_of),
        "kind": kind_in_words(event.subject_kind),
        "code": _about(event, names),
        "address": address_of(code, event.subject_kind, event.subject_code),
        "roles": roles,
        "payload": [
            {"name": name, "label": field_in_words(name), "value": value_in_words(name, value)}
            for name, value in json.loads(event.payload).items()
        ],
        "before": seq - 1 if seq > 1 else None,
        "after": seq + 1 if Event.objects.filter(stream=code, seq=seq + 1).exists() else None,
    }
    return show(request, "governance/journal/event.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@journal_page
def verify(request: Any) -> HttpResponse:
    """Recompute the whole chain when asked, and name the first event that does not hold."""
    verdict, refusal = None, None
    objection = request.rights.objection("audit.export")
    if request.method == "POST":
        try:
            with acting(request, "audit.export", about=request.programme):
                if objection is not None:
                    raise objection
                verdict = trail.verify(request.programme.code)
        except Refusal as refused:
            refusal = refused
    first = verdict.first_broken if verdict is not None else None
    reaches = first is not None and Event.objects.filter(stream=request.programme.code, seq=first).exists()
    context = {
        "programme": request.programme,
        "verdict": verdict,
        "why": BROKEN.get(verdict.reason, "") if verdict is not None else "",
        "reaches": reaches,
        "at": clock.wall(),
        "objection": objection,
        "tabs": _tabs(request, "verify"),
        "head": Head.objects.filter(stream=request.programme.code).first(),
    }
    return show(request, "governance/journal/verify.html", context, refusal=refusal)


@require_safe
@journal_page
def refused(request: Any) -> HttpResponse:
    """List the acts that were refused: who tried what, and which rules said no."""
    code = request.programme.code
    rows = Refused.objects.filter(stream=code)
    before = request.GET.get("before", "")
    try:
        moment = dt.datetime.fromisoformat(before) if before else None
    except ValueError:
        raise Http404 from None
    if moment is not None and moment.tzinfo is not None:
        rows = rows.filter(recorded_at__lt=moment)
    found = list(rows.order_by("-recorded_at")[: PAGE + 1])
    shown = found[:PAGE]
    names = _names({one.actor for one in shown}, _people(shown))
    context = {
        "programme": request.programme,
        "rows": [
            {
                "refused": one,
                "what": act_in_words(one.verb),
                "who": names.get(one.actor, one.actor) or _("Nobody known"),
                "kind": kind_in_words(one.subject_kind),
                "code": _about(one, names),
                "address": address_of(code, one.subject_kind, one.subject_code),
                "door": DOORS.get(one.door, one.door),
            }
            for one in shown
        ],
        "next_url": "?" + urlencode({"before": shown[-1].recorded_at.isoformat()})
        if len(found) > PAGE
        else "",
        "first_url": "?" if before else "",
        "tabs": _tabs(request, "refusals"),
    }
    return show(request, "governance/journal/refusals.html", context)
