"""Horizons and states of objectives."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Horizon(TextChoices):
    """How far an objective looks: at most 6, 18 and 36 months."""

    SHORT = "short", _("Short term")
    MID = "mid", _("Medium term")
    LONG = "long", _("Long term")


class ObjectiveStatus(TextChoices):
    """Where an objective stands."""

    DRAFT = "draft", _("Draft")
    VALIDATED = "validated", _("Validated")
    ACHIEVED = "achieved", _("Achieved")
    DROPPED = "dropped", _("Dropped")
