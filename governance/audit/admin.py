"""The journal, to be read; and how every room's admin reads without changing anything."""

from django.contrib import admin

from governance.audit.models import Event, Refused


class Read(admin.ModelAdmin):
    """Shows, and changes nothing: state moves by verbs."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Event)
class EventAdmin(Read):
    list_display = ("stream", "seq", "at", "clock", "actor", "verb", "subject_kind", "subject_code")
    list_filter = ("stream", "verb")
    search_fields = ("subject_code", "actor")
    ordering = ("stream", "-seq")


@admin.register(Refused)
class RefusedAdmin(Read):
    list_display = ("at", "stream", "actor", "verb", "subject_code", "codes", "door")
    list_filter = ("stream", "door")
