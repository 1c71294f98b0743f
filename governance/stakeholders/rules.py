"""What stands against writing organisations, people and interests down."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from governance.accounts.models import User
from governance.errors import NotPossible, NotValid, Refusal, Stale
from governance.stakeholders.choices import Department, OrganisationKind
from governance.stakeholders.models import Organisation, Person

LOCALES = ("fr", "en")
EDITABLE = frozenset({"display_name", "department", "locale", "qualified_jurist"})


def objection_to_organisation(code: str, name: str, kind: str, country: str) -> list[Refusal]:
    """Say what is wrong with an organisation as described."""
    found: list[Refusal] = []
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9-]{1,15}", code):
        found.append(
            NotValid(
                _("Give a code of 2 to 16 capitals, digits and hyphens, as ORG-ABC."),
                code="malformed_code",
                field="code",
            )
        )
    elif Organisation.objects.filter(code=code).exists():
        found.append(code_taken())
    if not name.strip() or len(name.strip()) > 120:
        found.append(NotValid(_("Give a name of at most 120 characters."), code="missing_name", field="name"))
    if kind not in OrganisationKind.values:
        found.append(
            NotValid(_("Choose what kind of organisation it is."), code="unknown_kind", field="kind")
        )
    if not re.fullmatch(r"[A-Z]{2}", country):
        found.append(
            NotValid(_("Give the country in two capitals, as FR."), code="unknown_country", field="country")
        )
    return found


def objection_to_person(
    organisation: Organisation, department: str, display_name: str, email: str, locale: str
) -> list[Refusal]:
    """Say what is wrong with a person as described."""
    found = _objections_to_fields({"display_name": display_name, "department": department, "locale": locale})
    if department in Department.values and (department == Department.EXTERNAL) == organisation.is_internal:
        found.append(
            NotValid(
                _("People of outside organisations are in the department “External”, and only they."),
                code="wrong_department",
                field="department",
            )
        )
    try:
        validate_email(email.strip())
        if not re.fullmatch(
            r"[\w.+-]+@[\w.-]+", email.strip(), re.ASCII
        ):  # it is a part of addresses of pages
            raise ValidationError("")
    except ValidationError:
        found.append(
            NotValid(
                _("“%(email)s” is not an e-mail address: write one as name@domain.") % {"email": email},
                code="malformed_email",
                field="email",
            )
        )
    else:
        if Person.objects.filter(email__iexact=email.strip()).exists():
            found.append(email_taken())
    return found


def objection_to_edit_person(person: Person, version: int | None, fields: Mapping[str, Any]) -> list[Refusal]:
    """Say what keeps a person's record from being changed so."""
    if version is not None and version != person.version:
        return [Stale(_("This person was changed meanwhile: read it again, then save."), code="stale")]
    unknown = sorted(set(fields) - EDITABLE)
    if unknown:
        return [NotValid(_("This cannot be changed here."), code="unknown_field", field=unknown[0])]
    return _objections_to_fields(fields)


def objection_to_leave(person: Person) -> Refusal | None:
    """Say what keeps a person from being noted as gone."""
    if person.left_on is not None:
        return NotPossible(_("%(person)s is already noted as gone.") % {"person": person}, code="wrong_state")
    return None


def objection_to_give_account(person: Person, user: User) -> Refusal | None:
    """Say what keeps an account from being this person's."""
    if person.user_id is not None:
        return NotPossible(
            _("%(person)s has an account already.") % {"person": person}, code="account_exists"
        )
    if user.email.lower() != person.email.lower():
        return NotValid(
            _("The account and the person must have the same e-mail address."),
            code="another_email",
            field="email",
        )
    return None


def objection_to_declare(nature: str, starts_on: dt.date, ends_on: dt.date | None) -> list[Refusal]:
    """Say what is wrong with a declaration of interest."""
    found: list[Refusal] = []
    if not nature.strip():
        found.append(NotValid(_("Say what the interest is."), code="missing_text", field="nature"))
    if ends_on is not None and ends_on < starts_on:
        found.append(
            NotValid(_("The last day cannot come before the first."), code="empty_period", field="ends_on")
        )
    return found


def _objections_to_fields(fields: Mapping[str, Any]) -> list[Refusal]:
    found: list[Refusal] = []
    if "display_name" in fields and not 0 < len(fields["display_name"].strip()) <= 80:
        found.append(
            NotValid(_("Give a name of at most 80 characters."), code="missing_name", field="display_name")
        )
    if "department" in fields and fields["department"] not in Department.values:
        found.append(NotValid(_("Choose a department."), code="unknown_department", field="department"))
    if "locale" in fields and fields["locale"] not in LOCALES:
        found.append(NotValid(_("Choose French or English."), code="unknown_language", field="locale"))
    return found


def code_taken() -> Refusal:
    """The code names another organisation."""
    return NotPossible(_("This code is taken: choose another one."), code="code_taken", field="code")


def email_taken() -> Refusal:
    """The e-mail names someone else."""
    return NotPossible(
        _("Someone has this e-mail address already: look for them in the list of people."),
        code="email_taken",
        field="email",
    )


CONSTRAINTS: dict[str, Callable[[], Refusal]] = {
    "stakeholders_organisation_code_key": code_taken,
    "stakeholders_person_email_key": email_taken,
    "one_person_per_email": email_taken,
}
