"""Single exceptions: who reads one dossier though no role opens it to them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from governance.api.base import Body, PersonShape, ProgrammeEndpoint, Shape, each, operation, person_of
from governance.dossiers.models import Dossier
from governance.roles import actions, queries
from governance.stakeholders.models import Person


class ShareShape(Shape):
    """One person who reads one dossier by exception."""

    dossier = serializers.CharField()
    person = PersonShape()


class ShareIn(Body):
    """Whom it is about."""

    person = serializers.EmailField(max_length=254)


class ShareEndpoint(ProgrammeEndpoint):
    """What is about the exceptions of one dossier."""

    dossier: Dossier

    def find(self, *, code: str) -> None:
        """Find the dossier."""
        self.dossier = self.found(Dossier.objects.filter(programme=self.programme, code=code).first())

    def told(self, person: Person) -> dict[str, Any]:
        """One exception."""
        return {"dossier": self.dossier.code, "person": person_of(person)}


class Shares(ShareEndpoint):
    """Who reads this dossier by exception."""

    @operation(ShareShape, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List who reads a dossier though no role opens it to them."""
        return self.page(queries.shares_of(self.dossier), each(self.told))

    @operation(ShareShape, asks=ShareIn, verb="dossier.share", status=201)
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Open a dossier to one person of the programme."""
        person = self.someone(asked["person"], "person")
        actions.share(self.dossier, person, by=self.me)
        return self.told(person)


class EndShare(ShareEndpoint):
    """The end of an exception."""

    @operation(None, asks=ShareIn, status=204, verb="dossier.share")
    def post(self, asked: dict[str, Any]) -> None:
        """Close a dossier again to a person."""
        person = self.someone(asked["person"], "person")
        actions.unshare(self.dossier, person, by=self.me)
