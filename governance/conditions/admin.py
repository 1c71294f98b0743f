"""Conditions, to be read."""

from django.contrib import admin

from governance.conditions.models import Condition
from governance.dossiers.admin import Read


@admin.register(Condition)
class ConditionAdmin(Read):
    list_display = ("programme", "code", "text", "owner", "due_on", "severity", "status")
    list_filter = ("programme", "status", "severity")
    search_fields = ("code", "text")
