"""Words of segments."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SegmentRole(TextChoices):
    """What a segment does in a use case."""

    TARGET = "target", _("Target")
    EXCLUSION = "exclusion", _("Exclusion")
    SEED = "seed", _("Seed")
    CONTROL = "control", _("Control")


class Apply(TextChoices):
    """Where an exclusion is applied."""

    UPSTREAM = "upstream", _("Inside the platform, before any push")
    EXPORTED = "exported", _("As a list pushed to the destination")


class EstimationMethod(TextChoices):
    """How a size was estimated."""

    PLATFORM_COUNT = "platform_count", _("Counted by the platform")
    SAMPLE = "sample", _("On a sample")
    MODEL = "model", _("By a model")


class SegmentStatus(TextChoices):
    """Where a version stands (L9); computed from facts and the clock."""

    DRAFT = "draft", _("Draft")
    FROZEN = "frozen", _("Frozen")
    IN_REVIEW = "in_review", _("In review")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    EXPIRED = "expired", _("Expired")
    DEPRECATED = "deprecated", _("Deprecated")
