"""How allauth behaves here: nobody signs up by themselves, and what proves who one is (`proof`)."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from governance.accounts import proof
from governance.accounts.models import User


class Backend(AuthenticationBackend):
    """Signs in as allauth does; whoever is signed in is read with their person, in one statement."""

    def get_user(self, user_id: Any) -> User | None:
        """The account of a session, if it is open."""
        known = User.objects.select_related("person__organisation").filter(pk=user_id).first()
        return known if known is not None and self.user_can_authenticate(known) else None


class AccountAdapter(DefaultAccountAdapter):
    """Closes the sign-up door, and tells the owner when too many tries closed that of sign-in."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _("Too many tries: wait fifteen minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """No sign-up: accounts are opened by a platform administrator."""
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Whoever has a second factor proves it: the password alone would take the factor away."""
        methods = super().get_reauthentication_methods(user)
        with_factor = [each for each in methods if each["id"].startswith("mfa_")]
        return with_factor or methods

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Tell the owner where this was the failure that closed the door."""
        owner = User.objects.filter(email__iexact=credentials.get("email", "")).first()
        if owner is not None:
            key = self._get_login_attempts_cache_key(request, **credentials)
            proof.tell_if_closed(request, owner, "login_failed", key)

    def reauthenticate(self, user: Any, password: str) -> bool:
        """Prove it as before a signature: a password alone is not enough where there is a factor."""
        refused = proof.objection(self.request, user, password=password)
        if refused is not None and refused.code == "too_many":
            raise self.validation_error("too_many_login_attempts")
        return refused is None

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """The e-mail is the name: nothing to fill in."""
