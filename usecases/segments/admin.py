"""Segments and their versions, to be read."""

from django.contrib import admin

from governance.dossiers.admin import Read
from usecases.segments.models import Segment, SegmentVersion, SizeEstimate


@admin.register(Segment)
class SegmentAdmin(Read):
    list_display = ("dossier", "role", "apply", "owner")
    list_filter = ("role", "dossier__programme")
    search_fields = ("dossier__code", "dossier__name_fr", "dossier__name_en")


@admin.register(SegmentVersion)
class SegmentVersionAdmin(Read):
    list_display = ("segment", "number", "valid_from", "valid_until", "frozen_at", "fp")
    search_fields = ("segment__dossier__code", "fp")


@admin.register(SizeEstimate)
class SizeEstimateAdmin(Read):
    list_display = ("version", "size", "estimated_on", "method", "by")
