"""Departments and kinds of organisation (vocabularies.yaml)."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Department(TextChoices):
    """Where a person works."""

    GENERAL_MANAGEMENT = "general_management", _("General management")
    MARKETING = "marketing", _("Marketing")
    COMMUNICATION = "communication", _("Communication")
    MEDIA_BUYING = "media_buying", _("Media buying")
    CRM = "crm", _("CRM and loyalty")
    DIGITAL = "digital", _("Digital")
    NETWORK = "network", _("Store network")
    IT = "it", _("IT")
    DATA = "data", _("Data / data lab")
    LEGAL = "legal", _("Legal")
    PRIVACY = "privacy", _("Privacy office")
    SECURITY = "security", _("Security")
    PROCUREMENT = "procurement", _("Procurement")
    EXTERNAL = "external", _("External")


class OrganisationKind(TextChoices):
    """What an organisation is to the programme."""

    ADVERTISER = "advertiser", _("Advertiser")
    GROUP_ENTITY = "group_entity", _("Group entity")
    CONSULTANCY = "consultancy", _("Consultancy")
    MEDIA_AGENCY = "media_agency", _("Media agency")
    CREATIVE_AGENCY = "creative_agency", _("Creative agency")
    VENDOR = "vendor", _("Platform vendor")
    INTEGRATOR = "integrator", _("Integrator")
    OPERATOR_PROVIDER = "operator_provider", _("DMP operation provider")
    DATA_PARTNER = "data_partner", _("Data partner")
    LAW_FIRM = "law_firm", _("Law firm")
    DPO_SERVICE = "dpo_service", _("External DPO service")


INTERNAL_KINDS = frozenset({OrganisationKind.ADVERTISER, OrganisationKind.GROUP_ENTITY})
