"""Dossiers and editions, to be read."""

from django.contrib import admin

from governance.dossiers.models import Dossier, Edition


class Read(admin.ModelAdmin):
    """Shows, and changes nothing: state moves by verbs."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Dossier)
class DossierAdmin(Read):
    list_display = ("programme", "kind", "code", "name_fr")
    list_filter = ("programme", "kind")
    search_fields = ("code", "name_fr", "name_en")


@admin.register(Edition)
class EditionAdmin(Read):
    list_display = ("dossier", "number", "fp", "submitted_by", "submitted_at", "closed_as")
    exclude = ("content",)
    search_fields = ("dossier__code", "fp")
