"""What this room tells the registries: what can be governed of a use case, and what can be read of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from governance import library
from governance.dossiers.choices import DossierKind, Facet
from governance.dossiers.kinds import Kind, register
from governance.dossiers.models import Dossier, Edition
from governance.reviews import registry
from governance.stakeholders.models import Person
from usecases.backlog import actions, facts, wording
from usecases.backlog.choices import ENDED
from usecases.backlog.models import UseCase, UseCasePurpose, UseCaseRevision
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


@registry.out_of_service(DossierKind.USE_CASE)
def use_cases_that_ended() -> QuerySet[Any]:
    """Revisions of use cases that were stopped or retired (L7)."""
    return Edition.objects.filter(dossier__use_case__status__in=ENDED).values("pk")


@registry.stands_beside(DossierKind.USE_CASE)
def what_stands_beside_revisions(editions: Sequence[Edition]) -> dict[UUID, registry.Beside]:
    """What its author says that each changes, and the balances of interests on which its purposes rest."""
    balanced = (
        UseCasePurpose.objects.filter(lia_evidence__isnull=False)
        .select_related("lia_evidence__added_by", "lia_evidence__superseded_by")
        .order_by("purpose")
    )
    found = UseCaseRevision.objects.filter(edition__in=[edition.pk for edition in editions]).prefetch_related(
        Prefetch("purposes", balanced)
    )
    lang = get_language() or "fr"
    return {
        revision.edition_id: registry.Beside(
            change=revision.change_summary,
            proofs=tuple(
                registry.Proof(
                    Facet.PRIVACY,
                    gettext("Balance of interests for “%(purpose)s”")
                    % {"purpose": library.term("purposes", one.purpose, lang)},
                    one.lia_evidence,
                )
                for one in revision.purposes.all()
                if one.lia_evidence is not None
            ),
        )
        for revision in found
        if revision.edition_id is not None
    }


@owned_by(DossierKind.USE_CASE)
def owns_the_use_case(dossier: Dossier, person: Person) -> bool:
    """Say whether a person owns the use case of a dossier, and may set its targets."""
    return UseCase.objects.filter(dossier=dossier, owner=person).exists()
