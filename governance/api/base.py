"""What every endpoint shares: the programme, strict bodies and queries, versions, idempotency, acting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ClassVar

from django.db import IntegrityError, OperationalError, transaction
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.utils.serializer_helpers import ReturnDict
from rest_framework.views import APIView

from governance import canonical
from governance.accounts import proof
from governance.accounts.models import IdempotencyKey
from governance.clock import wall
from governance.errors import NotAllowed, NotValid, Refusal, Stale
from governance.programmes.models import Programme
from governance.roles import queries as roles
from governance.roles.rules import Rights
from governance.stakeholders.models import Person

PROVED_AT = "proved_at"
PAGING = ("page", "page_size", "format")
TRIES = 3
RETRIED = ("40P01", "40001")


class Body(serializers.Serializer[Any]):
    """A body whose every field is known: an unknown or read-only one is refused by name (trust.md F7)."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what is not a declared, writable field."""
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            faults: dict[str, list[Any]] = {}
            for name in map(str, data):
                if name not in writable:
                    known = name in self.fields
                    text = _("This field is read, never written.") if known else _("There is no such field.")
                    code = "read_only_field" if known else "unknown_field"
                    faults[name] = [serializers.ErrorDetail(text, code=code)]
            if faults:
                raise serializers.ValidationError(faults)
        return super().to_internal_value(data)


def idempotent(post: Callable[..., Response]) -> Callable[..., Response]:
    """Answer a repeated POST of the same key with the first answer (decisions.md 7; trust.md P10).

    The key's row is written in the transaction of the verb: its insert is the lock, a refusal leaves none.
    """

    @wraps(post)
    def once(self: Endpoint, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            if self.key_required:
                raise NotAllowed(_("Send an Idempotency-Key, so that a repeat cannot act twice."), code="idempotency_required")
            return self._tried(lambda: post(self, request, *args, **kwargs))
        if not 1 <= len(key) <= 255 or not key.isprintable():
            raise NotValid(_("An Idempotency-Key is a printable text of at most 255 characters."), code="malformed", status=400)
        asked = canonical.fingerprint_of(f"{request.method} {request.get_full_path()}\n".encode() + request._request.body)

        def in_one() -> Response:
            with transaction.atomic():
                try:
                    with transaction.atomic():
                        row = IdempotencyKey.objects.create(user=request.user, key=key, request_hash=asked, at=wall())
                except IntegrityError:
                    row = IdempotencyKey.objects.get(user=request.user, key=key)
                    if row.request_hash != asked:
                        raise NotValid(_("This key was used for another request."), code="key_reused") from None
                    return Response(row.response, status=row.status, headers={"Idempotency-Replayed": "true"})
                response = post(self, request, *args, **kwargs)
                row.status = response.status_code
                row.response = canonical.parse(self.get_renderers()[0].render(response.data) or b"null")
                IdempotencyKey.objects.filter(pk=row.pk).update(status=row.status, response=_jsonable(row.response))
                return response

        return self._tried(in_one)

    return once


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    return value if isinstance(value, str | int | bool) or value is None else float(value)


class Endpoint(APIView):
    """One resource. `filters` names the query keys it takes; `verb` and `about` name the act under way."""

    filters: ClassVar[Iterable[str]] = ()
    key_required: ClassVar[bool] = False
    person: Person | None = None
    verb: str = ""
    about: Any = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Make every POST idempotent."""
        super().__init_subclass__(**kwargs)
        if "post" in cls.__dict__:
            cls.post = idempotent(cls.__dict__["post"])  # type: ignore[attr-defined]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check who asks and what is asked, before any method runs."""
        super().initial(request, *args, **kwargs)
        unknown = sorted(set(request.query_params) - {*self.filters, *PAGING})
        if unknown and request.method in ("GET", "HEAD"):
            raise Refusal(
                _("There is no filter named %(name)s here.") % {"name": unknown[0][:40]}, code="unknown_filter", field=unknown[0][:40]
            )
        self.person = getattr(request._request, "person", None)
        if self.person is None and request.user.is_authenticated:
            self.person = Person.objects.select_related("organisation", "user").filter(user=request.user).first()
            request._request.person = self.person

    @property
    def me(self) -> Person:
        """The person who asks; an account without a person sees nothing of programmes."""
        if self.person is None:
            raise Http404
        return self.person

    def read(self, body: type[Body], **options: Any) -> dict[str, Any]:
        """Validate the request's body. Raises ValidationError naming every fault."""
        if not isinstance(self.request.data, dict):
            raise serializers.ValidationError({"non_field_errors": [_("The body is an object.")]})
        asked = body(data=self.request.data, **options)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)

    def interactive(self) -> None:
        """Refuse a token: signing, deciding and accepting are a person's acts (trust.md A8)."""
        if self.request.auth is not None:
            raise NotAllowed(_("This act needs a person signed in, not a token."), code="interactive_required")

    def reauth_age_s(self) -> int:
        """Seconds since the person proved who they are in this session (`session/reauthenticate/`)."""
        self.interactive()
        return proof.age_s(self.request._request.session.get(PROVED_AT))

    def expects(self, version: int) -> None:
        """Compare `If-Match` with the row's version: 428 without, 412 when stale."""
        asked = self.request.headers.get("If-Match")
        if asked is None or asked.strip() == "*":
            raise Stale(_("Send If-Match with the ETag you read, so that nobody's change is lost."), code="precondition_required")
        if asked.strip().removeprefix("W/").strip('"') != str(version):
            raise Stale(_("It changed since you read it: read it again."), code="stale")

    def found(self, thing: Any) -> Any:
        """The thing, or a 404 that tells nothing."""
        if thing is None:
            raise NotFound
        return thing

    def page(self, rows: Any, render: Callable[[Any], Any]) -> Response:
        """One page of a queryset or list, each row rendered."""
        pager = api_settings.DEFAULT_PAGINATION_CLASS()
        some = pager.paginate_queryset(rows, self.request, view=self)
        return pager.get_paginated_response([render(row) for row in some or []])

    def _tried(self, act: Callable[[], Response]) -> Response:
        """Run an act; a deadlock or a serialization failure is tried again, three times in all."""
        for left in reversed(range(TRIES)):
            try:
                return act()
            except OperationalError as error:
                if not left or getattr(error.__cause__, "sqlstate", "") not in RETRIED:
                    raise
        raise AssertionError("unreachable")


class ProgrammeEndpoint(Endpoint):
    """A resource of a programme: what the caller may not see does not exist."""

    programme: Programme
    programme_code: str = ""
    rights: Rights

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Resolve the programme among those the person may see."""
        super().initial(request, *args, **kwargs)
        self.programme = self.found(roles.programmes_of(self.me).filter(code=self.programme_code).first())
        self.rights = Rights.of(self.me, self.programme)

    def dispatch(self, request: Any, *args: Any, programme: str, **kwargs: Any) -> Any:
        """Keep the programme's code; methods take what follows it in the address."""
        self.programme_code = programme
        return super().dispatch(request, *args, **kwargs)


def etag(version: int) -> dict[str, str]:
    """The header that names a row's version."""
    return {"ETag": f'"{version}"'}


__all__ = ["Body", "Endpoint", "ProgrammeEndpoint", "ReturnDict", "etag", "idempotent"]
