"""Segments, their versions, and the sizes people estimated."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance import canonical
from governance.dossiers.models import Dossier, Edition
from governance.keys import AppendOnly, Keyed, Versioned
from governance.stakeholders.models import Person
from usecases.catalogue.models import CatalogueVersion
from usecases.segments.choices import Apply, EstimationMethod, SegmentRole


class Segment(Versioned):
    """A named audience; its rule lives in its versions."""

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="segment")
    role = models.CharField(_("Role"), max_length=10, choices=SegmentRole.choices)
    apply = models.CharField(_("Applied"), max_length=10, choices=Apply.choices, default="", blank=True)
    owner = models.ForeignKey(Person, verbose_name=_("Owner"), on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["dossier__code"]
        constraints = [
            models.CheckConstraint(
                name="only_exclusions_are_applied", condition=Q(apply="") | Q(role=SegmentRole.EXCLUSION)
            )
        ]

    @property
    def code(self) -> str:
        """Its code inside the programme."""
        return self.dossier.code

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.dossier.stream

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about."""
        return self.dossier.subject

    def belongs_to(self, person: Person) -> bool:
        """Say whether this person owns it."""
        return self.owner_id == person.pk

    def __str__(self) -> str:
        return str(self.dossier)


class SegmentVersionQuerySet(models.QuerySet["SegmentVersion"]):
    """Versions of segments."""

    def ended(self, on: dt.date) -> SegmentVersionQuerySet:
        """Keep those taken out of use, and those whose validity has passed (L9)."""
        return self.filter(Q(deprecated_at__isnull=False) | Q(valid_until__lt=on))

    def in_use(self, on: dt.date) -> SegmentVersionQuerySet:
        """Keep those that may be pinned or named: frozen, and not ended."""
        return self.filter(frozen_at__isnull=False, deprecated_at__isnull=True, valid_until__gte=on)


class SegmentVersion(Versioned):
    """One rule of a segment, edited while a draft; freezing writes its edition, once, and ends editing.

    `rule` is the canonical text of a segrule/1 document; `labels`, `attributes`, `sources` and
    `identity_types` are those of its frozen closure. Status is computed (`queries.status_of`).
    """

    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    edition = models.OneToOneField(Edition, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    rule = models.TextField()
    catalogue = models.ForeignKey(CatalogueVersion, on_delete=models.PROTECT, related_name="+")
    change_summary = models.TextField(_("What changes"), default="", blank=True)
    valid_from = models.DateField(_("Valid from"))
    valid_until = models.DateField(_("Valid until"))
    min_size = models.PositiveIntegerField(_("Smallest audience"), default=1000)
    identity_types = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    retention = models.CharField(max_length=8, default="P6M")
    refresh = models.CharField(max_length=16, default="near_sync")
    fp = models.CharField(max_length=71, default="", blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    frozen_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    deprecated_at = models.DateTimeField(null=True, blank=True)
    authors = models.ManyToManyField(Person, blank=True, related_name="+")
    objects = SegmentVersionQuerySet.as_manager()

    class Meta:
        ordering = ["segment", "number"]
        constraints = [
            models.UniqueConstraint(name="one_version_per_number", fields=["segment", "number"]),
            models.UniqueConstraint(
                name="one_draft_version", fields=["segment"], condition=Q(frozen_at__isnull=True)
            ),
            models.CheckConstraint(
                name="valid_until_after_from", condition=Q(valid_until__gte=F("valid_from"))
            ),
            models.CheckConstraint(
                name="frozen_with_its_edition",
                condition=Q(frozen_at__isnull=True, edition__isnull=True, fp="")
                | Q(frozen_at__isnull=False, edition__isnull=False) & ~Q(fp=""),
            ),
        ]

    @property
    def code(self) -> str:
        """How people and rules name it: segment code and version."""
        return f"{self.segment.code} v{self.number}"

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.segment.stream

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about."""
        return self.segment.subject

    @property
    def is_draft(self) -> bool:
        """Whether people still edit it."""
        return self.frozen_at is None

    @property
    def document(self) -> dict[str, Any]:
        """The rule, parsed with exact numbers."""
        return canonical.parse(self.rule)  # type: ignore[no-any-return]

    def belongs_to(self, person: Person) -> bool:
        """Say whether this person owns the segment or wrote a part of this version."""
        return self.segment.belongs_to(person) or self.authors.filter(pk=person.pk).exists()

    def __str__(self) -> str:
        return f"{self.segment}, {self.number}"


class VersionPin(AppendOnly):
    """A version named by the rule of another: the closure that a dossier rests on."""

    site_may = "SELECT, INSERT, DELETE"
    version = models.ForeignKey(SegmentVersion, on_delete=models.CASCADE, related_name="pins")
    pinned = models.ForeignKey(SegmentVersion, on_delete=models.PROTECT, related_name="pinned_by")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="pinned_once", fields=["version", "pinned"]),
            models.CheckConstraint(name="never_pins_itself", condition=~Q(version=F("pinned"))),
        ]

    def __str__(self) -> str:
        return f"{self.version} → {self.pinned}"


class SizeEstimate(Keyed):
    """A size typed in with its day and method; outside fingerprints (domain.md 6.2)."""

    site_may = "SELECT, INSERT"
    version = models.ForeignKey(SegmentVersion, on_delete=models.CASCADE, related_name="estimates")
    size = models.PositiveBigIntegerField(pgettext_lazy("audience", "People"))
    estimated_on = models.DateField(_("Estimated on"))
    method = models.CharField(_("Method"), max_length=16, choices=EstimationMethod.choices)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["estimated_on", "id"]

    def __str__(self) -> str:
        return f"{self.size} ({self.estimated_on})"
