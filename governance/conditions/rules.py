"""What stands against promising, proving, verifying and waiving (L12, SOD-11, SOD-13)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from governance import clock
from governance.conditions.choices import MET, ConditionStatus, Severity
from governance.conditions.models import Condition
from governance.dossiers.choices import ReviewFunction
from governance.errors import NotAllowed, NotPossible, NotValid, Refusal
from governance.evidence.models import Evidence
from governance.programmes.models import Programme
from governance.roles import queries as roles
from governance.roles.choices import ROLE_OF, Role
from governance.roles.rights import Rights, not_a_member
from governance.stakeholders.models import Person

TEXT_LENGTH = 2000


@dataclass(frozen=True)
class _Asked:
    """A condition as the rights matrix sees it: that of the function that set it, sponsors for a gate's."""

    function: str


def asked_by(condition: Condition) -> ReviewFunction:
    """The function that set a condition, and checks it; sponsors for a gate's."""
    return ReviewFunction(condition.function or ReviewFunction.SPONSOR)


def objections_to_promise(
    programme: Programme, condition: Mapping[str, Any], *, place: int | None = None
) -> list[Refusal]:
    """Say what is wrong with a condition as described: text, owner, due_on, severity."""
    where = "" if place is None else f"conditions.{place}."
    found: list[Refusal] = []
    text, owner = condition.get("text"), condition.get("owner")
    due_on, severity = condition.get("due_on"), condition.get("severity")
    if not isinstance(text, str) or not text.strip() or len(text) > TEXT_LENGTH:
        found.append(
            NotValid(
                _("Say what is asked, in at most %(length)d characters.") % {"length": TEXT_LENGTH},
                code="missing_text",
                field=f"{where}text",
            )
        )
    if not isinstance(owner, Person):
        found.append(NotValid(_("Say who owes this condition."), code="missing_owner", field=f"{where}owner"))
    elif not roles.people_of(programme).filter(pk=owner.pk).exists():
        found.append(
            NotValid(
                _("%(person)s holds no role in the programme: choose someone who does.") % {"person": owner},
                code="not_a_member",
                field=f"{where}owner",
            )
        )
    if not isinstance(due_on, dt.date):
        found.append(
            NotValid(_("Say when this condition is due."), code="missing_day", field=f"{where}due_on")
        )
    elif due_on < clock.today():
        found.append(
            NotValid(_("A condition is due today or later."), code="past_day", field=f"{where}due_on")
        )
    if severity not in Severity.values:
        found.append(
            NotValid(
                _("Say what this condition holds up."), code="missing_severity", field=f"{where}severity"
            )
        )
    return found


def objection_to_submit_evidence(
    person: Person, condition: Condition, evidence: Collection[Evidence]
) -> list[Refusal]:
    """Say what keeps proofs from being given: by its owner, while it is not met."""
    rights = Rights.of(person, condition.programme)
    if not rights.is_member:
        return [not_a_member()]
    if not condition.belongs_to(person):
        return [
            NotAllowed(
                _("%(person)s owes this condition, and brings the proof.") % {"person": condition.owner},
                code="no_right",
                who_can=[str(condition.owner)],
            )
        ]
    if condition.status in MET:
        return [met_already(condition)]
    if not evidence:
        return [NotValid(_("Choose the proof to give."), code="missing_evidence", field="evidence")]
    if any(each.programme_id != condition.programme_id for each in evidence):
        return [
            NotValid(
                _("There is no such proof in this programme: add it first."),
                code="unknown_evidence",
                field="evidence",
            )
        ]
    return []


def objection_to_verify(person: Person, condition: Condition) -> list[Refusal]:
    """Say what keeps a condition from being found met: the function that set it, never its owner (SOD-11)."""
    found = _objection_to_judge("condition.verify", person, condition)
    return found or (
        [] if condition.status == ConditionStatus.EVIDENCE_SUBMITTED else [no_evidence(condition)]
    )


