"""Segments: who is in it, by which data, and who uses it."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from governance import canonical, clock, library
from governance.dossiers import queries as dossiers
from governance.errors import Refusal, raise_if
from governance.reviews import policies
from governance.reviews import queries as reviews
from governance.roles import queries as roles
from governance.roles.rights import Rights
from governance.web import shown
from governance.web.base import Form, acting, incomplete, pages, programme_page, show, version_of
from governance.web.forms import NONE_CHOSEN
from usecases.backlog import queries as backlog
from usecases.catalogue.snapshot import Catalogue
from usecases.segments import actions, content, queries, rules
from usecases.segments.choices import Apply, EstimationMethod, SegmentRole, SegmentStatus
from usecases.segments.flags import version_flags
from usecases.segments.models import Segment, SegmentVersion
from usecases.segments.segrule import Report
from usecases.web import conflicts
from usecases.web.building import UNREADABLE, Builder, ConditionForm, as_text, read
from usecases.web.forms import where_unreadable
from usecases.web.vocabulary import terms

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class RuleField(forms.CharField):
    """A segrule/1 document, typed as JSON with exact numbers."""

    widget = forms.Textarea(
        attrs={"rows": 14, "class": "j-mono", "spellcheck": "false", "autocomplete": "off"}
    )

    def to_python(self, value: Any) -> Any:
        """Read the JSON; what cannot be read is said on the field."""
        text = super().to_python(value)
        if not text:
            return None
        try:
            return canonical.parse(text)
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(
                _("The rule is not readable JSON: %(why)s") % {"why": where_unreadable(error)}
            ) from error


class SegmentForm(Form):
    """What a segment and its draft say."""

    called = {"name": "name_fr"}
    name_fr = forms.CharField(label=gettext_lazy("Name in French"), max_length=160)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=160, required=False)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=SegmentRole.choices)
    apply = forms.ChoiceField(
        label=gettext_lazy("Applied (exclusions only)"), choices=NONE_CHOSEN + Apply.choices, required=False
    )
    rule = RuleField(
        label=gettext_lazy("Rule"),
        help_text=gettext_lazy("A segrule/1 document. It is checked as you type and said in words beside."),
    )
    identity_types = forms.MultipleChoiceField(
        label=gettext_lazy("Identifiers it can be reached by"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    valid_from = forms.DateField(label=gettext_lazy("Valid from"), widget=DAY)
    valid_until = forms.DateField(
        label=gettext_lazy("Valid until"), widget=DAY, help_text=gettext_lazy("Twelve months at most.")
    )
    change_summary = forms.CharField(
        label=gettext_lazy("What changes"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["identity_types"].choices = terms("identity_types")  # type: ignore[attr-defined]


class EstimateForm(Form):
    """How many people, known since when and how."""

    called = {"estimated_on": "on"}

    size = forms.IntegerField(label=pgettext_lazy("how many", "People"), min_value=0)
    on = forms.DateField(label=gettext_lazy("Estimated on"), widget=DAY)
    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=EstimationMethod.choices)


@require_safe
@programme_page("segments")
def index(request: Any) -> HttpResponse:
    """List the segments that the person may read."""
    asked = {name: request.GET.get(name, "").strip() for name in ("role", "text", "ordering")}
    if asked["role"] not in SegmentRole.values:
        asked["role"] = ""
    found = queries.listing(
        request.person,
        request.programme,
        **{**asked, "ordering": asked["ordering"] or "code"},
        reads=request.rights.reads,
    )
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    return show(
        request,
        "usecases/segments/index.html",
        {
            "rows": queries.rows(list(page)),
            "pager": pages(request, page),
            "total": page.paginator.count,
            "asked": asked,
            "roles": SegmentRole.choices,
            "objection": rules.objection_to_writing(request.rights),
            "part": True,
        },
    )


def _segment(request: Any, code: str) -> Segment:
    found = queries.visible(request.person, request.programme, reads=request.rights.reads)
    segment = found.filter(dossier__code=code).first()
    if segment is None:
        raise Http404
    return segment


def _version(segment: Segment, number: int) -> SegmentVersion:
    version = queries.versions(segment.dossier.programme).filter(segment=segment, number=number).first()
    if version is None:
        raise Http404
    return version


@require_safe
@programme_page("segments")
def show_segment(request: Any, code: str) -> HttpResponse:
    """Show one segment: its last version, or the one asked for."""
    return _page(request, _segment(request, code))


def _page(
    request: Any, segment: Segment, *, refusal: Refusal | None = None, form: EstimateForm | None = None
) -> HttpResponse:
    lang = request.LANGUAGE_CODE[:2]
    history = queries.history(segment)
    numbers = {str(version.number): (version, status) for version, status in history}
    asked = request.GET.get("version", "")
    version, status = numbers.get(asked, history[0])
    references, known = queries.Versions(request.programme), queries.estimate(version)
    report = queries.report(version, known, references)
    before = numbers.get(str(version.number - 1))
    if version.edition is not None:
        version.edition.dossier = segment.dossier
    standing = reviews.standing(version.edition) if version.edition else []
    is_draft = status == SegmentStatus.DRAFT
    published, home = queries.catalogue_to_write_on(request.programme) if is_draft else (None, None)
    against = (
        rules.objections_to_content(version, report=report, known=known, published=published, home=home)
        if home is not None
        else []
    )
    forecast = (
        _forecast(request.rights, history, version, report, home) if home is not None and not against else []
    )
    among = roles.visible_dossiers(request.person, request.programme, reads=request.rights.reads)
    return show(
        request,
        "usecases/segments/segment.html",
        {
            "segment": segment,
            "version": version,
            "status": status,
            "history": history,
            "report": report,
            "sentence": {each: queries.sentence(version, each, references) for each in ("fr", "en")},
            "lang": lang,
            "estimate": known,
            "against": against,
            "forecast": forecast,
            "alone": bool(forecast) and all(one["stands"] for one in forecast),
            "changes": queries.difference(before[0], version, lang, references) if before else [],
            "before": before[0] if before else None,
            "users": backlog.users_of(version, among),
            "naming": queries.naming(version, among),
            "standing": shown.standing(version.edition, [one for one in standing if one.required])
            if version.edition
            else [],
            "may_size": any(request.rights.may(act, version) for act in ("segment.edit", "segment.freeze")),
            "rule": as_text(json.loads(version.rule)) if version.rule else "",
            "form": form
            or EstimateForm(initial={"on": clock.today(), "method": EstimationMethod.PLATFORM_COUNT}),
            "edit_objection": request.rights.objection("segment.edit", segment),
            "freeze_objection": request.rights.objection("segment.freeze", segment),
            "is_draft": is_draft,
            "may_revise": not any(one.is_draft for one, _status in history),
        },
        refusal=refusal,
    )


def _forecast(
    rights: Rights, history: Any, version: SegmentVersion, report: Report, home: Catalogue
) -> list[dict[str, Any]]:
    """What freezing the draft would make of each signature, in words."""
    dossier, found = version.segment.dossier, dossiers.counting(history)
    edition = found[0].edition if found is not None else None
    if edition is not None:
        edition.dossier = dossier
    return shown.forecast(
        reviews.forecast(
            dossiers.drafted(dossier, version.number, content.facets(version, report.facts, home)),
            policies.resolve(
                "segment_version", version_flags(version.segment.role, report.facts), rights.phase
            ),
            version.authors.values_list("pk", flat=True),
            edition,
            reviews.standing(edition) if edition is not None else [],
            reviews.signatures(dossier, edition, conditions=False) if edition is not None else [],
        )
    )


@programme_page("segments")
def create(request: Any) -> HttpResponse:
    """Create a segment, from nothing or from a rule of the library."""
    template = request.GET.get("from", "")
    initial: dict[str, Any] = {"valid_from": clock.today(), "role": SegmentRole.TARGET}
    found = next((one for one in library_segments() if one["ref"] == template), None)
    if found is not None:
        initial |= {
            "name_fr": found["name_fr"],
            "name_en": found["name_en"],
            "role": found["role"],
            "apply": found.get("apply", ""),
            "rule": as_text(found["rule"]),
            "identity_types": found.get("identity", []),
        }
    context: dict[str, Any] = {
        "templates": library_segments(),
        "chosen": template,
        "segment": None,
        "objection": rules.objection_to_writing(request.rights),
    }
    if "build" in request.POST:
        return _built(request, request.POST, context)
    form, refusal = SegmentForm(request.POST or None, initial=initial), None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            with acting(request, "segment.create"):
                segment = actions.create(
                    request.programme, by=request.person, name=given.pop("name_fr"), **given
                )
        except Refusal as refused:
            refusal = refused
            form.mark(refused)
        else:
            messages.success(request, _("The segment is created, as a draft."))
            return redirect("usecases:segment", request.programme.code, segment.code)
    return _editor(request, form, context, refusal=refusal)


Drawn = tuple[Builder, Report | None]


def _editor(
    request: Any,
    form: SegmentForm,
    context: dict[str, Any],
    *,
    drawn: Drawn | None = None,
    condition: ConditionForm | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    """Show a segment that is being written: its form, its rule line by line and in words."""
    builder, report = drawn or _drawn(request, form)
    condition = condition or ConditionForm(None, builder=builder)
    context |= {
        "form": form,
        "builder": builder,
        "condition": condition,
        "report": report,
        "lang": request.LANGUAGE_CODE[:2],
    }
    status = condition.status if condition.errors else form.status
    return show(request, "usecases/segments/edit.html", context, refusal=refusal, status=status)


def _drawn(request: Any, form: SegmentForm) -> Drawn:
    """The rule of a form and the report on it, for those who may have it checked."""
    rule, report = read(str(form["rule"].value() or "")), None
    if rules.objection_to_writing(request.rights) is not None:
        rule = None
    among = roles.visible_dossiers(request.person, request.programme, reads=request.rights.reads)
    if rule is not None and rule is not UNREADABLE:
        report = queries.check(
            request.programme,
            rule,
            role=str(form["role"].value() or "target"),
            apply=str(form["apply"].value() or ""),
            references=queries.Versions(request.programme, among),
        )
    versions = queries.versions(request.programme).in_use(clock.today()).filter(segment__dossier__in=among)
    builder = Builder(
        rule,
        queries.catalogue_to_write_on(request.programme)[1],
        queries.Versions(request.programme, among),
        faults=report.errors if report is not None else (),
        versions=versions.order_by("segment__dossier__code", "-number"),
    )
    return builder, report


def _built(request: Any, given: QueryDict, context: dict[str, Any]) -> HttpResponse:
    """Do what a button of the builder asks: the page comes back with the new rule; nothing is kept."""
    typed: dict[str, Any] = {name: given.get(name, "") for name in SegmentForm.base_fields}
    typed["identity_types"] = given.getlist("identity_types")
    form = SegmentForm(initial=typed)
    try:
        with acting(request, "segment.check", about=request.programme):
            raise_if(rules.objection_to_writing(request.rights))
    except Refusal as refusal:
        return _editor(request, form, context, refusal=refusal)
    drawn = _drawn(request, form)
    builder, condition = drawn[0], None
    if not builder.is_readable:
        return _editor(request, form, context, drawn=drawn)
    rule, lines = builder.rule, {line.at: line for line in builder.lines()}
    order, _colon, at = str(given["build"]).partition(":")
    if order == "remove" and at in lines:
        rule = builder.removed(at)
    elif order == "turn" and at in lines and lines[at].group:
        rule = builder.turned(at)
    elif order == "change" and at in lines and (typed_before := lines[at].typed) is not None:
        condition = ConditionForm(None, builder=builder, initial={**typed_before, "instead": at})
    elif order == "choose":
        chosen = {name: given.get(f"c-{name}", "") for name in ("about", "instead")}
        condition = ConditionForm(None, builder=builder, initial=chosen)
    elif order == "add":
        asked = ConditionForm(given, builder=builder)
        if asked.is_valid() and (instead := asked.cleaned_data["instead"]) in lines:
            rule = builder.replaced(instead, asked.node())
        elif asked.is_valid():
            rule = builder.added(asked.node(), asked.cleaned_data.get("place", ""))
        else:
            condition = asked
    if rule is builder.rule:
        return _editor(request, form, context, drawn=drawn, condition=condition)
    return _editor(request, SegmentForm(initial={**typed, "rule": as_text(rule)}), context)


def library_segments() -> list[dict[str, Any]]:
    """The segments of the library's templates, each with the reference that names it."""
    return [
        {"ref": f"{template['code']}#{place}", "template": template["code"], **segment}
        for template in library.usecase_templates()
        for place, segment in enumerate(template["segments"])
    ]


