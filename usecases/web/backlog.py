"""Use cases: what is in the backlog, and one of them: what it is, may it run."""

from __future__ import annotations

from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance import clock
from governance.audit import trail
from governance.audit.models import Event
from governance.dossiers import queries as dossiers
from governance.dossiers.models import Edition
from governance.errors import NotPossible, Refusal
from governance.programmes import rules as programmes
from governance.reviews import policies
from governance.reviews import queries as reviews
from governance.reviews.choices import Standing
from governance.roles import queries as roles
from governance.roles.rights import Rights
from governance.stakeholders.models import Person
from governance.web import shown
from governance.web.base import pages, programme_page, show
from governance.web.forms import NONE_CHOSEN
from usecases.backlog import queries, rules, wording
from usecases.backlog.choices import (
    ENDED,
    Branch,
    DependencyKind,
    RevisionStatus,
    ScenarioLevel,
    UseCaseStatus,
)
from usecases.backlog.models import UseCase
from usecases.journeys import grammar
from usecases.segments import queries as segments
from usecases.segments.choices import Apply, SegmentRole
from usecases.web.vocabulary import terms

TABS = ("framing", "audience", "segments", "kpis", "reviews", "history")
FILTERS = ("status", "branch", "level", "owner", "emblematic", "channel", "text", "ordering")


@require_safe
@programme_page("use_cases")
def index(request: Any) -> HttpResponse:
    """List the use cases that the person may read, filtered and sorted."""
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    ordering = asked["ordering"] or "code"
    found = queries.listing(
        request.person,
        request.programme,
        status=[asked["status"]] if asked["status"] in UseCaseStatus.values else (),
        branch=asked["branch"] if asked["branch"] in Branch.values else "",
        level=int(asked["level"]) if asked["level"] in ("1", "2", "3") else None,
        owner=asked["owner"],
        emblematic={"yes": True, "no": False}.get(asked["emblematic"]),
        channel=asked["channel"],
        text=asked["text"],
        ordering=ordering,
        reads=request.rights.reads,
    )
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("ordering", None)
    kept.pop("page", None)
    return show(
        request,
        "usecases/backlog/index.html",
        {
            "rows": queries.rows(cast(QuerySet[UseCase], page.object_list), ordering),
            "pager": pages(request, page),
            "total": page.paginator.count,
            "asked": asked,
            "kept": kept.urlencode(),
            "columns": _columns(ordering),
            "statuses": UseCaseStatus.choices,
            "branches": Branch.choices,
            "levels": ScenarioLevel.choices,
            "channels": terms("channels"),
            "objection": request.rights.objection("usecase.create"),
            "part": True,
        },
    )


def _columns(ordering: str) -> list[dict[str, str]]:
    """The headings of the table; the sorted one says which way."""
    titles = [
        ("code", _("Use case")),
        ("status", _("State")),
        ("", _("Signatures")),
        ("owner", _("Owner")),
        ("roadmap_start", _("Roadmap")),
        ("rice_score", _("RICE")),
    ]
    columns = []
    for key, title in titles:
        sorted_by = ordering.removeprefix("-") == key and key != ""
        down = ordering.startswith("-")
        columns.append(
            {
                "key": key,
                "title": title,
                "sort": ("descending" if down else "ascending") if sorted_by else "",
                "ordering": f"-{key}" if sorted_by and not down else key,
            }
        )
    return columns


def usecase_of(request: Any, code: str) -> UseCase:
    """The use case of the address, among those the person may read."""
    usecase = queries.by_code(request.person, request.programme, code, reads=request.rights.reads)
    if usecase is None:
        raise Http404
    return usecase


@require_safe
@programme_page("use_cases")
def show_usecase(request: Any, code: str) -> HttpResponse:
    """Show one use case, one of its sides at a time."""
    return page(request, usecase_of(request, code))


