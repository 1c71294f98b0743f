"""Use cases, their revisions, purposes, segments in roles, dependencies."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance.charter.models import Objective
from governance.dossiers.choices import ReviewFunction
from governance.dossiers.models import Dossier, Edition
from governance.evidence.models import Evidence
from governance.keys import Keyed, Versioned
from governance.programmes.models import Engagement
from governance.stakeholders.choices import Department
from governance.stakeholders.models import Person
from usecases.backlog.choices import (
    Branch,
    DependencyKind,
    Nature,
    PauseReason,
    ScenarioLevel,
    UseCaseStatus,
)
from usecases.catalogue.models import Destination
from usecases.kpis.models import KpiTarget
from usecases.segments.choices import Apply, SegmentRole
from usecases.segments.models import SegmentVersion


class UseCase(Versioned):
    """A unit of value in the backlog. What it is lives in its revisions, frozen at submit.

    RICE and the roadmap window live here: scoring or moving a bar later fells no signature; each
    edition keeps them as they stood at submit (decisions.md 4).
    """

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="use_case")
    status = models.CharField(max_length=18, choices=UseCaseStatus.choices, default=UseCaseStatus.IDEA)
    owner = models.ForeignKey(
        Person, verbose_name=_("Owner"), on_delete=models.PROTECT, related_name="use_cases"
    )
    department = models.CharField(_("Department"), max_length=24, choices=Department.choices)
    emblematic = models.BooleanField(_("Emblematic"), default=False)
    template_ref = models.CharField(max_length=16, default="", blank=True)
    created_on = models.DateField()
    framed_on = models.DateField(null=True, blank=True)
    changed_at = models.DateTimeField()
    roadmap_start = models.DateField(_("Starts"), null=True, blank=True)
    roadmap_end = models.DateField(_("Ends"), null=True, blank=True)
    roadmap_confidence = models.PositiveSmallIntegerField(_("Confidence"), default=3)
    rice_reach = models.PositiveBigIntegerField(_("Reach, people a quarter"), null=True, blank=True)
    rice_impact = models.DecimalField(_("Impact"), max_digits=3, decimal_places=2, null=True, blank=True)
    rice_confidence = models.DecimalField(
        _("Confidence"), max_digits=2, decimal_places=1, null=True, blank=True
    )
    rice_effort_weeks = models.DecimalField(
        _("Effort, weeks"), max_digits=5, decimal_places=1, null=True, blank=True
    )
    rice_score = models.GeneratedField(  # type: ignore[attr-defined]
        expression=F("rice_reach") * F("rice_impact") * F("rice_confidence") / F("rice_effort_weeks"),
        output_field=models.DecimalField(max_digits=16, decimal_places=2),
        db_persist=True,
        null=True,
    )
    paused_from = models.CharField(max_length=18, choices=UseCaseStatus.choices, default="", blank=True)
    pause_reason = models.CharField(max_length=18, choices=PauseReason.choices, default="", blank=True)
    paused_function = models.CharField(max_length=10, choices=ReviewFunction.choices, default="", blank=True)

    class Meta:
        ordering = ["dossier__code"]
        constraints = [
            models.CheckConstraint(
                name="roadmap_ends_after_it_starts",
                condition=Q(roadmap_end__isnull=True)
                | Q(roadmap_start__isnull=True)
                | Q(roadmap_end__gte=F("roadmap_start")),
            ),
            models.CheckConstraint(name="confidence_1_to_3", condition=Q(roadmap_confidence__range=(1, 3))),
            models.CheckConstraint(
                name="rice_impact_on_its_scale",
                condition=Q(rice_impact__isnull=True) | Q(rice_impact__in=["0.25", "0.5", "1", "2", "3"]),
            ),
            models.CheckConstraint(
                name="rice_confidence_on_its_scale",
                condition=Q(rice_confidence__isnull=True) | Q(rice_confidence__in=["0.5", "0.8", "1.0"]),
            ),
            models.CheckConstraint(
                name="rice_effort_is_positive",
                condition=Q(rice_effort_weeks__isnull=True) | Q(rice_effort_weeks__gt=0),
            ),
            models.CheckConstraint(
                name="paused_from_somewhere",
                condition=Q(status=UseCaseStatus.PAUSED) & ~Q(paused_from="") & ~Q(pause_reason="")
                | ~Q(status=UseCaseStatus.PAUSED),
            ),
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

    @property
    def function(self) -> str:
        """The review function that paused it: the one that may resume it."""
        return self.paused_function

    def belongs_to(self, person: Person) -> bool:
        """Say whether this person owns it."""
        return self.owner_id == person.pk

    def __str__(self) -> str:
        return str(self.dossier)


class UseCaseDependency(Keyed):
    """One use case blocks, enriches or shares an exclusion with another; `blocks` has no cycle (INV-16)."""

    from_usecase = models.ForeignKey(UseCase, on_delete=models.CASCADE, related_name="leads_to")
    to_usecase = models.ForeignKey(UseCase, on_delete=models.CASCADE, related_name="comes_from")
    kind = models.CharField(max_length=16, choices=DependencyKind.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="dependency_named_once", fields=["from_usecase", "to_usecase", "kind"]
            ),
            models.CheckConstraint(
                name="never_depends_on_itself", condition=~Q(from_usecase=F("to_usecase"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_usecase} {self.kind} {self.to_usecase}"


class UseCaseRevision(Versioned):
    """The draft people edit; submit writes its edition, once, under the same number (INV-17).

    `hypothesis` is {if, then, because}; `caps` maps a channel to {n, per}; `journey` is journey/1 as JSON
    nodes. Status is computed from the edition (`queries.status_of`).
    """

    usecase = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    edition = models.OneToOneField(Edition, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    title_fr = models.CharField(_("Title in French"), max_length=160)
    title_en = models.CharField(_("Title in English"), max_length=160, default="", blank=True)
    description = models.TextField(_("Description"), default="", blank=True)
    creative_brief = models.TextField(_("Creative brief"), default="", blank=True)
    scenario_level = models.PositiveSmallIntegerField(_("Level"), choices=ScenarioLevel.choices, default=1)
    audience_branch = models.CharField(_("Branch"), max_length=10, choices=Branch.choices)
    nature = models.CharField(_("Nature"), max_length=10, choices=Nature.choices, default=Nature.MARKETING)
    hypothesis = models.JSONField(_("Hypothesis"), default=dict, blank=True)
    channels = ArrayField(
        models.CharField(max_length=24), verbose_name=_("Channels"), default=list, blank=True
    )
    destinations = models.ManyToManyField(
        Destination, verbose_name=_("Destinations"), blank=True, related_name="+"
    )
    journey = models.JSONField(_("Journey"), default=list, blank=True)
    objectives = models.ManyToManyField(
        Objective, verbose_name=_("Objectives"), blank=True, related_name="revisions"
    )
    targets = models.ManyToManyField(
        KpiTarget, verbose_name=_("KPI targets"), blank=True, related_name="revisions"
    )
    budget_eur = models.DecimalField(_("Budget, €"), max_digits=12, decimal_places=2, default=0)
    retention = models.CharField(_("Data kept for"), max_length=8, default="", blank=True)
    notice_ref = models.CharField(_("Notice to people"), max_length=160, default="", blank=True)
    rights_process = models.TextField(_("How people use their rights"), default="", blank=True)
    recipients = models.ManyToManyField(
        Engagement, verbose_name=_("Recipients"), blank=True, related_name="+"
    )
    caps = models.JSONField(_("Caps by channel"), default=dict, blank=True)
    quiet_hours = models.JSONField(_("Quiet hours"), default=list, blank=True)
    priority = models.PositiveSmallIntegerField(_("Priority"), default=5)
    latency_needed = models.CharField(_("Latency needed"), max_length=16, default="", blank=True)
    expected_volume = models.PositiveBigIntegerField(_("Expected volume"), null=True, blank=True)
    change_summary = models.TextField(_("What changes"), default="", blank=True)
    authors = models.ManyToManyField(Person, blank=True, related_name="+")
    opened_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["usecase", "number"]
        constraints = [
            models.UniqueConstraint(name="one_revision_per_number", fields=["usecase", "number"]),
            models.UniqueConstraint(
                name="one_draft_revision", fields=["usecase"], condition=Q(edition__isnull=True)
            ),
            models.CheckConstraint(name="level_1_to_3", condition=Q(scenario_level__range=(1, 3))),
            models.CheckConstraint(name="priority_1_to_9", condition=Q(priority__range=(1, 9))),
            models.CheckConstraint(name="budget_is_not_negative", condition=Q(budget_eur__gte=0)),
        ]

    @property
    def title(self) -> str:
        """The title in the language of the reader."""
        return self.title_en if self.title_en and (get_language() or "fr").startswith("en") else self.title_fr

    @property
    def is_draft(self) -> bool:
        """Whether people still edit it."""
        return self.edition_id is None

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.usecase.stream

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about."""
        return self.usecase.subject

    def belongs_to(self, person: Person) -> bool:
        """Say whether this person owns the use case or wrote a part of this revision."""
        return self.usecase.belongs_to(person) or self.authors.filter(pk=person.pk).exists()

    def __str__(self) -> str:
        return f"{self.usecase}, {self.number}"


