"""Gates, their criteria and what was decided, to be read."""

from django.contrib import admin

from governance.dossiers.admin import Read
from governance.gates.models import Gate, GateCriterion, GateDecision, GateReview


@admin.register(Gate)
class GateAdmin(Read):
    list_display = ("programme", "code", "name_fr", "from_phase", "to_phase")
    list_filter = ("programme",)


@admin.register(GateCriterion)
class GateCriterionAdmin(Read):
    list_display = ("gate", "code", "level", "kind", "text_fr")
    list_filter = ("gate__code", "level", "kind")


@admin.register(GateReview)
class GateReviewAdmin(Read):
    list_display = ("dossier", "status", "submitted_by", "submitted_at")
    list_filter = ("status",)


@admin.register(GateDecision)
class GateDecisionAdmin(Read):
    list_display = ("review", "outcome", "effective_on", "revisit_on", "should_score")
    list_filter = ("outcome",)