@programme_page("segments")
def edit(request: Any, code: str) -> HttpResponse:
    """Edit the draft of a segment."""
    segment = _segment(request, code)
    draft = queries.draft(segment)
    if draft is None:
        raise Http404
    context = {
        "segment": segment,
        "draft": draft,
        "version": request.POST.get("version") or draft.version,
        "objection": request.rights.objection("segment.edit", segment),
    }
    initial = _initial_of(segment, draft)
    given = conflicts.kept(request.POST, SegmentForm(initial=initial)) if request.method == "POST" else None
    if given is not None and "build" in given:
        return _built(request, given, context)
    form, refusal = SegmentForm(given, initial=initial), None
    if request.method == "POST" and form.is_valid():
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        try:
            with acting(request, "segment.edit", about=segment):
                actions.edit(draft, by=request.person, version=version_of(request), **changed)
        except Refusal as refused:
            refusal = refused
            form.mark(refused)
        else:
            messages.success(request, _("Kept."))
            return redirect("usecases:segment", request.programme.code, code)
    if refusal is not None and refusal.code == "stale":
        segment = _segment(request, code)
        fresh = queries.draft(segment)
        if fresh is None:
            raise Http404
        context["version"] = fresh.version
        context["conflict"] = conflicts.sides(SegmentForm(given, initial=_initial_of(segment, fresh)))
        context |= conflicts.last_word(segment.dossier)
    return _editor(request, form, context, refusal=refusal)


