"""A catalogue as it stood: what a segment rule may name, frozen, with its fingerprint.

Pure values: no table, no request. A published catalogue version holds `to_json()`; `from_json` gives the
same catalogue back, to the last digit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from governance import canonical, library

TYPES = (
    "boolean", "integer", "decimal", "money", "score", "enum", "set", "string", "date", "datetime", "area",
    "geopoint", "identifier",
)  # fmt: skip
DIALECT = "catalogue/1"


class NotACatalogue(ValueError):
    """The document does not describe a catalogue: a repeated code, an unknown source or type."""


@dataclass(frozen=True)
class Source:
    """Where data come from, with what its contract and its collection allow."""

    code: str
    fr: str
    en: str
    domain: str
    kind: str
    retention: str
    connector_kind: str
    latency: str
    labels: tuple[str, ...] = ()
    department: str = ""
    quality: int | None = None


@dataclass(frozen=True)
class Attribute:
    """A thing known about a person or a device; `labels` are its own, without those of its source."""

    code: str
    source: str
    type: str
    fr: str
    en: str
    unit: str = ""
    values: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    completeness: Decimal | None = None
    quality: int | None = None
    status: str = "active"
    is_score: bool = False


@dataclass(frozen=True)
class Property:
    """A detail that an event carries. Without names of its own it is called by its code."""

    code: str
    type: str
    unit: str = ""
    values: tuple[str, ...] = ()
    fr: str = ""
    en: str = ""


@dataclass(frozen=True)
class EventType:
    """A thing that happens at a moment; `labels` are its own, without those of its source."""

    code: str
    source: str
    fr: str
    en: str
    properties: tuple[Property, ...] = ()
    labels: tuple[str, ...] = ()
    status: str = "active"

    def property(self, code: str) -> Property | None:
        """Give the property of this code, if the event carries one."""
        return next((item for item in self.properties if item.code == code), None)


@dataclass(frozen=True)
class Catalogue:
    """Sources, attributes and events by code, as published.

    `purposes` (those that a consent may name) and `unconfirmed_notes` (codes of sources and attributes
    with a knowledge note that its data owner has not confirmed) are today's facts: they are not part of the
    published content, nor of its fingerprint.
    """

    sources: Mapping[str, Source]
    attributes: Mapping[str, Attribute]
    events: Mapping[str, EventType]
    purposes: frozenset[str] = field(default_factory=lambda: frozenset(library.codes("purposes")))
    unconfirmed_notes: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        *,
        sources: Iterable[Source],
        attributes: Iterable[Attribute],
        events: Iterable[EventType],
        unconfirmed_notes: Iterable[str] = (),
    ) -> Catalogue:
        """Gather a catalogue. Raises NotACatalogue if it does not hold together."""
        homes = _by_code(sources)
        profile, things = _by_code(attributes), _by_code(events)
        everything: list[Attribute | EventType] = [*profile.values(), *things.values()]
        for thing in everything:
            if thing.source not in homes:
                raise NotACatalogue(f"{thing.code} names the unknown source {thing.source}")
            kinds = [thing.type] if isinstance(thing, Attribute) else [item.type for item in thing.properties]
            for kind in kinds:
                if kind not in TYPES:
                    raise NotACatalogue(f"{thing.code} has the unknown type {kind}")
        return cls(homes, profile, things, unconfirmed_notes=frozenset(unconfirmed_notes))

    @classmethod
    def of_template(cls) -> Catalogue:
        """Build the catalogue that the library ships."""
        shipped = library.catalogue_template()
        return cls.of(
            sources=[
                Source(
                    code=item["code"],
                    fr=item["fr"],
                    en=item["en"],
                    domain=item["domain"],
                    kind=item["kind"],
                    retention=item["retention"],
                    connector_kind=item["connector"],
                    latency=item["latency"],
                    labels=_labels(item),
                    department=item["department"],
                )
                for item in shipped["sources"]
            ],
            attributes=[
                Attribute(
                    code=item["code"],
                    source=item["source"],
                    type=item["type"],
                    fr=item["fr"],
                    en=item["en"],
                    unit=item.get("unit", ""),
                    values=tuple(item.get("values", ())),
                    labels=_labels(item),
                    is_score=item.get("is_score", False),
                )
                for item in shipped["attributes"]
            ],
            events=[
                EventType(
                    code=item["code"],
                    source=item["source"],
                    fr=item["fr"],
                    en=item["en"],
                    properties=properties_of(item["properties"]),
                    labels=_labels(item),
                )
                for item in shipped["events"]
            ],
        )

    @classmethod
    def from_json(cls, document: Mapping[str, Any], *, unconfirmed_notes: Iterable[str] = ()) -> Catalogue:
        """Read a catalogue from what `to_json` wrote. Raises NotACatalogue for anything else."""
        if not isinstance(document, Mapping) or document.get("catalogue") != DIALECT:
            raise NotACatalogue(f"not a document of the dialect {DIALECT}")
        try:
            return cls.of(
                sources=[_read(Source, item) for item in document.get("sources", [])],
                attributes=[_read(Attribute, item) for item in document.get("attributes", [])],
                events=[
                    _read(EventType, {**item, "properties": properties_of(item.get("properties", {}))})
                    for item in document.get("events", [])
                ],
                unconfirmed_notes=unconfirmed_notes,
            )
        except (TypeError, KeyError, AttributeError, ArithmeticError) as error:
            raise NotACatalogue(str(error)) from error

    def to_json(self) -> dict[str, Any]:
        """Write the published content with JSON's own types: sorted by code, numbers exact, nothing empty."""
        events = []
        for event in self.events.values():
            written = _write(event)
            written["properties"] = {
                item.code: {key: value for key, value in _write(item).items() if key != "code"}
                for item in event.properties
            }
            events.append(written)
        return {
            "catalogue": DIALECT,
            "sources": [_write(item) for item in self.sources.values()],
            "attributes": [_write(item) for item in self.attributes.values()],
            "events": events,
        }

    @cached_property
    def fp(self) -> str:
        """Fingerprint of the published content."""
        return canonical.fingerprint(self.to_json())

    def source_of(self, code: str) -> Source:
        """Give the source of an attribute or event. Raises KeyError for an unknown code."""
        thing = self.attributes.get(code) or self.events[code]
        return self.sources[thing.source]

    def effective_labels(self, code: str) -> frozenset[str]:
        """Give the labels of an attribute or event together with those of its source."""
        thing = self.attributes.get(code) or self.events[code]
        return frozenset(thing.labels) | frozenset(self.sources[thing.source].labels)

    def name(self, code: str, lang: str) -> str:
        """Name an attribute or event so that no other one bears the same name in this catalogue."""
        return self._names[library.language(lang)][code]

    @cached_property
    def _names(self) -> dict[str, dict[str, str]]:
        return {lang: {**self._distinct(self.attributes, lang), **self._distinct(self.events, lang)}
                for lang in ("fr", "en")}  # fmt: skip

    def _distinct(self, things: Mapping[str, Attribute | EventType], lang: str) -> dict[str, str]:
        """Add the source to homonyms, then a number to those that still share a name."""
        own = {code: getattr(thing, lang) for code, thing in things.items()}
        shared = Counter(own.values())
        full = {
            code: f"{name} ({getattr(self.sources[things[code].source], lang)})" if shared[name] > 1 else name
            for code, name in own.items()
        }
        taken: set[str] = set()
        for code in sorted(full):
            name, number = full[code], 1
            while full[code] in taken:
                number += 1
                full[code] = f"{name}, {number}"
            taken.add(full[code])
        return full


