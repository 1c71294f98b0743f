"""What this room tells the registries: what can be governed of a segment, and what can be read of it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from governance import clock
from governance.dossiers.choices import DossierKind
from governance.dossiers.kinds import Kind, register
from governance.dossiers.models import Edition
from governance.reviews import registry
from usecases.segments import queries, wording
from usecases.segments.models import SegmentVersion

register(
    Kind(
        code=DossierKind.SEGMENT,
        label=_("Segment"),
        policy="segment_version",
        url="usecases:segment",
        describe=wording.describe,
    )
)


@registry.out_of_service(DossierKind.SEGMENT)
def versions_that_ended() -> QuerySet[Any]:
    """Versions taken out of use, and those whose validity has passed (L9)."""
    return SegmentVersion.objects.ended(clock.today()).filter(edition__isnull=False).values("edition")


@registry.stands_beside(DossierKind.SEGMENT)
def what_stands_beside_a_version(edition: Edition) -> registry.Beside:
    """What its author says that it changes; how many people it holds, and how long it serves."""
    version = queries.versions(edition.dossier.programme).get(edition=edition)
    known = queries.estimate(version)
    size = gettext("not estimated")
    if known is not None:
        size = gettext("%(size)s, on %(day)s (%(method)s)") % {
            "size": wording.count(known.size),
            "day": wording.day(known.estimated_on),
            "method": known.get_method_display(),
        }
    return registry.Beside(
        change=version.change_summary,
        facts=(
            (gettext("Estimated size"), size),
            (gettext("Valid"), f"{wording.day(version.valid_from)} – {wording.day(version.valid_until)}"),
        ),
    )
