"""What surrounds every page: programmes, rail, phases, the next gate, what waits."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from governance import clock
from governance.gates.models import Gate
from governance.notices import queries as notices
from governance.programmes.choices import CURRENT, PhaseStatus
from governance.programmes.models import Phase, Programme
from governance.roles.choices import Role
from governance.roles.models import RoleAssignment
from governance.roles.queries import READ_WHAT_IS_SHARED
from governance.roles.rules import Rights
from governance.stakeholders.models import Person
from governance.text import in_words
from governance.web.ahead import Mark, ahead_of, mark
from governance.web.shown import day_of
from portal.home import queries as home

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
    held = _held(person)
    mine = list(held)
    current: Programme | None = getattr(request, "programme", None) or _last(request, mine)
    around["programmes"] = [
        {"code": p.code, "name": p.name, "url": _front(p, held[p]), "current": p == current} for p in mine
    ]
    around["notices"] = notices.unread_count(person)
    marked = mark(*mine)
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
    if current is not None:
        request.session["programme"] = current.code
        rights = getattr(request, "rights", None) or Rights.of(person, current)
        around["programme"] = {
            "code": current.code,
            "name": current.name,
            "url": _front(current, frozenset(rights.held)),
        }
        around["search"] = reverse("search:search", args=[current.code])
        around["role"] = ", ".join(str(role.label) for role in Role if role in rights.held)
        around["nav"] += rail(current, rights)
        gates = {gate.from_phase: gate.code for gate in Gate.objects.filter(programme=current)}
        around["phases"] = [
            _phase(phase, gates.get(phase.kind)) for phase in current.phases.order_by("order")
        ]
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


def _held(person: Person) -> dict[Programme, frozenset[str]]:
    """The programmes in which a person holds a role today, by code, with those roles. One statement."""
    rows = (
        RoleAssignment.objects.active(clock.today())
        .filter(person=person)
        .select_related("programme")
        .order_by("programme__code")
    )
    found: dict[Programme, set[str]] = {}
    for row in rows:
        found.setdefault(row.programme, set()).add(row.role)
    return {programme: frozenset(roles) for programme, roles in found.items()}


def _front(programme: Programme, roles: frozenset[str]) -> str:
    """Where one enters a programme: its page, or the use cases for whoever reads only what was shared."""
    page = "usecases:list" if roles <= READ_WHAT_IS_SHARED else "governance:programme"
    return reverse(page, args=[programme.code])


def _last(request: HttpRequest, mine: list[Programme]) -> Programme | None:
    """The programme last looked at, else the only sensible one: the first."""
    code = request.session.get("programme")
    return next((p for p in mine if p.code == code), mine[0] if mine else None)


def _todo(request: Any, person: Person, mine: list[Programme], marked: Mark) -> int:
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
    ahead = ahead_of(programme, marked)
    if ahead is None:
        return None
    text = _("its criteria come later")
    if ahead.total:
        text = ngettext("%(passed)s criterion of %(all)s", "%(passed)s criteria of %(all)s", ahead.passed) % {
            "passed": ahead.passed,
            "all": ahead.total,
        }
    if ahead.hard:
        text += ", " + ngettext("%(n)s hard point", "%(n)s hard points", len(ahead.hard)) % {
            "n": len(ahead.hard)
        }
    return {
        "url": reverse("governance:gate", args=[programme.code, ahead.code]),
        "code": ahead.code,
        "text": text,
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
