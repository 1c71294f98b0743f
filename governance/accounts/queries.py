"""Who stands behind a key."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from governance import clock
from governance.accounts.models import ApiToken, digest_of

USED_AGAIN_AFTER = dt.timedelta(minutes=1)


def token_of(secret: str, *related: str) -> ApiToken | None:
    """The live key of this secret, of an active account; nothing for any other.

    `related` names what of its user is read in the same statement.
    """
    return (
        ApiToken.objects.select_related("user", *related)
        .filter(
            digest=digest_of(secret),
            revoked_at__isnull=True,
            expires_at__gt=clock.wall(),
            user__is_active=True,
        )
        .first()
    )


def note_use(token: ApiToken) -> None:
    """Remember that a key served, once a minute at most."""
    now = clock.wall()
    if token.last_used_at is None or token.last_used_at < now - USED_AGAIN_AFTER:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USED_AGAIN_AFTER)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