Coded = TypeVar("Coded", Source, Attribute, EventType)


def _by_code(things: Iterable[Coded]) -> dict[str, Coded]:
    """Sort things by code. Raises NotACatalogue for a code that stands twice."""
    found: dict[str, Coded] = {}
    for thing in sorted(things, key=lambda item: item.code):
        if thing.code in found:
            raise NotACatalogue(f"{thing.code} stands twice")
        found[thing.code] = thing
    return found


def properties_of(document: Mapping[str, Any]) -> tuple[Property, ...]:
    """Read the properties of an event, `{code: {type, unit?, values?, fr?, en?}}`, sorted by code."""
    return tuple(_read(Property, {"code": code, **document[code]}) for code in sorted(document))


def _labels(item: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(set(item.get("labels", ()))))


def _read(kind: Any, item: Mapping[str, Any]) -> Any:
    """Make a frozen value of this kind. An unknown or missing member raises TypeError."""
    read = {**item}
    for name in ("values", "properties"):
        if name in read:
            read[name] = tuple(read[name])
    if "labels" in read:
        read["labels"] = _labels(read)
    if "completeness" in read:
        read["completeness"] = Decimal(read["completeness"])
    return kind(**read)


def _write(thing: Any) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for member in fields(thing):
        value = getattr(thing, member.name)
        if value is None or value is False or value == "" or value == ():
            continue
        if isinstance(value, Decimal):
            value = str(canonical.number(value))
        written[member.name] = sorted(value) if member.name == "labels" else _plain(value)
    return written


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