def page(request: Any, usecase: UseCase, *, refusal: Refusal | None = None, tab: str = "") -> HttpResponse:
    """Show a use case; the verbs of `drafts` show it again with their refusal on top."""
    tab = tab or (request.GET.get("tab") if request.GET.get("tab") in TABS else "framing")
    history = queries.history(usecase)
    by_number = {str(revision.number): (revision, status) for revision, status in history}
    asked = by_number.get(request.GET.get("revision", ""))
    counting = dossiers.counting(history)
    revision, status = asked or _shown(history, counting)
    reading = queries.Reading(revision)
    edition = revision.edition if asked and revision.edition else counting[0].edition if counting else None
    if edition is not None:
        edition.dossier = usecase.dossier
    standing = reviews.standing(edition) if edition else []
    idea, ended = usecase.status == UseCaseStatus.IDEA, usecase.status in ENDED
    forecasts = status == RevisionStatus.DRAFT and not idea and not ended
    signed = (
        reviews.signatures(usecase.dossier, counting[0].edition, conditions=tab == "reviews")
        if counting and (forecasts or tab == "reviews")
        else []
    )
    waiting = [
        one for one in standing if one.required and one.state not in (Standing.VALID, Standing.BLOCKED)
    ]
    rights = request.rights
    has_draft = any(one.edition_id is None for one, _status in history)
    in_review = status == RevisionStatus.IN_REVIEW
    may_submit = rights.objection("usecase.submit", revision)
    against = (
        rules.objections_to_content(reading)
        if status == RevisionStatus.DRAFT and not idea and may_submit is None
        else []
    )
    if against:
        may_submit = NotPossible(_("Settle first what is listed above."), code="not_ready")
    ended_segments = next(
        (one.ended for one, _status in history if edition is not None and one.edition == edition),
        [],
    )
    context: dict[str, Any] = {
        "usecase": usecase,
        "dossier": usecase.dossier,
        "revision": revision,
        "hypothesis": wording.hypothesis(revision.hypothesis),
        "status": status,
        "is_draft": status == RevisionStatus.DRAFT,
        "in_review": in_review,
        "reading": reading,
        "edition": edition,
        "standing": shown.standing(edition, standing) if edition else [],
        "waiting": waiting,
        "refused": any(one.state == Standing.NEGATIVE for one in standing),
        "stays": next((one for one, how in history if how == RevisionStatus.APPROVED), None)
        if in_review or status == RevisionStatus.CHANGES_REQUESTED
        else None,
        "beside": edition is not None and edition.pk != revision.edition_id,
        "ended_segments": ended_segments,
        "runs": bool(standing) and not ended_segments and all(one.clears for one in standing if one.required),
        "tab": tab,
        "tabs": [{"url": f"?tab={name}", "label": _tab(name), "current": name == tab} for name in TABS],
        "flags": sorted(edition.flags if edition and not revision.is_draft else reading.facts.flags),
        "may_edit": rights.objection("usecase.edit_draft", revision),
        "may_submit": may_submit,
        "against": against,
        "submitted": {"version": revision.version},
        "forecast": _forecast(rights, reading, edition, standing, signed)
        if forecasts and not against
        else [],
        "may_frame": next(iter(rules.objections_to_frame(request.person, usecase, revision)), None)
        if idea
        else None,
        "may_open": rights.objection("usecase.edit_draft", history[0][0])
        or rules.objection_to_follow(usecase, *history[0])
        if not has_draft and not ended
        else False,
        "may_withdraw": rules.objection_to_withdraw(request.person, revision) if in_review else None,
        "may_prioritise": rights.objection("usecase.prioritise", usecase),
        "may_score": rights.objection("usecase.score", usecase),
        "may_pause": usecase.status in rules.ACTIVE and rights.may("usecase.pause", usecase),
        "may_resume": rights.objection("usecase.resume", usecase),
        "may_stop": usecase.status in rules.STOPPABLE and rights.may("usecase.stop", usecase),
        "idea": idea,
        "ended": ended,
        "signatures": signed,
        "links": DependencyKind.choices,
        "link": {name: request.POST.get(name, "") for name in ("kind", "other")},
    }
    context["alone"] = bool(context["forecast"]) and all(one["stands"] for one in context["forecast"])
    if tab in _TABS:
        context |= _TABS[tab](request, reading, history)
    return show(request, "usecases/backlog/usecase.html", context, refusal=refusal)


SET_ASIDE = (RevisionStatus.WITHDRAWN, RevisionStatus.CHANGES_REQUESTED)


def _shown(history: queries.History, counting: queries.Told | None) -> queries.Told:
    """The revision to show where none is asked for: the last one; once withdrawn, the one that counts."""
    return history[0] if history[0][1] != RevisionStatus.WITHDRAWN else counting or history[0]


