"""Reads of the catalogue: as it is today, and as it was published."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import Coalesce

from governance import canonical
from governance.programmes.models import Programme
from usecases.catalogue import snapshot
from usecases.catalogue.choices import NoteStatus
from usecases.catalogue.models import (
    Attribute,
    CatalogueVersion,
    DataSource,
    Destination,
    EventType,
    KnowledgeNote,
)


def latest(programme: Programme) -> CatalogueVersion | None:
    """Find the last catalogue published."""
    return programme.catalogue_versions.order_by("-number").first()


def unconfirmed(programme: Programme) -> frozenset[str]:
    """List the sources and attributes with a note that their owner has not confirmed yet (W07)."""
    return frozenset(named for (named,) in _proposed(programme))


def _proposed(programme: Programme | OuterRef) -> QuerySet[Any]:
    """What the notes are about that wait for their owner: an attribute, else a source; one column."""
    notes = KnowledgeNote.objects.filter(source__programme=programme, status=NoteStatus.PROPOSED)
    return notes.values_list(Coalesce("attribute__code", "source__code"))


def catalogue_of(version: CatalogueVersion) -> snapshot.Catalogue:
    """Read a published catalogue: what a frozen rule meant, and go on meaning."""
    return _read(version.fp, version.content)


@lru_cache(maxsize=64)
def _read(fp: str, content: str) -> snapshot.Catalogue:
    return snapshot.Catalogue.from_json(canonical.parse(content))


def published(programme: Programme) -> tuple[CatalogueVersion, snapshot.Catalogue] | None:
    """Read the last catalogue published, with today's unconfirmed notes: what a draft is checked on."""
    notes = ArraySubquery(_proposed(OuterRef("programme")))
    last: Any = programme.catalogue_versions.annotate(notes=notes).order_by("-number").first()
    if last is None:
        return None
    return last, dataclasses.replace(catalogue_of(last), unconfirmed_notes=frozenset(last.notes))


def working_catalogue(programme: Programme) -> snapshot.Catalogue:
    """Gather the catalogue as it is edited today, published or not."""
    return snapshot.Catalogue.of(
        sources=[
            snapshot.Source(
                code=row.code,
                fr=row.name_fr,
                en=row.name_en,
                domain=row.domain,
                kind=row.kind,
                retention=row.retention,
                connector_kind=row.connector_kind,
                latency=row.latency_class,
                labels=tuple(sorted(row.labels)),
                department=row.department,
                quality=row.quality,
            )
            for row in DataSource.objects.filter(programme=programme)
        ],
        attributes=[
            snapshot.Attribute(
                code=row.code,
                source=row.source.code,
                type=row.type,
                fr=row.name_fr,
                en=row.name_en,
                unit=row.unit,
                values=tuple(row.values),
                labels=tuple(sorted(row.labels)),
                completeness=row.completeness,
                quality=row.quality,
                status=row.status,
                is_score=row.is_score,
            )
            for row in Attribute.objects.filter(programme=programme).select_related("source")
        ],
        events=[
            snapshot.EventType(
                code=row.code,
                source=row.source.code,
                fr=row.name_fr,
                en=row.name_en,
                properties=snapshot.properties_of(row.properties),
                labels=tuple(sorted(row.labels)),
                status=row.status,
            )
            for row in EventType.objects.filter(programme=programme).select_related("source")
        ],
        unconfirmed_notes=unconfirmed(programme),
    )


def sources(programme: Programme) -> QuerySet[DataSource]:
    """List the sources with their owners."""
    return DataSource.objects.filter(programme=programme).select_related("owner", "programme")


def destinations(programme: Programme) -> QuerySet[Destination]:
    """List the destinations with their organisations."""
    return Destination.objects.filter(programme=programme).select_related("organisation", "programme")


def notes(programme: Programme) -> QuerySet[KnowledgeNote]:
    """List the knowledge notes of a programme, oldest first."""
    return KnowledgeNote.objects.filter(source__programme=programme).select_related(
        "source__programme", "source__owner", "attribute", "author", "confirmed_by"
    )
