"""Setting up a code generator and giving it up, which end the other sessions of the account."""

from __future__ import annotations

from typing import Any

from allauth.mfa.totp import views as totp
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpResponse

from governance.accounts import actions


def _note(request: Any, *, held: bool) -> None:
    update_session_auth_hash(request, actions.note_second_factor(request.user, held=held))


class SetUp(totp.ActivateTOTPView):
    """The page that shows the secret and asks for a first code."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep the secret, record it, end the other sessions."""
        with transaction.atomic():
            answer = super().form_valid(form)
            _note(self.request, held=True)
        return answer


class GiveUp(totp.DeactivateTOTPView):
    """The page that asks whether to give the code generator up."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Drop the secret, record it, end the other sessions."""
        with transaction.atomic():
            answer = super().form_valid(form)
            _note(self.request, held=False)
        return answer
