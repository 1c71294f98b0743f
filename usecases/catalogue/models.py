"""Sources, attributes, events, published versions of the catalogue, destinations, knowledge notes."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language

from governance.keys import AppendOnly, Keyed, Versioned
from governance.programmes.models import Programme
from governance.stakeholders.choices import Department
from governance.stakeholders.models import Organisation, Person
from usecases.catalogue.choices import NoteStatus, Severity


class Named(models.Model):
    """Something with a name in both languages."""

    name_fr = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the language of the reader."""
        return self.name_en if (get_language() or "fr").startswith("en") else self.name_fr


class DataSource(Versioned, Named):
    """Where data come from; its labels reach every attribute and event it feeds."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="sources")
    code = models.CharField(max_length=16)
    kind = models.CharField(max_length=24)
    domain = models.CharField(max_length=16)
    department = models.CharField(max_length=24, choices=Department.choices)
    owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    connector_kind = models.CharField(max_length=24)
    latency_class = models.CharField(max_length=16)
    retention = models.CharField(max_length=8)
    labels = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    quality = models.PositiveSmallIntegerField(default=100)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(name="one_source_per_code", fields=["programme", "code"]),
            models.CheckConstraint(name="source_quality_in_percent", condition=Q(quality__range=(0, 100))),
        ]

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.programme.code

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about."""
        return "data_source", self.code

    def belongs_to(self, person: Person) -> bool:
        """Say whether this person answers for it."""
        return self.owner_id == person.pk


class Attribute(Keyed, Named):
    """A typed profile field."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="attributes")
    source = models.ForeignKey(DataSource, on_delete=models.PROTECT, related_name="attributes")
    code = models.CharField(max_length=64)
    type = models.CharField(max_length=12)
    is_score = models.BooleanField(default=False)
    unit = models.CharField(max_length=16, default="", blank=True)
    values = models.JSONField(default=list, blank=True)
    labels = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    completeness = models.DecimalField(max_digits=5, decimal_places=4, default=1)
    quality = models.PositiveSmallIntegerField(default=100)
    status = models.CharField(max_length=12, default="active")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(name="one_attribute_per_code", fields=["programme", "code"]),
            models.CheckConstraint(name="completeness_is_a_ratio", condition=Q(completeness__range=(0, 1))),
        ]


class EventType(Keyed, Named):
    """A typed behaviour: `properties` maps a name to its type, unit and values."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="event_types")
    source = models.ForeignKey(DataSource, on_delete=models.PROTECT, related_name="event_types")
    code = models.CharField(max_length=64)
    properties = models.JSONField(default=dict, blank=True)
    labels = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    status = models.CharField(max_length=12, default="active")

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(name="one_event_type_per_code", fields=["programme", "code"])]


class CatalogueVersion(AppendOnly):
    """The catalogue as it was published: `content` is canonical, segment versions pin one."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="catalogue_versions")
    number = models.PositiveIntegerField()
    content = models.TextField()
    fp = models.CharField(max_length=71)
    published_on = models.DateField()
    published_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(name="one_catalogue_per_number", fields=["programme", "number"])
        ]

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.programme.code

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about."""
        return "catalogue", str(self.number)

    def __str__(self) -> str:
        return str(self.number)


class Destination(Versioned):
    """Where an audience goes: one account of an organisation on a channel."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="destinations")
    code = models.CharField(max_length=24)
    channel = models.CharField(max_length=24)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    country = models.CharField(max_length=2)
    supports_exclusion = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(name="one_destination_per_code", fields=["programme", "code"])]

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.programme.code

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about."""
        return "destination", self.code

    def __str__(self) -> str:
        return f"{self.code}, {self.organisation}"


class KnowledgeNote(Versioned):
    """What a source really means; only its owner confirms it."""

    source = models.ForeignKey(DataSource, on_delete=models.CASCADE, related_name="notes")
    attribute = models.ForeignKey(
        Attribute, null=True, blank=True, on_delete=models.CASCADE, related_name="notes"
    )
    text = models.TextField()
    severity = models.CharField(max_length=8, choices=Severity.choices)
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=NoteStatus.choices, default=NoteStatus.PROPOSED)

    class Meta:
        ordering = ["noted_at"]
        constraints = [
            models.CheckConstraint(
                name="confirmed_by_someone",
                condition=~Q(status=NoteStatus.CONFIRMED)
                | Q(confirmed_by__isnull=False, confirmed_on__isnull=False),
            )
        ]

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.source.stream

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about."""
        return self.source.subject

    def belongs_to(self, person: Person) -> bool:
        """Say whether this person answers for the source it speaks of."""
        return self.source.belongs_to(person)

    def __str__(self) -> str:
        return self.text
