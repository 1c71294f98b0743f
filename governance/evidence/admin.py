"""Evidence, to be read; its files are served by a view that asks who reads."""

from django.contrib import admin

from governance.evidence.models import Evidence


@admin.register(Evidence)
class EvidenceAdmin(admin.ModelAdmin):
    list_display = ("programme", "code", "title", "kind", "confidentiality", "added_by")
    list_filter = ("programme", "kind", "confidentiality")
    exclude = ("file",)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
