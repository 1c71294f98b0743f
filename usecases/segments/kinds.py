"""What this room tells the registries: what can be governed of a segment, and what can be read of it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from governance.dossiers.choices import DossierKind
from governance.dossiers.kinds import Kind, register
from usecases.segments import wording

register(
    Kind(
        code=DossierKind.SEGMENT,
        label=_("Segment"),
        policy="segment_version",
        url="usecases:segment",
        describe=wording.describe,
    )
)
