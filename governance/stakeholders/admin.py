"""Organisations, people, interests, to be read."""

from django.contrib import admin

from governance.audit.admin import Read
from governance.stakeholders.models import InterestDeclaration, Organisation, Person


@admin.register(Organisation)
class OrganisationAdmin(Read):
    list_display = ("code", "name", "kind", "country")
    list_filter = ("kind",)


@admin.register(Person)
class PersonAdmin(Read):
    list_display = ("display_name", "email", "organisation", "department", "left_on")
    list_filter = ("department", "organisation")
    search_fields = ("display_name", "email")


@admin.register(InterestDeclaration)
class InterestDeclarationAdmin(Read):
    list_display = ("person", "organisation", "starts_on", "ends_on")
