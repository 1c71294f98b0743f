"""The sixteen roles (vocabularies.yaml)."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from governance.dossiers.choices import ReviewFunction


class Role(TextChoices):
    """What a person is in a programme, over time."""

    SPONSOR = "sponsor", _("Sponsor")
    CORE_TEAM_LEAD = "core_team_lead", _("Core-team lead")
    CORE_TEAM_MEMBER = "core_team_member", _("Core-team member")
    LEGAL_REVIEWER = "legal_reviewer", _("Legal reviewer")
    DPO = "dpo", _("Data protection officer")
    SECURITY_REVIEWER = "security_reviewer", _("Security reviewer")
    TECHNICAL_REVIEWER = "technical_reviewer", _("Technical reviewer")
    CONSULTANT = "consultant", _("Consultant")
    DMP_OPERATOR = "dmp_operator", _("DMP operator")
    AGENCY = "agency", _("Media agency")
    CREATIVE = "creative", _("Creative")
    ANALYST = "analyst", _("Analyst")
    DATA_OWNER = "data_owner", _("Data owner")
    DIGITAL_TOOLS_LEAD = "digital_tools_lead", _("Digital tools lead")
    OBSERVER = "observer", _("Observer")
    AUDITOR = "auditor", _("Auditor")


# Which role signs for which function.
ROLE_OF = {
    ReviewFunction.LEGAL: Role.LEGAL_REVIEWER,
    ReviewFunction.DPO: Role.DPO,
    ReviewFunction.SECURITY: Role.SECURITY_REVIEWER,
    ReviewFunction.TECHNICAL: Role.TECHNICAL_REVIEWER,
    ReviewFunction.SPONSOR: Role.SPONSOR,
}
FUNCTION_OF = {role: function for function, role in ROLE_OF.items()}
# Appointed by sponsors only (INV-10).
APPOINTED_BY_SPONSORS = frozenset({*ROLE_OF.values(), Role.CORE_TEAM_LEAD})
