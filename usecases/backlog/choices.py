"""Words of the backlog."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class UseCaseStatus(TextChoices):
    """Where a use case stands (L7), as verbs wrote it."""

    IDEA = "idea", _("Idea")
    FRAMING = "framing", _("Framing")
    SUBMITTED = "submitted", _("Submitted")
    CHANGES_REQUESTED = "changes_requested", _("Changes requested")
    APPROVED = "approved", _("Approved")
    READY = "ready", _("Ready")
    IN_TEST = "in_test", _("In test")
    ITERATING = "iterating", _("Iterating")
    SCALED = "scaled", _("Scaled")
    PAUSED = "paused", _("Paused")
    STOPPED = "stopped", _("Stopped")
    RETIRED = "retired", _("Retired")


ENDED = (UseCaseStatus.STOPPED, UseCaseStatus.RETIRED)
# domain.md 5: `approved+`
APPROVED = (
    UseCaseStatus.APPROVED,
    UseCaseStatus.READY,
    UseCaseStatus.IN_TEST,
    UseCaseStatus.ITERATING,
    UseCaseStatus.SCALED,
    UseCaseStatus.PAUSED,
)


class RevisionStatus(TextChoices):
    """Where a revision stands (L8); computed from its edition."""

    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    CHANGES_REQUESTED = "changes_requested", _("Changes requested")
    APPROVED = "approved", _("Approved")
    LAPSED = "lapsed", _("Lapsed")
    SUPERSEDED = "superseded", _("Superseded")


class Branch(TextChoices):
    """Whom it addresses."""

    PROSPECTS = "prospects", _("Prospects")
    CUSTOMERS = "customers", _("Existing customers")
    BOTH = "both", _("Prospects and customers")


class ScenarioLevel(IntegerChoices):
    """How much it adapts to each person."""

    STANDARD = 1, _("1, standard")
    ADAPTED = 2, _("2, right channel and content for each")
    ORCHESTRATED = 3, _("3, orchestrated before, during and after")


class Nature(TextChoices):
    """Marketing, or a pure service message."""

    MARKETING = "marketing", _("Marketing")
    SERVICE = "service", _("Service")


class DependencyKind(TextChoices):
    """How two use cases hang together."""

    BLOCKS = "blocks", _("Comes before")
    ENRICHES = "enriches", _("Enriches")
    SHARES_EXCLUSION = "shares_exclusion", _("Shares an exclusion")


class PauseReason(TextChoices):
    """Why a use case is paused."""

    OWNER = "owner", _("The owner's choice")
    GUARDRAIL = "guardrail", _("A guardrail was crossed")
    CONDITION_OVERDUE = "condition_overdue", _("A condition is overdue")
    REVIEW_LAPSED = "review_lapsed", _("A signature no longer stands")
    LEGAL = "legal", _("Legal")
    DPO = "dpo", _("DPO")
    SECURITY = "security", _("Security")
    EMERGENCY = "emergency", _("Emergency")
