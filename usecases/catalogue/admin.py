"""The catalogue, to be read."""

from django.contrib import admin

from governance.dossiers.admin import Read
from usecases.catalogue.models import (
    Attribute,
    CatalogueVersion,
    DataSource,
    Destination,
    EventType,
    KnowledgeNote,
)


@admin.register(DataSource)
class DataSourceAdmin(Read):
    list_display = ("programme", "code", "name_fr", "owner", "retention", "quality")
    list_filter = ("programme", "domain")
    search_fields = ("code", "name_fr", "name_en")


@admin.register(Attribute)
class AttributeAdmin(Read):
    list_display = ("programme", "code", "name_fr", "type", "source")
    list_filter = ("programme", "type")
    search_fields = ("code", "name_fr", "name_en")


@admin.register(EventType)
class EventTypeAdmin(Read):
    list_display = ("programme", "code", "name_fr", "source")
    list_filter = ("programme",)
    search_fields = ("code", "name_fr", "name_en")


@admin.register(CatalogueVersion)
class CatalogueVersionAdmin(Read):
    list_display = ("programme", "number", "published_on", "published_by", "fp")
    exclude = ("content",)


@admin.register(Destination)
class DestinationAdmin(Read):
    list_display = ("programme", "code", "channel", "organisation", "country")
    list_filter = ("programme", "channel")


@admin.register(KnowledgeNote)
class KnowledgeNoteAdmin(Read):
    list_display = ("source", "text", "severity", "status", "author", "confirmed_by")
    list_filter = ("status", "severity")
