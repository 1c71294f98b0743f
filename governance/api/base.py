"""What every endpoint shares: the address, strict bodies and queries, versions, idempotency, acting.

An endpoint finds what its address names in `resolve`, before any method runs: what is hidden or absent is
a 404 whatever the method. Its methods are declared with `operation`, which reads the body, acts in one
transaction and tells the schema what goes in and out.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, cast

import orjson
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from governance.accounts import proof
from governance.accounts.models import IdempotencyKey
from governance.clock import wall
from governance.errors import PROBLEM, NotAllowed, NotValid, Refusal, Stale, retried
from governance.programmes.models import Programme
from governance.roles import queries as roles
from governance.roles.rules import Rights
from governance.stakeholders.models import Person
from governance.text import NOT_READABLE, holds_unseen

KEPT = dt.timedelta(hours=24)
KNOWN_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
READING = ("GET", "HEAD", "OPTIONS")
PAGE_SIZE, LARGEST_PAGE, LAST_PAGE = 50, 200, 100_000
COUNTED = 10_001  # a longer list is not counted to its end
LARGEST_BODY = 1024**2
ONE_LINE = 200  # characters; a longer text may have several lines


# ---------------------------------------------------------------- what goes in and out
class Body(serializers.Serializer[Any]):
    """A body whose every field is known: an unknown or read-only one is refused by name (trust.md F7).

    `shown` names fields that the resource shows and nobody writes.
    """

    shown: ClassVar[Iterable[str]] = ()

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what is not a declared field."""
        if isinstance(data, dict):
            faults: dict[str, list[Any]] = {}
            for name in map(str, data):
                if name not in self.fields:
                    known = name in self.shown
                    text = _("This field is read, never written.") if known else _("There is no such field.")
                    code = "read_only_field" if known else "unknown_field"
                    faults[name[:64]] = [serializers.ErrorDetail(text, code=code)]
            if faults:
                raise serializers.ValidationError(faults)
        return super().to_internal_value(data)


class Nothing(Body):
    """An act that takes no field."""


class Shape(serializers.Serializer[Any]):
    """What an answer looks like, for the schema; tests hold the answers to it."""


class Objection(Shape):
    """One reason."""

    code = serializers.CharField()
    detail = serializers.CharField()
    field = serializers.CharField(allow_null=True)
    who_can = serializers.ListField(child=serializers.CharField())
    since = serializers.CharField(allow_null=True)


