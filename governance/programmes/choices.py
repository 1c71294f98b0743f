"""Phases, programme states and contract words."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PhaseKind(TextChoices):
    """The four phases, in order."""

    CADRAGE = "cadrage", _("Framing")
    SETUP = "setup", _("Set-up")
    TEST_LEARN = "test_learn", _("Test & learn")
    RUN = "run", _("Run")


LETTERS = {PhaseKind.CADRAGE: "C", PhaseKind.SETUP: "S", PhaseKind.TEST_LEARN: "T", PhaseKind.RUN: "R"}


class PhaseStatus(TextChoices):
    """Where a phase stands (L2)."""

    NOT_STARTED = "not_started", _("Not started")
    OPEN = "open", _("Open")
    GATE_PENDING = "gate_pending", _("Gate pending")
    ON_HOLD = "on_hold", _("On hold")
    CLOSED = "closed", _("Closed")


CURRENT = (PhaseStatus.OPEN, PhaseStatus.GATE_PENDING, PhaseStatus.ON_HOLD)


class ProgrammeStatus(TextChoices):
    """Where a programme stands (L1)."""

    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")
    STOPPING = "stopping", _("Stopping")
    STOPPED = "stopped", _("Stopped")
    CLOSING = "closing", _("Closing")
    CLOSED = "closed", _("Closed")


ENDED = (ProgrammeStatus.STOPPED, ProgrammeStatus.CLOSED)


class PlatformKind(TextChoices):
    """What kind of platform the programme is about."""

    DMP = "dmp", _("DMP")
    CDP = "cdp", _("CDP")
    EXTENDED = "extended", _("Extended (DMP and CDP)")


class OperatorMode(TextChoices):
    """Who will operate the platform in run."""

    INTERNAL_TRAINED = "internal_trained", _("Internal, trained")
    EXTERNAL_HIRED = "external_hired", _("External, hired")
    CONSULTANT_FULL_TIME = "consultant_full_time", _("Full-time consultant")


class GdprRole(TextChoices):
    """What an organisation is to the data."""

    CONTROLLER = "controller", _("Controller")
    JOINT_CONTROLLER = "joint_controller", _("Joint controller")
    PROCESSOR = "processor", _("Processor")
    SUB_PROCESSOR = "sub_processor", _("Sub-processor")
    RECIPIENT = "recipient", _("Third-party recipient")
    NONE = "none", _("No access to personal data")


class DpaStatus(TextChoices):
    """Where the processing agreement stands."""

    NONE = "none", _("None")
    DRAFT = "draft", _("Draft")
    SIGNED = "signed", _("Signed")
    EXPIRED = "expired", _("Expired")
    ENDED = "ended", _("Ended")


class TransferTool(TextChoices):
    """What frames a transfer outside the EEA."""

    ADEQUACY = "adequacy", _("Adequacy decision")
    SCC = "scc", _("Standard contractual clauses")
    BCR = "bcr", _("Binding corporate rules")
    DEROGATION = "derogation", _("Derogation")
