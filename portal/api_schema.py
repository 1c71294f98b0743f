"""How the API describes itself. Apart from `portal.api`, read by the framework before its own views exist."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema names the token."""

    target_class = "portal.api.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema names the cookie."""

    target_class = "portal.api.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The session's cookie."""
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class Schema(AutoSchema):
    """Names operations by method and path; groups them by resource."""

    def _words(self) -> list[str]:
        return [word.strip("{}").replace("-", "_") for word in self.path.split("/")[3:] if word]

    def get_operation_id(self) -> str:
        """Name an operation so that no two share a name."""
        return "_".join([self.method.lower(), *self._words()])

    def get_tags(self) -> list[str]:
        """Group by resource: the first word, or the one after the programme."""
        words = [word for word in self.path.split("/")[3:] if word and not word.startswith("{")]
        return [words[1] if words[:1] == ["programmes"] and len(words) > 1 else (words or ["api"])[0]]

    def get_description(self) -> str:  # type: ignore[override]
        """Say what the operation does, not what the class is."""
        return (getattr(getattr(self.view, self.method.lower(), None), "__doc__", "") or "").strip()
