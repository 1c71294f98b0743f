"""Sources, attributes, what they really mean, where audiences go, and which data may serve what."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from rest_framework import serializers

from governance.api.base import (
    Body,
    PersonShape,
    ProgrammeEndpoint,
    Shape,
    Text,
    each,
    names_of,
    operation,
    person_of,
)
from governance.roles import queries as roles
from usecases.catalogue import actions, queries
from usecases.catalogue.choices import NoteStatus, Severity
from usecases.catalogue.models import Attribute, CatalogueVersion, DataSource, Destination, KnowledgeNote
from usecases.policies import evaluation


# ---------------------------------------------------------------- sources
class SourceShape(Shape):
    """Where data come from."""

    code = serializers.CharField()
    name_fr = serializers.CharField()
    name_en = serializers.CharField()
    kind = serializers.CharField()
    domain = serializers.CharField()
    department = serializers.CharField()
    owner = PersonShape(allow_null=True)
    connector_kind = serializers.CharField()
    latency_class = serializers.CharField()
    retention = serializers.CharField()
    labels = serializers.ListField(child=serializers.CharField())
    quality = serializers.IntegerField()
    version = serializers.IntegerField()


def source_of(one: DataSource) -> dict[str, Any]:
    """Where data come from."""
    plain = {name: getattr(one, name) for name in names_of(SourceShape) if name != "owner"}
    return {**plain, "owner": person_of(one.owner)}


class SourceFilters(Body):
    """Which sources."""

    domain = serializers.CharField(max_length=16, required=False)
    label = serializers.CharField(max_length=24, required=False)  # type: ignore[assignment]
    owner = serializers.CharField(max_length=254, required=False)


class Sources(ProgrammeEndpoint):
    """The sources of a programme."""

    @operation(SourceShape, filters=SourceFilters, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the sources."""
        rows = queries.sources(self.programme)
        if domain := asked.get("domain"):
            rows = rows.filter(domain=domain)
        if label := asked.get("label"):
            rows = rows.filter(labels__contains=[label])
        if owner := asked.get("owner"):
            rows = rows.filter(owner__email__iexact=owner)
        return self.page(rows.order_by("code"), each(source_of))


class SourceEndpoint(ProgrammeEndpoint):
    """What is about one source."""

    source: DataSource

    def find(self, *, code: str) -> None:
        """Find the source."""
        self.source = self.found(queries.sources(self.programme).filter(code=code).first())


