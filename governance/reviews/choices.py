"""Words of reviews: decisions, standing, requests."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Decision(TextChoices):
    """What a signature says."""

    APPROVE = "approve", _("Approved")
    APPROVE_WITH_CONDITIONS = "approve_with_conditions", _("Approved under conditions")
    REJECT = "reject", _("Rejected")


POSITIVE = (Decision.APPROVE, Decision.APPROVE_WITH_CONDITIONS)


class Standing(TextChoices):
    """Where a function stands on an edition (api.md); computed, never stored."""

    VALID = "valid", _("Valid")
    MISSING = "missing", _("Missing")
    NEGATIVE = "negative", _("Rejected")
    BLOCKED = "blocked", _("Valid, blocked by a condition")
    STALE = "stale", _("To be signed again")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")


class EditionStatus(StrEnum):
    """Where an edition stands as a whole (`queries.edition_status`); rooms have their own words for it.

    Refused is what a rejection in force stands against, or closed; superseded and lapsed are said of what
    was approved.
    """

    OPEN = "open"
    CLOSED = "closed"
    REFUSED = "refused"
    APPROVED = "approved"
    LAPSED = "lapsed"
    SUPERSEDED = "superseded"


class RequestState(TextChoices):
    """Stored state of a request (L10)."""

    ASKED = "asked", _("Asked")
    ASSIGNED = "assigned", _("Assigned")
    TAKEN = "taken", _("Taken up")
    CLOSED = "closed", _("Closed")


class RequestClosedAs(TextChoices):
    """Why a request is closed."""

    SIGNED = "signed", _("Signed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    REPLACED = "replaced", _("Replaced")
