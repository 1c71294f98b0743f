"""Use cases and their revisions, to be read."""

from django.contrib import admin

from governance.dossiers.admin import Read
from usecases.backlog.models import UseCase, UseCaseDependency, UseCaseRevision


@admin.register(UseCase)
class UseCaseAdmin(Read):
    list_display = ("dossier", "status", "owner", "emblematic", "roadmap_start", "rice_score")
    list_filter = ("status", "emblematic", "dossier__programme")
    search_fields = ("dossier__code", "dossier__name_fr", "dossier__name_en")


@admin.register(UseCaseRevision)
class UseCaseRevisionAdmin(Read):
    list_display = ("usecase", "number", "title_fr", "audience_branch", "scenario_level", "edition")
    search_fields = ("usecase__dossier__code", "title_fr", "title_en")


@admin.register(UseCaseDependency)
class UseCaseDependencyAdmin(Read):
    list_display = ("from_usecase", "kind", "to_usecase")
