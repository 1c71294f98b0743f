"""KPI definitions, and the targets set on them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from governance.api.base import (
    Body,
    Day,
    Number,
    PersonShape,
    ProgrammeEndpoint,
    Shape,
    Text,
    each,
    names_of,
    operation,
    person_of,
)
from governance.charter.models import Objective
from governance.dossiers.choices import DossierKind
from governance.dossiers.models import Dossier
from usecases.kpis import actions, queries
from usecases.kpis.choices import BreachEffect, TargetKind
from usecases.kpis.models import Kpi, KpiTarget


class KpiRow(Shape):
    """A definition."""

    code = serializers.CharField()
    name_fr = serializers.CharField()
    name_en = serializers.CharField()
    num = serializers.CharField()
    den = serializers.CharField()
    unit = serializers.CharField()
    direction = serializers.CharField()
    aggregation = serializers.CharField()


class Kpis(ProgrammeEndpoint):
    """The KPIs of a programme."""

    @operation(KpiRow, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the definitions."""
        return self.page(queries.kpis(self.programme).order_by("code").values(*names_of(KpiRow)), list)


class OneKpi(ProgrammeEndpoint):
    """One KPI."""

    kpi: Kpi

    def find(self, *, code: str) -> None:
        """Find the definition."""
        self.kpi = self.found(queries.kpis(self.programme).filter(code=code).first())
        self.about = self.programme

    @operation(KpiRow)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read a definition."""
        return {name: getattr(self.kpi, name) for name in names_of(KpiRow)}


def _figure(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=18, decimal_places=6, coerce_to_string=False, **options)


class TargetShape(Shape):
    """What is aimed at, or the limits of a guardrail. `use_case` is null for the programme's own."""

    code = serializers.CharField()
    kpi = serializers.CharField()
    kind = serializers.CharField()
    use_case = serializers.CharField(allow_null=True)
    objectives = serializers.ListField(child=serializers.CharField())
    baseline = _figure(allow_null=True)
    baseline_from = serializers.CharField(allow_null=True)
    baseline_to = serializers.CharField(allow_null=True)
    target = _figure(allow_null=True)
    start_on = serializers.CharField(allow_null=True)
    horizon_on = serializers.CharField(allow_null=True)
    minimum = _figure(allow_null=True)
    maximum = _figure(allow_null=True)
    consecutive = serializers.IntegerField()
    severity = serializers.CharField()
    set_by = PersonShape()
    set_on = serializers.CharField()
    closed_on = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(["open", "closed"])
    version = serializers.IntegerField()


PLAIN = (
    "code", "kind", "baseline", "baseline_from", "baseline_to", "target", "start_on", "horizon_on", "minimum",
    "maximum", "consecutive", "severity", "set_on", "closed_on", "version",
)  # fmt: skip


def target_of(one: KpiTarget) -> dict[str, Any]:
    """What is aimed at; its objectives are at hand."""
    return {
        **{name: getattr(one, name) for name in PLAIN},
        "kpi": one.kpi.code,
        "use_case": one.dossier.code if one.dossier is not None else None,
        "objectives": sorted(objective.code for objective in one.objectives.all()),
        "set_by": person_of(one.set_by),
        "status": "open" if one.is_open else "closed",
    }


class TargetIn(Body):
    """A target with its value and horizon, or a guardrail with its limits."""

    shown = ("code", "set_by", "set_on", "closed_on", "status", "version")
    kpi = Text(32)
    kind = serializers.ChoiceField(TargetKind.choices)
    use_case = Text(24, required=False, allow_null=True)
    objectives = serializers.ListField(child=Text(16), required=False, max_length=20)
    baseline = _figure(required=False, allow_null=True)
    baseline_from = Day(required=False, allow_null=True)
    baseline_to = Day(required=False, allow_null=True)
    target = _figure(required=False, allow_null=True)
    start_on = Day(required=False, allow_null=True)
    horizon_on = Day(required=False, allow_null=True)
    minimum = _figure(required=False, allow_null=True)
    maximum = _figure(required=False, allow_null=True)
    consecutive = Number(1, 8, required=False)
    severity = serializers.ChoiceField(BreachEffect.choices, required=False)


