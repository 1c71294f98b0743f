"""The API's edge: who asks, what is read, and refusals turned into problem+json."""

from __future__ import annotations

import json
import logging
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, OperationalError
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import authentication, exceptions, pagination, parsers, renderers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.views import set_rollback

from governance.accounts import queries as accounts
from governance.audit import refusals
from governance.errors import NotAllowed, Refusal

log = logging.getLogger(__name__)
DEPTH = 64
LARGEST = 2**53


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer …`: a token made in the portal; a read token never writes."""

    keyword = b"bearer"

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Find the user of the token; an unknown, ended or revoked one is refused."""
        words = authentication.get_authorization_header(request).split()
        if not words or words[0].lower() != self.keyword:
            return None
        found = accounts.user_of_token(words[1].decode("ascii", "replace")) if len(words) == 2 else None
        if found is None:
            raise exceptions.AuthenticationFailed(_("This token is unknown, ended or revoked. Make a new one in the portal."))
        token = found
        if token.scope == "read" and request.method not in ("GET", "HEAD", "OPTIONS"):
            raise NotAllowed(_("This token reads only: make one that may write."), code="no_right")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="api"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The cookie of the pages; unsafe methods carry the CSRF token."""


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


class Encoder(JSONEncoder):
    """Writes exact numbers as JSON numbers."""

    def default(self, obj: Any) -> Any:
        """A decimal is a number, not a text."""
        if isinstance(obj, Decimal):
            return int(obj) if obj == obj.to_integral_value() else float(obj)
        return super().default(obj)


class JSONRenderer(renderers.JSONRenderer):
    """Compact UTF-8 JSON."""

    encoder_class = Encoder
    charset = None


class JSONParser(parsers.BaseParser):
    """JSON with exact numbers; refuses what a careless parser lets through (trust.md F)."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: dict[str, Any] | None = None) -> Any:
        """Read one document. Raises ParseError for anything malformed, with a reason."""
        charset = (media_type or "").lower().partition("charset=")[2].strip('"; ') or "utf-8"
        if charset.replace("-", "") != "utf8":
            raise exceptions.UnsupportedMediaType(media_type or "")
        try:
            text = stream.read().decode("utf-8")
            read = json.loads(text, parse_float=Decimal, parse_constant=_constant, object_pairs_hook=_once)
            _bounded(read)
        except RecursionError as error:
            raise exceptions.ParseError(_("The document is nested too deeply.")) from error
        except UnicodeDecodeError as error:
            raise exceptions.ParseError(_("The document is not UTF-8.")) from error
        except ValueError as error:
            raise exceptions.ParseError(_("The document is not readable JSON: %(why)s") % {"why": error}) from error
        return read


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name is given twice")
    return members


def _bounded(document: Any) -> None:
    waiting = [(document, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEPTH:
            raise ValueError("nested too deeply")
        if isinstance(value, dict):
            waiting += [(item, depth + 1) for item in value.values()]
            waiting += [(key, depth) for key in value]
        elif isinstance(value, list):
            waiting += [(item, depth + 1) for item in value]
        elif isinstance(value, str):
            if "\x00" in value:
                raise ValueError("a text holds a NUL")
            value.encode("utf-8")  # lone surrogates raise
        elif isinstance(value, Decimal | int) and not isinstance(value, bool) and abs(value) > LARGEST:
            raise ValueError("a number is too large")


class Pages(pagination.PageNumberPagination):
    """`page` and `page_size` (200 at most)."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class Schema(AutoSchema):
    """Every operation may answer with a problem."""

    def get_tags(self) -> list[str]:
        """Group operations by resource: the first word after the programme."""
        words = [word for word in self.path.split("/") if word and not word.startswith("{")]
        return [words[3] if words[2:3] == ["programmes"] and len(words) > 3 else words[2] if len(words) > 2 else "api"]


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into problem+json; refusals of verbs leave their trace here, after the rollback."""
    set_rollback()
    refusal = _refusal_of(error)
    if refusal is None:
        return None
    view, request = context.get("view"), context.get("request")
    user = getattr(request, "user", None) if request is not None else None
    refusals.note(
        refusal,
        door="api",
        by=getattr(view, "person", None) or (user if getattr(user, "is_authenticated", False) else None),
        verb=getattr(view, "verb", "") or f"{getattr(request, 'method', '')} {type(view).__name__}"[:64],
        about=getattr(view, "about", None),
        stream=getattr(getattr(view, "programme", None), "code", ""),
    )
    return answer(refusal, headers=_headers(error))


def answer(refusal: Refusal, *, headers: dict[str, str] | None = None) -> Response:
    """One refusal, with all its objections, as problem+json."""
    body = {
        "type": f"urn:jalon:problem:{refusal.code}",
        "title": TITLES.get(refusal.status, "Refused"),
        "status": refusal.status,
        "code": refusal.code,
        "detail": str(refusal.detail),
        "objections": [
            {
                "code": each.code,
                "detail": str(each.detail),
                "field": each.field,
                "who_can": [str(who) for who in each.who_can],
                "since": each.since,
            }
            for each in refusal.objections
        ],
    }
    return Response(body, status=refusal.status, headers=headers, content_type="application/problem+json")


TITLES = {
    400: "Malformed",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Not possible now",
    412: "Changed since",
    413: "Too large",
    415: "Unsupported",
    422: "Not valid",
    428: "Precondition required",
    429: "Too many requests",
    503: "Unavailable",
}


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, exceptions.APIException):
        if wait := getattr(error, "wait", None):
            return {"Retry-After": str(int(wait))}
        if header := getattr(error, "auth_header", None):
            return {"WWW-Authenticate": header}
    return {"Retry-After": "1"} if isinstance(error, OperationalError) else {}


def _refusal_of(error: Exception) -> Refusal | None:
    """Read any expected exception as a refusal; None means a fault of ours."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, Http404 | exceptions.NotFound):
        return Refusal(_("There is no such thing here."), code="not_found")
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return Refusal(error.detail, code="not_authenticated")
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return Refusal(str(getattr(error, "detail", "")) or _("This is not open to you."), code="no_right")
    if isinstance(error, RequestDataTooBig):
        return Refusal(_("The body is larger than one megabyte."), code="too_large", status=413)
    if isinstance(error, exceptions.ValidationError):
        faults = list(_faults(error.get_full_details()))
        first, *others = faults or [Refusal(_("The body is not valid."), code="malformed", status=400)]
        first.others.extend(others)
        return first
    if isinstance(error, exceptions.APIException):
        code = {405: "method_not_allowed", 406: "not_acceptable", 415: "unsupported", 429: "too_many"}
        return Refusal(error.detail, code=code.get(error.status_code, "malformed"), status=error.status_code)
    if isinstance(error, SuspiciousOperation | RecursionError):
        return Refusal(_("The request is malformed."), code="malformed", status=400)
    if isinstance(error, DataError) or (isinstance(error, ValueError) and "NUL" in str(error)):
        return Refusal(_("A value cannot be stored: it is too long, or holds a character that is not text."), code="malformed", status=400)
    if isinstance(error, OperationalError):
        log.warning("the database refused: %s", error)
        busy = getattr(error.__cause__, "sqlstate", "") in ("40P01", "40001", "55P03", "57014")
        text = _("Somebody was changing the same thing at the same moment. Nothing was written: try again.")
        return Refusal(text, code="busy" if busy else "unavailable", status=409 if busy else 503)
    return None


def _faults(details: Any, field: str | None = None) -> Any:
    """Each fault of a body, with the field that holds it."""
    if isinstance(details, list):
        for item in details:
            yield from _faults(item, field)
    elif isinstance(details, dict) and set(details) == {"message", "code"}:
        code = details["code"] if details["code"] in ("unknown_field", "read_only_field", "unknown_filter") else "malformed"
        yield Refusal(details["message"], code=code, field=field, status=400)
    elif isinstance(details, dict):
        for name, inner in details.items():
            here = name if field is None else f"{field}.{name}"
            yield from _faults(inner, field if name == "non_field_errors" else here)


def is_interactive(request: HttpRequest) -> bool:
    """Say whether a person acts through a session, not a program through a token."""
    return getattr(request, "auth", None) is None
