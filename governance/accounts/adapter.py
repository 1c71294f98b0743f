"""How allauth behaves here: nobody signs up by themselves; people are created by verbs."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Closes the sign-up door."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """No sign-up: accounts are opened by a platform administrator."""
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Whoever has a second factor proves it: the password alone would take the factor away."""
        methods = super().get_reauthentication_methods(user)
        with_factor = [each for each in methods if each["id"].startswith("mfa_")]
        return with_factor or methods

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """The e-mail is the name: nothing to fill in."""
