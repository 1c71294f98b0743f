"""The check of a rule: everything that is wrong, doubtful, read and rested on, in one report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance import canonical as house
from usecases.catalogue.snapshot import Catalogue
from usecases.segments.segrule import analysis, canonical, document, doubts, sentence
from usecases.segments.segrule.analysis import Facts, Resolver, nothing_known
from usecases.segments.segrule.document import Fault

PolicyFaults = Callable[[Collection[str], Collection[str]], Iterable[Fault]]


@dataclass(frozen=True)
class Report:
    """What the check of a rule found.

    `canonical`, `fingerprint` and `sentence` are None where the rule is too broken to have one; `facts` tell
    what can be read of it all the same.
    """

    errors: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    canonical: Any = None
    fingerprint: str | None = None
    sentence: dict[str, str] | None = None
    facts: Facts = field(default_factory=Facts)

    @property
    def ok(self) -> bool:
        """Say whether nothing stands against freezing the rule."""
        return not self.errors

    @property
    def labels(self) -> tuple[str, ...]:
        """Effective labels of all that the rule rests on."""
        return self.facts.labels

    @property
    def attributes(self) -> tuple[str, ...]:
        """Attributes of the rule and of the versions it names."""
        return self.facts.attributes

    @property
    def events(self) -> tuple[str, ...]:
        """Events of the rule and of the versions it names."""
        return self.facts.events

    @property
    def sources(self) -> tuple[str, ...]:
        """Sources of all these."""
        return self.facts.sources

    @property
    def windows(self) -> tuple[str, ...]:
        """Windows over which events are counted."""
        return self.facts.windows

    @property
    def references(self) -> tuple[tuple[str, int | str], ...]:
        """Versions of segments named, directly or not."""
        return self.facts.references

    def as_json(self) -> dict[str, Any]:
        """Give what clients read; a decimal is written with its own digits."""
        return {
            "errors": [fault.as_json() for fault in self.errors],
            "warnings": [fault.as_json() for fault in self.warnings],
            "canonical": _plain(self.canonical),
            "fingerprint": self.fingerprint,
            "sentence": self.sentence or dict.fromkeys(sentence.LANGUAGES),
            "labels": list(self.labels),
            "attributes": list(self.attributes),
            "events": list(self.events),
            "sources": list(self.sources),
            "windows": list(self.windows),
            "references": [{"code": code, "version": version} for code, version in self.references],
        }


def check(
    rule: Any,
    catalogue: Catalogue,
    *,
    references: Resolver = nothing_known,
    today: dt.date,
    role: str | None = None,
    solicits: bool = True,
    min_size: int | None = None,
    size: int | None = None,
    estimated_on: dt.date | None = None,
    needs_pin: bool = True,
    itself: tuple[str, int] | None = None,
    policy_faults: PolicyFaults | None = None,
) -> Report:
    """Read a value as a segment rule and report on it; never raises, whatever the value.

    `references` finds the versions that the rule names; `itself` is the code and number of the version
    being written. `role` and `solicits` say what the segment is for, `size` and `estimated_on` what is
    known of it. `policy_faults` judges the labels and events of the closure against the usage policies.
    """
    found = document.read(rule, catalogue)
    errors = list(found.faults)
    if not found.sound:
        return Report(tuple(errors), ())
    facts = analysis.facts(found.rule, catalogue, references)
    errors += analysis.reference_faults(found.rule, references, itself=itself, needs_pin=needs_pin)
    form = canonical.canonical(found.rule)
    warnings: list[Fault] = []
    said: dict[str, str] | None = None
    if found.legible:
        errors += analysis.contradictions(found.rule, catalogue)
        warnings += doubts.of_rule(found.rule, catalogue)
        if role == doubts.TARGET and solicits:
            warnings += doubts.of_solicitation(found.rule, references)
        said = _sentences(form, catalogue, references)
    if policy_faults is not None:
        errors += policy_faults(facts.labels, facts.events)
    errors += _too_small(size, min_size)
    warnings += doubts.of_size(estimated_on, today)
    return Report(
        tuple(errors),
        tuple(warnings),
        form,
        house.fingerprint(form),
        said,
        facts,
    )


def _sentences(form: Any, catalogue: Catalogue, references: Resolver) -> dict[str, str] | None:
    try:
        return {lang: sentence.aloud(form, catalogue, lang, references).text for lang in sentence.LANGUAGES}
    except sentence.Illegible:
        return None


def _too_small(size: int | None, min_size: int | None) -> Iterable[Fault]:
    if size is not None and min_size is not None and size < min_size:
        yield Fault(
            "E21",
            "",
            ngettext(
                "The audience has %(size)d person, under the minimum of %(least)d: widen the rule.",
                "The audience has %(size)d people, under the minimum of %(least)d: widen the rule.",
                size,
            )
            % {"size": size, "least": min_size},
        )


def policy_fault(reason: str) -> Fault:
    """Tell that a usage policy refuses the data of the rule for what it is meant for (E16)."""
    return Fault("E16", "", _("The usage rules refuse these data: %(reason)s.") % {"reason": reason})


def _plain(value: Any) -> Any:
    """Turn exact decimals into floats of the same digits: there are fifteen at most."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value
