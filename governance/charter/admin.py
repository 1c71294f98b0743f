"""Objectives, to be read."""

from django.contrib import admin

from governance.charter.models import Objective
from governance.dossiers.admin import Read


@admin.register(Objective)
class ObjectiveAdmin(Read):
    list_display = ("programme", "code", "horizon", "statement_fr", "owner", "status", "due_on")
    list_filter = ("programme", "horizon", "status")
