"""Risk flags that follow from the data a segment reads (domain.md 6.1, decisions.md 4, vocabularies.yaml).

A segment version has no channel and no budget: only the flags of its closure are asked of it, those that
RP-10 watches. A use case adds its own (see `usecases.backlog.facts`).
"""

from __future__ import annotations

from collections.abc import Collection

from usecases.segments.segrule.analysis import Facts

SPECIAL_CATEGORY = frozenset({"SE_ART9", "SE_ART10"})
FROM_OUTSIDE = frozenset({"OR_SECOND", "OR_THIRD"})
OF_THE_RELATION = frozenset({"relationship", "care"})


def data_flags(labels: Collection[str], domains: Collection[str]) -> frozenset[str]:
    """Give the flags that data with these effective labels, from sources of these domains, raise."""
    combined = not FROM_OUTSIDE.isdisjoint(labels) or (
        "behaviour" in domains and not OF_THE_RELATION.isdisjoint(domains)
    )
    raised = {
        "special_category": not SPECIAL_CATEGORY.isdisjoint(labels),
        "precise_geo": "SE_GEO_PRECISE" in labels,
        "complaint_data": "SE_COMPLAINT" in labels,
        "data_combination": combined,
    }
    return frozenset(flag for flag, on in raised.items() if on)


def aims_at_minors(role: str, reading: Facts) -> bool:
    """Say whether an audience that is no exclusion reads SE_MINOR outside a negation."""
    return role != "exclusion" and "SE_MINOR" in reading.positive_labels


def version_flags(role: str, reading: Facts) -> frozenset[str]:
    """Give the risk flags of a segment version, from what its closure reads."""
    minors = frozenset({"minors"}) if aims_at_minors(role, reading) else frozenset()
    return data_flags(reading.labels, reading.domains) | minors
