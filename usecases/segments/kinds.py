"""What this room tells the registries: what can be governed of a segment, and what can be read of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from governance import clock
from governance.dossiers.choices import DossierKind
from governance.dossiers.kinds import Kind, register
from governance.dossiers.models import Edition
from governance.reviews import registry
from usecases.segments import queries, wording
from usecases.segments.models import SegmentVersion, SizeEstimate

register(
    Kind(
        code=DossierKind.SEGMENT,
        label=_("Segment"),
        policy="segment_version",
        url="usecases:segment",
        describe=wording.describe,
        title="name",
    )
)


@registry.out_of_service(DossierKind.SEGMENT)
def versions_that_ended() -> QuerySet[Any]:
    """Versions taken out of use, and those whose validity has passed (L9)."""
    return SegmentVersion.objects.ended(clock.today()).filter(edition__isnull=False).values("edition")


@registry.stands_beside(DossierKind.SEGMENT)
def what_stands_beside_versions(editions: Sequence[Edition]) -> dict[UUID, registry.Beside]:
    """What its author says that each changes; how many people it holds, and how long it serves."""
    programme = editions[0].dossier.programme
    found: Any = (
        queries.versions(programme)
        .filter(edition__in=[edition.pk for edition in editions])
        .annotate(known=queries.last_estimate("pk"))
    )
    return {
        version.edition_id: registry.Beside(
            change=version.change_summary,
            facts=(
                (gettext("Estimated size"), _size(queries.estimated(version.known))),
                (
                    gettext("Valid"),
                    f"{wording.day(version.valid_from)} – {wording.day(version.valid_until)}",
                ),
            ),
        )
        for version in found
    }


def _size(known: SizeEstimate | None) -> str:
    if known is None:
        return gettext("not estimated")
    return gettext("%(size)s, on %(day)s (%(method)s)") % {
        "size": wording.count(known.size),
        "day": wording.day(known.estimated_on),
        "method": known.get_method_display(),
    }
