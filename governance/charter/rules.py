"""What stands against drafting, validating, achieving and dropping an objective."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from django.utils.translation import gettext_lazy as _

from governance.charter.choices import Horizon, ObjectiveStatus
from governance.charter.models import Objective
from governance.errors import NotPossible, NotValid, Refusal
from governance.programmes.models import Programme
from governance.roles.choices import Role
from governance.roles.rules import Rights
from governance.stakeholders.models import Person

LONGEST = 1000


def objections_to_draft(
    programme: Programme,
    rights: Rights,
    *,
    horizon: str,
    statement_fr: str,
    statement_en: str,
    owner: Person,
    owner_is_sponsor: bool,
    due_on: dt.date,
    today: dt.date,
) -> Refusal | list[Refusal] | None:
    """Say what keeps an objective from being drafted so."""
    refused = rights.objection("objective.edit")
    if refused is not None:
        return refused
    found: list[Refusal] = []
    if horizon not in Horizon.values:
        found.append(NotValid(_("Choose one of the three horizons."), code="unknown_kind", field="horizon"))
    if not 0 < len(statement_fr) <= LONGEST or len(statement_en) > LONGEST:
        found.append(
            NotValid(
                _("Write the objective in French, in at most %(most)s characters.") % {"most": LONGEST},
                code="missing_text",
                field="statement_fr",
            )
        )
    if not owner_is_sponsor:
        found.append(
            NotValid(
                _("%(owner)s is not a sponsor of this programme: an objective is owned by one.")
                % {"owner": owner},
                code="not_a_sponsor",
                field="owner",
                who_can=[Role.SPONSOR.label],
            )
        )
    if due_on <= today:
        found.append(NotValid(_("An objective is due on a day to come."), code="past_date", field="due_on"))
    return found


def objection_to_validate(objective: Objective, rights: Rights, measured_by: Sequence[str]) -> Refusal | None:
    """Say what keeps an objective from being validated (INV-04)."""
    refused = rights.objection("objective.validate", objective)
    if refused is not None:
        return refused
    if objective.status != ObjectiveStatus.DRAFT:
        return _not_from(objective)
    if not measured_by:
        return NotPossible(
            _("Nothing measures this objective yet: set a KPI target with a baseline and a horizon first."),
            code="INV-04",
            who_can=[Role.CORE_TEAM_LEAD.label],
        )
    return None


def objection_to_close(objective: Objective, rights: Rights, status: str) -> Refusal | None:
    """Say what keeps an objective from being declared achieved, or dropped."""
    refused = rights.objection("objective.validate", objective)
    if refused is not None:
        return refused
    from_ = (
        {ObjectiveStatus.VALIDATED}
        if status == ObjectiveStatus.ACHIEVED
        else {ObjectiveStatus.DRAFT, ObjectiveStatus.VALIDATED}
    )
    return None if objective.status in from_ else _not_from(objective)


def objection_to_reason(reason: str) -> Refusal | None:
    """Ask why an objective is given up."""
    if 0 < len(reason) <= LONGEST:
        return None
    return NotValid(
        _("Say why, in at most %(most)s characters: it is told with the act.") % {"most": LONGEST},
        code="missing_reason",
        field="reason",
    )


def _not_from(objective: Objective) -> Refusal:
    return NotPossible(
        _("This objective is “%(state)s”: this is not possible from there.")
        % {"state": objective.get_status_display()},
        code="wrong_state",
    )


def code_taken() -> Refusal:
    """The code names another objective."""
    return NotPossible(
        _("This code is taken in the programme. Choose another."), code="duplicate", field="code"
    )


CONSTRAINTS: dict[str, Callable[[], Refusal]] = {"one_objective_per_code": code_taken}
