"""What waits for me, my programmes, and founding one: what belongs to a person rather than to a programme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import Http404
from rest_framework import serializers

from governance.api.base import Body, Day, Endpoint, Shape, Text, operation
from governance.api.programmes import ProgrammeRow, ProgrammeShape, programme_of, row_of
from governance.errors import raise_if
from governance.gates.ahead import ahead_of_each
from governance.programmes.choices import PlatformKind
from governance.roles.rules import Rights, objection_to_administer
from governance.stakeholders.models import Organisation, Person
from portal.home import queries
from portal.library import actions as library


class WaitingShape(Shape):
    """One thing that waits for me."""

    programme = serializers.CharField()
    kind = serializers.CharField()
    title = serializers.CharField()
    detail = serializers.CharField()
    act = serializers.CharField()
    blocked = serializers.CharField(help_text="Who waits for me.")
    since = serializers.CharField(allow_null=True)
    due_on = serializers.CharField(allow_null=True)
    url = serializers.CharField(help_text="The page on which it is done.")


class TodoShape(Shape):
    """What waits for me, first what is due first."""

    results = WaitingShape(many=True)


class Todo(Endpoint):
    """What waits for me."""

    @operation(TodoShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List what waits for me in all my programmes, in order, with who is blocked and since when."""
        mine = Rights.everywhere(self.me)
        return {"results": [_waiting(item) for item in queries.waiting(self.me, mine)]}


def _waiting(item: queries.Waiting) -> dict[str, Any]:
    return {
        "programme": item.programme.code,
        "kind": item.kind,
        "title": item.title,
        "detail": item.detail,
        "act": item.act,
        "blocked": item.blocked,
        "since": item.since,
        "due_on": item.due,
        "url": item.url,
    }


class Founding(Body):
    """What a programme starts from."""

    shown = ("status", "phase", "version")
    code = serializers.RegexField(r"^[A-Z][A-Z0-9-]{1,15}$")
    name_fr = Text(120)
    name_en = Text(120)
    advertiser = Text(16)
    platform_kind = serializers.ChoiceField(PlatformKind.choices)
    sponsor = serializers.EmailField(help_text="The e-mail of the first sponsor.")
    started_on = Day(required=False, allow_null=True)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)


def _rows(page: Sequence[Rights]) -> list[dict[str, Any]]:
    """Programmes of a list, each with the gate ahead where the person reads it."""
    programmes = [each.programme for each in page]
    prefetch_related_objects(programmes, "advertiser")
    ahead = ahead_of_each([each.programme for each in page if each.reads])
    return [row_of(programme, ahead.get(programme.pk)) for programme in programmes]


class Programmes(Endpoint):
    """The programmes in which I hold a role."""

    key = "code"

    @operation(ProgrammeRow, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List my programmes."""
        mine = Rights.everywhere(self.person) if self.person is not None else []
        return self.page(mine, _rows)

    @operation(ProgrammeShape, asks=Founding, status=201, verb="programme.found")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Found a programme and its first sponsor, as a platform administrator."""
        raise_if(objection_to_administer(self.person))
        sponsor = (
            Person.objects.filter(email__iexact=asked.pop("sponsor"))
            .select_related("organisation", "user")
            .first()
        )
        advertiser = Organisation.objects.filter(code=asked.pop("advertiser")).first()
        if sponsor is None or advertiser is None:
            raise Http404
        programme = library.found(by=self.me, sponsor=sponsor, advertiser=advertiser, **asked)
        return programme_of(programme, None)