def _initial_of(segment: Segment, draft: SegmentVersion) -> dict[str, Any]:
    """What a draft says now."""
    return {
        "name_fr": segment.dossier.name_fr,
        "name_en": segment.dossier.name_en,
        "role": segment.role,
        "apply": segment.apply,
        "rule": as_text(json.loads(draft.rule)),
        "identity_types": draft.identity_types,
        "valid_from": draft.valid_from,
        "valid_until": draft.valid_until,
        "change_summary": draft.change_summary,
    }


@require_POST
@programme_page("segments")
def check(request: Any) -> HttpResponse:
    """Say a rule that is being typed: its sentence, its faults, the data it reads."""
    text, fault, report, status = request.POST.get("rule", ""), "", None, 200
    try:
        with acting(request, "segment.check", about=request.programme):
            raise_if(rules.objection_to_writing(request.rights))
        rule = canonical.parse(text)
        among = roles.visible_dossiers(request.person, request.programme, reads=request.rights.reads)
        report = queries.check(
            request.programme,
            rule,
            role=request.POST.get("role") or "target",
            apply=request.POST.get("apply") or "",
            references=queries.Versions(request.programme, among),
        )
    except Refusal as refusal:
        fault, status = str(refusal), refusal.status
    except (ValueError, RecursionError) as error:
        fault = where_unreadable(error) if text.strip() else _("it is empty.")
    return render(
        request,
        "usecases/segments/_reading.html",
        {"report": report, "fault": fault, "lang": request.LANGUAGE_CODE[:2]},
        status=status,
    )


