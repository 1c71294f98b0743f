"""Programmes, phases, engagements, and the counters that number what belongs to a programme."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance.keys import Keyed, Versioned
from governance.programmes.choices import (
    CURRENT,
    LETTERS,
    DpaStatus,
    GdprRole,
    OperatorMode,
    PhaseKind,
    PhaseStatus,
    PlatformKind,
    ProgrammeStatus,
    TransferTool,
)
from governance.stakeholders.models import Organisation

# domain.md 3.1; `decimal` values are text so that they stay exact in JSON.
DEFAULT_SETTINGS: dict[str, Any] = {
    "min_audience_size": 1000,
    "large_scale_threshold": 100000,
    "sponsor_double_signature_eur": 150000,
    "alpha": "0.05",
    "power": "0.80",
    "guardrail_consecutive": 2,
    "size_estimate_max_age_days": 30,
    "reauth_minutes": 5,
    "clean_room_destinations": [],
    "privileged_notes_enabled": False,
    "tcf_version": "2.3",
    "core_after_handover_days": 30,
    "dpo_override_sponsors": 2,
}


class Programme(Versioned):
    """The whole DMP/CDP effort of one advertiser. Its code names its chain of events."""

    code = models.CharField(max_length=16, unique=True)
    name_fr = models.CharField(_("Name in French"), max_length=120)
    name_en = models.CharField(_("Name in English"), max_length=120)
    advertiser = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    platform_kind = models.CharField(_("Platform"), max_length=8, choices=PlatformKind.choices)
    status = models.CharField(max_length=12, choices=ProgrammeStatus.choices, default=ProgrammeStatus.DRAFT)
    started_on = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    timezone = models.CharField(max_length=40, default="Europe/Paris")
    operator_mode = models.CharField(
        _("Operating mode in run"), max_length=24, choices=OperatorMode.choices, null=True, blank=True
    )
    operator_start_planned = models.DateField(_("Operator starts on"), null=True, blank=True)
    vision_draft = models.TextField(_("Problem and expected results"), default="", blank=True)
    settings = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["code"]

    @property
    def name(self) -> str:
        """The name in the language of the reader."""
        return self.name_en if (get_language() or "fr").startswith("en") else self.name_fr

    def setting(self, name: str) -> Any:
        """One setting, or its default (domain.md 3.1)."""
        return self.settings.get(name, DEFAULT_SETTINGS[name])

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.code

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about."""
        return "programme", self.code

    def __str__(self) -> str:
        return self.name


class PhaseQuerySet(models.QuerySet["Phase"]):
    """Phases of programmes."""

    def current(self) -> PhaseQuerySet:
        """Keep the phase in which people act: open, pending its gate, or held."""
        return self.filter(status__in=CURRENT)


class Phase(Versioned):
    """One of the four phases; at most one is current (INV-01)."""

    site_may = "SELECT, INSERT, UPDATE"  # they come with the programme, and stay

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="phases")
    kind = models.CharField(max_length=12, choices=PhaseKind.choices)
    order = models.PositiveSmallIntegerField()
    planned_start = models.DateField(null=True, blank=True)
    planned_end = models.DateField(null=True, blank=True)
    actual_start = models.DateField(null=True, blank=True)
    actual_end = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=PhaseStatus.choices, default=PhaseStatus.NOT_STARTED)

    objects = PhaseQuerySet.as_manager()

    class Meta:
        ordering = ["programme", "order"]
        constraints = [
            models.UniqueConstraint(name="one_phase_of_each_kind", fields=["programme", "kind"]),
            models.UniqueConstraint(
                name="one_current_phase",
                fields=["programme"],
                condition=Q(status__in=[s.value for s in CURRENT]),
            ),
            models.CheckConstraint(
                name="phase_ends_after_it_starts",
                condition=Q(actual_end__isnull=True) | Q(actual_end__gte=models.F("actual_start")),
            ),
        ]

    @property
    def letter(self) -> str:
        """Its letter in the rights matrix."""
        return LETTERS[PhaseKind(self.kind)]

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.programme.code

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about."""
        return "phase", self.kind

    def __str__(self) -> str:
        return str(self.get_kind_display())


class Engagement(Versioned):
    """An organisation in a programme: what it is to the data, and under which agreement (INV-05)."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="engagements")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="engagements")
    gdpr_role = models.CharField(_("Role on the data"), max_length=20, choices=GdprRole.choices)
    contract_ref = models.CharField(max_length=64, default="", blank=True)
    starts_on = models.DateField(_("From"))
    ends_on = models.DateField(_("Until"), null=True, blank=True)
    dpa_status = models.CharField(max_length=8, choices=DpaStatus.choices, default=DpaStatus.NONE)
    dpa_signed_on = models.DateField(null=True, blank=True)
    dpa_expires_on = models.DateField(null=True, blank=True)
    transfer_tool = models.CharField(max_length=12, choices=TransferTool.choices, default="", blank=True)

    class Meta:
        ordering = ["organisation__name"]
        constraints = [
            models.UniqueConstraint(
                name="one_engagement_a_start", fields=["programme", "organisation", "starts_on"]
            ),
            models.CheckConstraint(
                name="engagement_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
            ),
        ]

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.programme.code

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about."""
        return "organisation", self.organisation.code

    def __str__(self) -> str:
        return str(self.organisation)


class Counter(Keyed):
    """The last number given to a kind of code in a programme."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="+")
    prefix = models.CharField(max_length=8)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_counter_per_prefix", fields=["programme", "prefix"])]

    def __str__(self) -> str:
        return f"{self.prefix}-{self.last}"
