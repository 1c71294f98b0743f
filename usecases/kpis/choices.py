"""Words of KPIs and targets."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Direction(TextChoices):
    """Which way is better."""

    UP = "up", _("Up")
    DOWN = "down", _("Down")
    BAND = "band", _("Inside a band")


class TargetKind(TextChoices):
    """What a target is for."""

    PRIMARY = "primary", _("Primary")
    SECONDARY = "secondary", _("Secondary")
    GUARDRAIL = "guardrail", _("Guardrail")


class BreachEffect(TextChoices):
    """What a breached guardrail does."""

    SUSPEND = "suspend", _("Suspends")
    ALERT = "alert", _("Alerts")
