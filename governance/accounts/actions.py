"""Opening and closing accounts, and the keys that programs use."""

from __future__ import annotations

import datetime as dt
import secrets

from django.db import transaction

from governance import clock
from governance.accounts import rules
from governance.accounts.models import ApiToken, User, digest_of, new_salt
from governance.audit import trail
from governance.errors import raise_if

PREFIX = "jln_"


@transaction.atomic
def open_account(
    email: str,
    *,
    by: trail.Actor | None,
    password: str | None = None,
    password_hash: str = "",
    platform_admin: bool = False,
) -> User:
    """Open an account; without a password, nobody signs in until one is set by mail.

    `password_hash` is one already hashed: hashing takes long on purpose, and the demo's cast shares one.
    """
    raise_if(rules.objection_to_open(email))
    user = User.objects.create_user(
        email, password, password_hash=password_hash, is_platform_admin=platform_admin
    )
    trail.record("account.opened", by=by, about=user, payload={"platform_admin": platform_admin})
    return user


@transaction.atomic
def deactivate(user: User, *, by: trail.Actor | None, reason: str) -> User:
    """End the access of an account, its keys included, from its next request on."""
    user.refresh_from_db(from_queryset=User.objects.select_for_update(no_key=True))
    raise_if(rules.objection_to_deactivate(user, by, reason))
    user.is_active = False
    user.save(update_fields=["is_active"])
    user.tokens.filter(revoked_at__isnull=True).update(revoked_at=clock.wall())
    trail.record("account.deactivated", by=by, about=user, payload={"reason": reason.strip()})
    return user


@transaction.atomic
def reactivate(user: User, *, by: trail.Actor | None, reason: str) -> User:
    """Give an account its access back; its keys stay revoked and its former sessions ended."""
    user.refresh_from_db(from_queryset=User.objects.select_for_update(no_key=True))
    raise_if(rules.objection_to_reactivate(user, by, reason))
    user.is_active = True
    user.session_salt = new_salt()
    user.save(update_fields=["is_active", "session_salt"])
    trail.record("account.reactivated", by=by, about=user, payload={"reason": reason.strip()})
    return user


@transaction.atomic
def note_second_factor(user: User, *, held: bool) -> User:
    """Record that the owner set up a code generator or gave it up; every session of theirs ends.

    Whoever does it from a session takes it over with `update_session_auth_hash` (ASVS 7.4.3).
    """
    user.refresh_from_db(from_queryset=User.objects.select_for_update(no_key=True))
    user.session_salt = new_salt()
    user.save(update_fields=["session_salt"])
    verb = "account.second_factor_set" if held else "account.second_factor_removed"
    trail.record(verb, by=user, about=user, payload={})
    return user


@transaction.atomic
def make_token(user: User, *, by: trail.Actor, name: str, scope: str, days: int) -> tuple[ApiToken, str]:
    """Make a key for programs and give its secret, which is shown once and never kept."""
    raise_if(rules.objection_to_make_token(user, by, name, scope, days))
    secret = PREFIX + secrets.token_urlsafe(32)
    now = clock.wall()
    token = ApiToken.objects.create(
        user=user,
        name=name.strip(),
        digest=digest_of(secret),
        hint=secret[-4:],
        scope=scope,
        created_at=now,
        expires_at=now + dt.timedelta(days=days),
    )
    trail.record("token.made", by=by, about=user, payload={"name": token.name, "scope": scope, "days": days})
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, by: trail.Actor) -> ApiToken:
    """End a key for programs."""
    token.refresh_from_db(from_queryset=ApiToken.objects.select_for_update(no_key=True))
    raise_if(rules.objection_to_revoke_token(token, by))
    token.revoked_at = clock.wall()
    token.save(update_fields=["revoked_at"])
    trail.record("token.revoked", by=by, about=token.user, payload={"name": token.name})
    return token
