"""The verbs of objectives: draft, validate, achieve, drop."""

from __future__ import annotations

import datetime as dt
import unicodedata

from django.db import transaction

from governance import clock
from governance.audit import trail
from governance.charter import registry, rules
from governance.charter.choices import Horizon, ObjectiveStatus
from governance.charter.models import Objective
from governance.errors import raise_if, told
from governance.notices import actions as notices
from governance.programmes import actions as programmes
from governance.programmes.models import Programme
from governance.roles import queries as roles
from governance.roles.choices import Role
from governance.roles.rules import Rights
from governance.stakeholders.models import Person

PREFIX = {Horizon.SHORT: "OBJ-S", Horizon.MID: "OBJ-M", Horizon.LONG: "OBJ-L"}


@transaction.atomic
def draft_objective(
    programme: Programme,
    *,
    by: Person,
    horizon: str,
    statement_fr: str,
    statement_en: str = "",
    owner: Person,
    due_on: dt.date,
    code: str | None = None,
) -> Objective:
    """Draft an objective on one horizon, owned by a sponsor, who is told that it waits."""
    programmes.lock(programme)
    statement_fr, statement_en = _typed(statement_fr), _typed(statement_en)
    raise_if(
        rules.objections_to_draft(
            programme,
            Rights.of(by, programme),
            horizon=horizon,
            statement_fr=statement_fr,
            statement_en=statement_en,
            owner=owner,
            owner_is_sponsor=roles.holds(owner, programme, Role.SPONSOR),
            due_on=due_on,
            today=clock.today(),
        )
    )
    with told(rules.CONSTRAINTS):
        objective = Objective.objects.create(
            programme=programme,
            code=code or _next_code(programme, horizon),
            horizon=horizon,
            statement_fr=statement_fr,
            statement_en=statement_en,
            owner=owner,
            due_on=due_on,
        )
    trail.record(
        "objective.drafted",
        by=by,
        about=objective,
        payload={
            "horizon": horizon,
            "fr": statement_fr,
            "en": statement_en,
            "owner": owner.email,
            "due_on": due_on,
        },
    )
    notices.leave(
        [owner],
        event="objective.to_validate",
        about=objective,
        programme=programme,
        facts={"who": str(by), "code": objective.code},
        by=by,
    )
    return objective


def _next_code(programme: Programme, horizon: str) -> str:
    """OBJ-S1, OBJ-S2: counted by horizon. The programme is locked, so nobody takes it meanwhile."""
    prefix = PREFIX[Horizon(horizon)]
    taken = set(
        Objective.objects.filter(programme=programme, code__startswith=prefix).values_list("code", flat=True)
    )
    return next(code for n in range(1, len(taken) + 2) if (code := f"{prefix}{n}") not in taken)


@transaction.atomic
def validate(objective: Objective, *, by: Person) -> Objective:
    """Validate, as a sponsor, an objective that is measured (INV-04)."""
    _lock(objective)
    measured_by = registry.measures_of(objective)
    raise_if(rules.objection_to_validate(objective, Rights.of(by, objective.programme), measured_by))
    objective.status, objective.validated_by, objective.validated_at = (
        ObjectiveStatus.VALIDATED,
        by,
        clock.now(),
    )
    _save(objective, "status", "validated_by", "validated_at")
    trail.record("objective.validated", by=by, about=objective, payload={"measured_by": sorted(measured_by)})
    notices.leave(
        [objective.owner, *roles.holders(objective.programme, Role.CORE_TEAM_LEAD)],
        event="objective.validated",
        about=objective,
        programme=objective.programme,
        facts={"who": str(by), "code": objective.code},
        by=by,
    )
    return objective


@transaction.atomic
def achieve(objective: Objective, *, by: Person) -> Objective:
    """Declare, as a sponsor, that a validated objective is achieved."""
    _lock(objective)
    raise_if(
        rules.objection_to_close(objective, Rights.of(by, objective.programme), ObjectiveStatus.ACHIEVED)
    )
    objective.status = ObjectiveStatus.ACHIEVED
    _save(objective, "status")
    trail.record("objective.achieved", by=by, about=objective)
    return objective


@transaction.atomic
def drop(objective: Objective, *, by: Person, reason: str) -> Objective:
    """Give an objective up, as a sponsor, for a reason; it stays as a record."""
    _lock(objective)
    reason = _typed(reason)
    raise_if(
        rules.objection_to_close(objective, Rights.of(by, objective.programme), ObjectiveStatus.DROPPED)
        or rules.objection_to_reason(reason)
    )
    objective.status = ObjectiveStatus.DROPPED
    _save(objective, "status")
    trail.record("objective.dropped", by=by, about=objective, payload={"reason": reason})
    return objective


def _lock(objective: Objective) -> None:
    """Objectives of one programme change one at a time: the programme's row is what they wait for."""
    programmes.lock(objective.programme)
    objective.refresh_from_db(from_queryset=Objective.objects.select_related("programme", "owner"))


def _save(objective: Objective, *fields: str) -> None:
    objective.version += 1
    objective.save(update_fields=[*fields, "version"])


def _typed(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