class TargetFilters(Body):
    """Which targets."""

    kind = serializers.ChoiceField(TargetKind.choices, required=False)
    use_case = serializers.CharField(max_length=24, required=False)
    kpi = serializers.CharField(max_length=32, required=False)
    status = serializers.ChoiceField(["open", "closed"], required=False)


class Targets(ProgrammeEndpoint):
    """The KPI targets of a programme."""

    key = "code"

    @operation(TargetShape, filters=TargetFilters, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the targets."""
        rows = queries.targets(self.programme).prefetch_related("objectives")
        if status := asked.pop("status", None):
            rows = rows.filter(closed_on__isnull=status == "open")
        columns = {"kind": "kind", "use_case": "dossier__code", "kpi": "kpi__code"}
        return self.page(
            rows.filter(**{columns[name]: value for name, value in asked.items()}).order_by("code"),
            each(target_of),
        )

    @operation(TargetShape, asks=TargetIn, status=201, verb="target.set")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Aim at a value by a day, from a baseline; or set the limits that must not be crossed."""
        kpi = self.named(queries.kpis(self.programme), "kpi", code=asked.pop("kpi"))
        dossier, code = None, asked.pop("use_case", None)
        if code is not None:
            rows = Dossier.objects.filter(programme=self.programme, kind=DossierKind.USE_CASE)
            dossier = self.named(rows.select_related("programme"), "use_case", code=code)
        known = Objective.objects.filter(programme=self.programme)
        objectives = [self.named(known, "objectives", code=one) for one in asked.pop("objectives", [])]
        made = actions.set_target(
            self.programme, by=self.me, kpi=kpi, dossier=dossier, objectives=objectives, **asked
        )
        return target_of(queries.targets(self.programme).get(pk=made.pk))


class TargetEndpoint(ProgrammeEndpoint):
    """What is about one target."""

    target: KpiTarget

    def find(self, *, code: str) -> None:
        """Find the target."""
        self.target = self.found(queries.targets(self.programme).filter(code=code).first())

    def told_again(self) -> dict[str, Any]:
        """The target as it is after an act."""
        return target_of(queries.targets(self.programme).get(pk=self.target.pk))


class OneTarget(TargetEndpoint):
    """One target."""

    @operation(TargetShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read a target."""
        return target_of(self.target)


class BaselineIn(Body):
    """The value measured before the change."""

    baseline = serializers.DecimalField(max_digits=18, decimal_places=6, coerce_to_string=False)
    baseline_from = Day(required=False, allow_null=True)
    baseline_to = Day(required=False, allow_null=True)


class GiveBaseline(TargetEndpoint):
    """The baseline of a target."""

    @operation(TargetShape, asks=BaselineIn, versioned=True, verb="target.baseline")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Give a target the value measured before the change; once given, it stays."""
        self.expects(self.target)
        baseline: Decimal = asked.pop("baseline")
        actions.give_baseline(self.target, by=self.me, baseline=baseline, **asked)
        return self.told_again()


class Tying(Body):
    """Which objective it measures."""

    objective = Text(16)


class TieTarget(TargetEndpoint):
    """What a target measures."""

    @operation(TargetShape, asks=Tying, versioned=True, verb="target.tie")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Say that a target measures an objective."""
        self.expects(self.target)
        rows = Objective.objects.filter(programme=self.programme)
        objective = self.named(rows, "objective", code=asked["objective"])
        actions.tie(self.target, objective, by=self.me)
        return self.told_again()


class CloseTarget(TargetEndpoint):
    """The end of a target."""

    @operation(TargetShape, versioned=True, verb="target.close")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Stop measuring against a target; what named it keeps what it said."""
        self.expects(self.target)
        actions.close_target(self.target, by=self.me)
        return self.told_again()