class Problem(Shape):
    """A refusal: its code, a sentence, and every objection."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    objections = Objection(many=True)


class Day(serializers.DateField):
    """A day that a programme may name: from 2000 to 2099."""

    def to_internal_value(self, value: Any) -> dt.date:
        """Read an ISO day of this century."""
        day = super().to_internal_value(value)
        if not 2000 <= day.year <= 2099:
            raise serializers.ValidationError(_("Give a day between 2000 and 2099."))
        return day


class Text(serializers.CharField):
    """A text; blank where it may be left out; one line where it is short."""

    default_error_messages: ClassVar[dict[str, Any]] = {"unseen": NOT_READABLE}

    def __init__(self, most: int = 4000, **options: Any) -> None:
        super().__init__(max_length=most, trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        """Take texts only, without marks that nobody sees: a number is not a text."""
        if not isinstance(data, str):
            self.fail("invalid")
        if holds_unseen(data, lines=(self.max_length or 0) > ONE_LINE):
            self.fail("unseen")
        return super().to_internal_value(data)


class Number(serializers.IntegerField):
    """A whole number that the database can hold."""

    def __init__(self, least: int = 0, most: int = 2**31 - 1, **options: Any) -> None:
        super().__init__(min_value=least, max_value=most, **options)

    def to_internal_value(self, data: Any) -> int:
        """Take numbers; of texts, those of a query."""
        if isinstance(data, bool | float):
            self.fail("invalid")
        return super().to_internal_value(data)


def names_of(shape: type[Shape]) -> list[str]:
    """The members of a shape."""
    return [str(name) for name in shape().fields]


class PersonShape(Shape):
    """Somebody, by e-mail."""

    email = serializers.CharField()
    name = serializers.CharField()


def person_of(person: Person | None) -> dict[str, str] | None:
    """Name somebody."""
    return None if person is None else {"email": person.email, "name": person.display_name}


def lang() -> str:
    """The language of the answer, as the rooms name it."""
    return "en" if (get_language() or "fr").startswith("en") else "fr"


@functools.cache
def page_of(shape: type[Shape]) -> type[Shape]:
    """The shape of one page of a list."""
    return type(
        f"Page{shape.__name__.removesuffix('Shape')}",
        (Shape,),
        {
            "__doc__": "One page of a list. `count` stops at 10 001.",
            "count": serializers.IntegerField(),
            "next": serializers.CharField(allow_null=True),
            "previous": serializers.CharField(allow_null=True),
            "results": shape(many=True),
        },
    )


# ---------------------------------------------------------------- the schema's common words
PAGING = [
    OpenApiParameter("page", int, description="From 1."),
    OpenApiParameter("page_size", int, description="50 unless told; 200 at most, more is read as 200."),
]
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag that was read: 428 without, 412 when stale.",
)
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="A repeat within 24 hours gets the first answer.",
)
LANGUAGE = OpenApiParameter("Accept-Language", str, OpenApiParameter.HEADER, enum=["fr", "en"])
WHEN_READING = (400, 401, 403, 404, 405, 406)
WHEN_WRITING = (*WHEN_READING, 409, 412, 413, 415, 422, 428, 429)


def operation(
    gives: type[Shape] | None,
    *,
    asks: Any = None,
    status: int = 200,
    verb: str = "",
    filters: type[Body] | None = None,
    paged: bool = False,
    versioned: bool = False,
    media: str = "application/json",
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """Declare a method: the body it asks for, the answer it gives, the verb it does.

    The method takes the validated body, or query, as a dict, and returns data or a response. `versioned`
    tells the schema that it wants `If-Match`; the method calls `expects`. A `gives` of none is 204.
    """

    def decorate(method: Callable[..., Any]) -> Callable[..., Response]:
        reads, name = method.__name__ == "get", method.__name__

        @functools.wraps(method)
        def act(self: Endpoint, request: Request, **_address: Any) -> Response:
            self.verb = verb
            if reads:
                asked = self.read_query(filters, paged=paged)
                return self.answered(method(self, asked), status)
            self.read_query(None)

            def once() -> Response:
                body = self.read(
                    asks if isinstance(asks, type) else self.body_asked(), partial=name == "patch"
                )
                return self.answered(method(self, body), status)

            return self.acted(once)

        shape = page_of(gives) if paged and gives is not None else gives
        answers: dict[Any, Any] = {(status if shape else 204, media) if shape else 204: shape}
        answers |= {(code, PROBLEM): Problem for code in (WHEN_READING if reads else WHEN_WRITING)}
        parameters: list[Any] = [LANGUAGE, *(PAGING if paged else []), *([filters] if filters else [])]
        parameters += [IF_MATCH] * versioned + [KEY] * (name == "post")
        declared: Callable[..., Response] = extend_schema(
            request=asks, responses=answers, parameters=parameters
        )(act)
        return declared

    return decorate


# ---------------------------------------------------------------- endpoints
class Endpoint(APIView):
    """One resource. `about` is what its address names, for the trace of a refusal."""

    largest_body: ClassVar[int] = LARGEST_BODY
    is_atomic: ClassVar[bool] = True  # false where a failure must be remembered: passwords
    key: ClassVar[str] = ""  # of a list: the member that names a thing made here
    person: Person | None = None
    verb: str = ""
    about: Any = None
    # Finds what the address names. Raises Http404 for what the person may not see.
    resolve: Callable[..., None] = lambda _self: None

    def initial(self, request: Request, *args: Any, **address: Any) -> None:
        """Check who asks and what is asked, before any method runs."""
        if request.method not in KNOWN_METHODS:
            raise exceptions.MethodNotAllowed(str(request.method))
        if self._length(request) > self.largest_body:
            raise Refusal(_("The body is larger than what is read here."), code="too_large", status=413)
        super().initial(request)
        self.person = self._person(request)
        if (
            request.auth is not None
            and cast(Any, request.auth).scope != "write"
            and request.method not in READING
        ):
            raise NotAllowed(_("This token reads only: make one that may write."), code="no_right")
        if any(
            isinstance(word, str) and not (word.isprintable() and len(word) <= 254)
            for word in address.values()
        ):
            raise Http404
        self.resolve(**address)

    @staticmethod
    def _length(request: Request) -> int:
        told = str(request.META.get("CONTENT_LENGTH") or "0")
        return int(told) if told.isdecimal() and len(told) < 16 else 0

    @staticmethod
    def _person(request: Request) -> Person | None:
        if not request.user.is_authenticated:
            return None
        known = getattr(request._request, "person", None)  # the session's; a token may be another's
        if known is not None and known.user_id == request.user.pk:
            return known  # type: ignore[no-any-return]
        return getattr(request.user, "person", None)

    @property
    def user(self) -> Any:
        """Whoever asks, or nobody."""
        return self.request.user

    @property
    def me(self) -> Person:
        """The person who asks; an account without a person sees nothing of programmes."""
        if self.person is None:
            raise Http404
        return self.person

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Name the methods of what the person may see."""
        return Response(status=204)

    # ------------------------------------------------------------ reading
    def body_asked(self) -> type[Body]:
        """The body of a method that takes several, by what it is sent as."""
        return Nothing

    def read(self, body: type[Body], *, partial: bool = False) -> dict[str, Any]:
        """Validate the request's body. Raises ValidationError naming every fault."""
        data = self.request.data
        if not isinstance(data, dict):
            raise serializers.ValidationError({"non_field_errors": [_("The body is an object.")]})
        asked = body(data=data, partial=partial)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)

    def read_query(self, filters: type[Body] | None, *, paged: bool = False) -> dict[str, Any]:
        """Validate the query: an unknown or repeated key is refused by name (trust.md C9)."""
        query = self.request.query_params
        known = set(filters().fields) if filters else set()
        for name, values in query.lists():
            if name in known or (paged and name in ("page", "page_size")):
                if len(values) > 1:
                    raise Refusal(_("Give this filter once."), code="malformed", status=400, field=name)
                if "\x00" in values[0]:
                    raise Refusal(_("This filter is not text."), code="malformed", status=400, field=name)
            else:
                raise Refusal(
                    _("There is no filter named %(name)s here.") % {"name": name[:40]},
                    code="unknown_filter",
                    field=name[:40],
                )
        if filters is None:
            return {}
        return self._filtered(filters, {name: query[name] for name in known if name in query})

    @staticmethod
    def _filtered(filters: type[Body], data: dict[str, Any]) -> dict[str, Any]:
        asked = filters(data=data)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)

    # ------------------------------------------------------------ acting
    def acted(self, once: Callable[[], Response]) -> Response:
        """Do an act once: in one transaction, again after a deadlock, and never twice for one key.

        A proof of who one is (`is_atomic` false) is given anew each time: nothing of it is remembered.
        """
        key = self.request.headers.get("Idempotency-Key")
        if (
            key is None
            or not self.is_atomic
            or self.request.method != "POST"
            or not self.request.user.is_authenticated
        ):
            return self._tried(once)
        if not 1 <= len(key) <= 255 or not key.isprintable():
            raise NotValid(
                _("An Idempotency-Key is a printable text of at most 255 characters."),
                code="malformed",
                status=400,
            )
        return self._tried(lambda: self._remembered(key, once))

    def _tried(self, act: Callable[[], Response]) -> Response:
        if not self.is_atomic:
            return act()
        return retried(lambda: self._whole(act))

    @staticmethod
    @transaction.atomic
    def _whole(act: Callable[[], Response]) -> Response:
        return act()

    def _remembered(self, key: str, once: Callable[[], Response]) -> Response:
        """Answer a repeated POST of the same key with the first answer (decisions.md 7; trust.md P10).

        The key's row is written in the transaction of the verb: its insert is the lock, a refusal leaves
        none.
        """
        asked = self._asked()
        try:
            with transaction.atomic():
                row = IdempotencyKey.objects.create(user=self.user, key=key, request_hash=asked, at=wall())
        except IntegrityError:
            row = IdempotencyKey.objects.get(user=self.user, key=key)
            if row.at < wall() - KEPT:
                IdempotencyKey.objects.filter(pk=row.pk).delete()
                return self._remembered(key, once)
            if row.request_hash != asked:
                raise NotValid(_("This key was used for another request."), code="key_reused") from None
            return self._again(row)
        response = once()
        headers = {name: response[name] for name in ("ETag", "Location") if response.has_header(name)}
        body = cast(bytes, self.request.accepted_renderer.render(response.data)).decode()
        IdempotencyKey.objects.filter(pk=row.pk).update(
            status=response.status_code, response={"body": body, "headers": headers}
        )
        return response

    @staticmethod
    def _again(row: IdempotencyKey) -> Any:
        told: dict[str, Any] = row.response or {}
        return HttpResponse(
            told["body"],
            status=row.status,
            headers={**told["headers"], "Idempotency-Replayed": "true"},
            content_type="application/json",
        )

    def _asked(self) -> str:
        """A fingerprint of method, address and body; of an upload, of its fields and files."""
        digest = hashlib.sha256(f"{self.request.method} {self.request.get_full_path()}\n".encode())
        if self.request.FILES:
            for name, value in sorted(cast(dict[str, Any], self.request.data).items()):
                if name not in self.request.FILES:
                    digest.update(orjson.dumps([name, str(value)]))
            for name, file in sorted(self.request.FILES.items()):
                digest.update(orjson.dumps([name, file.name, file.size]))
                for chunk in file.chunks():
                    digest.update(chunk)
                file.seek(0)
        else:
            digest.update(canonical_of(self.request.data))
        return f"sha256:{digest.hexdigest()}"

    def interactive(self) -> None:
        """Refuse a token: signing, deciding and accepting are a person's acts (trust.md A8)."""
        if self.request.auth is not None:
            raise NotAllowed(
                _("This act needs a person signed in, not a token."), code="interactive_required"
            )

    def reauth_age_s(self) -> int:
        """Seconds since the person proved who they are in this session (`session/reauthenticate/`)."""
        self.interactive()
        return proof.age_s(self.request._request.session.get(proof.PROVED_AT))

    def expects(self, row: Any, *, lock: Any = None) -> None:
        """Compare `If-Match` with the row's version: 428 without, 412 when stale.

        `lock` is the row that the verb locks first, where that is another one: it is held from here on,
        so that what was compared is what the verb changes.
        """
        asked = self.request.headers.get("If-Match", "").strip()
        if asked in ("", "*"):
            raise Stale(
                _("Send If-Match with the ETag you read, so that nobody's change is lost."),
                code="precondition_required",
            )
        held = lock if lock is not None else row
        type(held)._default_manager.select_for_update(no_key=True, of=("self",)).get(pk=held.pk)
        version = type(row)._default_manager.values_list("version", flat=True).get(pk=row.pk)
        if str(version) not in {each.strip().removeprefix("W/").strip('"') for each in asked.split(",")}:
            raise Stale(_("It changed since you read it: read it again."), code="stale")

    # ------------------------------------------------------------ answering
    def answered(self, data: Any, status: int) -> Any:
        """Make the response: the ETag of a version, the address of what was made."""
        if isinstance(data, HttpResponse):
            return data
        if data is None:
            return Response(status=204)
        response = Response(data, status=status)
        if isinstance(data, dict):
            if "version" in data:
                response["ETag"] = f'"{data["version"]}"'
            if status == 201 and self.key:
                response["Location"] = f"{self.request.path}{data[self.key]}/"
        return response

    def page(
        self,
        rows: Any,
        each: Callable[[list[Any]], list[dict[str, Any]]],
        *,
        read: Callable[[Any], list[Any]] = list,
    ) -> dict[str, Any]:
        """One page of a queryset or list, read and rendered together. `count` stops at 10 001."""
        number = self._whole_number("page", 1, LAST_PAGE)
        size = min(self._whole_number("page_size", PAGE_SIZE, None), LARGEST_PAGE)
        start = (number - 1) * size
        some = read(rows[start : start + size + 1])
        if not isinstance(rows, QuerySet):
            count = len(rows)
        elif number == 1 and len(some) <= size:
            count = len(some)
        else:
            count = rows.order_by().values("pk")[:COUNTED].count()
        here = self.request.build_absolute_uri()
        return {
            "count": count,
            "next": replace_query_param(here, "page", number + 1) if len(some) > size else None,
            "previous": replace_query_param(here, "page", number - 1) if number > 1 else None,
            "results": each(some[:size]),
        }

    def _whole_number(self, name: str, otherwise: int, most: int | None) -> int:
        told = self.request.query_params.get(name, str(otherwise))
        value = int(told) if told.isascii() and told.isdecimal() and len(told) <= 9 else 0
        if value < 1 or (most is not None and value > most):
            raise Refusal(_("Give a whole number from 1."), code="malformed", status=400, field=name)
        return value

    def reading(self, body: type[Body], data: Any) -> dict[str, Any]:
        """Validate a part of a body that has a shape of its own."""
        asked = body(data=data)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)


