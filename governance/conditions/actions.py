"""The life of a condition (L12): promised, proved, verified or waived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from governance import clock
from governance.audit import trail
from governance.conditions import rules
from governance.conditions.choices import ConditionStatus, Severity
from governance.conditions.models import Condition, WaiverVoice
from governance.dossiers.choices import ReviewFunction
from governance.errors import raise_if, told
from governance.evidence.models import Evidence
from governance.notices import actions as notices
from governance.programmes.actions import number
from governance.programmes.models import Programme
from governance.roles import queries as roles
from governance.roles.choices import Role
from governance.stakeholders.models import Person

PREFIX = "COND"
LIVING = ["status", "verified_by", "verified_at", "waiver_reason", "version"]


@transaction.atomic
def promise(
    programme: Programme,
    *,
    by: Person,
    text: str,
    owner: Person,
    due_on: dt.date,
    severity: str,
    function: str | None = None,
    criterion: str = "",
    code: str | None = None,
) -> Condition:
    """Write a condition down: what, by whom, by when. The verb that calls heeds who may set it."""
    raise_if(
        rules.objections_to_promise(
            programme, {"text": text, "owner": owner, "due_on": due_on, "severity": severity}
        )
    )
    with told(rules.CONSTRAINTS):
        condition = Condition.objects.create(
            programme=programme,
            code=number(programme, PREFIX, code=code),
            criterion=criterion,
            function=ReviewFunction(function) if function is not None else None,
            text=text.strip(),
            owner=owner,
            due_on=due_on,
            severity=Severity(severity),
            set_at=clock.now(),
        )
    trail.record(
        "condition.set",
        by=by,
        about=condition,
        payload={
            "text": condition.text,
            "owner": owner.email,
            "due_on": due_on,
            "severity": condition.severity,
            "function": condition.function,
            "criterion": criterion,
        },
    )
    _tell(condition, "condition.created", [owner], by=by)
    return condition


@transaction.atomic
def submit_evidence(
    condition: Condition, evidence: Iterable[Evidence] | Evidence, *, by: Person
) -> Condition:
    """Give the proof that a condition is met: it waits for the check of whoever set it."""
    _lock(condition)
    proofs = [evidence] if isinstance(evidence, Evidence) else list(evidence)
    raise_if(rules.objection_to_submit_evidence(by, condition, proofs))
    condition.evidence.add(*proofs)
    _move(condition, ConditionStatus.EVIDENCE_SUBMITTED)
    trail.record(
        "condition.evidence",
        by=by,
        about=condition,
        payload={
            "evidence": sorted(proof.code for proof in proofs),
            "digests": sorted(proof.sha256 for proof in proofs),
        },
    )
    _tell(
        condition, "condition.evidence", roles.holders(condition.programme, rules.asked_by(condition)), by=by
    )
    return condition


@transaction.atomic
def verify(condition: Condition, *, by: Person) -> Condition:
    """Find a condition met, on its proof."""
    _lock(condition)
    raise_if(rules.objection_to_verify(by, condition))
    _move(condition, ConditionStatus.SATISFIED, verified_by=by, verified_at=clock.now())
    trail.record("condition.satisfied", by=by, about=condition)
    _tell(condition, "condition.satisfied", [condition.owner, *_leads(condition)], by=by)
    return condition


@transaction.atomic
def refuse(condition: Condition, *, by: Person, reason: str) -> Condition:
    """Refuse the proof given: the condition is open again."""
    _lock(condition)
    raise_if(rules.objection_to_refuse(by, condition, reason))
    _move(condition, ConditionStatus.OPEN)
    trail.record("condition.evidence_refused", by=by, about=condition, payload={"reason": reason.strip()})
    _tell(condition, "condition.refused", [condition.owner], by=by, reason=reason.strip())
    return condition


@transaction.atomic
def waive(condition: Condition, *, by: Person, reason: str) -> Condition:
    """Waive a condition; for a gate's, the first sponsor proposes and one of another department waives."""
    _lock(condition)
    raise_if(rules.objection_to_waive(by, condition, reason))
    said = reason.strip()
    if condition.function is None:
        with told(rules.CONSTRAINTS):
            WaiverVoice.objects.create(
                condition=condition, sponsor=by, department=by.department, reason=said, at=clock.now()
            )
        if condition.waiver_voices.count() < 2:
            trail.record("condition.waiver_proposed", by=by, about=condition, payload={"reason": said})
            return condition
    _move(condition, ConditionStatus.WAIVED, verified_by=by, verified_at=clock.now(), waiver_reason=said)
    trail.record("condition.waived", by=by, about=condition, payload={"reason": said})
    _tell(condition, "condition.waived", [condition.owner, *_leads(condition)], by=by, reason=said)
    return condition


def tell_overdue() -> int:
    """Tell, once each, the conditions that became overdue; say how many were."""
    today, count = clock.today(), 0
    overdue = Condition.objects.overdue(today).select_related("programme", "owner__user")
    for condition in overdue:
        with transaction.atomic():
            people = [
                condition.owner,
                *roles.holders(condition.programme, Role.SPONSOR, Role.DMP_OPERATOR),
            ]
            _tell(condition, "condition.overdue", people, once=f"condition.overdue {condition.pk}")
        count += 1
    return count


def _lock(condition: Condition) -> None:
    condition.refresh_from_db(
        from_queryset=Condition.objects.select_for_update(no_key=True, of=("self",)).select_related(
            "programme", "owner__user"
        )
    )


def _move(condition: Condition, status: ConditionStatus, **fields: Any) -> None:
    condition.status = status
    for name, value in fields.items():
        setattr(condition, name, value)
    condition.version += 1
    with told(rules.CONSTRAINTS):
        condition.save(update_fields=LIVING)


def _leads(condition: Condition) -> list[Person]:
    return roles.holders(condition.programme, Role.CORE_TEAM_LEAD)


def _tell(
    condition: Condition,
    event: str,
    people: Iterable[Person],
    *,
    by: Person | None = None,
    once: str | None = None,
    reason: str = "",
) -> None:
    notices.leave(
        people,
        event=event,
        about=condition,
        programme=condition.programme,
        by=by,
        once=once,
        facts={
            "who": str(by) if by is not None else "",
            "what": condition.code,
            "text": condition.text,
            "due": condition.due_on,
            "severity": condition.severity,
            "reason": reason,
        },
    )
