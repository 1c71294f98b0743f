"""Objectives by horizon, owned and validated by sponsors."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance.charter.choices import Horizon, ObjectiveStatus
from governance.keys import Versioned
from governance.programmes.models import Programme
from governance.stakeholders.models import Person


class Objective(Versioned):
    """What the programme is for, on one horizon; validated by a sponsor once it is measured (INV-04)."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="objectives")
    code = models.CharField(max_length=16)
    horizon = models.CharField(_("Horizon"), max_length=5, choices=Horizon.choices)
    statement_fr = models.TextField(_("Objective in French"))
    statement_en = models.TextField(_("Objective in English"), default="", blank=True)
    owner = models.ForeignKey(Person, verbose_name=_("Owner"), on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField(_("Due on"))
    status = models.CharField(max_length=10, choices=ObjectiveStatus.choices, default=ObjectiveStatus.DRAFT)
    validated_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    validated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(name="one_objective_per_code", fields=["programme", "code"]),
            models.CheckConstraint(
                name="validated_by_someone",
                condition=~Q(status=ObjectiveStatus.VALIDATED)
                | Q(validated_by__isnull=False, validated_at__isnull=False),
            ),
        ]

    @property
    def statement(self) -> str:
        """The objective in the language of the reader."""
        english = self.statement_en and (get_language() or "fr").startswith("en")
        return self.statement_en if english else self.statement_fr

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.programme.code

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about."""
        return "objective", self.code

    def __str__(self) -> str:
        return self.statement
