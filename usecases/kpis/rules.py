"""What stands against the verbs of KPI targets."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from governance.charter.choices import ObjectiveStatus
from governance.charter.models import Objective
from governance.dossiers.choices import DossierKind
from governance.dossiers.models import Dossier
from governance.errors import NotPossible, NotValid, Refusal
from governance.programmes.models import Programme
from governance.roles import rules as roles
from governance.stakeholders.models import Person
from governance.text import in_words
from usecases.kpis import definitions, queries
from usecases.kpis.choices import Direction, TargetKind
from usecases.kpis.models import Kpi, KpiTarget
from usecases.kpis.registry import Aim

CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,7}", re.ASCII)
FIGURES = ("baseline", "target", "minimum", "maximum")


def code_taken() -> Refusal:
    """Say that a target already bears this code."""
    return NotPossible(_("A target already bears this code. Choose another one."), code="taken", field="code")


def unknown_kpi() -> Refusal:
    """Say that the programme does not know this indicator."""
    return NotValid(_("Choose one of the indicators of this programme."), code="unknown_code", field="kpi")


CONSTRAINTS: dict[str, Callable[[], Refusal]] = {"one_target_per_code": code_taken}


def objections_to_set(
    person: Person,
    programme: Programme,
    *,
    kpi: Kpi,
    dossier: Dossier | None,
    objectives: Iterable[Objective],
    typed: definitions.Target,
    code: str,
) -> list[Refusal]:
    """Say what keeps a target from being set."""
    refused = roles.objection(person, "target.set", programme, about=Aim(dossier))
    if refused:
        return [refused]
    found: list[Refusal] = []
    if kpi.programme_id != programme.pk:
        found.append(
            NotValid(_("Choose one of the indicators of this programme."), code="foreign", field="kpi")
        )
    if dossier is not None and (dossier.programme_id != programme.pk or dossier.kind != DossierKind.USE_CASE):
        found.append(
            NotValid(
                _("A target is set for a use case of this programme, or for the programme itself."),
                code="foreign",
                field="dossier",
            )
        )
    if any(objective.programme_id != programme.pk for objective in objectives):
        found.append(NotValid(_("Choose objectives of this programme."), code="foreign", field="objectives"))
    if code and not CODE.fullmatch(code):
        found.append(
            NotValid(
                _("Write the code in capital letters and figures, 8 signs at most."),
                code="invalid_code",
                field="code",
            )
        )
    elif code and KpiTarget.objects.filter(programme=programme, code=code).exists():
        found.append(code_taken())
    return [*found, *_of_figures(kpi, typed), *definitions.objections_to_target(typed)]


def _of_figures(kpi: Kpi, typed: definitions.Target) -> Iterable[Refusal]:
    for name in FIGURES:
        figure = getattr(typed, name)
        if figure is None:
            continue
        if not _fits(Decimal(figure)):
            yield NotValid(
                _("This figure is too long: twelve digits before the point and six after it at most."),
                code="invalid_target",
                field=name,
            )
        elif name == "target" and _goes_the_wrong_way(kpi, typed):
            better = _("“%(kpi)s” is better when it rises: aim above the baseline.")
            if kpi.direction == Direction.DOWN:
                better = _("“%(kpi)s” is better when it falls: aim below the baseline.")
            yield NotValid(better % {"kpi": kpi.name}, code="invalid_target", field=name)
        elif is_share(kpi) and not 0 <= figure <= 1:
            yield NotValid(
                _("“%(kpi)s” is a share, from 0 to 1: write 0.079 for 7.9 %%.") % {"kpi": kpi.name},
                code="invalid_target",
                field=name,
            )


def _goes_the_wrong_way(kpi: Kpi, typed: definitions.Target) -> bool:
    """Say whether what is aimed at is worse than the baseline, by the direction of the indicator (INV-22)."""
    if typed.baseline is None or typed.target is None or typed.kind == TargetKind.GUARDRAIL:
        return False
    worse = {Direction.UP: typed.target < typed.baseline, Direction.DOWN: typed.target > typed.baseline}
    return worse.get(Direction(kpi.direction), False)


def is_share(kpi: Kpi) -> bool:
    """Say whether an indicator is a part of a whole; a relative gain, same unit, may be negative."""
    return kpi.unit == "ratio" and kpi.aggregation != "experiment"


def _fits(figure: Decimal) -> bool:
    return figure.is_finite() and abs(figure) < 10**12 and figure == round(figure, 6)


def objection_to_change(person: Person, target: KpiTarget) -> Refusal | None:
    """Say what keeps this person from closing a target, or tying it to an objective."""
    refused = roles.objection(person, "target.set", target.programme, about=Aim(target.dossier))
    if refused:
        return refused
    if target.closed_on is not None:
        return NotPossible(
            _("This target was closed on %(day)s. Set a new one.") % {"day": in_words(target.closed_on)},
            code="closed",
        )
    return None


def objections_to_baseline(
    person: Person,
    target: KpiTarget,
    baseline: Decimal,
    baseline_from: dt.date | None,
    baseline_to: dt.date | None,
) -> list[Refusal]:
    """Say what keeps a target from being given this baseline."""
    refused = objection_to_change(person, target)
    if refused:
        return [refused]
    if target.kind == TargetKind.GUARDRAIL:
        return [
            NotValid(_("A guardrail has limits, and no baseline."), code="invalid_target", field="baseline")
        ]
    if target.baseline is not None:
        return [
            NotPossible(
                _("This target has its baseline already. Close it and set a new one if it was wrong."),
                code="baseline_given",
                field="baseline",
            )
        ]
    typed = dataclasses.replace(
        queries.as_typed(target), baseline=baseline, baseline_from=baseline_from, baseline_to=baseline_to
    )
    return [*_of_figures(target.kpi, typed), *definitions.objections_to_target(typed)]


def objection_to_tie(person: Person, target: KpiTarget, objective: Objective) -> Refusal | None:
    """Say what keeps a target from measuring an objective."""
    refused = objection_to_change(person, target)
    if refused:
        return refused
    if objective.programme_id != target.programme_id:
        return NotValid(_("Choose objectives of this programme."), code="foreign", field="objective")
    if objective.status == ObjectiveStatus.DROPPED:
        return NotPossible(
            _("“%(objective)s” was given up. Choose an objective that still counts.")
            % {"objective": objective},
            code="dropped",
            field="objective",
        )
    return None
