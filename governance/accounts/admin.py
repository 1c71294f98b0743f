"""Accounts and keys, to be read; opened and closed by verbs."""

from django.contrib import admin

from governance.accounts.models import ApiToken, User
from governance.audit.admin import Read


@admin.register(User)
class UserAdmin(Read):
    list_display = ("email", "is_active", "is_platform_admin", "last_login")
    list_filter = ("is_active", "is_platform_admin")
    search_fields = ("email",)
    exclude = ("password",)


@admin.register(ApiToken)
class ApiTokenAdmin(Read):
    list_display = ("user", "name", "scope", "created_at", "expires_at", "last_used_at", "revoked_at")
    exclude = ("digest",)
