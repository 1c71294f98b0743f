"""Conditions: one life (L12), whoever set them. A review or a gate decision owns each by a many-to-many."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.conditions.choices import MET, ConditionStatus, Severity
from governance.dossiers.choices import ReviewFunction
from governance.evidence.models import Evidence
from governance.keys import AppendOnly, Versioned
from governance.programmes.models import Programme
from governance.stakeholders.choices import Department
from governance.stakeholders.models import Person


class ConditionQuerySet(models.QuerySet["Condition"]):
    """Conditions of programmes."""

    def unmet(self) -> ConditionQuerySet:
        """Keep those neither satisfied nor waived."""
        return self.exclude(status__in=MET)

    def overdue(self, on: dt.date) -> ConditionQuerySet:
        """Keep those unmet the day after they were due."""
        return self.unmet().filter(due_on__lt=on)


class Condition(Versioned):
    """An obligation: what, by whom, by when, and what it holds up. `function` is null for a gate's.

    What was promised never changes; only its life does (L12), and what is met stays met.
    """

    site_may = "SELECT, INSERT, UPDATE (version, status, verified_by_id, verified_at, waiver_reason)"
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="conditions")
    code = models.CharField(max_length=16)
    criterion = models.CharField(max_length=8, default="", blank=True)
    function = models.CharField(max_length=10, choices=ReviewFunction.choices, null=True, blank=True)
    text = models.TextField(_("What is asked"))
    owner = models.ForeignKey(
        Person, verbose_name=_("Owner"), on_delete=models.PROTECT, related_name="conditions"
    )
    due_on = models.DateField(_("Due on"))
    severity = models.CharField(_("Effect"), max_length=12, choices=Severity.choices)
    status = models.CharField(max_length=20, choices=ConditionStatus.choices, default=ConditionStatus.OPEN)
    set_at = models.DateTimeField()
    evidence = models.ManyToManyField(Evidence, blank=True, related_name="+")
    verified_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    verified_at = models.DateTimeField(null=True, blank=True)
    waiver_reason = models.TextField(default="", blank=True)

    objects = ConditionQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "code"]
        constraints = [
            models.UniqueConstraint(name="one_condition_per_code", fields=["programme", "code"]),
            models.CheckConstraint(
                name="owner_does_not_verify",
                condition=Q(verified_by__isnull=True) | ~Q(verified_by=models.F("owner")),
            ),
            models.CheckConstraint(
                name="met_by_someone",
                condition=~Q(status__in=[s.value for s in MET])
                | Q(verified_by__isnull=False, verified_at__isnull=False),
            ),
            models.CheckConstraint(
                name="waived_for_a_reason", condition=~Q(status=ConditionStatus.WAIVED) | ~Q(waiver_reason="")
            ),
        ]

    def is_overdue(self, on: dt.date) -> bool:
        """Say whether it is unmet the day after it was due."""
        return self.status not in MET and self.due_on < on

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.programme.code

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about."""
        return "condition", self.code

    def belongs_to(self, person: Person) -> bool:
        """Say whether this person owes it."""
        return self.owner_id == person.pk

    def __str__(self) -> str:
        return self.text


class WaiverVoice(AppendOnly):
    """One sponsor's word that a gate's condition may be waived: two, of two departments, waive it (L12)."""

    condition = models.ForeignKey(Condition, on_delete=models.PROTECT, related_name="waiver_voices")
    sponsor = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    department = models.CharField(max_length=24, choices=Department.choices)
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(name="one_waiver_voice_a_person", fields=["condition", "sponsor"]),
            models.UniqueConstraint(name="one_waiver_voice_a_department", fields=["condition", "department"]),
            models.CheckConstraint(name="waiver_voice_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.sponsor}, {self.condition.code}"
