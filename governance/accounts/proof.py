"""Proving that it is you: the password, and the second factor where you have one.

Used at sign-in and before each signature. Five failures close a door for fifteen minutes (ASVS 6.3.1,
decisions.md 7), and a used code is not accepted twice (6.5.1). Tries are counted before they are weighed,
so that many at once are no way round. Sign-in and signing are two doors, each the same on page and API:
whoever only knows an address may close the first, never the second.
"""

from __future__ import annotations

import datetime as dt

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, validate_totp_code
from allauth.mfa.utils import decrypt
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from governance import clock
from governance.accounts.models import User
from governance.errors import NotAllowed, Refusal

CLOSED_FOR = dt.timedelta(minutes=15)
PROVED_AT = "proved_at"  # in the session, by pages and API alike


def has_second_factor(user: User) -> bool:
    """Say whether the person set up a code generator."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def sign_in(request: HttpRequest, *, email: str, password: str, code: str = "") -> User:
    """Who this is, through the same door as the sign-in page.

    Raises a refusal; that nobody has that e-mail is not told apart from a wrong password.
    """
    try:
        user = get_adapter(request).authenticate(request, email=email, password=password)
    except ValidationError as closed:
        raise _closed() from closed
    if not isinstance(user, User) or not user.is_active:
        raise _wrong("password")
    if refused := _objection_to_code(request, user, code, "login_failed", f"mfa-auth-user-{user.pk}"):
        raise refused
    return user


def objection(request: HttpRequest, user: User, *, password: str, code: str = "") -> Refusal | None:
    """Check password and code of somebody signed in, before they sign. None means: it is them."""
    door = "signature", str(user.pk)
    if not ratelimit.consume(request, action=door[0], key=door[1]):
        return _closed()
    if not user.check_password(password) or not user.is_active:
        tell_if_closed(request, user, *door)
        return _wrong("password")
    ratelimit.clear(request, action=door[0], key=door[1])
    return _objection_to_code(request, user, code, "signature", f"code-{user.pk}")


def _objection_to_code(request: HttpRequest, user: User, code: str, action: str, key: str) -> Refusal | None:
    factor = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if factor is None:
        return None
    if not code:
        return NotAllowed(
            _("Give the six digits of your code generator as well."),
            code="second_factor_required",
            field="code",
        )
    if not ratelimit.consume(request, action=action, key=key):
        return _closed()
    if TOTP(factor).validate_code(code):
        ratelimit.clear(request, action=action, key=key)
        return None
    tell_if_closed(request, user, action, key)
    if validate_totp_code(decrypt(factor.data["secret"]), code):
        return NotAllowed(
            _("This code was used already: wait for the next one, then try again."),
            code="otp_reused",
            field="code",
        )
    return _wrong("code")


def tell_if_closed(request: HttpRequest, user: User, action: str, key: str) -> None:
    """Write to the owner of an account when a failure closed one of its doors, once for each closing."""
    open_still = ratelimit.consume(request, action=action, key=key, dry_run=True)
    if open_still or not cache.add(f"closed:{action}:{key}", "told", CLOSED_FOR.total_seconds()):
        return

    def tell() -> None:
        get_adapter(request).send_notification_mail("account/email/door_closed", user)

    transaction.on_commit(tell, robust=True)  # a mail server that is down makes no failure of its own


def _closed() -> Refusal:
    return NotAllowed(_("Too many tries: wait fifteen minutes, then try again."), code="too_many", status=429)


def _wrong(field: str) -> Refusal:
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
