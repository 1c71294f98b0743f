"""Reads of KPI definitions and targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber

from governance.charter.models import Objective
from governance.dossiers.models import Dossier
from governance.programmes.models import Programme
from usecases.kpis import definitions
from usecases.kpis.models import Kpi, KpiTarget, TargetQuerySet


def kpis(programme: Programme) -> QuerySet[Kpi]:
    """List the definitions of a programme."""
    return Kpi.objects.filter(programme=programme)


def targets(programme: Programme) -> TargetQuerySet:
    """List all targets of a programme, with what they measure and for which dossier."""
    return KpiTarget.objects.filter(programme=programme).select_related(
        "kpi", "dossier__programme", "programme", "set_by"
    )


def targets_of(dossier: Dossier) -> TargetQuerySet:
    """List the targets of one dossier, closed ones too."""
    return KpiTarget.objects.filter(dossier=dossier).select_related("kpi", "programme", "set_by")


def measures_of(objective: Objective) -> list[KpiTarget]:
    """List the open targets that measure an objective: with a baseline and a horizon (INV-04)."""
    return list(
        KpiTarget.objects.filter(objectives=objective, baseline__isnull=False, horizon_on__isnull=False)
        .open()
        .select_related("kpi")
    )


def measures_of_each(objectives: Iterable[Objective], most: int) -> Iterator[tuple[UUID, int, KpiTarget]]:
    """Tell how many open targets measure each of these objectives, with so many of them, in one reading."""
    here: dict[str, Any] = {"partition_by": [F("objectives")]}
    found = (
        KpiTarget.objects.filter(objectives__in=objectives, baseline__isnull=False, horizon_on__isnull=False)
        .open()
        .select_related("kpi", "dossier")
        .annotate(
            measured=F("objectives"),
            place=Window(RowNumber(), order_by=["code"], **here),
            count=Window(Count("pk"), **here),
        )
        .filter(place__lte=most)
        .order_by("code")
    )
    for target in found:
        yield target.measured, target.count, target  # type: ignore[attr-defined]


def as_typed(target: KpiTarget) -> definitions.Target:
    """Give the figures of a target to the rules that read them."""
    return definitions.Target(
        kind=target.kind,
        baseline=target.baseline,
        baseline_from=target.baseline_from,
        baseline_to=target.baseline_to,
        target=target.target,
        start_on=target.start_on,
        horizon_on=target.horizon_on,
        minimum=target.minimum,
        maximum=target.maximum,
        consecutive=target.consecutive,
        severity=target.severity,
    )
