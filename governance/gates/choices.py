"""Words of gates: codes, outcomes, findings."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Outcome(TextChoices):
    """What two sponsors may decide (domain.md 3.3)."""

    GO = "go", _("Go")
    CONDITIONAL_GO = "conditional_go", _("Go under conditions")
    HOLD = "hold", _("Hold")
    RECYCLE = "recycle", _("Take up again")
    KILL = "kill", _("Stop the programme")


class ReviewStatus(TextChoices):
    """Where a gate review stands (L3)."""

    PREPARING = "preparing", _("In preparation")
    SUBMITTED = "submitted", _("Submitted")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    DECIDED = "decided", _("Decided")


class CriterionKind(TextChoices):
    """Computed from facts, or attested by a person."""

    COMPUTED = "computed", _("Computed")
    ATTESTED = "attested", _("Attested")


class Level(TextChoices):
    """Must block, should count by weight."""

    MUST = "must", _("Must")
    SHOULD = "should", _("Should")


PASSING = (Outcome.GO, Outcome.CONDITIONAL_GO)
UNDER_WAY = (ReviewStatus.PREPARING, ReviewStatus.SUBMITTED)
