"""Signing in and out, proving again who one is, and who one is."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login, logout
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers
from rest_framework.permissions import AllowAny

from governance import clock
from governance.accounts import proof
from governance.api.base import Body, Endpoint, Shape, Text, operation
from governance.errors import NotAllowed, raise_if
from governance.roles.choices import FUNCTION_OF, Role
from governance.roles.models import RoleAssignment

BACKEND = "governance.accounts.adapter.Backend"
WINDOW_S = 300


class SignIn(Body):
    """Who signs in."""

    email = serializers.EmailField(max_length=254)
    password = Text(200)
    code = Text(12, required=False)


class Proof(Body):
    """Who one is, again."""

    password = Text(200)
    code = Text(12, required=False)


class MyProgramme(Shape):
    """A programme and what one is there."""

    code = serializers.CharField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    functions = serializers.ListField(child=serializers.CharField())


class MyOrganisation(Shape):
    """Where one works."""

    code = serializers.CharField()
    name = serializers.CharField()


class MeShape(Shape):
    """Who one is."""

    email = serializers.CharField()
    name = serializers.CharField()
    organisation = MyOrganisation(allow_null=True)
    department = serializers.CharField(allow_null=True)
    language = serializers.CharField()
    is_platform_admin = serializers.BooleanField()
    second_factor = serializers.BooleanField()
    through = serializers.ChoiceField(["session", "token"])
    programmes = MyProgramme(many=True)


class SessionShape(Shape):
    """A session that was opened: send `csrf_token` in X-CSRFToken with what changes something."""

    person = MeShape()
    csrf_token = serializers.CharField()


class ProofShape(Shape):
    """A proof, and for how long it lets one sign."""

    proved_at = serializers.CharField()
    holds_s = serializers.IntegerField()


class Session(Endpoint):
    """The session of a person."""

    permission_classes = [AllowAny]
    is_atomic = False

    def resolve(self, **address: Any) -> None:
        """Whoever ends a session has one."""
        if self.request.method == "DELETE" and not self.request.user.is_authenticated:
            raise exceptions.NotAuthenticated

    @operation(SessionShape, asks=SignIn, verb="session.open")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Sign in with e-mail and password, and the code of the second factor where the person has one."""
        request = self.request._request
        if self.request.headers.get("Sec-Fetch-Site") == "cross-site" or not _is_from_here(request):
            raise NotAllowed(_("Sign in from this site."), code="csrf")
        try:
            user = proof.sign_in(
                request,
                email=asked["email"].strip().lower(),
                password=asked["password"],
                code=asked.get("code", ""),
            )
        except NotAllowed as refused:
            if refused.code == "reauth_required":
                raise NotAllowed(refused.detail, code="not_authenticated", field=refused.field) from refused
            raise
        request.session.flush()  # nothing that was put in it before survives
        login(request, user, backend=BACKEND)
        request.session[proof.PROVED_AT] = clock.wall().isoformat()
        self.request.user = user
        self.person = self._person(self.request)
        return {"person": _me(self), "csrf_token": get_token(request)}

    @operation(None, verb="session.end")
    def delete(self, asked: dict[str, Any]) -> None:
        """Sign out."""
        self.interactive()
        logout(self.request._request)


def _is_from_here(request: Any) -> bool:
    origin = request.headers.get("Origin")
    return origin is None or origin == f"{request.scheme}://{request.get_host()}"


class Reauthenticate(Endpoint):
    """Proving again who one is, before a signature."""

    is_atomic = False

    @operation(ProofShape, asks=Proof, verb="session.prove")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Open the five minutes in which one may sign."""
        self.interactive()
        user, request = self.user, self.request._request
        raise_if(proof.objection(request, user, password=asked["password"], code=asked.get("code", "")))
        now = clock.wall()
        request.session[proof.PROVED_AT] = now.isoformat()
        request.session.cycle_key()
        return {"proved_at": now, "holds_s": WINDOW_S}


class Me(Endpoint):
    """Who one is."""

    @operation(MeShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Say who asks, in which roles, in which language."""
        return _me(self)


def _me(here: Endpoint) -> dict[str, Any]:
    user, person = here.user, here.person
    programmes: dict[str, dict[str, Any]] = {}
    if person is not None and user.is_active:
        held = RoleAssignment.objects.active(clock.today()).filter(person=person).select_related("programme")
        for one in held.order_by("programme__code", "role"):
            mine = programmes.setdefault(
                one.programme.code,
                {"code": one.programme.code, "name": one.programme.name, "roles": [], "functions": []},
            )
            if one.role not in mine["roles"]:
                mine["roles"].append(one.role)
                if function := FUNCTION_OF.get(Role(one.role)):
                    mine["functions"].append(function.value)
    organisation = person.organisation if person is not None else None
    return {
        "email": user.email,
        "name": person.display_name if person is not None else "",
        "organisation": organisation and {"code": organisation.code, "name": organisation.name},
        "department": person.department if person is not None else None,
        "language": person.locale if person is not None else "fr",
        "is_platform_admin": user.is_platform_admin,
        "second_factor": proof.has_second_factor(user),
        "through": "session" if here.request.auth is None else "token",
        "programmes": list(programmes.values()),
    }
