"""Severity and life of a condition (L12)."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Severity(TextChoices):
    """What an unmet condition holds up."""

    BEFORE_START = "before_start", _("Before any start")
    AFTER_DUE = "after_due", _("Suspends once overdue")
    FOLLOW_UP = "follow_up", _("Follow-up")


class ConditionStatus(TextChoices):
    """Where a condition stands; overdue is computed."""

    OPEN = "open", _("Open")
    EVIDENCE_SUBMITTED = "evidence_submitted", _("Evidence submitted")
    SATISFIED = "satisfied", _("Satisfied")
    WAIVED = "waived", _("Waived")


MET = (ConditionStatus.SATISFIED, ConditionStatus.WAIVED)
