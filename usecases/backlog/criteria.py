"""What gates ask of use cases."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg, JSONBAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance import clock
from governance.dossiers.models import Dossier, Edition
from governance.gates.registry import Finding, criterion
from governance.programmes.models import Programme
from governance.reviews.models import Approval, Coverage
from governance.roles.choices import Role
from usecases.backlog import rules
from usecases.backlog.choices import APPROVED, ENDED, Branch
from usecases.backlog.models import RevisionSegment, UseCase, UseCaseRevision
from usecases.kpis.choices import TargetKind
from usecases.segments.choices import SegmentRole

LEAD = (Role.CORE_TEAM_LEAD,)
ASKED_ON_BOTH = {Branch.PROSPECTS, Branch.CUSTOMERS}


def _names(dossier: str, failing: Q) -> JSONBAgg:
    """What names the dossiers of those that fail, read along this way; null where none does."""
    told = JSONObject(**{name: f"{dossier}__{name}" for name in ("code", "name_fr", "name_en")})
    return JSONBAgg(told, filter=failing, order_by=f"{dossier}__code")


def approved() -> Combinable:
    """What the approved revisions of use cases that are approved or further come to (`rev(u)`, domain.md 5).

    One is linked where it has an objective, a segment, and a primary target with its baseline.
    """
    measured = UseCaseRevision.targets.through.objects.filter(
        usecaserevision=OuterRef("pk"),
        kpitarget__kind=TargetKind.PRIMARY,
        kpitarget__baseline__isnull=False,
    )
    pinned = RevisionSegment.objects.filter(
        revision=OuterRef("pk"), role__in=[SegmentRole.TARGET, SegmentRole.EXCLUSION]
    )
    aimed = UseCaseRevision.objectives.through.objects.filter(usecaserevision=OuterRef("pk"))
    later = UseCaseRevision.objects.filter(
        usecase=OuterRef("usecase"), number__gt=OuterRef("number"), edition__approval__isnull=False
    )
    found = (
        UseCaseRevision.objects.filter(
            ~Exists(later),
            usecase__dossier__programme=OuterRef("pk"),
            usecase__status__in=APPROVED,
            edition__approval__isnull=False,
        )
        .annotate(is_linked=Exists(aimed) & Exists(pinned) & Exists(measured))
        .order_by()
        .values("usecase__dossier__programme")
    )
    told = JSONObject(
        count=Count("pk"),
        simple=Count("pk", filter=Q(usecase__emblematic=True, scenario_level=1)),
        branches=ArrayAgg("audience_branch", distinct=True),
        loose=_names("usecase__dossier", Q(is_linked=False)),
    )
    return Subquery(found.values(told=told))


@criterion("G1-03", reads=approved)
def enough_use_cases_are_approved(programme: Programme, found: dict[str, Any] | None) -> Finding:
    """Ask for five approved use cases, two of them emblematic at level 1, on both branches."""
    count, simple, addressed = (
        (found[name] for name in ("count", "simple", "branches")) if found else (0, 0, [])
    )
    branches = ASKED_ON_BOTH if Branch.BOTH in addressed else {Branch(branch) for branch in addressed}
    lacking = []
    if count < 5:
        lacking.append(_("%(count)d use cases approved, five are asked") % {"count": count})
    if simple < 2:
        lacking.append(_("%(count)d emblematic ones at level 1, two are asked") % {"count": simple})
    lacking += [
        _("nothing for: %(branch)s") % {"branch": branch.label}
        for branch in sorted(ASKED_ON_BOTH - branches, key=lambda item: item.value)
    ]
    return Finding(
        passes=not lacking,
        value=ngettext("%(n)s use case approved", "%(n)s use cases approved", count) % {"n": count},
        threshold=_("5, two of them emblematic at level 1, on both branches"),
        explanation=_sentence(
            lacking, _("%(count)d use cases are approved, on both branches.") % {"count": count}
        ),
        who_can=LEAD,
    )


@criterion("G1-04", reads=approved)
def approved_use_cases_are_linked(programme: Programme, found: dict[str, Any] | None) -> Finding:
    """Ask that each approved use case has an objective, a segment and a primary target with a baseline."""
    return _each(
        found,
        "loose",
        _("Each approved use case has an objective, a segment, and a primary target with its baseline."),
        _("Without objective, segment, or primary target with a baseline: %(names)s."),
    )


def emblematic() -> Combinable:
    """How many emblematic use cases have not ended, and which of them legal and DPO reviews do not cover.

    The edition that counts is the last one approved, else the last one submitted.
    """
    read = (
        Edition.objects.filter(dossier=OuterRef("dossier"))
        .annotate(is_approved=Exists(Approval.objects.filter(edition=OuterRef("pk"))))
        .order_by("-is_approved", "-number")
    )
    uncovered = Coverage.objects.filter(
        edition=OuterRef("edition_read"), function__in=["legal", "dpo"], covers=False
    )
    found = (
        UseCase.objects.filter(dossier__programme=OuterRef("pk"), emblematic=True)
        .exclude(status__in=ENDED)
        .annotate(edition_read=Subquery(read.values("pk")[:1]))
        .annotate(is_covered=Q(edition_read__isnull=False) & ~Exists(uncovered))
        .order_by()
        .values("dossier__programme")
    )
    told = JSONObject(count=Count("pk"), uncovered=_names("dossier", Q(is_covered=False)))
    return Subquery(found.values(told=told))


@criterion("G1-05", reads=emblematic)
def emblematic_use_cases_are_reviewed(programme: Programme, found: dict[str, Any] | None) -> Finding:
    """Ask that legal and DPO reviews cover each emblematic use case, approved or at least submitted."""
    return _each(
        found,
        "uncovered",
        _("Legal and DPO reviews cover each emblematic use case."),
        _("Without a legal or DPO review that covers it: %(names)s."),
        who_can=(Role.LEGAL_REVIEWER, Role.DPO),
    )


def starts() -> Combinable:
    """The days on which the use cases of a programme are planned to start."""
    planned = UseCase.objects.filter(dossier__programme=OuterRef("pk"), roadmap_start__isnull=False)
    return ArraySubquery(planned.order_by().values("roadmap_start").distinct())


@criterion("G1-09", reads=starts)
def the_roadmap_looks_24_months_ahead(programme: Programme, planned: list[dt.date]) -> Finding:
    """Ask for a use case that starts in each of three windows: 0 to 6, 6 to 12, 12 to 24 months."""
    today = clock.today()
    windows = [(0, 6), (6, 12), (12, 24)]
    empty = [
        (low, high)
        for low, high in windows
        if not any(
            rules.months_after(today, low) <= start < rules.months_after(today, high) for start in planned
        )
    ]
    return Finding(
        passes=not empty,
        value=len(windows) - len(empty),
        threshold=len(windows),
        explanation=_sentence(
            [
                _("nothing starts between %(low)d and %(high)d months from now") % {"low": low, "high": high}
                for low, high in empty
            ],
            _("Use cases start in each part of the next 24 months."),
        ),
        who_can=LEAD,
    )


def _sentence(lacking: list[str], otherwise: str) -> str:
    if not lacking:
        return otherwise
    joined = "; ".join(lacking)
    return f"{joined[:1].upper()}{joined[1:]}."


def _each(
    found: dict[str, Any] | None,
    failing: str,
    passing: str,
    lacking: str,
    *,
    who_can: tuple[Role, ...] = LEAD,
) -> Finding:
    """Find whether all of a population hold, but those named; nothing to check yet fails (decisions.md 6)."""
    count = found["count"] if found else 0
    named = (found[failing] or []) if found else []
    if not count:
        explanation = _("Nothing to check yet.")
    elif named:
        explanation = lacking % {"names": ", ".join(str(Dossier(**one)) for one in named)}
    else:
        explanation = passing
    return Finding(
        passes=count > 0 and not named,
        value=count - len(named),
        threshold=count,
        explanation=explanation,
        who_can=who_can,
    )