def canonical_of(data: Any) -> bytes:
    """The bytes of a parsed body, whatever order its members came in."""
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS, default=str)


def each(render: Callable[[Any], dict[str, Any]]) -> Callable[[list[Any]], list[dict[str, Any]]]:
    """Render rows one by one."""
    return lambda rows: [render(row) for row in rows]


class ProgrammeEndpoint(Endpoint):
    """A resource of a programme: what the caller may not see does not exist.

    `opens_to_all_members` is true where people who read only what was shared see something too.
    """

    opens_to_all_members: ClassVar[bool] = False
    programme: Programme
    rights: Rights
    find: Callable[..., None] = lambda _self: None  # what the address names inside the programme

    def resolve(self, *, programme: str, **address: Any) -> None:
        """Find the programme among those the person may see, then what is named inside it."""
        found = Rights.within(self.me, programme)
        if found is None or not (found.reads or self.opens_to_all_members):
            raise Http404
        self.rights, self.programme, self.about = found, found.programme, found.programme
        self.find(**address)

    def found(self, thing: Any) -> Any:
        """The thing, or a 404 that tells nothing."""
        if thing is None:
            raise Http404
        self.about = thing
        return thing

    def named(self, rows: Any, field: str, **by: Any) -> Any:
        """A thing that a body names, among those the person may see. Raises a refusal that tells no more."""
        thing = rows.filter(**by).first()
        if thing is None:
            raise unknown(field)
        return thing

    def directory(self) -> QuerySet[Person]:
        """The people whom one may name in this programme; oneself, for whoever reads only what was shared."""
        around = roles.people_around(self.programme)
        return around if self.rights.reads else around.filter(pk=self.me.pk)

    def someone(self, email: str | None, field: str) -> Any:
        """A person that a body names by e-mail; nobody for none."""
        return None if email is None else self.named(self.directory(), field, email__iexact=email)


def unknown(field: str) -> Refusal:
    """What a body names is not there, or not to be seen."""
    return NotValid(_("There is nothing of that name here."), code="unknown", field=field)
