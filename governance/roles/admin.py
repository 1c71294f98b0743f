"""Roles over time, delegations, deputies, single exceptions, to be read."""

from django.contrib import admin

from governance.audit.admin import Read
from governance.roles.models import Delegation, Deputy, DossierUserPermission, RoleAssignment


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(Read):
    list_display = ("programme", "person", "role", "starts_on", "ends_on", "revoked_on")
    list_filter = ("programme", "role")


@admin.register(Delegation)
class DelegationAdmin(Read):
    list_display = ("programme", "code", "delegator", "delegate", "function", "starts_on", "ends_on")
    list_filter = ("programme", "function")


@admin.register(Deputy)
class DeputyAdmin(Read):
    list_display = ("programme", "function", "person", "from_on", "to_on")


@admin.register(DossierUserPermission)
class DossierUserPermissionAdmin(Read):
    list_display = ("user", "content_object", "permission")
