"""What this room tells the registries: what can be governed of a use case, and what can be read of it."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from governance.dossiers.choices import DossierKind, Facet
from governance.dossiers.kinds import Kind, register
from governance.dossiers.models import Dossier, Edition
from governance.reviews import registry
from governance.stakeholders.models import Person
from usecases.backlog import actions, facts, wording
from usecases.backlog.models import UseCase
from usecases.kpis.registry import owned_by
from usecases.segments.registry import on_estimate

register(
    Kind(
        code=DossierKind.USE_CASE,
        label=_("Use case"),
        policy="usecase_revision",
        url="usecases:usecase",
        describe=wording.describe,
    )
)
registry.on_approved(DossierKind.USE_CASE)(actions.follow_approval)
registry.on_rejected(DossierKind.USE_CASE)(actions.follow_rejection)
on_estimate(actions.follow_estimate)


@registry.also_blocking(DossierKind.USE_CASE)
def blocking_questions(edition: Edition) -> Collection[str]:
    """Make SP-05 blocking for a first revision that starts at level 2 (INV-20)."""
    return facts.also_blocking(int(edition.facet(Facet.BUSINESS).get("scenario_level", 1)), edition.number)


@owned_by(DossierKind.USE_CASE)
def owns_the_use_case(dossier: Dossier, person: Person) -> bool:
    """Say whether a person owns the use case of a dossier, and may set its targets."""
    return UseCase.objects.filter(dossier=dossier, owner=person).exists()
