"""What surrounds every page: programmes, rail, phases, the next gate, what waits."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance import clock
from governance.notices.models import Message
from governance.programmes.choices import CURRENT, PhaseStatus
from governance.programmes.models import Phase, Programme
from governance.roles import queries as roles
from governance.roles.rules import Rights
from portal.home import queries as home

OTHER = {"fr": {"code": "en", "label": "English"}, "en": {"code": "fr", "label": "Français"}}


def frame(request: Any) -> dict[str, Any]:
    """Gather the frame of a page; for someone not signed in, only what sign-in needs."""
    language = (get_language() or settings.LANGUAGE_CODE)[:2]
    around: dict[str, Any] = {
        "person": getattr(request, "person", None),
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
    person = around["person"]
    if person is None:
        if settings.DEMO_SIGN_IN:
            around |= home.demo_cast()
        return around
    mine = list(roles.programmes_of(person).order_by("code"))
    current: Programme | None = getattr(request, "programme", None) or _last(request, mine)
    around["programmes"] = [
        {"code": p.code, "name": p.name, "url": reverse("governance:programme", args=[p.code]), "current": p == current}
        for p in mine
    ]
    around["notices"] = Message.objects.to(person).unread().count()
    around["todo"] = len(home.waiting(person, current)) if current else 0
    around["nav"] = [
        {"key": "todo", "url": reverse("portal:home"), "icon": "inbox", "label": _("To do"), "count": around["todo"]}
    ]
    if current is not None:
        request.session["programme"] = current.code
        rights = getattr(request, "rights", None) or Rights.of(person, current)
        around["programme"] = {
            "code": current.code,
            "name": current.name,
            "url": reverse("governance:programme", args=[current.code]),
        }
        around["role"] = rights.word
        around["nav"] += _rail(current, rights)
        phases = list(current.phases.order_by("order"))
        around["phases"] = [_phase(phase) for phase in phases]
        around["gate"] = home.next_gate(current) if rights.reads else None
    if getattr(request.user, "is_platform_admin", False):
        around["nav"].append(
            {"key": "accounts", "url": reverse("portal:accounts"), "icon": "user", "label": _("Accounts"), "count": 0, "sep": True}
        )
    return around


def _last(request: HttpRequest, mine: list[Programme]) -> Programme | None:
    """The programme last looked at, else the only sensible one: the first."""
    code = request.session.get("programme")
    return next((p for p in mine if p.code == code), mine[0] if mine else None)


def _rail(programme: Programme, rights: Rights) -> list[dict[str, Any]]:
    """The entries that the person's roles open; an agency sees only what was shared with it."""
    entries: list[dict[str, Any]] = []

    def entry(key: str, name: str, icon: str, label: str, *, sep: bool = False) -> None:
        entries.append(
            {"key": key, "url": reverse(name, args=[programme.code]), "icon": icon, "label": label, "count": 0, "sep": sep}
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


def _phase(phase: Phase) -> dict[str, Any]:
    """One phase of the track: done, now or next, and how far it is."""
    state = "done" if phase.status == PhaseStatus.CLOSED else "now" if phase.status in CURRENT else "next"
    detail, progress = "", None
    if state == "now" and phase.actual_start is not None:
        day = (clock.today() - phase.actual_start).days + 1
        if phase.planned_end is not None:
            length = max((phase.planned_end - phase.actual_start).days + 1, 1)
            progress = min(100, round(100 * day / length))
            detail = _("day %(day)s of %(length)s") % {"day": day, "length": length}
        else:
            detail = _("day %(day)s") % {"day": day}
    return {
        "kind": phase.kind,
        "label": phase.get_kind_display(),
        "status": phase.status,
        "state": state,
        "detail": detail,
        "progress": progress,
    }
