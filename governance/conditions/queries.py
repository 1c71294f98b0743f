"""Conditions to be read: whose turn it is, what is overdue."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet

from governance import clock
from governance.conditions.choices import ConditionStatus
from governance.conditions.models import Condition
from governance.programmes.models import Programme
from governance.roles.choices import FUNCTION_OF, Role
from governance.roles.rights import Rights
from governance.stakeholders.models import Person


def of_programme(programme: Programme) -> QuerySet[Condition]:
    """The conditions of a programme with what a list shows of them."""
    return Condition.objects.filter(programme=programme).select_related("owner", "verified_by", "programme")


def owed_by(person: Person, programme: Programme | None = None) -> QuerySet[Condition]:
    """The unmet conditions that a person owes, the first due first."""
    found = Condition.objects.unmet().filter(owner=person)
    return (found if programme is None else found.filter(programme=programme)).select_related(
        "programme", "owner"
    )


def to_verify(rights: Rights) -> QuerySet[Condition]:
    """The conditions whose proof waits for a person's check: those their functions set, but their own."""
    asked = Q(
        function__in=[FUNCTION_OF[Role(role)].value for role in rights.roles if Role(role) in FUNCTION_OF]
    )
    if Role.SPONSOR in rights.roles:
        asked |= Q(function__isnull=True)
    return (
        of_programme(rights.programme)
        .filter(asked, status=ConditionStatus.EVIDENCE_SUBMITTED)
        .exclude(owner=rights.person)
    )


def overdue(programme: Programme, on: dt.date | None = None) -> QuerySet[Condition]:
    """The unmet conditions of a programme that are past their day."""
    return of_programme(programme).overdue(on or clock.today())  # type: ignore[attr-defined, no-any-return]
