"""What surrounds every page: programmes, rail, phases, the next gate, what waits."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance import clock, library
from governance.gates.ahead import Mark, ahead_of_each, heads_of, mark
from governance.notices.models import Message
from governance.programmes.choices import CURRENT, PhaseStatus
from governance.programmes.models import Phase, Programme
from governance.roles.rules import Rights
from governance.stakeholders.models import Person
from governance.text import in_words
from governance.web.base import rights_of
from governance.web.shown import day_of
from portal.home import queries as home
from portal.home.programmes import front_of, roles_in

OTHER = {"fr": {"code": "en", "label": "English"}, "en": {"code": "fr", "label": "Français"}}
MOST_KEPT = 1024
_counts: dict[tuple[UUID, Mark], int] = {}


def frame(request: Any) -> dict[str, Any]:
    """Gather the frame of a page; for someone not signed in, only what sign-in needs."""
    language = (get_language() or settings.LANGUAGE_CODE)[:2]
    person: Person | None = getattr(request, "person", None)
    around: dict[str, Any] = {
        "person": person,
        "programme": None,
        "programmes": [],
        "nav": [],
        "phases": [],
        "gate": None,
        "notices": 0,
        "todo": 0,
        "role": "",
        "demo_today": clock.today() if clock.setting() != clock.Setting() else None,
        "language_other": OTHER[language],
    }
    if person is None:
        if settings.DEMO_SIGN_IN and not request.user.is_authenticated:
            around |= home.demo_cast()
        return around
    mine = rights_of(request)
    rights = _current(request, mine)
    around["programmes"] = [
        {
            "code": each.programme.code,
            "name": each.programme.name,
            "url": front_of(each),
            "current": each is rights,
        }
        for each in mine
    ]
    around["notices"], marked = _told(person, [each.programme for each in mine])
    around["todo"] = _todo(request, person, mine, marked)
    around["nav"] = [
        {
            "key": "todo",
            "url": reverse("portal:home"),
            "icon": "inbox",
            "label": _("To do"),
            "count": around["todo"],
        }
    ]
    if rights is not None:
        current = rights.programme
        if request.session.get("programme") != current.code:
            request.session["programme"] = current.code
        around["programme"] = {
            "code": current.code,
            "name": current.name,
            "url": front_of(rights),
            "front": _("See the programme") if rights.reads else _("See the use cases"),
        }
        around["search"] = reverse("search:search", args=[current.code])
        around["role"] = roles_in(rights)
        around["nav"] += rail(current, rights)
        around["phases"] = [_phase(phase, _gate_codes().get(phase.kind)) for phase in current.phases.all()]
        around["gate"] = _gate(current, marked) if rights.reads else None
    if request.user.is_platform_admin:
        around["nav"].append(
            {
                "key": "accounts",
                "url": reverse("portal:accounts"),
                "icon": "user",
                "label": _("Accounts"),
                "sep": True,
            }
        )
    return around


@cache
def _gate_codes() -> dict[str, str]:
    """The gate at the end of each phase: every programme has those of the library. Read once a process."""
    return {gate["from_phase"]: gate["code"] for gate in library.gates()}


def _current(request: Any, mine: list[Rights]) -> Rights | None:
    """The programme of the page or the one last looked at, else the only sensible one: the first."""
    here = getattr(request, "rights", None)
    code = request.session.get("programme")
    last = (each for each in mine if each.programme.code == code)
    return here or next(last, mine[0] if mine else None)


def _told(person: Person, programmes: list[Programme]) -> tuple[int, Mark]:
    """How many messages a person has not read, and where the journals stand. One statement."""
    unread = Message.objects.to(person).unread().order_by().values("person").values(count=Count("pk"))
    heads = heads_of(programmes).values(json=JSONObject(stream="stream", hash="hash"))
    found = Person.objects.filter(pk=person.pk).values_list(
        Coalesce(Subquery(unread), 0), ArraySubquery(heads)
    )
    count, read = found[0]
    return count, mark((head["stream"], head["hash"]) for head in read)


def _todo(request: Any, person: Person, mine: list[Rights], marked: Mark) -> int:
    """How much waits for a person: counted by the page that lists it, else kept until the journal moves."""
    known = getattr(request, "todo", None)
    if known is not None:
        return int(known)
    key = (person.pk, marked)
    if key not in _counts:
        if len(_counts) >= MOST_KEPT:
            _counts.clear()
        _counts[key] = len(home.waiting(person, mine))
    return _counts[key]


def _gate(programme: Programme, marked: Mark) -> dict[str, Any] | None:
    """The gate ahead and where it stands, for the bar of phases."""
    ahead = ahead_of_each([programme], marked)[programme.pk]
    if ahead is None:
        return None
    return {
        "url": reverse("governance:gate", args=[programme.code, ahead.code]),
        "code": ahead.code,
        "text": ahead.said,
    }


def rail(programme: Programme, rights: Rights) -> list[dict[str, Any]]:
    """Tell the entries that a person's roles open; an agency sees only what was shared with it."""
    entries: list[dict[str, Any]] = []

    def entry(key: str, name: str, icon: str, label: str, *, sep: bool = False) -> None:
        entries.append(
            {
                "key": key,
                "url": reverse(name, args=[programme.code]),
                "icon": icon,
                "label": label,
                "sep": sep,
            }
        )

    if rights.reads:
        entry("programme", "governance:programme", "programme", _("Programme"))
    entry("use_cases", "usecases:list", "uc", _("Use cases"), sep=True)
    if rights.reads:
        entry("segments", "usecases:segments", "segment", _("Segments"))
        entry("reviews", "governance:reviews", "review", _("Reviews"))
        entry("gates", "governance:gates", "gate", _("Gates"))
        entry("people", "governance:people", "people", _("People"), sep=True)
    if rights.may("audit.read"):
        entry("journal", "governance:journal", "journal", _("Journal"))
    return entries


def _phase(phase: Phase, gate: str | None) -> dict[str, Any]:
    """One phase of the track: done, now or next, how far it is, and what to say of the gate at its end."""
    state = "done" if phase.status == PhaseStatus.CLOSED else "now" if phase.status in CURRENT else "next"
    detail, progress = "", None
    if state == "now" and phase.actual_start is not None:
        detail = day_of(phase, clock.today())
        if phase.planned_end is not None:
            day = (clock.today() - phase.actual_start).days + 1
            length = max((phase.planned_end - phase.actual_start).days + 1, 1)
            progress = min(100, round(100 * day / length))
    said = ""
    if gate is not None and state == "done" and phase.actual_end is not None:
        said = _("%(gate)s passed on %(day)s") % {"gate": gate, "day": in_words(phase.actual_end)}
    elif gate is not None:
        said = _("%(gate)s still to be passed") % {"gate": gate}
    return {
        "kind": phase.kind,
        "label": phase.get_kind_display(),
        "status": phase.status,
        "state": state,
        "detail": detail,
        "progress": progress,
        "gate": said,
    }
