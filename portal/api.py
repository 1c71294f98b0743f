"""The API's edge: who asks, what is read, and refusals turned into problem+json."""

from __future__ import annotations

import json
import logging
from decimal import Decimal
from typing import Any, cast

import orjson
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, DataError, OperationalError
from django.http import Http404, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import authentication, exceptions, parsers, renderers
from rest_framework.request import Request

from governance.accounts import queries as accounts
from governance.audit import refusals
from governance.errors import PROBLEM, NotAllowed, Refusal

log = logging.getLogger(__name__)
DEPTH = 64
LARGEST = 2**53
FINEST = -20  # the smallest power of ten that a number may be written in


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer …`: a token made in the portal. `request.auth` is the token."""

    keyword = b"bearer"

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Find the user of the token; an unknown, ended or revoked one is refused."""
        words = authentication.get_authorization_header(request).split()
        if not words or words[0].lower() != self.keyword:
            return None
        secret = words[1].decode("ascii", "replace") if len(words) == 2 else ""
        token = accounts.token_of(secret, "user__person__organisation") if secret else None
        if token is None:
            raise exceptions.AuthenticationFailed(
                _("This token is unknown, ended or revoked. Make a new one in the portal.")
            )
        accounts.note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="api"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The cookie of the pages; unsafe methods carry the CSRF token."""

    def enforce_csrf(self, request: Any) -> None:
        """Refuse what another site may have sent."""
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            raise NotAllowed(
                _("Send the CSRF token of this session in X-CSRFToken, from this site."), code="csrf"
            ) from error


def _exact(value: Any) -> Any:
    """What JSON does not know: exact numbers keep their digits, lazy texts are said."""
    if isinstance(value, Decimal):
        short = value.normalize()
        return orjson.Fragment(format(short if short else Decimal(0), "f"))
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(f"nothing of {type(value).__name__} is JSON")


def written(data: Any) -> bytes:
    """Write JSON: UTF-8, compact, numbers exact."""
    return orjson.dumps(data, default=_exact)


class JSONRenderer(renderers.BaseRenderer):
    """Compact UTF-8 JSON."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        """Write a body; nothing where there is none."""
        return b"" if data is None else written(data)


class JSONParser(parsers.BaseParser):
    """JSON with exact numbers; refuses what a careless parser lets through (trust.md F)."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Read one document. Raises ParseError for anything malformed, with a reason."""
        charset = (media_type or "").lower().partition("charset=")[2].partition(";")[0].strip(
            '"; '
        ) or "utf-8"
        if charset not in ("utf-8", "utf8"):
            raise exceptions.UnsupportedMediaType(media_type or "")
        body = stream.body if hasattr(stream, "body") else stream.read()  # only `body` is limited in size
        try:
            read = json.loads(
                body.decode("utf-8"), parse_float=_number, parse_constant=_constant, object_pairs_hook=_once
            )
            _bounded(read)
        except RecursionError as error:
            raise exceptions.ParseError(_too_deep()) from error
        except UnicodeError as error:
            raise exceptions.ParseError(_("The document is not UTF-8 text.")) from error
        except Unreadable as error:
            raise exceptions.ParseError(str(error)) from error
        except json.JSONDecodeError as error:
            place = {"line": error.lineno, "column": error.colno}
            raise exceptions.ParseError(
                _("The document is not JSON: look at line %(line)s, column %(column)s.") % place
            ) from error
        except ValueError as error:  # more digits than Python reads
            raise exceptions.ParseError(_too_large_a_number()) from error
        return read


class Unreadable(ValueError):
    """What JSON allows and nobody should send, told in a sentence."""


def _too_deep() -> str:
    return _("The document is nested too deeply.")


def _too_large_a_number() -> str:
    return _("The document holds a number that is too large, or too fine.")


def _constant(name: str) -> Any:
    raise Unreadable(_("The document holds “%(name)s”, which is not a number.") % {"name": name})


def _number(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except ArithmeticError as error:
        raise Unreadable(_too_large_a_number()) from error
    if value and (value.adjusted() > -FINEST or cast(int, value.as_tuple().exponent) < FINEST):
        raise Unreadable(_too_large_a_number())
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unreadable(_("The document gives the same name twice: nobody could tell which one counts."))
    return members


def _bounded(document: Any) -> None:
    waiting: list[tuple[Any, int]] = [(document, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEPTH:
            raise Unreadable(_too_deep())
        if isinstance(value, dict):
            waiting += [(item, depth + 1) for item in value.values()]
            waiting += [(key, depth) for key in value]
        elif isinstance(value, list):
            waiting += [(item, depth + 1) for item in value]
        elif isinstance(value, str):
            if "\x00" in value:
                raise Unreadable(_("The document holds a NUL character, which is not text."))
            value.encode("utf-8")  # a lone surrogate raises
        elif isinstance(value, Decimal | int) and not -LARGEST <= value <= LARGEST:
            raise Unreadable(_too_large_a_number())


def problem(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Turn an exception into problem+json; refusals of verbs leave their trace here, after the rollback."""
    refusal = refusal_of(error)
    if refusal is None:
        return None
    view, request = context.get("view"), context.get("request")
    try:
        _trace(refusal, view, request)
    except DatabaseError:  # a refusal is told even where it cannot be written down
        log.exception("a refusal left no trace: %s", refusal.code)
    return answer(refusal, headers=_headers(error, refusal))


def _trace(refusal: Refusal, view: Any, request: Any) -> None:
    """Write a refusal down, or count it."""
    if refusal.code == "not_authenticated":
        refusals.count(refusal.code, door="api")
    else:
        user = _whoever_asks(request)
        refusals.note(
            refusal,
            door="api",
            by=getattr(view, "person", None) or (user if getattr(user, "is_authenticated", False) else None),
            verb=getattr(view, "verb", "") or f"{getattr(request, 'method', '')} {type(view).__name__}"[:64],
            about=getattr(view, "about", None),
            stream=getattr(getattr(view, "programme", None), "code", ""),
        )


def _whoever_asks(request: Any) -> Any:
    """The user found so far, without looking again for one who may have been refused."""
    known = vars(request).get("_user") if request is not None else None
    return known if known is not None else getattr(getattr(request, "_request", None), "user", None)


def answer(refusal: Refusal, *, headers: dict[str, str] | None = None) -> HttpResponse:
    """Tell one refusal, with all its objections. What is hidden reads like what does not exist."""
    if refusal.status == 404:
        refusal = Refusal(_("There is no such thing here."), code="not_found")
    body = {
        "type": f"urn:jalon:problem:{refusal.code}",
        "title": str(TITLES.get(refusal.status, _("Refused"))),
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
    return HttpResponse(written(body), status=refusal.status, headers=headers, content_type=PROBLEM)


TITLES = {
    400: gettext_lazy("Malformed"),
    401: gettext_lazy("Not authenticated"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("Not found"),
    405: gettext_lazy("Method not allowed"),
    406: gettext_lazy("Not acceptable"),
    409: gettext_lazy("Not possible now"),
    412: gettext_lazy("Changed since"),
    413: gettext_lazy("Too large"),
    415: gettext_lazy("Unsupported"),
    422: gettext_lazy("Not valid"),
    428: gettext_lazy("Precondition required"),
    429: gettext_lazy("Too many requests"),
    503: gettext_lazy("Unavailable"),
}


def _headers(error: Exception, refusal: Refusal) -> dict[str, str]:
    if refusal.status == 503 or refusal.code == "busy":
        return {"Retry-After": "1"}
    if refusal.status == 429:
        return {"Retry-After": "900"}
    if header := getattr(error, "auth_header", None):
        return {"WWW-Authenticate": header}
    return {}


BUSY = ("40P01", "40001", "55P03", "57014")  # deadlock, serialization, lock and statement timeouts
OF_A_REQUEST = {405: "method_not_allowed", 406: "not_acceptable", 415: "unsupported", 429: "too_many"}
TOLD = ("unknown_field", "read_only_field", "unknown_filter")


def refusal_of(error: Exception) -> Refusal | None:
    """Read any expected exception as a refusal; nothing for a fault of ours."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, Http404 | exceptions.NotFound):
        return Refusal(_("There is no such thing here."), code="not_found")
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return Refusal(error.detail, code="not_authenticated")
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return Refusal(str(getattr(error, "detail", "")) or _("This is not open to you."), code="no_right")
    if isinstance(error, RequestDataTooBig):
        return too_large()
    if isinstance(error, exceptions.ValidationError):
        faults = list(_faults(error.get_full_details()))
        first, *others = faults or [_malformed()]
        first.others.extend(others)
        return first
    if isinstance(error, exceptions.APIException):
        code = OF_A_REQUEST.get(error.status_code, "malformed")
        return Refusal(error.detail, code=code, status=error.status_code)
    if isinstance(error, SuspiciousOperation | MultiPartParserError | RecursionError | OverflowError):
        return _malformed()
    if isinstance(error, DataError) or (isinstance(error, ValueError) and "NUL" in str(error)):
        text = _("A value cannot be stored: it is too long, or holds a character that is not text.")
        return Refusal(text, code="malformed")
    if isinstance(error, OperationalError):
        log.warning("the database refused: %s", error)
        if getattr(error.__cause__, "sqlstate", "") in BUSY:
            text = _(
                "Somebody was changing the same thing at the same moment. Nothing was written: try again."
            )
            return Refusal(text, code="busy")
        return Refusal(
            _("The portal cannot reach its database. Try again in a moment."), code="unavailable", status=503
        )
    return None


def too_large() -> Refusal:
    """A body beyond what is read."""
    return Refusal(_("The body is larger than what is read here."), code="too_large", status=413)


def _malformed() -> Refusal:
    return Refusal(_("The request is malformed."), code="malformed")


def _faults(details: Any, field: str | None = None) -> Any:
    """Each fault of a body, with the field that holds it."""
    if isinstance(details, list):
        for place, item in enumerate(details):
            inside = isinstance(item, dict) and set(item) != {"message", "code"}
            yield from _faults(item, f"{field}.{place}" if inside and field else field)
    elif isinstance(details, dict) and set(details) == {"message", "code"}:
        code = details["code"] if details["code"] in TOLD else "malformed"
        yield Refusal(details["message"], code=code, field=field, status=400)
    elif isinstance(details, dict):
        for name, inner in details.items():
            here = str(name) if field is None else f"{field}.{name}"
            yield from _faults(inner, field if name == "non_field_errors" else here)
