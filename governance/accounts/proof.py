"""Proving that it is you: the password, and the second factor where you have one.

Used at sign-in through the API and before each signature. Five failures close the door for fifteen
minutes, whatever the door (ASVS 6.3.1, decisions.md 7); a used code is not accepted twice.
"""

from __future__ import annotations

import datetime as dt

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.utils.translation import gettext as _

from governance import clock
from governance.accounts.models import User
from governance.errors import NotAllowed, Refusal

FAILURES = 5
CLOSED_FOR = dt.timedelta(minutes=15)


def has_second_factor(user: User) -> bool:
    """Say whether the person set up a code generator."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def objection(user: User | None, *, key: str, password: str, code: str = "") -> Refusal | None:
    """Check password and code; failures are counted under `key`. None means: it is them.

    `user` may be null (nobody has that e-mail): the same time is spent and the same answer given.
    """
    door = f"proof:{key.strip().lower()}"
    if cache.get(door, 0) >= FAILURES:
        return NotAllowed(
            _("Too many tries: wait fifteen minutes, then try again."), code="too_many", status=429
        )
    spender = user if user is not None else User(password="!")  # noqa: S106 (a sentinel that no password matches)
    known = spender.check_password(password) and user is not None and user.is_active
    if not known or user is None:
        return _failed(door)
    factor = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if factor is not None:
        if not code:
            return NotAllowed(
                _("Give the six digits of your code generator as well."),
                code="second_factor_required",
                field="code",
            )
        if not TOTP(factor).validate_code(code):
            return _failed(door, field="code")
    cache.delete(door)
    return None


def _failed(door: str, *, field: str = "password") -> Refusal:
    cache.add(door, 0, CLOSED_FOR.total_seconds())
    cache.incr(door)
    return NotAllowed(
        _("That is not the right password or code. Check it and try again."),
        code="reauth_required",
        field=field,
    )


def age_s(proved_at: str | None) -> int:
    """Seconds since a proof kept as ISO text; more than any window where there is none, or it lies ahead."""
    if not proved_at:
        return 10**6
    age = (clock.wall() - dt.datetime.fromisoformat(proved_at)).total_seconds()
    return int(age) if age >= 0 else 10**6
