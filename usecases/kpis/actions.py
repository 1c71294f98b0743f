"""The verbs of KPIs: copy the definitions, set targets, tie them to objectives, close them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import transaction

from governance import clock, library
from governance.audit import trail
from governance.charter.models import Objective
from governance.dossiers.models import Dossier
from governance.errors import raise_if, told
from governance.programmes import actions as programmes
from governance.programmes.models import Programme
from governance.stakeholders.models import Person
from usecases.kpis import definitions, rules
from usecases.kpis.choices import BreachEffect
from usecases.kpis.models import Kpi, KpiTarget


@transaction.atomic
def load_definitions(programme: Programme, *, by: trail.Actor | None = None) -> None:
    """Copy the KPI definitions of the library into a new programme."""
    shipped = library.kpis()
    Kpi.objects.bulk_create(
        Kpi(
            programme=programme,
            code=item["code"],
            name_fr=item["fr"],
            name_en=item["en"],
            num=item["num"],
            den=item["den"] or "",
            unit=item["unit"],
            direction=item["direction"],
            aggregation=item["aggregation"],
        )
        for item in shipped
    )
    trail.record("kpis.loaded", by=by, about=programme, payload={"kpis": len(shipped)})


@transaction.atomic
def set_target(
    programme: Programme,
    *,
    by: Person,
    kpi: Kpi | str,
    kind: str,
    dossier: Dossier | None = None,
    baseline: Decimal | None = None,
    baseline_from: dt.date | None = None,
    baseline_to: dt.date | None = None,
    target: Decimal | None = None,
    start_on: dt.date | None = None,
    horizon_on: dt.date | None = None,
    minimum: Decimal | None = None,
    maximum: Decimal | None = None,
    consecutive: int | None = None,
    severity: str = BreachEffect.SUSPEND,
    objectives: Iterable[Objective] = (),
    code: str = "",
) -> KpiTarget:
    """Aim at a value by a day, from a baseline; or set the limits that must not be crossed."""
    if dossier is not None:
        Dossier.objects.select_for_update(no_key=True).get(pk=dossier.pk)
    kpi = _kpi(programme, kpi) if isinstance(kpi, str) else kpi
    served = list(objectives)
    typed = definitions.Target(
        kind=kind,
        baseline=baseline,
        baseline_from=baseline_from,
        baseline_to=baseline_to,
        target=target,
        start_on=start_on,
        horizon_on=horizon_on,
        minimum=minimum,
        maximum=maximum,
        consecutive=programme.setting("guardrail_consecutive") if consecutive is None else consecutive,
        severity=severity,
    )
    raise_if(
        rules.objections_to_set(
            by, programme, kpi=kpi, dossier=dossier, objectives=served, typed=typed, code=code
        )
    )
    with told(rules.CONSTRAINTS):
        made = KpiTarget.objects.create(
            programme=programme,
            code=_number(programme, code),
            kpi=kpi,
            dossier=dossier,
            kind=kind,
            baseline=baseline,
            baseline_from=baseline_from,
            baseline_to=baseline_to,
            target=target,
            start_on=start_on,
            horizon_on=horizon_on,
            minimum=minimum,
            maximum=maximum,
            consecutive=typed.consecutive,
            severity=severity,
            set_by=by,
            set_on=clock.today(),
        )
    made.objectives.set(served)
    trail.record("target.set", by=by, about=made, payload=_told(made, served))
    return made


@transaction.atomic
def give_baseline(
    target: KpiTarget,
    *,
    by: Person,
    baseline: Decimal,
    baseline_from: dt.date | None = None,
    baseline_to: dt.date | None = None,
) -> KpiTarget:
    """Give a target the value measured before the change; once given, it stays."""
    target = _locked(target)
    raise_if(rules.objections_to_baseline(by, target, baseline, baseline_from, baseline_to))
    target.baseline, target.baseline_from, target.baseline_to = baseline, baseline_from, baseline_to
    target.version += 1
    target.save(update_fields=["baseline", "baseline_from", "baseline_to", "version"])
    trail.record("target.baseline_given", by=by, about=target, payload={"baseline": _figure(baseline)})
    return target


@transaction.atomic
def tie(target: KpiTarget, objective: Objective, *, by: Person) -> KpiTarget:
    """Say that a target measures an objective."""
    target = _locked(target)
    raise_if(rules.objection_to_tie(by, target, objective))
    target.objectives.add(objective)
    target.version += 1
    target.save(update_fields=["version"])
    trail.record("target.tied", by=by, about=target, payload={"objective": objective.code})
    return target


@transaction.atomic
def close_target(target: KpiTarget, *, by: Person) -> KpiTarget:
    """Stop measuring against a target; what named it keeps what it said."""
    target = _locked(target)
    raise_if(rules.objection_to_change(by, target))
    target.closed_on = clock.today()
    target.version += 1
    target.save(update_fields=["closed_on", "version"])
    trail.record("target.closed", by=by, about=target)
    return target


def _number(programme: Programme, code: str) -> str:
    """The next code (`T01`), or the one given, which no later one repeats."""
    given = f"T-{code[1:]}" if code[:1] == "T" and code[1:].isdecimal() else code or None
    made = programmes.number(programme, "T", code=given)
    return code or made.replace("-", "")


def _kpi(programme: Programme, code: str) -> Kpi:
    found = Kpi.objects.filter(programme=programme, code=code.replace("\x00", "")).first()
    if found is None:
        raise rules.unknown_kpi()
    return found


def _locked(target: KpiTarget) -> KpiTarget:
    return (
        KpiTarget.objects.select_for_update(no_key=True, of=("self",))
        .select_related("programme", "dossier__programme", "kpi")
        .get(pk=target.pk)
    )


def _told(target: KpiTarget, objectives: list[Objective]) -> dict[str, Any]:
    """What the event keeps: figures as text, since a KPI may have six decimals."""
    figures = ("baseline", "target", "minimum", "maximum")
    return {
        "kpi": target.kpi.code,
        "kind": target.kind,
        "for": target.dossier.code if target.dossier is not None else "",
        "objectives": [objective.code for objective in objectives],
        **{name: _figure(getattr(target, name)) for name in figures},
        "start_on": target.start_on,
        "horizon_on": target.horizon_on,
    }


def _figure(value: Decimal | int | None) -> str:
    return "" if value is None else format(Decimal(value).normalize(), "f")
