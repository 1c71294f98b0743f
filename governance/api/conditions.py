"""Conditions: what was promised, by whom, by when; proved, verified, waived."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from governance import clock
from governance.api.base import (
    Body,
    PersonShape,
    ProgrammeEndpoint,
    Shape,
    Text,
    each,
    operation,
    person_of,
    unknown,
)
from governance.api.people import Reason
from governance.conditions import actions, queries
from governance.conditions.choices import ConditionStatus, Severity
from governance.conditions.models import Condition
from governance.evidence import queries as evidence_queries


class ConditionShape(Shape):
    """An obligation. `function` is null for a gate's."""

    code = serializers.CharField()
    text = serializers.CharField()
    function = serializers.CharField(allow_null=True)
    criterion = serializers.CharField()
    owner = PersonShape()
    due_on = serializers.CharField()
    severity = serializers.CharField()
    status = serializers.CharField()
    overdue = serializers.BooleanField()
    evidence = serializers.ListField(child=serializers.CharField())
    verified_by = PersonShape(allow_null=True)
    verified_at = serializers.CharField(allow_null=True)
    waiver_reason = serializers.CharField()
    version = serializers.IntegerField()


def condition_of(one: Condition) -> dict[str, Any]:
    """An obligation; its evidence is at hand."""
    return {
        "code": one.code,
        "text": one.text,
        "function": one.function,
        "criterion": one.criterion,
        "owner": person_of(one.owner),
        "due_on": one.due_on,
        "severity": one.severity,
        "status": one.status,
        "overdue": one.is_overdue(clock.today()),
        "evidence": sorted(piece.code for piece in one.evidence.all()),
        "verified_by": person_of(one.verified_by),
        "verified_at": one.verified_at,
        "waiver_reason": one.waiver_reason,
        "version": one.version,
    }


class ConditionFilters(Body):
    """Which conditions."""

    status = serializers.ChoiceField(ConditionStatus.choices, required=False)
    severity = serializers.ChoiceField(Severity.choices, required=False)
    owner = serializers.CharField(max_length=254, required=False)
    overdue = serializers.BooleanField(required=False, default=None, allow_null=True)


class Conditions(ProgrammeEndpoint):
    """The conditions of a programme."""

    @operation(ConditionShape, filters=ConditionFilters, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the conditions, the first due first."""
        rows = queries.of_programme(self.programme).prefetch_related("evidence")
        overdue = asked.pop("overdue", None)
        if overdue is not None:
            late = Condition.objects.filter(programme=self.programme).overdue(clock.today()).values("pk")
            rows = rows.filter(pk__in=late) if overdue else rows.exclude(pk__in=late)
        if owner := asked.pop("owner", None):
            rows = rows.filter(owner__email__iexact=owner)
        return self.page(rows.filter(**asked).order_by("due_on", "code"), each(condition_of))


class ConditionEndpoint(ProgrammeEndpoint):
    """What is about one condition."""

    condition: Condition

    def find(self, *, code: str) -> None:
        """Find the condition."""
        self.condition = self.found(queries.of_programme(self.programme).filter(code=code).first())


class OneCondition(ConditionEndpoint):
    """One condition."""

    @operation(ConditionShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read a condition."""
        return condition_of(self.condition)


class Proofs(Body):
    """The codes of what proves it."""

    evidence = serializers.ListField(child=Text(16), min_length=1, max_length=20)


class Satisfy(ConditionEndpoint):
    """The proof of a condition."""

    @operation(ConditionShape, asks=Proofs, versioned=True, verb="condition.evidence")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Give the proof that a condition is met: it waits for the check of whoever set it."""
        self.expects(self.condition)
        pieces = [evidence_queries.readable(self.programme, code, self.rights) for code in asked["evidence"]]
        proofs = [piece for piece in pieces if piece is not None]
        if len(proofs) < len(pieces):
            raise unknown("evidence")
        return condition_of(actions.submit_evidence(self.condition, proofs, by=self.me))


class Verify(ConditionEndpoint):
    """The check of a condition."""

    @operation(ConditionShape, versioned=True, verb="condition.verify")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Find a condition met, on its proof; never by its owner."""
        self.interactive()
        self.expects(self.condition)
        return condition_of(actions.verify(self.condition, by=self.me))


class Refuse(ConditionEndpoint):
    """The check of a condition."""

    @operation(ConditionShape, asks=Reason, versioned=True, verb="condition.refuse")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Refuse the proof given: the condition is open again."""
        self.interactive()
        self.expects(self.condition)
        return condition_of(actions.refuse(self.condition, by=self.me, reason=asked["reason"]))


class Waive(ConditionEndpoint):
    """The waiver of a condition."""

    @operation(ConditionShape, asks=Reason, versioned=True, verb="condition.waive")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Waive a condition; for a gate's, the second sponsor, of another department, does."""
        self.interactive()
        self.expects(self.condition)
        return condition_of(actions.waive(self.condition, by=self.me, reason=asked["reason"]))
