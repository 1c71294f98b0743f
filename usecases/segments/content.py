"""What a frozen version says, facet by facet: what its reviewers sign (decisions.md 3 and 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.dossiers.choices import Facet
from usecases.catalogue.snapshot import Catalogue
from usecases.segments import segrule
from usecases.segments.models import SegmentVersion


def facets(
    version: SegmentVersion, reading: segrule.Facts, home: Catalogue
) -> dict[Facet, Mapping[str, Any]]:
    """Gather the facets of a version that rests on what `reading` tells, over this catalogue.

    The fingerprint stands in AUDIENCE and in TECH: another rule, or another catalogue, is read again by
    all who review segments. Its dates and its smallest size are no reviewer's; estimates are in no facet.
    """
    segment = version.segment
    fp = segrule.version_fingerprint(version.document, home.fp)
    return {
        Facet.WORDING: {
            "name_fr": segment.dossier.name_fr,
            "name_en": segment.dossier.name_en,
            "change_summary": version.change_summary,
        },
        Facet.BUSINESS: {
            "valid_from": version.valid_from,
            "valid_until": version.valid_until,
            "min_size": version.min_size,
        },
        Facet.AUDIENCE: {"role": segment.role, "apply": segment.apply, "rule": version.document, "fp": fp},
        Facet.DATA: {
            "attributes": set(reading.attributes),
            "events": set(reading.events),
            "sources": set(reading.sources),
            "labels": set(reading.labels),
            "identity_types": set(version.identity_types),
        },
        Facet.PRIVACY: {"retention": version.retention},
        Facet.TECH: {
            "fp": fp,
            "connector_kinds": {
                home.sources[code].connector_kind for code in reading.sources if code in home.sources
            },
            "refresh": version.refresh,
        },
    }
