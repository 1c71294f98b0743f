"""Conditions to be read: whose turn it is, what is overdue."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from governance import clock
from governance.conditions.models import Condition
from governance.programmes.models import Programme


def of_programme(programme: Programme) -> QuerySet[Condition]:
    """The conditions of a programme with what a list shows of them."""
    return Condition.objects.filter(programme=programme).select_related("owner", "verified_by", "programme")


def overdue(programme: Programme, on: dt.date | None = None) -> QuerySet[Condition]:
    """The unmet conditions of a programme that are past their day."""
    return of_programme(programme).overdue(on or clock.today())  # type: ignore[attr-defined, no-any-return]
