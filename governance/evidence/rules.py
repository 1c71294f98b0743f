"""What stands against adding, superseding and reading evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from governance.errors import NotPossible, NotValid, Refusal
from governance.evidence.choices import Confidentiality, EvidenceKind, Outcome
from governance.evidence.models import Evidence
from governance.stakeholders.choices import Department
from governance.stakeholders.models import Person

MOST_BYTES = 10 * 1024 * 1024

# domain.md 4; `open` and `internal` are read by membership, `commercial` also by procurement.
READERS: dict[str, frozenset[str]] = {
    Confidentiality.COMMERCIAL: frozenset({"sponsor", "core_team_lead", "consultant"}),
    Confidentiality.SECURITY_SENSITIVE: frozenset(
        {"security_reviewer", "technical_reviewer", "dpo", "core_team_lead"}
    ),
    Confidentiality.RESTRICTED: frozenset(
        {
            "sponsor",
            "core_team_lead",
            "legal_reviewer",
            "dpo",
            "security_reviewer",
            "technical_reviewer",
        }
    ),
}


class Reader(Protocol):
    """What one person is in a programme, as `roles.rules.Rights` tells it."""

    @property
    def person(self) -> Person:
        """Who reads."""

    @property
    def held(self) -> Collection[str]:
        """The roles held today."""

    @property
    def is_member(self) -> bool:
        """Whether any role is held, with an account that is open."""

    @property
    def interests(self) -> Collection[Any]:
        """The organisations in which an interest was declared."""


def may_read(reader: Reader, evidence: Evidence) -> bool:
    """Say whether this person may open a piece of evidence of the programme these rights are about."""
    if not reader.is_member:
        return False
    if evidence.added_by_id == reader.person.pk or "auditor" in reader.held:
        return True
    level = evidence.confidentiality
    if level == Confidentiality.OPEN:
        return True
    if level == Confidentiality.INTERNAL:
        return not reader.person.is_external
    roles = READERS[level] & set(reader.held)
    if level == Confidentiality.COMMERCIAL:
        if reader.person.department == Department.PROCUREMENT:
            return True
        if roles == {"consultant"}:
            return not reader.interests
    return bool(roles)


def objections_to_add(
    *,
    title: str,
    kind: str,
    data: bytes | None,
    url: str,
    outcome: str,
    tested_on: dt.date | None,
    confidentiality: str,
    today: dt.date,
) -> list[Refusal]:
    """Say what is wrong with a piece of evidence as given."""
    found: list[Refusal] = []
    if not 0 < len(title) <= 160:
        found.append(
            NotValid(_("Give a title of at most 160 characters."), code="missing_title", field="title")
        )
    for field, value, known in (
        ("kind", kind, EvidenceKind.values),
        ("confidentiality", confidentiality, Confidentiality.values),
        ("outcome", outcome, ["", *Outcome.values]),
    ):
        if value not in known:
            found.append(NotValid(_("Choose one of the terms offered."), code="unknown_kind", field=field))
    if not data and not url:
        found.append(NotValid(_("Attach a file, or give an address."), code="missing_evidence", field="file"))
    if data is not None and len(data) > MOST_BYTES:
        found.append(
            NotValid(
                _("The file is too big: ten megabytes at most."), code="too_big", field="file", status=413
            )
        )
    if url and not _is_address(url):
        found.append(
            NotValid(
                _("This is no address: write one as https://domain/page."),
                code="malformed_address",
                field="url",
            )
        )
    if kind == EvidenceKind.CONSENT_TEST and (not outcome or tested_on is None):
        found.append(
            NotValid(
                _("A consent test says how it ended and on which day it was made."),
                code="missing_test",
                field="outcome",
            )
        )
    if tested_on is not None and tested_on > today:
        found.append(NotValid(_("A test is not made in the future."), code="future_date", field="tested_on"))
    return found


def _is_address(url: str) -> bool:
    try:
        URLValidator(schemes=["http", "https"])(url)
    except ValidationError:
        return False
    return len(url) <= 200


def objection_to_supersede(old: Evidence, new: Evidence) -> Refusal | None:
    """Say why one piece cannot supersede the other (INV-15)."""
    if old.superseded_by_id is not None:
        return superseded_already()
    if new.pk == old.pk or new.programme_id != old.programme_id or new.superseded_by_id is not None:
        return NotPossible(
            _("Evidence is superseded by another piece of the same programme, itself in force."),
            code="INV-15",
        )
    return None


def superseded_already() -> Refusal:
    """What was superseded stays so."""
    return NotPossible(_("This evidence was superseded already: it stays as it is."), code="INV-15")


def code_taken() -> Refusal:
    """The code names another piece."""
    return NotPossible(
        _("This code is taken in the programme. Choose another."), code="duplicate", field="code"
    )


CONSTRAINTS: dict[str, Callable[[], Refusal]] = {
    "one_evidence_per_code": code_taken,
    "evidence_superseded_once": superseded_already,
    "evidence_superseded_by_another": superseded_already,
}
