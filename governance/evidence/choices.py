"""Kinds of evidence and who may read them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class EvidenceKind(TextChoices):
    """What a proof is."""

    DOCUMENT = "document", _("Document")
    CONSENT_TEST = "consent_test", _("Consent test")
    SECURITY_REPORT = "security_report", _("Security report")
    CONTRACT = "contract", _("Contract")
    DPIA = "dpia", _("DPIA")
    SCREENSHOT = "screenshot", _("Screenshot")
    EXPORT = "export", _("Export")
    OTHER = "other", _("Other")


class Outcome(TextChoices):
    """How a test ended."""

    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")


class Confidentiality(TextChoices):
    """Who reads it (domain.md 4)."""

    OPEN = "open", _("Open")
    INTERNAL = "internal", _("Internal")
    COMMERCIAL = "commercial", _("Commercial")
    SECURITY_SENSITIVE = "security_sensitive", _("Security-sensitive")
    RESTRICTED = "restricted", _("Restricted")
