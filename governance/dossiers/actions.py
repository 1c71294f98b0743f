"""Opening a dossier and freezing its editions: plain writers, called by the verbs of the rooms above."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from governance import canonical, clock
from governance.dossiers import queries
from governance.dossiers.choices import ClosedAs, Facet, ReviewFunction
from governance.dossiers.models import Dossier, Edition, EditionAuthor, EditionRequirement, EditionScope
from governance.errors import NotPossible, Refusal, told
from governance.programmes.models import Programme
from governance.stakeholders.models import Person


class Asked(Protocol):
    """What a function owes an edition: the requirement that the policies resolve."""

    @property
    def minimum(self) -> int:
        """How many signatures."""

    @property
    def days(self) -> int:
        """How long each holds."""

    @property
    def sla(self) -> int:
        """In how many business days it is due."""

    @property
    def after(self) -> Iterable[str]:
        """The functions that sign before."""

    @property
    def checklist(self) -> Iterable[str]:
        """The lists of questions to answer."""

    @property
    def policies(self) -> Iterable[str]:
        """The policies that ask for it."""


def _taken() -> Refusal:
    return NotPossible(_("This code is taken in the programme. Choose another."), code="duplicate")


def _frozen() -> Refusal:
    return NotPossible(
        _("This edition was frozen by someone else meanwhile. Load the page again."), code="INV-17"
    )


@transaction.atomic
def open_dossier(programme: Programme, *, kind: str, code: str, name_fr: str, name_en: str = "") -> Dossier:
    """Open the dossier of a thing that will be governed. The verb that calls records the event."""
    with told({"one_dossier_per_code": _taken}):
        return Dossier.objects.create(
            programme=programme, kind=kind, code=code, name_fr=name_fr, name_en=name_en
        )


@transaction.atomic
def rename(dossier: Dossier, *, name_fr: str, name_en: str = "") -> Dossier:
    """Give a dossier the names of what it is about. The verb that calls records the event."""
    Dossier.objects.filter(pk=dossier.pk).update(name_fr=name_fr, name_en=name_en, version=F("version") + 1)
    dossier.refresh_from_db(fields=["name_fr", "name_en", "version"])
    return dossier


@transaction.atomic
def freeze(
    dossier: Dossier,
    *,
    number: int,
    facets: Mapping[Any, Mapping[str, Any]],
    authors: Iterable[Person],
    by: Person,
    requirements: Mapping[str, Asked],
    watched: Mapping[str, Iterable[str]],
    flags: Iterable[str] = (),
    size: int | None = None,
) -> Edition:
    """Write an edition once: its ten facets, the scopes of all functions, its authors, what is required.

    `facets` holds canonical values; a facet left out says nothing. `watched` tells the facets of each
    function. Raises NotCanonical for a value without canonical form, KeyError for an unknown facet.
    """
    Dossier.objects.select_for_update(no_key=True).get(pk=dossier.pk)
    said = canonical.plain({Facet(name).value: value for name, value in facets.items()})
    content = canonical.content(
        {"dossier": dossier.reference, "number": number, "kind": dossier.kind, "facets": said}
    )
    fps = queries.fps_of(said)
    with told({"one_edition_per_number": _frozen, "edition_written_once": _frozen}):
        edition = Edition.objects.create(
            dossier=dossier,
            number=number,
            content=content,
            flags=sorted(set(flags)),
            size=size,
            submitted_by=by,
            submitted_at=clock.now(),
        )
        EditionAuthor.objects.bulk_create(
            EditionAuthor(edition=edition, person=person) for person in dict.fromkeys(authors)
        )
        EditionScope.objects.bulk_create(
            EditionScope(
                edition=edition,
                function=function,
                fp=queries.scope_fp(dossier, function, fps, watched[function]),
            )
            for function in ReviewFunction.values
        )
        EditionRequirement.objects.bulk_create(
            EditionRequirement(
                edition=edition,
                function=function,
                minimum=asked.minimum,
                days=asked.days,
                sla=asked.sla,
                after=list(asked.after),
                checklist=list(asked.checklist),
                policies=list(asked.policies),
            )
            for function, asked in requirements.items()
        )
    edition.refresh_from_db(fields=["fp"])
    return edition


@transaction.atomic
def freeze_findings(
    dossier: Dossier, *, number: int, findings: Mapping[str, Any], authors: Iterable[Person], by: Person
) -> Edition:
    """Write the edition of a gate review once: what was found, under one name; no function signs it."""
    Dossier.objects.select_for_update(no_key=True).get(pk=dossier.pk)
    content = {
        "dossier": dossier.reference,
        "number": number,
        "kind": dossier.kind,
        "facets": {"FINDINGS": findings},
    }
    with told({"one_edition_per_number": _frozen}):
        edition = Edition.objects.create(
            dossier=dossier,
            number=number,
            content=canonical.content(content),
            submitted_by=by,
            submitted_at=clock.now(),
        )
        EditionAuthor.objects.bulk_create(
            EditionAuthor(edition=edition, person=person) for person in dict.fromkeys(authors)
        )
    edition.refresh_from_db(fields=["fp"])
    return edition


@transaction.atomic
def close(edition: Edition, *, as_: ClosedAs) -> Edition:
    """Close an edition that is no longer in review. The verb that calls records the event."""
    Dossier.objects.select_for_update(no_key=True).get(pk=edition.dossier_id)
    edition.closed_at, edition.closed_as = clock.now(), ClosedAs(as_)
    with told({"edition_written_once": _closed_already, "approved_edition_stays": _approved}):
        Edition.objects.filter(pk=edition.pk).update(closed_at=edition.closed_at, closed_as=edition.closed_as)
    return edition


def _closed_already() -> Refusal:
    return NotPossible(_("This edition is closed already."), code="not_in_review")


def _approved() -> Refusal:
    return NotPossible(
        _("This edition was approved: it stays. Open a new draft to change the content."), code="approved"
    )
