"""Contents of segments in words: what a frozen version says, facet by facet, for people who compare two."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance import library
from governance.dossiers.choices import Facet
from governance.dossiers.models import Dossier
from governance.programmes.models import Programme
from governance.text import in_words
from usecases.catalogue.models import Attribute, DataSource, EventType
from usecases.segments import queries
from usecases.segments.choices import Apply, SegmentRole
from usecases.segments.models import SegmentVersion

Said = str | list[str]


@dataclass(frozen=True)
class Reader:
    """Whoever reads a content: in which language, and in which programme things have their names."""

    lang: str
    programme: Programme


def describe(facet: Facet, content: Mapping[str, Any], lang: str, dossier: Dossier) -> list[tuple[str, Said]]:
    """Tell one facet of a frozen version: each field's label and its value in words."""
    reader = Reader(library.language(lang), dossier.programme)
    with translation.override(reader.lang):
        return [(label, value) for label, value in _LINES[facet](content, reader) if value]


def _of_wording(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    yield _("Name in French"), content.get("name_fr", "")
    yield _("Name in English"), content.get("name_en", "")
    yield _("What changes"), content.get("change_summary", "")


def _of_business(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    yield _("Valid from"), day(content.get("valid_from"))
    yield _("Valid until"), day(content.get("valid_until"))
    yield _("Smallest audience"), count(content.get("min_size"))


def _of_audience(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    yield _("Role"), role_in_words(content.get("role", ""), content.get("apply", ""))
    yield _("Rule"), sentence_of(content.get("fp", ""), reader)


def _of_data(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    yield from data_in_words(content, reader)


def _of_privacy(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    yield _("Data kept for"), duration(content.get("retention", ""))


def _of_tech(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    yield _("Rule to execute"), sentence_of(content.get("fp", ""), reader)
    yield _("Kinds of connectors"), terms("connector_kinds", content.get("connector_kinds", ()), reader.lang)
    yield _("Refreshed"), term("latency_classes", content.get("refresh", ""), reader.lang)


def _of_nothing(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    return ()


_LINES = {
    Facet.WORDING: _of_wording,
    Facet.BUSINESS: _of_business,
    Facet.AUDIENCE: _of_audience,
    Facet.DATA: _of_data,
    Facet.PRIVACY: _of_privacy,
    Facet.CHANNEL: _of_nothing,
    Facet.PRESSURE: _of_nothing,
    Facet.JOURNEY: _of_nothing,
    Facet.TECH: _of_tech,
    Facet.TEST: _of_nothing,
}


# ---------------------------------------------------------------- words shared with the rooms above
def data_in_words(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    """Name the attributes, events, sources, labels and identifiers of a content."""
    yield _("Attributes"), names(Attribute, content.get("attributes", ()), reader)
    yield _("Events"), names(EventType, content.get("events", ()), reader)
    yield _("Sources"), names(DataSource, content.get("sources", ()), reader)
    yield _("Usage labels"), terms("labels", content.get("labels", ()), reader.lang)
    yield _("Identifiers"), terms("identity_types", content.get("identity_types", ()), reader.lang)


def role_in_words(role: str, apply: str) -> str:
    """Say what a segment is for, and where an exclusion is applied."""
    said = str(SegmentRole(role).label) if role in SegmentRole.values else ""
    if apply not in Apply.values:
        return said
    return _("%(role)s, %(where)s") % {"role": said, "where": _lower(str(Apply(apply).label))}


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def names(model: Any, codes: Collection[str], reader: Reader) -> list[str]:
    """Name things of the catalogue; what it no longer holds is told by its code."""
    found = dict(
        model.objects.filter(programme=reader.programme, code__in=codes).values_list(
            "code", f"name_{reader.lang}"
        )
    )
    return sorted(found.get(code, code) for code in codes)


def version_of(fp: str, reader: Reader, code: str = "") -> SegmentVersion | None:
    """Find a frozen version by its fingerprint, among those of one segment when its code is given."""
    found = queries.versions(reader.programme).filter(fp=fp)
    if code:
        found = found.filter(segment__dossier__code=code)
    return found.order_by("number").first() if fp else None


def sentence_of(fp: str, reader: Reader) -> str:
    """Say the rule of the frozen version of this fingerprint."""
    version = version_of(fp, reader)
    return queries.sentence(version, reader.lang) if version is not None else ""


def term(vocabulary: str, code: Any, lang: str) -> str:
    """Say a code of a vocabulary in words; a code it does not hold is told as it is."""
    try:
        return library.term(vocabulary, code, lang) if code else ""
    except KeyError:
        return str(code)


def terms(vocabulary: str, codes: Collection[Any], lang: str) -> list[str]:
    """Say codes of a vocabulary in words, sorted as they were."""
    return [term(vocabulary, code, lang) for code in codes]


def day(value: Any) -> str:
    """Say a day, given as a date or in ISO."""
    if not value:
        return ""
    return in_words(value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value)))


def count(value: Any) -> str:
    """Say a number of people."""
    if value is None:
        return ""
    return ngettext("%(count)s person", "%(count)s people", int(value)) % {
        "count": formats.number_format(value, use_l10n=True, force_grouping=True)
    }


def duration(text: str) -> str:
    """Say a duration in words."""
    if not text:
        return ""
    number = int(re.sub(r"\D", "", text))
    unit = text[-1] if not text.startswith("PT") else {"H": "H", "M": "minutes"}[text[-1]]
    said = {
        "minutes": lambda: ngettext("%(count)d minute", "%(count)d minutes", number),
        "H": lambda: ngettext("%(count)d hour", "%(count)d hours", number),
        "D": lambda: ngettext("%(count)d day", "%(count)d days", number),
        "W": lambda: ngettext("%(count)d week", "%(count)d weeks", number),
        "M": lambda: ngettext("%(count)d month", "%(count)d months", number),
        "Y": lambda: ngettext("%(count)d year", "%(count)d years", number),
    }[unit]()
    return said % {"count": number}
