"""Finding people and the interests they declared."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from governance.stakeholders.models import InterestDeclaration, Person


def interests_of(person: Person, on: dt.date) -> set[object]:
    """The organisations in which a person declared an interest that lasts on a day, by key."""
    return set(
        InterestDeclaration.objects.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=on), person=person, starts_on__lte=on
        ).values_list("organisation_id", flat=True)
    )
