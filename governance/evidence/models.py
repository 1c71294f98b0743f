"""Evidence: a file's digest, an address, or both; superseded, never replaced (INV-15)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.evidence.choices import Confidentiality, EvidenceKind, Outcome
from governance.keys import AppendOnly
from governance.programmes.models import Programme
from governance.stakeholders.models import Person


class Evidence(AppendOnly):
    """Something that proves. What it proves points at it; nothing of it changes but what supersedes it."""

    site_may = "SELECT, INSERT, UPDATE (superseded_by_id)"
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="evidence")
    code = models.CharField(max_length=16)
    title = models.CharField(_("Title"), max_length=160)
    kind = models.CharField(_("Kind"), max_length=16, choices=EvidenceKind.choices)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default="", blank=True)
    tested_on = models.DateField(null=True, blank=True)
    file = models.FileField(upload_to="evidence/%Y/%m", null=True, blank=True)
    url = models.URLField(_("Address"), default="", blank=True)
    sha256 = models.CharField(max_length=71)
    confidentiality = models.CharField(
        max_length=20, choices=Confidentiality.choices, default=Confidentiality.INTERNAL
    )
    valid_until = models.DateField(null=True, blank=True)
    added_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    superseded_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(name="one_evidence_per_code", fields=["programme", "code"]),
            models.CheckConstraint(
                name="evidence_is_a_file_or_an_address",
                condition=~Q(file="") & Q(file__isnull=False) | ~Q(url=""),
            ),
            models.CheckConstraint(
                name="consent_test_has_an_outcome_and_a_day",
                condition=~Q(kind=EvidenceKind.CONSENT_TEST) | ~Q(outcome="") & Q(tested_on__isnull=False),
            ),
            models.CheckConstraint(
                name="evidence_has_a_digest", condition=Q(sha256__regex=r"^sha256:[0-9a-f]{64}$")
            ),
        ]

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.programme.code

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about."""
        return "evidence", self.code

    def __str__(self) -> str:
        return self.title