class OneSource(SourceEndpoint):
    """One source."""

    @operation(SourceShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read a source."""
        return source_of(self.source)


class OwnerIn(Body):
    """Who answers for it."""

    owner = serializers.EmailField(max_length=254)


class OwnSource(SourceEndpoint):
    """The owner of a source."""

    @operation(SourceShape, asks=OwnerIn, versioned=True, verb="source.own")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Say who answers for what a source means."""
        self.expects(self.source)
        owner = self.someone(asked["owner"], "owner")
        return source_of(actions.set_owner(self.source, owner, by=self.me))


# ---------------------------------------------------------------- attributes
class AttributeShape(Shape):
    """A typed profile field."""

    code = serializers.CharField()
    name_fr = serializers.CharField()
    name_en = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    type = serializers.CharField()
    is_score = serializers.BooleanField()
    unit = serializers.CharField()
    values = serializers.ListField(child=serializers.JSONField())
    labels = serializers.ListField(child=serializers.CharField())
    completeness = serializers.DecimalField(max_digits=5, decimal_places=4, coerce_to_string=False)
    quality = serializers.IntegerField()
    status = serializers.CharField()


class AttributeFilters(Body):
    """Which attributes."""

    source = serializers.CharField(max_length=16, required=False)  # type: ignore[assignment]
    type = serializers.CharField(max_length=12, required=False)
    label = serializers.CharField(max_length=24, required=False)  # type: ignore[assignment]
    search = serializers.CharField(max_length=80, required=False)


COLUMNS = tuple(name for name in names_of(AttributeShape) if name != "source")


class Attributes(ProgrammeEndpoint):
    """The attributes of a programme."""

    @operation(AttributeShape, filters=AttributeFilters, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the attributes."""
        rows = Attribute.objects.filter(programme=self.programme)
        if source := asked.get("source"):
            rows = rows.filter(source__code=source)
        if kind := asked.get("type"):
            rows = rows.filter(type=kind)
        if label := asked.get("label"):
            rows = rows.filter(labels__contains=[label])
        if text := asked.get("search"):
            rows = rows.filter(code__icontains=text)
        return self.page(rows.order_by("code").values(*COLUMNS, "source__code"), each(_attribute))


def _attribute(row: dict[str, Any]) -> dict[str, Any]:
    return {"source": row.pop("source__code"), **row}


class OneAttribute(ProgrammeEndpoint):
    """One attribute."""

    row: dict[str, Any]

    def find(self, *, code: str) -> None:
        """Find the attribute."""
        rows = Attribute.objects.filter(programme=self.programme, code=code)
        row = rows.values(*COLUMNS, "source__code").first()
        if row is None:
            raise Http404
        self.row = row

    @operation(AttributeShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read an attribute."""
        return _attribute(self.row)


# ---------------------------------------------------------------- the catalogue as published
class CatalogueShape(Shape):
    """The catalogue as it was published: segment versions rest on one."""

    number = serializers.IntegerField()
    fingerprint = serializers.CharField()
    published_on = serializers.CharField()
    published_by = PersonShape()


def catalogue_of(one: CatalogueVersion) -> dict[str, Any]:
    """The catalogue as it was published."""
    return {
        "number": one.number,
        "fingerprint": one.fp,
        "published_on": one.published_on,
        "published_by": person_of(one.published_by),
    }


class Catalogues(ProgrammeEndpoint):
    """The published catalogues."""

    @operation(CatalogueShape, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the published catalogues, the last one first."""
        rows = CatalogueVersion.objects.filter(programme=self.programme).select_related("published_by")
        return self.page(rows.defer("content").order_by("-number"), each(catalogue_of))

    @operation(CatalogueShape, status=201, verb="catalogue.publish")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Publish the catalogue as it is: segment versions written from now on rest on it."""
        return catalogue_of(actions.publish(self.programme, by=self.me))


# ---------------------------------------------------------------- destinations
class DestinationShape(Shape):
    """Where an audience goes."""

    code = serializers.CharField()
    channel = serializers.CharField()
    organisation = serializers.CharField()
    country = serializers.CharField()
    supports_exclusion = serializers.BooleanField()
    version = serializers.IntegerField()


def destination_of(one: Destination) -> dict[str, Any]:
    """Where an audience goes."""
    return {
        "code": one.code,
        "channel": one.channel,
        "organisation": one.organisation.code,
        "country": one.country,
        "supports_exclusion": one.supports_exclusion,
        "version": one.version,
    }


class DestinationIn(Body):
    """Where an audience may go, and whose account it is."""

    shown = ("version",)
    code = serializers.RegexField(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,23}$")
    channel = Text(24)
    organisation = Text(16)
    country = serializers.RegexField(r"^[A-Z]{2}$", required=False)
    supports_exclusion = serializers.BooleanField(required=False)


class Destinations(ProgrammeEndpoint):
    """The destinations of a programme."""

    @operation(DestinationShape, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the destinations."""
        return self.page(queries.destinations(self.programme).order_by("code"), each(destination_of))

    @operation(DestinationShape, asks=DestinationIn, status=201, verb="destination.add")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Declare where an audience may go on a channel."""
        organisation = self.named(
            roles.organisations_of(self.programme), "organisation", code=asked.pop("organisation")
        )
        return destination_of(
            actions.add_destination(self.programme, by=self.me, organisation=organisation, **asked)
        )


# ---------------------------------------------------------------- knowledge notes
class NoteShape(Shape):
    """What a source really means."""

    id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]
    attribute = serializers.CharField(allow_null=True)
    text = serializers.CharField()
    severity = serializers.CharField()
    author = PersonShape()
    noted_at = serializers.CharField()
    confirmed_by = PersonShape(allow_null=True)
    confirmed_on = serializers.CharField(allow_null=True)
    status = serializers.CharField()
    version = serializers.IntegerField()


def note_of(one: KnowledgeNote) -> dict[str, Any]:
    """What a source really means."""
    return {
        "id": one.pk,
        "source": one.source.code,
        "attribute": one.attribute.code if one.attribute is not None else None,
        "text": one.text,
        "severity": one.severity,
        "author": person_of(one.author),
        "noted_at": one.noted_at,
        "confirmed_by": person_of(one.confirmed_by),
        "confirmed_on": one.confirmed_on,
        "status": one.status,
        "version": one.version,
    }


class NoteIn(Body):
    """A note to be confirmed."""

    shown = ("id", "author", "noted_at", "confirmed_by", "confirmed_on", "status", "version")
    source = Text(16)  # type: ignore[assignment]
    attribute = Text(64, required=False, allow_null=True)
    text = Text(4000)
    severity = serializers.ChoiceField(Severity.choices)


class NoteFilters(Body):
    """Which notes."""

    source = serializers.CharField(max_length=16, required=False)  # type: ignore[assignment]
    status = serializers.ChoiceField(NoteStatus.choices, required=False)


class Notes(ProgrammeEndpoint):
    """Knowledge notes."""

    key = "id"

    @operation(NoteShape, filters=NoteFilters, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the notes, oldest first."""
        rows = queries.notes(self.programme)
        if source := asked.get("source"):
            rows = rows.filter(source__code=source)
        if status := asked.get("status"):
            rows = rows.filter(status=status)
        return self.page(rows.order_by("noted_at", "pk"), each(note_of))

    @operation(NoteShape, asks=NoteIn, status=201, verb="note.add")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Note what a source really means, for its owner to confirm."""
        source = self.named(queries.sources(self.programme), "source", code=asked["source"])
        attribute = None
        if asked.get("attribute") is not None:
            attribute = self.named(source.attributes.all(), "attribute", code=asked["attribute"])
        return note_of(
            actions.add_note(
                source, by=self.me, text=asked["text"], severity=asked["severity"], attribute=attribute
            )
        )


class NoteEndpoint(ProgrammeEndpoint):
    """What is about one note."""

    note: KnowledgeNote

    def find(self, *, id: Any) -> None:
        """Find the note."""
        self.note = self.found(queries.notes(self.programme).filter(pk=id).first())


class OneNote(NoteEndpoint):
    """One note."""

    @operation(NoteShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read a note."""
        return note_of(self.note)


class ConfirmNote(NoteEndpoint):
    """The owner's word on a note."""

    @operation(NoteShape, versioned=True, verb="note.confirm")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Confirm that a note is true, as the owner of the source."""
        self.interactive()
        self.expects(self.note)
        return note_of(actions.confirm_note(self.note, by=self.me))


class RejectNote(NoteEndpoint):
    """The owner's word on a note."""

    @operation(NoteShape, versioned=True, verb="note.reject")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Say that a note is not true, as the owner of the source."""
        self.interactive()
        self.expects(self.note)
        return note_of(actions.reject_note(self.note, by=self.me))


# ---------------------------------------------------------------- usage policies
class PolicyShape(Shape):
    """Which data may serve which marketing action."""

    code = serializers.CharField()
    effect = serializers.CharField()
    actions = serializers.ListField(child=serializers.CharField())
    labels_any = serializers.ListField(child=serializers.CharField())
    labels_all = serializers.ListField(child=serializers.CharField())
    events_any = serializers.ListField(child=serializers.CharField())
    nature = serializers.CharField(allow_null=True)
    consents_all = serializers.ListField(child=serializers.CharField())
    consents_any = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField()


class UsagePolicies(ProgrammeEndpoint):
    """Usage policies."""

    @operation(PolicyShape, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List which data may serve which marketing action."""
        return self.page(evaluation.shipped(), each(_policy))


def _policy(one: evaluation.Policy) -> dict[str, Any]:
    sets = ("actions", "labels_any", "labels_all", "events_any")
    return {
        "code": one.code,
        "effect": one.effect,
        **{name: sorted(getattr(one, name)) for name in sets},
        "nature": one.nature,
        "consents_all": list(one.consents_all),
        "consents_any": list(one.consents_any),
        "reason": one.reason,
    }
