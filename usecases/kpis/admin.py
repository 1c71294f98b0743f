"""KPI definitions and targets, to be read."""

from django.contrib import admin

from governance.dossiers.admin import Read
from usecases.kpis.models import Kpi, KpiTarget


@admin.register(Kpi)
class KpiAdmin(Read):
    list_display = ("programme", "code", "name_fr", "unit", "direction")
    list_filter = ("programme",)
    search_fields = ("code", "name_fr", "name_en")


@admin.register(KpiTarget)
class KpiTargetAdmin(Read):
    list_display = ("programme", "code", "kpi", "kind", "dossier", "set_by", "closed_on")
    list_filter = ("programme", "kind")
    search_fields = ("code",)
