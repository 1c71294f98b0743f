"""Writing organisations, people and interests down. Whoever may is asked above, in `roles`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from governance import clock
from governance.accounts.models import User
from governance.audit import trail
from governance.errors import raise_if, told
from governance.stakeholders import rules
from governance.stakeholders.models import InterestDeclaration, Organisation, Person
from governance.stakeholders.queries import name_of


def _stream(programme: trail.Subject | None) -> str:
    """Where it is told: in the chain of the programme it was done for, else in that of accounts."""
    return programme.stream if programme is not None else trail.ACCOUNTS


@transaction.atomic
def add_organisation(
    *,
    by: trail.Actor | None,
    programme: trail.Subject | None,
    code: str,
    name: str,
    kind: str,
    country: str = "FR",
) -> Organisation:
    """Write a company down."""
    raise_if(rules.objection_to_organisation(code, name, kind, country))
    with told(rules.CONSTRAINTS):
        organisation = Organisation.objects.create(code=code, name=name.strip(), kind=kind, country=country)
    trail.record(
        "organisation.added",
        by=by,
        stream=_stream(programme),
        subject=("organisation", code),
        payload={"name": organisation.name, "kind": kind, "country": country},
    )
    return organisation


@transaction.atomic
def add_person(
    *,
    by: trail.Actor | None,
    programme: trail.Subject | None,
    organisation: Organisation,
    department: str,
    display_name: str,
    email: str,
    locale: str = "fr",
    qualified_jurist: bool = False,
) -> Person:
    """Write a person down; an account of that e-mail becomes theirs."""
    raise_if(rules.objection_to_person(organisation, department, display_name, email, locale))
    email = email.strip().lower()
    with told(rules.CONSTRAINTS):
        person = Person.objects.create(
            user=User.objects.filter(email__iexact=email).first(),
            organisation=organisation,
            department=department,
            display_name=display_name.strip(),
            email=email,
            locale=locale,
            qualified_jurist=qualified_jurist,
        )
    trail.record(
        "person.added",
        by=by,
        stream=_stream(programme),
        subject=("person", name_of(email)),
        payload={"email": email, "organisation": organisation.code, "department": department},
    )
    return person


@transaction.atomic
def edit_person(
    person: Person,
    *,
    by: trail.Actor | None,
    programme: trail.Subject | None,
    version: int | None = None,
    **fields: Any,
) -> Person:
    """Change what is known of a person: name, department, language, qualification."""
    person.refresh_from_db(from_queryset=Person.objects.select_for_update(no_key=True))
    raise_if(rules.objection_to_edit_person(person, version, fields))
    for name, value in fields.items():
        setattr(person, name, value)
    person.version += 1
    person.save(update_fields=[*fields, "version"])
    trail.record(
        "person.edited",
        by=by,
        stream=_stream(programme),
        subject=("person", name_of(person.email)),
        payload={"fields": sorted(fields)},
    )
    return person


@transaction.atomic
def leave(person: Person, *, by: trail.Actor | None, programme: trail.Subject | None, on: dt.date) -> Person:
    """Note the day from which a person is no longer there; their roles stop that day."""
    person.refresh_from_db(from_queryset=Person.objects.select_for_update(no_key=True))
    raise_if(rules.objection_to_leave(person))
    person.left_on = on
    person.version += 1
    person.save(update_fields=["left_on", "version"])
    trail.record(
        "person.left",
        by=by,
        stream=_stream(programme),
        subject=("person", name_of(person.email)),
        payload={"on": on},
    )
    return person


@transaction.atomic
def give_account(person: Person, user: User, *, by: trail.Actor | None) -> Person:
    """Let a person sign in with an account of the same e-mail."""
    person.refresh_from_db(from_queryset=Person.objects.select_for_update(no_key=True))
    raise_if(rules.objection_to_give_account(person, user))
    person.user = user
    person.version += 1
    person.save(update_fields=["user", "version"])
    trail.record("person.signs_in", by=by, about=user)
    return person


@transaction.atomic
def declare_interest(
    person: Person,
    *,
    by: trail.Actor | None,
    programme: trail.Subject | None,
    organisation: Organisation,
    nature: str,
    starts_on: dt.date | None = None,
    ends_on: dt.date | None = None,
) -> InterestDeclaration:
    """Declare an interest of a person in an organisation (SOD-14)."""
    start = starts_on or clock.today()
    raise_if(rules.objection_to_declare(nature, start, ends_on))
    declared = InterestDeclaration.objects.create(
        person=person, organisation=organisation, nature=nature.strip(), starts_on=start, ends_on=ends_on
    )
    trail.record(
        "interest.declared",
        by=by,
        stream=_stream(programme),
        subject=("person", name_of(person.email)),
        payload={"organisation": organisation.code, "from": start, "to": ends_on},
    )
    return declared
