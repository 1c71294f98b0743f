"""What follows from a revision's content: data, labels, risk flags, score, levels.

Sources: domain.md 3.4, decisions.md 4. Pure: no table, no request. Risk flags are a function of the content
and the catalogue: the 25 templates of the library declare theirs, and the tests hold both equal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from governance.errors import NotPossible, NotValid
from usecases.catalogue.snapshot import Catalogue
from usecases.journeys import grammar
from usecases.policies import evaluation
from usecases.policies.evaluation import Audience
from usecases.segments.flags import aims_at_minors, data_flags
from usecases.segments.segrule import analysis

EEA = frozenset((
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
    "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
))  # fmt: skip
MATCHING = frozenset({"paid_social_match", "search_match"})
IMPACTS = tuple(map(Decimal, ("0.25", "0.5", "1", "2", "3")))
CONFIDENCES = tuple(map(Decimal, ("0.5", "0.8", "1")))
LEVEL_PROVEN = frozenset({"scale", "iterate"})


@dataclass(frozen=True)
class PinnedSegment:
    """A segment version in a role of a revision, with what its rule and the versions it names read."""

    name: str
    role: str
    reading: analysis.Facts
    identities: frozenset[str] = frozenset()
    apply: str = ""
    channels: frozenset[str] = frozenset()

    @property
    def audience(self) -> Audience:
        """What the usage policies read of it."""
        return Audience(
            name=self.name,
            role=self.role,
            labels=frozenset(self.reading.labels),
            events=frozenset(self.reading.events),
            identities=self.identities,
            apply=self.apply,
            lookalike=self.reading.lookalike,
            channels=self.channels,
        )


@dataclass(frozen=True)
class ContentFacts:
    """What a content reads, and the risk flags it raises."""

    attributes: frozenset[str]
    events: frozenset[str]
    sources: frozenset[str]
    labels: frozenset[str]
    windows: frozenset[str]
    identities: frozenset[str]
    size: int
    flags: frozenset[str]


def content_facts(
    *,
    segments: Sequence[PinnedSegment],
    channels: Sequence[str],
    journey: Any,
    catalogue: Catalogue,
    settings: Mapping[str, Any],
    references: analysis.Resolver = analysis.nothing_known,
    sizes: Iterable[int] = (),
    recipient_countries: Iterable[str] = (),
    budget_eur: Decimal | int = 0,
) -> ContentFacts:
    """Compute what a content reads and the flags it raises (vocabularies.yaml, risk_flags).

    `catalogue` and `references` read the decisions of the journey; `settings` are the programme's
    (`large_scale_threshold`, `sponsor_double_signature_eur`); `sizes` the last estimates of the pinned
    versions at submit. `new_vendor` and `high_pressure` stay off until their rooms exist (decisions.md 4).
    """
    declared = [channel for channel in channels if channel in evaluation.channels()]
    told, _faults = grammar.parse(journey)
    read = [segment.reading for segment in segments]
    asked = [analysis.facts(rule, catalogue, references) for rule in grammar.conditions(journey)]
    audiences = [segment.audience for segment in segments]

    def union(what: str, *, of: Iterable[analysis.Facts]) -> frozenset[str]:
        return frozenset(item for reading in of for item in getattr(reading, what))

    labels = union("labels", of=[*read, *asked]).union(
        *(
            evaluation.labels_on_channel(audience, channel)
            for audience in audiences
            for channel in audience.served_on(declared)
        )
    )
    exported = [
        (audience, evaluation.channels()[channel])
        for audience in audiences
        if not audience.stays_inside
        for channel in audience.served_on(declared)
        if evaluation.channels()[channel].exports
    ]
    leaving = {
        evaluation.identity_labels()[identity]
        for audience, channel in exported
        for identity in evaluation.usable_identities(audience, channel.code)
    }
    size = max(sizes, default=0)
    raised = {
        "third_party_export": bool(exported),
        "platform_match": any(channel.action in MATCHING for _audience, channel in exported),
        "tracker_data": "TR_CONSENT" in labels,
        "minors": any(aims_at_minors(segment.role, segment.reading) for segment in segments),
        "scoring": any(reading.scores for reading in (*read, *asked)),
        "inferred_traits": "SE_INFERRED" in labels,
        "large_scale": size >= settings["large_scale_threshold"],
        "non_eea_transfer": any(country not in EEA for country in recipient_countries),
        "clear_identifiers": "ID_DIRECT" in leaving,
        "automated_effect": "significant" in told.effects,
        "exclusion_effect": "exclusion_from_offer" in told.effects,
        "budget_over_threshold": budget_eur > settings["sponsor_double_signature_eur"],
    }
    return ContentFacts(
        attributes=union("attributes", of=[*read, *asked]),
        events=union("events", of=[*read, *asked]),
        sources=union("sources", of=[*read, *asked]),
        labels=labels,
        windows=union("windows", of=read),
        identities=frozenset().union(*(segment.identities for segment in segments)),
        size=size,
        flags=frozenset(flag for flag, on in raised.items() if on)
        | data_flags(labels, union("domains", of=[*read, *asked])),
    )


# ---------------------------------------------------------------- score


def rice_score(reach: int, impact: Decimal, confidence: Decimal, effort_weeks: Decimal) -> Decimal:
    """Compute reach x impact x confidence / effort, to the cent."""
    score = Decimal(reach) * impact * confidence / effort_weeks
    return score.quantize(Decimal("0.01"), ROUND_HALF_UP)


def objections_to_rice(
    reach: int | None, impact: Decimal | None, confidence: Decimal | None, effort_weeks: Decimal | None
) -> list[NotValid]:
    """Say which of the four figures cannot be."""
    found = []
    if reach is None or reach < 0:
        found.append(("rice_reach", _("Give the number of people reached in a quarter, zero or more.")))
    if impact not in IMPACTS:
        found.append(("rice_impact", _("Choose an impact of 0.25, 0.5, 1, 2 or 3.")))
    if confidence not in CONFIDENCES:
        found.append(("rice_confidence", _("Choose a confidence of 50 %, 80 % or 100 %.")))
    if effort_weeks is None or effort_weeks <= 0:
        found.append(("rice_effort_weeks", _("Give the effort in weeks of one person, more than zero.")))
    return [NotValid(sentence, code="invalid_score", field=field) for field, sentence in found]


# ---------------------------------------------------------------- levels, branches, dependencies


def objection_to_level(level: int, journey: grammar.Journey) -> NotPossible | None:
    """Say whether the level claimed is more than the journey shows, or level 1 decides (INV-18)."""
    fault = next(iter(grammar.level_faults(journey, level)), None)
    return NotPossible(fault.detail, code="INV-18", field="scenario_level") if fault else None


def objection_to_branch(branch: str, journey: grammar.Journey, roles: Iterable[str]) -> NotPossible | None:
    """Say whether a use case for both branches has a decision or two target segments (INV-19)."""
    if branch != "both" or journey.decisions or sum(role == "target" for role in roles) >= 2:
        return None
    return NotPossible(
        _(
            "The use case addresses prospects and customers alike, but nothing tells them apart. "
            "Add a decision to the journey, or one target segment for each, or choose one branch."
        ),
        code="INV-19",
        field="audience_branch",
    )


@dataclass(frozen=True)
class Earlier:
    """An earlier revision of the use case, or of one it enriches: its level, and what its test decided."""

    level: int
    decision: str = ""


def objection_to_big_start(level: int, earlier: Iterable[Earlier]) -> NotPossible | None:
    """Say whether level 3 is claimed before level 2 was proven (INV-20)."""
    if level < 3 or any(one.level == 2 and one.decision in LEVEL_PROVEN for one in earlier):
        return None
    return NotPossible(
        _(
            "Level 3 comes after level 2 has been proven: no test of a level 2 revision of this use case, or "
            "of one it enriches, was decided as scale or iterate. Start at level 2 at most."
        ),
        code="INV-20",
        field="scenario_level",
    )


def starts_at_level_2(level: int, number: int) -> bool:
    """Say whether the first revision starts above the simplest level (INV-20)."""
    return level >= 2 and number == 1


def warning_on_start(level: int, number: int) -> str:
    """Say what a start at level 2 entails; empty when there is nothing to say."""
    if not starts_at_level_2(level, number):
        return ""
    return _(
        "This use case starts at level %(level)d. Is it the simplest level that can prove the value? "
        "The sponsor cannot approve it plainly unless the answer is yes."
    ) % {"level": level}


def also_blocking(level: int, number: int) -> frozenset[str]:
    """The questions that become blocking for this revision (INV-20)."""
    return frozenset({"SP-05"}) if starts_at_level_2(level, number) else frozenset()


def blocking_circle(edges: Collection[tuple[str, str]]) -> list[str]:
    """Find use cases that block each other in a circle, in order, the first one again at the end (INV-16).

    `edges` are pairs (blocker, blocked). Empty when there is none.
    """
    follows: dict[str, list[str]] = {}
    for blocker, blocked in sorted(edges):
        follows.setdefault(blocker, []).append(blocked)
    done: set[str] = set()
    for start in sorted(follows):
        path = {start: None} if start not in done else {}
        ahead = [iter(follows[start])]
        while path:
            here = next(ahead[-1], None)
            if here is None:
                ahead.pop()
                done.add(path.popitem()[0])
            elif here in path:
                walked = list(path)
                return [*walked[walked.index(here) :], here]
            elif here not in done:
                path[here] = None
                ahead.append(iter(follows.get(here, ())))
    return []


def objection_to_circle(edges: Collection[tuple[str, str]]) -> NotPossible | None:
    """Say whether these dependencies go round in a circle (INV-16)."""
    circle = blocking_circle(edges)
    if not circle:
        return None
    return NotPossible(
        _("These use cases would block each other: %(circle)s. Remove one of these links.")
        % {"circle": " → ".join(circle)},
        code="INV-16",
        field="dependencies",
    )
