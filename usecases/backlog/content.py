"""What a revision says, facet by facet: what its reviewers sign (decisions.md 4)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from governance.dossiers.choices import Facet
from usecases.catalogue import queries as catalogue
from usecases.kpis.models import KpiTarget
from usecases.segments import segrule

if TYPE_CHECKING:
    from usecases.backlog.queries import Reading


def facets(reading: Reading) -> dict[Facet, Mapping[str, Any]]:
    """Gather the ten facets of a revision, with all it rests on included by value."""
    revision, usecase, facts = reading.revision, reading.usecase, reading.facts
    return {
        Facet.WORDING: {
            "title_fr": revision.title_fr,
            "title_en": revision.title_en,
            "description": revision.description,
            "creative_brief": revision.creative_brief,
        },
        Facet.BUSINESS: {
            "objectives": [
                {"code": one.code, "fr": one.statement_fr, "en": one.statement_en}
                for one in reading.objectives
            ],
            "hypothesis": revision.hypothesis,
            "targets": [_target(target) for target in reading.targets],
            "rice": {
                "reach": usecase.rice_reach,
                "impact": usecase.rice_impact,
                "confidence": usecase.rice_confidence,
                "effort_weeks": usecase.rice_effort_weeks,
            },
            "roadmap": {"start": usecase.roadmap_start, "end": usecase.roadmap_end},
            "budget_eur": revision.budget_eur,
            "scenario_level": revision.scenario_level,
        },
        Facet.AUDIENCE: {"branch": revision.audience_branch, "segments": _segments(reading)},
        Facet.DATA: {
            "attributes": facts.attributes,
            "events": facts.events,
            "sources": facts.sources,
            "labels": facts.labels,
            "identity_types": facts.identities,
        },
        Facet.PRIVACY: {
            "purposes": [
                {"purpose": one.purpose, "legal_basis": one.legal_basis} for one in reading.purposes
            ],
            "retention": revision.retention,
            "recipients": [
                {
                    "organisation": one.organisation.code,
                    "country": one.organisation.country,
                    "transfer_tool": one.transfer_tool,
                }
                for one in reading.recipients
            ],
            "notice_ref": revision.notice_ref,
            "rights_process": revision.rights_process,
        },
        Facet.CHANNEL: {
            "channels": set(revision.channels),
            "destinations": [
                {
                    "code": one.code,
                    "channel": one.channel,
                    "organisation": one.organisation.code,
                    "country": one.country,
                }
                for one in reading.destinations
            ],
        },
        Facet.PRESSURE: {
            "caps": reading.caps,
            "quiet_hours": revision.quiet_hours,
            "priority": revision.priority,
        },
        Facet.JOURNEY: {"journey": reading.document},
        Facet.TECH: {
            "connector_kinds": reading.connector_kinds,
            "latency_needed": revision.latency_needed,
            "expected_volume": revision.expected_volume,
        },
        Facet.TEST: {},
    }


def _segments(reading: Reading) -> list[dict[str, Any]]:
    said = []
    for pin in reading.pins:
        version = pin.segment_version
        fp = version.fp or segrule.version_fingerprint(
            version.document, catalogue.catalogue_of(version.catalogue).fp
        )
        said.append(
            {
                "code": version.segment.code,
                "role": pin.role,
                "fp": fp,
                "apply": pin.apply,
                "channels": sorted(set(pin.channels)),
            }
        )
    return sorted(said, key=lambda one: (one["code"], one["role"], one["fp"]))


def _target(target: KpiTarget) -> dict[str, Any]:
    """A target by value; its figures as text, since a KPI may have six decimals."""
    return {
        "code": target.code,
        "kpi": target.kpi.code,
        "kind": target.kind,
        "baseline": figure(target.baseline),
        "baseline_from": target.baseline_from,
        "baseline_to": target.baseline_to,
        "target": figure(target.target),
        "start_on": target.start_on,
        "horizon_on": target.horizon_on,
        "minimum": figure(target.minimum),
        "maximum": figure(target.maximum),
    }


def figure(value: Decimal | None) -> str:
    """Write a figure without superfluous zeros."""
    return "" if value is None else format(value.normalize(), "f")
