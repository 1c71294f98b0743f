"""Who stands behind a key."""

from __future__ import annotations

from governance import clock
from governance.accounts import actions
from governance.accounts.models import ApiToken, User


def token_of(secret: str) -> ApiToken | None:
    """The live key of this secret, of an active account; nothing for any other."""
    return (
        ApiToken.objects.select_related("user")
        .filter(
            digest=actions.digest_of(secret),
            revoked_at__isnull=True,
            expires_at__gt=clock.wall(),
            user__is_active=True,
        )
        .first()
    )


def user_of_token(secret: str) -> User | None:
    """Whoever this secret lets in; its use is remembered."""
    token = token_of(secret)
    if token is None:
        return None
    actions.mark_used(token)
    return token.user
