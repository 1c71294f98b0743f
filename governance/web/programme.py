"""The programme: are we on course? Phases, gate ahead, objectives, decisions, conditions; its frame."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from governance import clock
from governance.audit.models import Event
from governance.charter import actions as charter
from governance.charter import queries as charter_queries
from governance.charter import registry
from governance.charter import rules as charter_rules
from governance.charter.choices import Horizon, ObjectiveStatus
from governance.charter.models import Objective
from governance.conditions import queries as conditions
from governance.errors import Refusal
from governance.gates import queries as gate_queries
from governance.gates.ahead import Ahead, ahead_of
from governance.gates.models import Gate
from governance.programmes.choices import CURRENT, PhaseStatus
from governance.programmes.models import Phase, Programme
from governance.roles import actions as roles
from governance.roles import queries as role_queries
from governance.roles.choices import Role
from governance.stakeholders.models import Person
from governance.text import in_words
from governance.web.base import acting, reader_page, show, version_of
from governance.web.forms import FrameForm, ObjectiveForm, OperatorForm, PlanForm, VisionForm
from governance.web.shown import day_of

DECISIONS_SHOWN = 5
CONDITIONS_SHOWN = 20
HORIZONS = {
    Horizon.SHORT: gettext_lazy("Short term, 6 months"),
    Horizon.MID: gettext_lazy("Medium term, 18 months"),
    Horizon.LONG: gettext_lazy("Long term, 36 months"),
}


@require_safe
@reader_page("programme")
def show_programme(request: Any) -> HttpResponse:
    """Show where the programme stands."""
    return _page(request)


def _page(request: Any, refusal: Refusal | None = None) -> HttpResponse:
    programme, today = request.programme, clock.today()
    ahead = ahead_of(programme)
    phases = list(programme.phases.order_by("order"))
    decisions = gate_queries.decisions_of(programme, today)[:DECISIONS_SHOWN]
    unmet = list(conditions.of_programme(programme).unmet()[: CONDITIONS_SHOWN + 1])  # type: ignore[attr-defined]
    engagements = list(programme.engagements.select_related("organisation"))
    return show(
        request,
        "governance/programmes/programme.html",
        {
            "programme": programme,
            "ahead": ahead,
            "track": _track(phases, programme, ahead, today),
            "now": next((phase for phase in phases if phase.status in CURRENT), None),
            "horizons": _horizons(request),
            "decisions": decisions,
            "lapsed": [one for one in decisions if one.standing == gate_queries.LAPSED],
            "unmet": unmet[:CONDITIONS_SHOWN],
            "more_unmet": len(unmet) > CONDITIONS_SHOWN,
            "engagements": [
                {
                    "engagement": one,
                    "runs": one.starts_on <= today and (one.ends_on is None or today <= one.ends_on),
                }
                for one in engagements
            ],
            "edit_objection": request.rights.objection("programme.edit", programme),
            "draft_objection": request.rights.objection("objective.edit"),
            "today": today,
        },
        refusal=refusal,
    )


def _track(
    phases: Sequence[Phase], programme: Programme, ahead: Ahead | None, today: dt.date
) -> list[dict[str, Any]]:
    """The phases as the large track shows them: dates, how far, and the gate at the end."""
    gates = {gate.from_phase: gate for gate in Gate.objects.filter(programme=programme)}
    return [
        {
            "kind": phase.kind,
            "label": phase.get_kind_display(),
            "state": _state(phase),
            "dates": _dates(phase),
            "detail": _detail(phase, today),
            "chip": _gate_chip(phase, gates.get(phase.kind), ahead),
        }
        for phase in phases
    ]


def _state(phase: Phase) -> str:
    if phase.status == PhaseStatus.CLOSED:
        return "done"
    return "now" if phase.status in CURRENT else "next"


def _dates(phase: Phase) -> str:
    start, end = phase.actual_start or phase.planned_start, phase.actual_end or phase.planned_end
    if start is None:
        return _("not planned yet")
    if end is None:
        return _("starting %(day)s") % {"day": _short(start)}
    return _("%(start)s to %(end)s") % {"start": _short(start), "end": _short(end)}


def _short(day: dt.date) -> str:
    return in_words(day, "N" if day.year == clock.today().year else "N Y")


def _detail(phase: Phase, today: dt.date) -> str:
    """Say how a phase kept to its plan, or how far it is."""
    if phase.actual_end is not None and phase.planned_end is not None:
        late = (phase.actual_end - phase.planned_end).days
        if late > 0:
            return ngettext("%(n)s day late", "%(n)s days late", late) % {"n": late}
        return ngettext("%(n)s day ahead", "%(n)s days ahead", -late) % {"n": -late} if late else _("on time")
    if phase.status in CURRENT and phase.actual_start is not None:
        return day_of(phase, today)
    return ""


def _gate_chip(phase: Phase, gate: Gate | None, ahead: Ahead | None) -> dict[str, Any] | None:
    """The gate at the end of a phase: passed, or how many of its criteria pass."""
    if gate is None or phase.status == PhaseStatus.NOT_STARTED:
        return None
    if phase.status == PhaseStatus.CLOSED:
        return {"state": "decided", "kind": "gate", "label": _("%(gate)s passed") % {"gate": gate.code}}
    if phase.status == PhaseStatus.ON_HOLD:
        return {"state": "on_hold", "kind": "phase", "label": ""}
    if ahead is None or ahead.code != gate.code or not ahead.total:
        return {"state": "gate_pending", "kind": "phase", "label": _("%(gate)s ahead") % {"gate": gate.code}}
    label = _("%(gate)s: %(passed)s of %(total)s") % {
        "gate": gate.code,
        "passed": ahead.passed,
        "total": ahead.total,
    }
    return {"state": "gate_pending", "kind": "phase", "label": label}


def _horizons(request: Any) -> list[dict[str, Any]]:
    """The objectives by horizon, each with what measures it and what keeps it from being validated."""
    objectives = charter_queries.objectives_of(request.programme)
    measured = registry.measures_of_each(objectives)
    found: dict[str, list[dict[str, Any]]] = {horizon: [] for horizon in HORIZONS}
    for objective in objectives:
        draft = objective.status == ObjectiveStatus.DRAFT
        told = measured[objective.pk]
        found[objective.horizon].append(
            {
                "objective": objective,
                "measures": told,
                "draft": draft,
                "objection": charter_rules.objection_to_validate(objective, request.rights, told)
                if draft
                else None,
            }
        )
    return [{"label": label, "rows": found[horizon]} for horizon, label in HORIZONS.items()]


# ---------------------------------------------------------------- the frame
@dataclass(frozen=True)
class Part:
    """One part of the frame: its form, what the form starts from, and the verb that saves it."""

    name: str
    form: type[forms.Form]
    start: Callable[[Programme], dict[str, Any]]
    save: Callable[..., Any]
    saved: Any


def _save_frame(programme: Programme, version: int, by: Person, given: dict[str, Any]) -> None:
    roles.edit_programme(programme, by=by, version=version, **given)


def _save_vision(programme: Programme, version: int, by: Person, given: dict[str, Any]) -> None:
    roles.set_vision_draft(programme, given["vision_draft"], by=by, version=version)


def _save_operator(programme: Programme, version: int, by: Person, given: dict[str, Any]) -> None:
    roles.choose_operator(
        programme,
        by=by,
        mode=given["operator_mode"],
        start_planned=given["operator_start_planned"],
        version=version,
    )


def _starts_with(*names: str) -> Callable[[Programme], dict[str, Any]]:
    return lambda programme: {name: getattr(programme, name) for name in names}


PARTS = {
    part.name: part
    for part in (
        Part(
            "vision",
            VisionForm,
            _starts_with("vision_draft"),
            _save_vision,
            gettext_lazy("The problem and the expected results are saved."),
        ),
        Part(
            "frame",
            FrameForm,
            _starts_with("name_fr", "name_en", "platform_kind"),
            _save_frame,
            gettext_lazy("The frame of the programme is saved."),
        ),
        Part(
            "operator",
            OperatorForm,
            _starts_with("operator_mode", "operator_start_planned"),
            _save_operator,
            gettext_lazy("The operating mode is saved."),
        ),
    )
}


@require_http_methods(["GET", "HEAD", "POST"])
@reader_page("programme")
def edit(request: Any) -> HttpResponse:
    """Change the frame of the programme, one part at a time; or plan a phase."""
    if request.method != "POST":
        return _frame_page(request)
    if request.POST.get("part") == "plan":
        return _plan(request)
    part = PARTS.get(request.POST.get("part", ""))
    if part is None:
        raise Http404
    programme = request.programme
    form = part.form(_chosen(request, part))
    if not form.is_valid():
        return _frame_page(request, bound={part.name: form}, status=400)
    try:
        with acting(request, "programme.edit", about=programme):
            part.save(programme, version_of(request), request.person, form.cleaned_data)
    except Refusal as refusal:
        programme.refresh_from_db()
        conflict = _conflict(programme, part, form) if refusal.code == "stale" else None
        return _frame_page(request, bound={part.name: form}, conflict=conflict, refusal=refusal)
    messages.success(request, part.saved)
    return redirect("governance:programme", programme.code)


def _chosen(request: Any, part: Part) -> dict[str, Any]:
    """What was typed; where the reader of a conflict chose the other side, what is stored."""
    typed = request.POST.dict()
    for name, stored in part.start(request.programme).items():
        if typed.get(f"keep_{name}") == "theirs":
            typed[name] = stored
    return typed


def _conflict(programme: Programme, part: Part, form: forms.Form) -> dict[str, Any] | None:
    """Both sides of what two people changed, and who came first."""
    stored = part.start(programme)
    fields = [
        {
            "name": name,
            "label": form.fields[name].label,
            "mine": _told(form.fields[name], form.cleaned_data[name]),
            "theirs": _told(form.fields[name], theirs),
        }
        for name, theirs in stored.items()
        if theirs != form.cleaned_data[name]
    ]
    if not fields:
        return None
    last = Event.objects.of(programme.code).about("programme", programme.code).newest().first()
    if last is None:
        return None
    who = Person.objects.filter(email=last.actor).first()
    return {
        "part": part.name,
        "fields": fields,
        "by": str(who or last.actor),
        "at": last.at,
        "total": len(stored),
    }


def _told(field: forms.Field, value: Any) -> str:
    """A value as a person reads it."""
    if isinstance(value, dt.date):
        return in_words(value)
    choices = dict(getattr(field, "choices", ()))
    return str(choices.get(value, value if value is not None else ""))


def _frame_page(
    request: Any,
    *,
    bound: dict[str, forms.Form] | None = None,
    conflict: dict[str, Any] | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    programme, given = request.programme, bound or {}
    shown = {
        name: given.get(name) or part.form(initial=part.start(programme)) for name, part in PARTS.items()
    }
    plans = [
        {
            "phase": phase,
            "form": given.get(phase.kind)
            or PlanForm(
                prefix=phase.kind,
                initial={"planned_start": phase.planned_start, "planned_end": phase.planned_end},
            ),
        }
        for phase in programme.phases.order_by("order")
        if phase.status != PhaseStatus.CLOSED
    ]
    return show(
        request,
        "governance/programmes/frame.html",
        {
            "programme": programme,
            "forms": shown,
            "plans": plans,
            "conflict": conflict,
            "objection": request.rights.objection("programme.edit", programme),
        },
        refusal=refusal,
        status=status,
    )


def _plan(request: Any) -> HttpResponse:
    """Plan one phase."""
    phase = request.programme.phases.filter(kind=request.POST.get("phase", "")).first()
    if phase is None:
        raise Http404
    form = PlanForm(request.POST, prefix=phase.kind)
    if not form.is_valid():
        return _frame_page(request, bound={phase.kind: form}, status=400)
    try:
        with acting(request, "programme.edit", about=phase):
            roles.plan_phase(phase, by=request.person, **form.cleaned_data)
    except Refusal as refusal:
        return _frame_page(request, bound={phase.kind: form}, refusal=refusal)
    messages.success(request, _("The phase “%(phase)s” is planned.") % {"phase": phase.get_kind_display()})
    return redirect("governance:programme", request.programme.code)


# ---------------------------------------------------------------- objectives
@require_http_methods(["GET", "HEAD", "POST"])
@reader_page("programme")
def objective_new(request: Any) -> HttpResponse:
    """Draft an objective."""
    sponsors = role_queries.holders(request.programme, Role.SPONSOR)
    people = Person.objects.filter(pk__in=[person.pk for person in sponsors])
    form, refusal, status = ObjectiveForm(request.POST or None, people=people), None, 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                with acting(request, "objective.edit", about=request.programme):
                    drafted = charter.draft_objective(
                        request.programme, by=request.person, **form.cleaned_data
                    )
            except Refusal as refused:
                refusal = refused
            else:
                messages.success(
                    request,
                    _("%(objective)s is drafted: its owner validates it once a target measures it.")
                    % {"objective": drafted.code},
                )
                return redirect("governance:programme", request.programme.code)
    objection = request.rights.objection("objective.edit")
    return show(
        request,
        "governance/programmes/objective.html",
        {"form": form, "objection": objection, "programme": request.programme},
        refusal=refusal,
        status=status,
    )


@require_POST
@reader_page("programme")
def objective_validate(request: Any, code: str) -> HttpResponse:
    """Validate an objective, as a sponsor."""
    objective: Objective | None = charter_queries.objective_of(request.programme, code)
    if objective is None:
        raise Http404
    try:
        with acting(request, "objective.validate", about=objective):
            charter.validate(objective, by=request.person)
    except Refusal as refusal:
        return _page(request, refusal=refusal)
    messages.success(request, _("%(objective)s is validated.") % {"objective": objective.code})
    return redirect("governance:programme", request.programme.code)
