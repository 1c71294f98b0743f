"""Finding people and the interests they declared."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet

from governance.stakeholders.models import InterestDeclaration, Person


def name_of(email: str) -> str:
    """How events name a person: by what stands before the @ of the e-mail."""
    return email.split("@")[0][:48]


def named(*names: str) -> QuerySet[Person]:
    """Those whose e-mail is one of these names, or has one before its @."""
    asked = Q(pk__in=[])
    for name in names:
        asked |= Q(email__iexact=name) if "@" in name else Q(email__istartswith=f"{name}@")
    return Person.objects.filter(asked)


def interests_of(person: Person, on: dt.date) -> set[object]:
    """The organisations in which a person declared an interest that lasts on a day, by key."""
    return set(
        InterestDeclaration.objects.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=on), person=person, starts_on__lte=on
        ).values_list("organisation_id", flat=True)
    )
