"""What stands against opening, closing and lending accounts."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from governance.accounts.models import ApiToken, User
from governance.audit import trail
from governance.errors import NotAllowed, NotPossible, NotValid, Refusal

SCOPES = ("read", "write")
LONGEST_TOKEN_DAYS = 365
MOST_TOKENS = 20


def objection_to_open(email: str) -> Refusal | None:
    """Say what keeps an account from being opened, or nothing."""
    try:
        validate_email(email.strip())
    except ValidationError:
        return NotValid(
            _("“%(email)s” is not an e-mail address: write one as name@domain.") % {"email": email},
            code="malformed_email",
            field="email",
        )
    if User.objects.filter(email__iexact=email.strip()).exists():
        return NotPossible(
            _("There already is an account for %(email)s: use it, or give another address.")
            % {"email": email},
            code="account_exists",
            field="email",
        )
    return None


def objection_to_deactivate(user: User, by: trail.Actor | None, reason: str) -> Refusal | None:
    """Say what keeps an account from being deactivated, or nothing."""
    if by is not None and by.email == user.email:
        return NotAllowed(
            _("Nobody closes their own account: ask another platform administrator."), code="SOD-12"
        )
    if not user.is_active:
        return NotPossible(_("This account is already deactivated."), code="wrong_state")
    return _objection_to_silence(reason)


def objection_to_reactivate(user: User, by: trail.Actor | None, reason: str) -> Refusal | None:
    """Say what keeps an account from being opened again, or nothing."""
    if by is not None and by.email == user.email:
        return NotAllowed(
            _("Nobody opens their own account again: ask another platform administrator."), code="SOD-12"
        )
    if user.is_active:
        return NotPossible(_("This account is active already."), code="wrong_state")
    return _objection_to_silence(reason)


def objection_to_make_token(
    user: User, by: trail.Actor, name: str, scope: str, days: int
) -> Refusal | list[Refusal] | None:
    """Say what keeps a key from being made, or nothing."""
    if by.email != user.email or not user.is_active:
        return NotAllowed(
            _("A key is made by whoever will use it, in their own active account."), code="no_right"
        )
    found: list[Refusal] = []
    if not name.strip() or len(name.strip()) > 80:
        found.append(
            NotValid(_("Give the key a name of at most 80 characters."), code="missing_name", field="name")
        )
    if scope not in SCOPES:
        found.append(
            NotValid(_("A key reads, or reads and writes: choose one."), code="unknown_scope", field="scope")
        )
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        found.append(
            NotValid(
                _("A key lasts from 1 to %(most)s days: choose another end.") % {"most": LONGEST_TOKEN_DAYS},
                code="too_long",
                field="days",
            )
        )
    if user.tokens.filter(revoked_at__isnull=True).count() >= MOST_TOKENS:
        found.append(
            NotPossible(
                _("You have %(most)s keys already: revoke one that is no longer used.")
                % {"most": MOST_TOKENS},
                code="too_many_tokens",
            )
        )
    return found


def objection_to_revoke_token(token: ApiToken, by: trail.Actor) -> Refusal | None:
    """Say what keeps a key from being revoked, or nothing."""
    if by.email != token.user.email:
        return NotAllowed(_("A key is revoked by its owner, or falls with the account."), code="no_right")
    if token.revoked_at is not None:
        return NotPossible(_("This key is already revoked."), code="wrong_state")
    return None


def _objection_to_silence(reason: str) -> Refusal | None:
    if not reason.strip():
        return NotValid(
            _("Say why: the reason is kept in the journal."), code="reason_required", field="reason"
        )
    return None
