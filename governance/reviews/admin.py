"""Requests, signatures, approvals and outside events, to be read."""

from django.contrib import admin

from governance.dossiers.admin import Read
from governance.reviews.models import Approval, ExternalEvent, Review, ReviewRequest


@admin.register(ReviewRequest)
class ReviewRequestAdmin(Read):
    list_display = ("edition", "function", "round", "asked_by", "due_on", "assigned_to", "state", "closed_as")
    list_filter = ("function", "state")


@admin.register(Review)
class ReviewAdmin(Read):
    list_display = (
        "edition",
        "function",
        "reviewer",
        "on_behalf_of",
        "decision",
        "signed_at",
        "valid_through",
        "revoked_at",
    )
    list_filter = ("function", "decision")


@admin.register(Approval)
class ApprovalAdmin(Read):
    list_display = ("edition", "at")


@admin.register(ExternalEvent)
class ExternalEventAdmin(Read):
    list_display = ("dossier", "code", "functions", "at", "stales_on")
