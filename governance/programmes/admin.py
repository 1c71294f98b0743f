"""Programmes, phases and engagements, to be read."""

from django.contrib import admin

from governance.audit.admin import Read
from governance.programmes.models import Engagement, Phase, Programme


@admin.register(Programme)
class ProgrammeAdmin(Read):
    list_display = ("code", "name_fr", "advertiser", "platform_kind", "status", "started_on")


@admin.register(Phase)
class PhaseAdmin(Read):
    list_display = ("programme", "kind", "status", "actual_start", "actual_end")
    list_filter = ("programme",)


@admin.register(Engagement)
class EngagementAdmin(Read):
    list_display = ("programme", "organisation", "gdpr_role", "starts_on", "ends_on", "dpa_status")
    list_filter = ("programme",)
