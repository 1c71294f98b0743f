"""What gates ask of use cases."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
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

LEAD = (Role.CORE_TEAM_LEAD.label,)
ASKED_ON_BOTH = {Branch.PROSPECTS, Branch.CUSTOMERS}


def approved(programme: Programme) -> QuerySet[UseCaseRevision]:
    """The approved revisions of the use cases that are approved or further (`rev(u)`, domain.md 5)."""
    return (
        UseCaseRevision.objects.filter(
            usecase__dossier__programme=programme,
            usecase__status__in=APPROVED,
            edition__approval__isnull=False,
        )
        .select_related("usecase__dossier")
        .order_by("usecase__dossier__code", "-number")
        .distinct("usecase__dossier__code")
    )


@criterion("G1-03")
def enough_use_cases_are_approved(programme: Programme) -> Finding:
    """Ask for five approved use cases, two of them emblematic at level 1, on both branches."""
    found = list(approved(programme).values_list("usecase__emblematic", "scenario_level", "audience_branch"))
    simple = sum(emblematic and level == 1 for emblematic, level, _branch in found)
    addressed = {branch for _emblematic, _level, branch in found}
    branches = ASKED_ON_BOTH if Branch.BOTH in addressed else {Branch(branch) for branch in addressed}
    lacking = []
    if len(found) < 5:
        lacking.append(_("%(count)d use cases approved, five are asked") % {"count": len(found)})
    if simple < 2:
        lacking.append(_("%(count)d emblematic ones at level 1, two are asked") % {"count": simple})
    lacking += [
        _("nothing for: %(branch)s") % {"branch": branch.label}
        for branch in sorted(ASKED_ON_BOTH - branches, key=lambda item: item.value)
    ]
    return Finding(
        passes=not lacking,
        value=ngettext("%(n)s use case approved", "%(n)s use cases approved", len(found)) % {"n": len(found)},
        threshold=_("5, two of them emblematic at level 1, on both branches"),
        explanation=_sentence(
            lacking, _("%(count)d use cases are approved, on both branches.") % {"count": len(found)}
        ),
        who_can=LEAD,
    )


@criterion("G1-04")
def approved_use_cases_are_linked(programme: Programme) -> Finding:
    """Ask that each approved use case has an objective, a segment and a primary target with a baseline."""
    measured = UseCaseRevision.targets.through.objects.filter(
        usecaserevision=OuterRef("pk"),
        kpitarget__kind=TargetKind.PRIMARY,
        kpitarget__baseline__isnull=False,
    )
    pinned = RevisionSegment.objects.filter(
        revision=OuterRef("pk"), role__in=[SegmentRole.TARGET, SegmentRole.EXCLUSION]
    )
    aimed = UseCaseRevision.objectives.through.objects.filter(usecaserevision=OuterRef("pk"))
    found = list(
        approved(programme).values_list(
            "usecase__dossier__code",
            "usecase__dossier__name_fr",
            "usecase__dossier__name_en",
            Exists(aimed) & Exists(pinned) & Exists(measured),
        )
    )
    loose = [Dossier(code=code, name_fr=fr, name_en=en) for code, fr, en, is_linked in found if not is_linked]
    return _each(
        found,
        loose,
        _("Each approved use case has an objective, a segment, and a primary target with its baseline."),
        _("Without objective, segment, or primary target with a baseline: %(names)s."),
    )


@criterion("G1-05")
def emblematic_use_cases_are_reviewed(programme: Programme) -> Finding:
    """Ask that legal and DPO reviews cover each emblematic use case, approved or at least submitted."""
    read = (
        Edition.objects.filter(dossier=OuterRef("dossier"))
        .annotate(is_approved=Exists(Approval.objects.filter(edition=OuterRef("pk"))))
        .order_by("-is_approved", "-number")
    )
    uncovered = Coverage.objects.filter(
        edition=OuterRef("edition_read"), function__in=["legal", "dpo"], covers=False
    )
    emblematic = list(
        UseCase.objects.filter(dossier__programme=programme, emblematic=True)
        .exclude(status__in=ENDED)
        .select_related("dossier__programme")
        .annotate(edition_read=Subquery(read.values("pk")[:1]))
        .annotate(is_uncovered=Exists(uncovered))
        .order_by("dossier__code")
    )
    failing = [one.dossier for one in emblematic if one.edition_read is None or one.is_uncovered]
    return _each(
        emblematic,
        failing,
        _("Legal and DPO reviews cover each emblematic use case."),
        _("Without a legal or DPO review that covers it: %(names)s."),
        who_can=(Role.LEGAL_REVIEWER.label, Role.DPO.label),
    )


@criterion("G1-09")
def the_roadmap_looks_24_months_ahead(programme: Programme) -> Finding:
    """Ask for a use case that starts in each of three windows: 0 to 6, 6 to 12, 12 to 24 months."""
    today = clock.today()
    planned = UseCase.objects.filter(dossier__programme=programme, roadmap_start__isnull=False)
    starts = [day for day in planned.values_list("roadmap_start", flat=True) if day is not None]
    windows = [(0, 6), (6, 12), (12, 24)]
    empty = [
        (low, high)
        for low, high in windows
        if not any(
            rules.months_after(today, low) <= start < rules.months_after(today, high) for start in starts
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
    population: Sized, failing: list[Dossier], passing: str, lacking: str, *, who_can: tuple[Any, ...] = LEAD
) -> Finding:
    """Find whether all of a population hold; nothing to check yet fails (decisions.md 6)."""
    if not population:
        explanation = _("Nothing to check yet.")
    elif failing:
        names = ", ".join(map(str, failing))
        explanation = lacking % {"names": names}
    else:
        explanation = passing
    return Finding(
        passes=bool(population) and not failing,
        value=len(population) - len(failing),
        threshold=len(population),
        explanation=explanation,
        who_can=who_can,
    )