def _act(
    request: Any, segment: Segment, verb: str, done: str, act: Any, form: EstimateForm | None = None
) -> HttpResponse:
    try:
        with acting(request, verb, about=segment):
            act()
    except Refusal as refusal:
        if form is not None:
            form.mark(refusal)
        return _page(request, segment, refusal=refusal, form=form)
    messages.success(request, done)
    return redirect("usecases:segment", request.programme.code, segment.code)


@require_POST
@programme_page("segments")
def revise(request: Any, code: str) -> HttpResponse:
    """Open the next version."""
    segment = _segment(request, code)
    return _act(
        request,
        segment,
        "segment.revise",
        _("The next version is open, as a draft: the one in use does not change."),
        lambda: actions.revise(segment, by=request.person),
    )


@require_POST
@programme_page("segments")
def estimate(request: Any, code: str, number: int) -> HttpResponse:
    """Note a size."""
    segment = _segment(request, code)
    form = EstimateForm(request.POST)
    if not form.is_valid():
        refusal = incomplete()
        return _page(request, segment, refusal=refusal, form=form)
    return _act(
        request,
        segment,
        "segment.estimate",
        _("The size is noted."),
        lambda: actions.estimate(_version(segment, number), by=request.person, **form.cleaned_data),
        form,
    )


@require_POST
@programme_page("segments")
def freeze(request: Any, code: str, number: int) -> HttpResponse:
    """Freeze a version: its reviews are asked at once."""
    segment = _segment(request, code)
    return _act(
        request,
        segment,
        "segment.freeze",
        _("Frozen: the rule no longer changes, and its reviews are asked."),
        lambda: actions.freeze(_version(segment, number), by=request.person, version=version_of(request)),
    )


@require_POST
@programme_page("segments")
def deprecate(request: Any, code: str, number: int) -> HttpResponse:
    """Take a version out of use."""
    segment = _segment(request, code)
    return _act(
        request,
        segment,
        "segment.deprecate",
        _("Out of use: what was signed on it stays in the history."),
        lambda: actions.deprecate(_version(segment, number), by=request.person),
    )
