"""Contents of segments in words: what a frozen version says, facet by facet, for people who compare two."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance import library
from governance.dossiers.choices import Facet
from governance.dossiers.kinds import Said, Tell
from governance.dossiers.models import Edition
from governance.text import in_words
from usecases.catalogue.models import Attribute, DataSource, EventType
from usecases.segments import queries
from usecases.segments.choices import Apply, SegmentRole
from usecases.segments.models import SegmentVersion


class Reader:
    """Whoever reads editions of one dossier: in which language, and how what they name is called.

    Names are read once, of all these editions together, when they are first asked for.
    """

    def __init__(self, editions: Sequence[Edition], lang: str) -> None:
        self.lang = library.language(lang)
        self.editions = editions
        self.programme = editions[0].dossier.programme
        self.references = queries.Versions(self.programme)

    def contents(self, facet: Facet) -> list[dict[str, Any]]:
        """What each edition says of a facet."""
        return [edition.facet(facet) for edition in self.editions]

    @property
    def naming(self) -> list[tuple[str, QuerySet[Any], str]]:
        """What has a name: the field of a content that gives codes, the rows, where the name is."""
        said = self.contents(Facet.DATA)
        return [
            (
                what,
                model.objects.filter(
                    programme=self.programme, code__in={code for each in said for code in each.get(what, ())}
                ),
                f"name_{self.lang}",
            )
            for what, model in NAMED.items()
        ]

    @cached_property
    def names(self) -> dict[tuple[str, str], str]:
        """How things are called, by the field that names them and their code."""
        first, *others = [
            rows.order_by().values_list(Value(what, output_field=CharField()), "code", name)
            for what, rows, name in self.naming
        ]
        return {(what, code): name for what, code, name in first.union(*others)}

    @property
    def fingerprints(self) -> set[str]:
        """The rules that these editions name."""
        return {content["fp"] for content in self.contents(Facet.AUDIENCE) if content.get("fp")}

    @cached_property
    def versions(self) -> dict[tuple[str, str], SegmentVersion]:
        """The frozen versions of those rules, by segment and fingerprint."""
        found = list(queries.versions(self.programme).filter(fp__in=self.fingerprints).order_by("-number"))
        self.references.read(*(version.document for version in found), depth=1)
        return {(version.segment.code, version.fp): version for version in found}  # of several the first

    def sentence(self, code: str, fp: str) -> str:
        """Say the rule of a segment that bears this fingerprint; empty where it is not known."""
        version = self.versions.get((code, fp))
        return queries.sentence(version, self.lang, self.references) if version is not None else ""

    def name(self, what: str, code: str) -> str:
        """How one thing is called; what is no longer there is told by its code."""
        return self.names.get((what, code), code)

    def named(self, what: str, codes: Collection[str]) -> list[str]:
        """How things are called, sorted."""
        return sorted(self.name(what, code) for code in codes)


NAMED: dict[str, Any] = {"attributes": Attribute, "events": EventType, "sources": DataSource}


def describe(editions: Sequence[Edition], lang: str) -> Tell:
    """Tell the facets of frozen versions: each field's label and its value in words."""
    return telling(Reader(editions, lang), _LINES)


def telling(reader: Any, lines: Mapping[Facet, Any]) -> Tell:
    """Tell a facet in the language of its reader, line by line; what says nothing is left out."""

    def tell(edition: Edition, facet: Facet) -> list[tuple[str, Said]]:
        with translation.override(reader.lang):
            return [(label, value) for label, value in lines[facet](edition.facet(facet), reader) if value]

    return tell


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
    yield _("Rule"), reader.sentence(reader.editions[0].dossier.code, content.get("fp", ""))


def _of_data(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    yield from data_in_words(content, reader)


def _of_privacy(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    yield _("Data kept for"), duration(content.get("retention", ""))


def _of_tech(content: Mapping[str, Any], reader: Reader) -> Iterable[tuple[str, Said]]:
    yield _("Rule to execute"), reader.sentence(reader.editions[0].dossier.code, content.get("fp", ""))
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
    yield _("Attributes"), reader.named("attributes", content.get("attributes", ()))
    yield _("Events"), reader.named("events", content.get("events", ()))
    yield _("Sources"), reader.named("sources", content.get("sources", ()))
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
