"""KPI definitions and targets. Measurements come with their room."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance.charter.models import Objective
from governance.dossiers.models import Dossier
from governance.keys import Keyed, Versioned
from governance.programmes.models import Programme
from governance.stakeholders.models import Person
from usecases.kpis.choices import BreachEffect, Direction, TargetKind


class Kpi(Keyed):
    """A definition: what is divided by what, in which unit, and which way is better (INV-22)."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="kpis")
    code = models.CharField(max_length=32)
    name_fr = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    num = models.CharField(max_length=48)
    den = models.CharField(max_length=48, default="", blank=True)
    unit = models.CharField(max_length=16)
    direction = models.CharField(max_length=4, choices=Direction.choices)
    aggregation = models.CharField(max_length=16)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(name="one_kpi_per_code", fields=["programme", "code"])]

    @property
    def name(self) -> str:
        """The name in the language of the reader."""
        return self.name_en if (get_language() or "fr").startswith("en") else self.name_fr

    def __str__(self) -> str:
        return self.name


class TargetQuerySet(models.QuerySet["KpiTarget"]):
    """Targets of dossiers or of the programme."""

    def open(self) -> TargetQuerySet:
        """Keep those nobody closed."""
        return self.filter(closed_on__isnull=True)


class KpiTarget(Versioned):
    """What is aimed at: baseline, target and horizon, or the limits of a guardrail.

    Values are in the unit of the KPI (a ratio is 0..1). `dossier` is null for the programme's own.
    """

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="kpi_targets")
    code = models.CharField(max_length=8)
    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="targets")
    dossier = models.ForeignKey(
        Dossier, null=True, blank=True, on_delete=models.PROTECT, related_name="kpi_targets"
    )
    objectives = models.ManyToManyField(Objective, blank=True, related_name="targets")
    kind = models.CharField(_("Kind"), max_length=10, choices=TargetKind.choices)
    baseline = models.DecimalField(_("Baseline"), max_digits=18, decimal_places=6, null=True, blank=True)
    baseline_from = models.DateField(_("Baseline from"), null=True, blank=True)
    baseline_to = models.DateField(_("Baseline to"), null=True, blank=True)
    target = models.DecimalField(_("Target"), max_digits=18, decimal_places=6, null=True, blank=True)
    start_on = models.DateField(_("Start"), null=True, blank=True)
    horizon_on = models.DateField(_("Horizon"), null=True, blank=True)
    minimum = models.DecimalField(_("At least"), max_digits=18, decimal_places=6, null=True, blank=True)
    maximum = models.DecimalField(_("At most"), max_digits=18, decimal_places=6, null=True, blank=True)
    consecutive = models.PositiveSmallIntegerField(default=2)
    severity = models.CharField(max_length=8, choices=BreachEffect.choices, default=BreachEffect.SUSPEND)
    set_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    set_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)

    objects = TargetQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(name="one_target_per_code", fields=["programme", "code"]),
            models.CheckConstraint(
                name="a_guardrail_has_a_limit",
                condition=~Q(kind=TargetKind.GUARDRAIL) | Q(minimum__isnull=False) | Q(maximum__isnull=False),
            ),
            models.CheckConstraint(
                name="a_target_has_a_value_and_dates",
                condition=Q(kind=TargetKind.GUARDRAIL)
                | Q(target__isnull=False, start_on__isnull=False, horizon_on__isnull=False),
            ),
            models.CheckConstraint(
                name="horizon_after_start",
                condition=Q(horizon_on__isnull=True)
                | Q(start_on__isnull=True)
                | Q(horizon_on__gt=F("start_on")),
            ),
        ]

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.programme.code

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about."""
        return "kpi_target", self.code

    @property
    def is_open(self) -> bool:
        """Whether it still counts."""
        return self.closed_on is None

    def __str__(self) -> str:
        return f"{self.kpi} ({self.get_kind_display()})"
