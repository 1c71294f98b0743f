"""Founding a programme: its frame, first sponsor, gates, catalogue and KPI definitions, in one act."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from governance.gates import actions as gates
from governance.programmes.models import Programme
from governance.roles import actions as roles
from governance.stakeholders.models import Person
from usecases.catalogue import actions as catalogue
from usecases.kpis import actions as kpis


@transaction.atomic
def found(*, by: Person, sponsor: Person, **frame: Any) -> Programme:
    """Create a programme and its first sponsor, and load what it starts from.

    `frame` is that of `roles.actions.found_programme`. Raises its refusals: only a platform administrator
    founds, never as her own sponsor (SOD-12).
    """
    programme = roles.found_programme(by=by, sponsor=sponsor, **frame)
    gates.load(programme, by=by)
    catalogue.load_template(programme, by=by)
    kpis.load_definitions(programme, by=by)
    return programme