def objection_to_refuse(person: Person, condition: Condition, reason: str) -> list[Refusal]:
    """Say what keeps proofs from being refused: as for verifying, and with a reason."""
    return objection_to_verify(person, condition) or _objection_to_silence(reason)


def objection_to_waive(person: Person, condition: Condition, reason: str) -> list[Refusal]:
    """Say what keeps a condition from being waived: the function that set it; for a gate's, two sponsors."""
    if person.is_external and Rights.of(person, condition.programme).is_member:
        return [
            NotAllowed(_("Whoever works for an outside organisation waives no condition."), code="SOD-13")
        ]
    found = _objection_to_judge("condition.waive", person, condition) or _objection_to_silence(reason)
    if found or condition.function is not None:
        return found
    voices = list(condition.waiver_voices.select_related("sponsor"))
    if any(voice.sponsor_id == person.pk for voice in voices):
        return [
            NotPossible(
                _("You have spoken for this waiver already: a sponsor of another department is to agree."),
                code="SOD-08",
                who_can=[_("A sponsor of another department")],
            )
        ]
    if any(voice.department == person.department for voice in voices):
        return [two_departments()]
    return []


def _objection_to_judge(action: str, person: Person, condition: Condition) -> list[Refusal]:
    """What judging a condition asks: a member, the function that set it, not its owner, not met yet."""
    rights = Rights.of(person, condition.programme)
    if rights.is_member and condition.belongs_to(person):
        return [owner_does_not_judge(condition)]
    function = asked_by(condition)
    refused = rights.objection(action, _Asked(function))
    if refused is not None:
        if refused.code == "no_right":
            refused.who_can = [ROLE_OF[function].label]
        return [refused]
    return [met_already(condition)] if condition.status in MET else []


def _objection_to_silence(reason: str) -> list[Refusal]:
    if reason.strip():
        return []
    return [
        NotValid(_("Say why: the reason is kept in the journal."), code="reason_required", field="reason")
    ]


def owner_does_not_judge(condition: Condition | None = None) -> Refusal:
    """Whoever owes it does not judge it (SOD-11)."""
    who = [ROLE_OF[asked_by(condition)].label] if condition is not None else []
    return NotAllowed(
        _("You owe this condition: whoever set it says whether it is met."), code="SOD-11", who_can=who
    )


def met_already(condition: Condition | None = None) -> Refusal:
    """What is met stays met."""
    return NotPossible(
        _("This condition is met already."),
        code="met_already",
        since=condition.verified_at if condition is not None else None,
    )


def no_evidence(condition: Condition | None = None) -> Refusal:
    """Nothing proves it yet."""
    who = [str(condition.owner)] if condition is not None else []
    return NotPossible(
        _("No proof waits for your check: whoever owes the condition gives it first."),
        code="no_evidence",
        who_can=who,
    )


def two_departments() -> Refusal:
    """Two sponsors come from two departments (SOD-08)."""
    return NotPossible(
        _(
            "A sponsor of your department has spoken for this waiver: "
            "the other comes from another department."
        ),
        code="SOD-08",
        who_can=[_("A sponsor of another department")],
    )


def not_the_function() -> Refusal:
    """The right was lost meanwhile."""
    return NotAllowed(
        _("Only the function that set a condition says that it is met."),
        code="no_right",
        who_can=[Role.SPONSOR.label],
    )


# What the database says to the loser of a race, in words.
CONSTRAINTS: dict[str, Callable[[], Refusal]] = {
    "one_condition_per_code": lambda: NotPossible(
        _("This code is taken in the programme."), code="duplicate"
    ),
    "condition_written_once": met_already,
    "owner_does_not_verify": owner_does_not_judge,
    "satisfied_on_evidence": no_evidence,
    "met_by_the_function_that_set_it": not_the_function,
    "gate_condition_waived_by_two": two_departments,
    "waived_from_inside": lambda: NotAllowed(_("Nobody from outside waives a condition."), code="SOD-13"),
    "one_waiver_voice_a_department": two_departments,
    "one_waiver_voice_a_person": two_departments,
    "waiver_voice_of_a_sponsor": not_the_function,
}
