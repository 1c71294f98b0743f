"""The verbs of the catalogue: load it, give its sources owners, publish it, note what data really mean."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F

from governance import canonical, clock, library
from governance.audit import trail
from governance.errors import raise_if
from governance.notices import actions as notices
from governance.programmes.models import Programme
from governance.stakeholders.models import Organisation, Person
from usecases.catalogue import queries, rules
from usecases.catalogue.choices import NoteStatus
from usecases.catalogue.models import (
    Attribute,
    CatalogueVersion,
    DataSource,
    Destination,
    EventType,
    KnowledgeNote,
)


@transaction.atomic
def load_template(programme: Programme, *, by: trail.Actor) -> None:
    """Copy the sources, attributes and events of the library into a new programme."""
    shipped = library.catalogue_template()
    sources = {
        item["code"]: DataSource(
            programme=programme,
            code=item["code"],
            name_fr=item["fr"],
            name_en=item["en"],
            kind=item["kind"],
            domain=item["domain"],
            department=item["department"],
            connector_kind=item["connector"],
            latency_class=item["latency"],
            retention=item["retention"],
            labels=sorted(item.get("labels", ())),
        )
        for item in shipped["sources"]
    }
    DataSource.objects.bulk_create(sources.values())
    Attribute.objects.bulk_create(
        Attribute(
            programme=programme,
            source=sources[item["source"]],
            code=item["code"],
            name_fr=item["fr"],
            name_en=item["en"],
            type=item["type"],
            is_score=item.get("is_score", False),
            unit=item.get("unit", ""),
            values=list(item.get("values", ())),
            labels=sorted(item.get("labels", ())),
        )
        for item in shipped["attributes"]
    )
    EventType.objects.bulk_create(
        EventType(
            programme=programme,
            source=sources[item["source"]],
            code=item["code"],
            name_fr=item["fr"],
            name_en=item["en"],
            properties=item["properties"],
            labels=sorted(item.get("labels", ())),
        )
        for item in shipped["events"]
    )
    trail.record(
        "catalogue.loaded",
        by=by,
        about=programme,
        payload={name: len(shipped[name]) for name in ("sources", "attributes", "events")},
    )


@transaction.atomic
def set_owner(source: DataSource, owner: Person, *, by: Person) -> DataSource:
    """Say who answers for what a source means."""
    source = _locked(source)
    raise_if(rules.objection_to_own(by, source, owner))
    source.owner = owner
    source.version += 1
    source.save(update_fields=["owner", "version"])
    trail.record("source.owned", by=by, about=source, payload={"owner": owner.email})
    notices.leave([owner], event="source.owned", about=source, facts=_facts(source, by), by=by)
    return source


@transaction.atomic
def assess(
    programme: Programme,
    *,
    by: Person,
    sources: Mapping[str, int] | None = None,
    attributes: Mapping[str, tuple[Decimal, int]] | None = None,
) -> None:
    """Note how good data are: a score by source; a completeness and a score by attribute."""
    scores, figures = sources or {}, attributes or {}
    Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
    raise_if(rules.objection_to_edit(by, programme))
    raise_if(rules.objections_to_assess(scores, figures, queries.working_catalogue(programme)))
    for code, quality in scores.items():
        DataSource.objects.filter(programme=programme, code=code).update(
            quality=quality, version=F("version") + 1
        )
    rows = list(Attribute.objects.filter(programme=programme, code__in=figures))
    for row in rows:
        row.completeness, row.quality = figures[row.code]
    Attribute.objects.bulk_update(rows, ["completeness", "quality"])
    trail.record(
        "catalogue.assessed",
        by=by,
        about=programme,
        payload={
            "sources": dict(scores),
            "attributes": {
                code: {"completeness": ratio, "quality": score} for code, (ratio, score) in figures.items()
            },
        },
    )


@transaction.atomic
def publish(programme: Programme, *, by: Person) -> CatalogueVersion:
    """Publish the catalogue as it is: segment versions written from now on rest on it."""
    Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
    last, working = queries.latest(programme), queries.working_catalogue(programme)
    raise_if(rules.objection_to_publish(by, programme, working, last))
    version = CatalogueVersion.objects.create(
        programme=programme,
        number=last.number + 1 if last else 1,
        content=canonical.text(working.to_json()),
        fp=working.fp,
        published_on=clock.today(),
        published_by=by,
    )
    trail.record(
        "catalogue.published", by=by, about=version, before=last.fp if last else "", after=version.fp
    )
    return version


@transaction.atomic
def add_destination(
    programme: Programme,
    *,
    by: Person,
    code: str,
    channel: str,
    organisation: Organisation,
    country: str = "",
    supports_exclusion: bool = False,
) -> Destination:
    """Declare where an audience may go on a channel, and whose account it is."""
    Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
    country = country or organisation.country
    raise_if(rules.objections_to_destination(by, programme, code=code, channel=channel, country=country))
    destination = Destination.objects.create(
        programme=programme,
        code=code,
        channel=channel,
        organisation=organisation,
        country=country,
        supports_exclusion=supports_exclusion,
    )
    trail.record(
        "destination.added",
        by=by,
        about=destination,
        payload={"channel": channel, "organisation": organisation.code, "country": country},
    )
    return destination


@transaction.atomic
def add_note(
    source: DataSource, *, by: Person, text: str, severity: str, attribute: Attribute | None = None
) -> KnowledgeNote:
    """Note what a source really means, for its owner to confirm."""
    text = unicodedata.normalize("NFC", text).strip()
    raise_if(rules.objections_to_note(by, source, text=text, severity=severity))
    note = KnowledgeNote.objects.create(
        source=source, attribute=attribute, text=text, severity=severity, author=by, noted_at=clock.now()
    )
    trail.record("note.added", by=by, about=note, payload={"text": text, "severity": severity})
    if source.owner is not None:
        notices.leave(
            [source.owner],
            event="note.added",
            about=note,
            programme=source.programme,
            facts=_facts(source, by),
            by=by,
        )
    return note


@transaction.atomic
def confirm_note(note: KnowledgeNote, *, by: Person) -> KnowledgeNote:
    """Confirm that a note is true: knowledge is internal, only the owner of the source says so."""
    return _answer(note, NoteStatus.CONFIRMED, "note.confirmed", by=by)


@transaction.atomic
def reject_note(note: KnowledgeNote, *, by: Person) -> KnowledgeNote:
    """Say that a note is not true."""
    return _answer(note, NoteStatus.REJECTED, "note.rejected", by=by)


def _answer(note: KnowledgeNote, status: NoteStatus, verb: str, *, by: Person) -> KnowledgeNote:
    note = (
        KnowledgeNote.objects.select_for_update(no_key=True, of=("self",))
        .select_related("source__programme", "author")
        .get(pk=note.pk)
    )
    raise_if(rules.objection_to_confirm(by, note))
    note.status, note.confirmed_by, note.confirmed_on = status, by, clock.today()
    note.version += 1
    note.save(update_fields=["status", "confirmed_by", "confirmed_on", "version"])
    trail.record(verb, by=by, about=note, payload={"text": note.text})
    notices.leave(
        [note.author],
        event=verb,
        about=note,
        programme=note.source.programme,
        facts=_facts(note.source, by),
        by=by,
    )
    return note


def _facts(source: DataSource, by: Person) -> dict[str, Any]:
    """What the messages about a source name."""
    return {"who": str(by), "what": {"fr": source.name_fr, "en": source.name_en}, "code": source.code}


def _locked(source: DataSource) -> DataSource:
    return (
        DataSource.objects.select_for_update(no_key=True, of=("self",))
        .select_related("programme")
        .get(pk=source.pk)
    )
