"""Writing a use case: begin, frame, edit, pin segments, submit, withdraw; score, schedule, pause, stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from governance.errors import NotValid, Refusal
from governance.web.base import acting, incomplete, programme_page, show, version_of
from usecases.backlog import actions, queries, rules
from usecases.backlog.choices import RevisionStatus
from usecases.backlog.models import UseCase, UseCaseRevision
from usecases.segments import queries as segments
from usecases.web import conflicts
from usecases.web.backlog import page, usecase_of
from usecases.web.forms import DraftForm, LinkForm, NewForm, PinForm, ScheduleForm, ScoreForm


@programme_page("use_cases")
def create(request: Any) -> HttpResponse:
    """Begin a use case: an idea, from the library or from nothing."""
    form = NewForm(
        request.POST or None,
        rights=request.rights,
        initial={"template": request.GET.get("from", ""), "owner": request.person.pk},
    )
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
        try:
            with acting(request, "usecase.create"):
                usecase = actions.create(request.programme, by=request.person, **given)
        except Refusal as refused:
            refusal = refused
            form.mark(refused)
        else:
            messages.success(request, _("The use case is in the backlog, as an idea."))
            return redirect("usecases:usecase", request.programme.code, usecase.code)
    return show(
        request,
        "usecases/backlog/new.html",
        {"form": form, "objection": request.rights.objection("usecase.create")},
        refusal=refusal,
        status=form.status,
    )


def _act(
    request: Any,
    usecase: UseCase,
    verb: str,
    done: str | Callable[[Any], str],
    act: Any,
    *,
    tab: str = "framing",
) -> HttpResponse:
    """Do an act and say that it is done; what `done` says may depend on what came of it."""
    try:
        with acting(request, verb, about=usecase):
            made = act()
    except Refusal as refusal:
        return page(request, usecase_of(request, usecase.code), refusal=refusal, tab=tab)
    messages.success(request, done if isinstance(done, str) else done(made))
    response = redirect("usecases:usecase", request.programme.code, usecase.code)
    if tab != "framing":
        response["Location"] += f"?tab={tab}"
    return response


def _draft(usecase: UseCase) -> UseCaseRevision:
    """The revision being written. Raises the refusal of `rules.submitted_meanwhile` where there is none."""
    draft = queries.draft(usecase)
    if draft is None:
        raise rules.submitted_meanwhile()
    return draft


@require_POST
@programme_page("use_cases")
def frame(request: Any, code: str) -> HttpResponse:
    """Begin framing an idea."""
    usecase = usecase_of(request, code)
    return _act(
        request,
        usecase,
        "usecase.frame",
        _("In framing: it can be written and submitted."),
        lambda: actions.frame(usecase, by=request.person),
    )


@require_POST
@programme_page("use_cases")
def revise(request: Any, code: str) -> HttpResponse:
    """Open the next revision."""
    usecase = usecase_of(request, code)
    return _act(
        request,
        usecase,
        "usecase.revise",
        _("The next revision is open, a copy of the last one."),
        lambda: actions.open_revision(usecase, by=request.person),
    )


@programme_page("use_cases")
def edit(request: Any, code: str) -> HttpResponse:
    """Write the draft; what was typed for one that was submitted meanwhile is shown again, and not lost."""
    usecase = usecase_of(request, code)
    draft = queries.draft(usecase)
    shown = draft or queries.latest(usecase)
    if draft is None and request.method != "POST":
        refused = rules.objection_to_follow(usecase, shown, queries.status_of(shown))
        said = refused.detail if refused else _("Nothing is being written: open the next revision.")
        messages.info(request, str(said))
        return redirect("usecases:usecase", request.programme.code, code)
    given = conflicts.kept(request.POST, DraftForm(revision=shown)) if request.method == "POST" else None
    form, refusal = DraftForm(given, revision=shown), None
    if request.method == "POST" and form.is_valid():
        try:
            with acting(request, "usecase.edit", about=usecase):
                actions.edit(shown, by=request.person, version=version_of(request), **form.changes())
        except Refusal as refused:
            refusal = rules.submitted_meanwhile() if refused.code == "INV-17" else refused
            form.mark(refused)
        else:
            messages.success(request, _("Kept."))
            return redirect("usecases:usecase", request.programme.code, code)
    context = {
        "usecase": usecase,
        "dossier": usecase.dossier,
        "draft": shown,
        "form": form,
        "version": request.POST.get("version") or shown.version,
        "objection": request.rights.objection("usecase.edit_draft", shown),
        "gone": draft is None,
    }
    if refusal is not None and refusal.code == "stale":
        fresh = _draft(usecase)
        context["version"] = fresh.version
        context["conflict"] = conflicts.sides(DraftForm(given, revision=fresh))
        context |= conflicts.last_word(usecase.dossier)
    return show(request, "usecases/backlog/edit.html", context, refusal=refusal, status=form.status)


@require_POST
@programme_page("use_cases")
def pin(request: Any, code: str) -> HttpResponse:
    """Use a segment version in a role."""
    usecase = usecase_of(request, code)
    form = PinForm(request.POST)
    if not form.is_valid():
        return page(request, usecase, refusal=incomplete(), tab="segments")
    given = form.cleaned_data
    segment, _space, number = given["version"].partition(" v")
    pinned = segments.versions(request.programme).filter(segment__dossier__code=segment)
    version = next((one for one in pinned if str(one.number) == number), None)
    if version is None:
        raise Http404
    return _act(
        request,
        usecase,
        "usecase.edit",
        _("The segment is part of the draft."),
        lambda: actions.adopt(
            _draft(usecase), version, by=request.person, role=given["role"], apply=given["apply"] or None
        ),
        tab="segments",
    )


@require_POST
@programme_page("use_cases")
def unpin(request: Any, code: str) -> HttpResponse:
    """Take a segment version out of the draft."""
    usecase = usecase_of(request, code)
    segment = (
        segments.visible(request.person, request.programme)
        .filter(dossier__code=request.POST.get("segment", ""))
        .first()
    )
    if segment is None:
        raise Http404
    return _act(
        request,
        usecase,
        "usecase.edit",
        _("The segment is out of the draft."),
        lambda: actions.drop(_draft(usecase), segment, by=request.person),
        tab="segments",
    )


@require_POST
@programme_page("use_cases")
def submit(request: Any, code: str) -> HttpResponse:
    """Freeze the draft and ask the functions whose signature does not stand for it."""
    usecase = usecase_of(request, code)
    return _act(
        request,
        usecase,
        "usecase.submit",
        _submitted,
        lambda: actions.submit(_draft(usecase), by=request.person, version=version_of(request)),
        tab="reviews",
    )


def _submitted(revision: UseCaseRevision) -> str:
    """Say whether anybody is asked to sign what was submitted."""
    if queries.status_of(revision) == RevisionStatus.APPROVED:
        return _("Submitted, and approved at once: every signature stands for it already.")
    return _("Submitted: the functions concerned find it on their desk.")


@require_POST
@programme_page("use_cases")
def withdraw(request: Any, code: str) -> HttpResponse:
    """Take the submitted revision back."""
    usecase = usecase_of(request, code)
    last = queries.latest(usecase)
    return _act(
        request,
        usecase,
        "usecase.withdraw",
        _("Withdrawn: the requests are closed."),
        lambda: actions.withdraw(last, by=request.person, reason=request.POST.get("reason", "").strip()),
    )


def _with_form(request: Any, code: str, form: Any, verb: str, done: str, act: Any) -> HttpResponse:
    usecase = usecase_of(request, code)
    if not form.is_valid():
        return page(request, usecase, refusal=incomplete())
    return _act(request, usecase, verb, done, lambda: act(usecase, by=request.person, **form.cleaned_data))


@require_POST
@programme_page("use_cases")
def score(request: Any, code: str) -> HttpResponse:
    """Score it."""
    return _with_form(request, code, ScoreForm(request.POST), "usecase.score", _("Scored."), actions.score)


@require_POST
@programme_page("use_cases")
def schedule(request: Any, code: str) -> HttpResponse:
    """Place it on the roadmap."""
    return _with_form(
        request,
        code,
        ScheduleForm(request.POST),
        "usecase.schedule",
        _("Placed on the roadmap."),
        actions.schedule,
    )


@require_POST
@programme_page("use_cases")
def link(request: Any, code: str) -> HttpResponse:
    """Say how it hangs together with another use case."""
    return _linking(request, code, _("The link is noted."), actions.depend)


@require_POST
@programme_page("use_cases")
def unlink(request: Any, code: str) -> HttpResponse:
    """Remove a link with another use case."""
    return _linking(request, code, _("The link is removed."), actions.undepend)


def _linking(request: Any, code: str, done: str, act: Any) -> HttpResponse:
    usecase, form = usecase_of(request, code), LinkForm(request.POST)
    if not form.is_valid():
        return page(request, usecase, refusal=incomplete())
    given = form.cleaned_data
    other = queries.by_code(request.person, request.programme, given["other"], reads=request.rights.reads)
    if other is None:
        said = _("No use case of this programme bears the code %(code)s.") % {"code": given["other"]}
        return page(request, usecase, refusal=NotValid(said, code="unknown", field="other"))
    ends = (other, usecase) if request.POST.get("incoming") else (usecase, other)
    return _act(
        request, usecase, "usecase.prioritise", done, lambda: act(*ends, given["kind"], by=request.person)
    )


@require_POST
@programme_page("use_cases")
def pause(request: Any, code: str) -> HttpResponse:
    """Pause it: nothing of it runs."""
    usecase = usecase_of(request, code)
    reason = request.POST.get("why", "").strip()
    return _act(
        request,
        usecase,
        "usecase.pause",
        _("Paused."),
        lambda: actions.pause(usecase, by=request.person, reason=reason),
    )


@require_POST
@programme_page("use_cases")
def resume(request: Any, code: str) -> HttpResponse:
    """Take it up again where it was."""
    usecase = usecase_of(request, code)
    return _act(
        request, usecase, "usecase.resume", _("Resumed."), lambda: actions.resume(usecase, by=request.person)
    )


@require_POST
@programme_page("use_cases")
def stop(request: Any, code: str) -> HttpResponse:
    """Stop it for good."""
    usecase = usecase_of(request, code)
    reason = request.POST.get("why", "").strip()
    return _act(
        request,
        usecase,
        "usecase.stop",
        _("Stopped."),
        lambda: actions.stop(usecase, by=request.person, reason=reason),
    )