def _forecast(
    rights: Rights,
    reading: queries.Reading,
    edition: Edition | None,
    standing: list[reviews.FunctionStanding],
    signed: list[Any],
) -> list[dict[str, Any]]:
    """What submitting the draft would make of each signature, in words."""
    revision: Any = reading.revision
    return shown.forecast(
        reviews.forecast(
            queries.as_edition(revision, reading),
            policies.resolve("usecase_revision", reading.facts.flags, rights.phase),
            revision.writers,
            edition,
            standing,
            signed,
        )
    )


def _tab(name: str) -> str:
    return {
        "framing": _("Framing"),
        "audience": _("Audience and journey"),
        "segments": _("Segments"),
        "kpis": _("KPI targets"),
        "reviews": _("Reviews"),
        "history": _("History"),
    }[name]


def _framing(request: Any, reading: queries.Reading, history: queries.History) -> dict[str, Any]:
    today = clock.today()
    return {
        "recipients": [(one, programmes.objection_to_flow(one, today)) for one in reading.recipients],
        "dependencies": queries.dependencies(reading.usecase, _among(request)),
    }


def _among(request: Any) -> Any:
    return roles.visible_dossiers(request.person, request.programme, reads=request.rights.reads)


def _audience(request: Any, reading: queries.Reading, history: queries.History) -> dict[str, Any]:
    lang = request.LANGUAGE_CODE[:2]
    return {
        "steps": grammar.reading(reading.document, reading.catalogue, lang, references=reading.references)
        if reading.document
        else []
    }


def _segments(request: Any, reading: queries.Reading, history: queries.History) -> dict[str, Any]:
    lang = request.LANGUAGE_CODE[:2]
    choices = []
    if reading.revision.is_draft and request.rights.may("usecase.edit_draft", reading.revision):
        choices = list(
            segments.versions(request.programme)
            .in_use(clock.today())
            .filter(segment__dossier__in=_among(request))
            .order_by("segment__dossier__code", "-number")
        )
    return {
        "pins": [
            {"pin": pin, "sentence": segments.sentence(pin.segment_version, lang, reading.references)}
            for pin in reading.pins
        ],
        "choices": choices,
        "typed": {name: request.POST.get(name, "") for name in ("version", "role", "apply")},
        "roles": SegmentRole.choices,
        "applies": NONE_CHOSEN + Apply.choices,
    }


def _kpis(request: Any, reading: queries.Reading, history: queries.History) -> dict[str, Any]:
    return {
        "targets": reading.dossier_targets,
        "may_target": request.rights.objection("target.set", reading.usecase),
    }


def _history(request: Any, reading: queries.Reading, history: queries.History) -> dict[str, Any]:
    events: list[Any] = []
    if request.rights.may("audit.read"):
        about = Event.objects.filter(stream=request.programme.code).about(*reading.usecase.subject)
        named = Person.objects.filter(email=OuterRef("actor")).values("display_name")
        events = list(about.annotate(who=Subquery(named)).newest()[:50])
        for event in events:
            event.who = _("The portal itself") if event.actor == trail.SYSTEM else event.who or event.actor
    return {"history": history, "events": events}


_TABS: dict[Any, Any] = {
    "framing": _framing,
    "audience": _audience,
    "segments": _segments,
    "kpis": _kpis,
    "history": _history,
}


@require_safe
@programme_page("use_cases")
def compare(request: Any, code: str) -> HttpResponse:
    """Show what differs between two revisions, facet by facet, in words."""
    usecase = usecase_of(request, code)
    listed = queries.history(usecase)
    history = {revision.number: revision for revision, _status in listed}
    kept = {revision.number for revision, status in listed if status not in SET_ASIDE}
    numbers = sorted(history)

    def asked(name: str, default: int) -> int:
        return {str(number): number for number in history}.get(request.GET.get(name, ""), default)

    new = asked("to", numbers[-1])
    earlier = [number for number in numbers if number < new]
    old = asked("from", max([one for one in earlier if one in kept] or earlier or numbers[:1]))
    lang = request.LANGUAGE_CODE[:2]
    return show(
        request,
        "usecases/backlog/compare.html",
        {
            "usecase": usecase,
            "dossier": usecase.dossier,
            "old": old,
            "new": new,
            "numbers": numbers,
            "facets": shown.facets(queries.as_edition(history[new]), queries.as_edition(history[old]), lang),
            "today": clock.today(),
        },
    )