class UseCasePurpose(Keyed):
    """A purpose and its legal basis; legitimate interests need a balancing test (LIA)."""

    revision = models.ForeignKey(UseCaseRevision, on_delete=models.CASCADE, related_name="purposes")
    purpose = models.CharField(max_length=24)
    legal_basis = models.CharField(max_length=24)
    lia_evidence = models.ForeignKey(
        Evidence, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["purpose"]
        constraints = [models.UniqueConstraint(name="purpose_named_once", fields=["revision", "purpose"])]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.legal_basis}"


class RevisionSegment(Keyed):
    """A pinned segment version in a role."""

    revision = models.ForeignKey(UseCaseRevision, on_delete=models.CASCADE, related_name="segments")
    segment_version = models.ForeignKey(SegmentVersion, on_delete=models.PROTECT, related_name="used_by")
    role = models.CharField(max_length=10, choices=SegmentRole.choices)
    apply = models.CharField(max_length=10, choices=Apply.choices, default="", blank=True)
    channels = ArrayField(models.CharField(max_length=24), default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="version_used_once", fields=["revision", "segment_version", "role"]),
            models.CheckConstraint(
                name="only_exclusions_apply", condition=Q(apply="") | Q(role=SegmentRole.EXCLUSION)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.segment_version} {self.role}"
