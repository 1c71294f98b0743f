"""What can be governed, who reviews, and the ten facets of a content."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DossierKind(TextChoices):
    """What a dossier is about."""

    USE_CASE = "use_case", _("Use case")
    SEGMENT = "segment", _("Segment")
    DATA_SOURCE = "data_source", _("Data source")
    VENDOR = "vendor", _("Vendor")
    EXPERIMENT = "experiment", _("Test")
    GATE_REVIEW = "gate_review", _("Gate review")


class ReviewFunction(TextChoices):
    """The five functions that sign, in the order in which they are read."""

    LEGAL = "legal", _("Legal")
    DPO = "dpo", _("DPO")
    SECURITY = "security", _("Security")
    TECHNICAL = "technical", _("Technical")
    SPONSOR = "sponsor", _("Sponsor")


class Facet(TextChoices):
    """The ten sides of a content; each function answers for some of them (review_policies.yaml)."""

    WORDING = "WORDING", _("Wording")
    BUSINESS = "BUSINESS", _("Business case")
    AUDIENCE = "AUDIENCE", _("Audience")
    DATA = "DATA", _("Data")
    PRIVACY = "PRIVACY", _("Purposes and people's rights")
    CHANNEL = "CHANNEL", _("Channels")
    PRESSURE = "PRESSURE", _("Contact pressure")
    JOURNEY = "JOURNEY", _("Journey")
    TECH = "TECH", _("Technical needs")
    TEST = "TEST", _("Test plan")


class ClosedAs(TextChoices):
    """Why an edition is no longer in review."""

    WITHDRAWN = "withdrawn", _("Withdrawn")
    REPLACED = "replaced", _("Replaced")
    REJECTED = "rejected", _("Changes requested")
