"""Gates: how they stand now, attempts at them, attestations and decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from rest_framework import serializers

from governance.api.base import (
    Body,
    Day,
    Objection,
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
from governance.conditions.choices import Severity
from governance.errors import Refusal
from governance.evidence import queries as evidence_queries
from governance.gates import actions, queries
from governance.gates.choices import Outcome
from governance.gates.findings import CriterionFinding
from governance.gates.models import Gate, GateDecision, GateReview
from governance.gates.queries import Readiness


# ---------------------------------------------------------------- gates
class GateShape(Shape):
    """A decision point between phases."""

    code = serializers.CharField()
    name = serializers.CharField()
    order = serializers.IntegerField()
    from_phase = serializers.CharField(allow_null=True)
    to_phase = serializers.CharField(allow_null=True)
    ahead = serializers.BooleanField(help_text="Whether it is its turn.")
    passed = serializers.BooleanField()


class ActShape(Shape):
    """Something that would help, and the page on which it is done."""

    label = serializers.CharField()  # type: ignore[assignment]
    url = serializers.CharField()


class CriterionShape(Shape):
    """One criterion as it stands."""

    code = serializers.CharField()
    text = serializers.CharField()
    level = serializers.ChoiceField(["must", "should"])
    kind = serializers.ChoiceField(["computed", "attested"])
    waivable = serializers.BooleanField()
    weight = serializers.IntegerField(allow_null=True)
    outcome = serializers.ChoiceField(["pass", "fail"])
    value = serializers.JSONField()
    threshold = serializers.JSONField()
    explanation = serializers.CharField()
    who_can = serializers.ListField(child=serializers.CharField())
    acts = ActShape(many=True)
    attested_by = serializers.CharField(allow_null=True)
    attested_on = serializers.CharField(allow_null=True)
    comment = serializers.CharField()
    evidence = serializers.ListField(child=serializers.CharField())


class ComingShape(Shape):
    """A criterion that counts for nothing until its room is there."""

    code = serializers.CharField()
    text = serializers.CharField()
    room = serializers.CharField()


class RefusedOutcome(Shape):
    """An outcome that could not be decided now, and why."""

    outcome = serializers.CharField()
    objections = Objection(many=True)


class ReadinessShape(Shape):
    """A gate as it stands at the call."""

    gate = serializers.CharField()
    as_of = serializers.CharField()
    attempt = serializers.IntegerField(allow_null=True)
    outcomes_offered = serializers.ListField(child=serializers.CharField())
    refused_outcomes = RefusedOutcome(many=True)
    should_score = serializers.DecimalField(max_digits=6, decimal_places=4, coerce_to_string=False)
    criteria = CriterionShape(many=True)
    coming = ComingShape(many=True)


def objection_of(one: Refusal) -> dict[str, Any]:
    """One reason."""
    return {
        "code": one.code,
        "detail": str(one.detail),
        "field": one.field,
        "who_can": [str(who) for who in one.who_can],
        "since": one.since,
    }


def criterion_of(found: CriterionFinding) -> dict[str, Any]:
    """One criterion as it stands, or as it stood."""
    return {
        "code": found.code,
        "text": found.text,
        "level": found.level,
        "kind": found.kind,
        "waivable": found.waivable,
        "weight": found.weight,
        "outcome": found.outcome,
        "value": found.value,
        "threshold": found.threshold,
        "explanation": found.explanation,
        "who_can": [str(who) for who in found.who_can],
        "acts": [
            {"label": str(act["label"]), "url": reverse(act["url_name"], kwargs=act["kwargs"])}
            for act in found.acts
        ],
        "attested_by": getattr(found.attested_by, "email", found.attested_by),
        "attested_on": found.attested_on,
        "comment": found.comment,
        "evidence": list(found.evidence),
    }


def readiness_of(ready: Readiness) -> dict[str, Any]:
    """A gate as it stands."""
    return {
        "gate": ready.gate.code,
        "as_of": ready.as_of,
        "attempt": ready.review.attempt if ready.review is not None else None,
        "outcomes_offered": ready.outcomes_offered,
        "refused_outcomes": [
            {"outcome": outcome, "objections": [objection_of(one) for one in against]}
            for outcome, against in ready.refused_outcomes.items()
        ],
        "should_score": ready.should_score,
        "criteria": [criterion_of(one) for one in ready.criteria],
        "coming": [{"code": one.code, "text": one.text, "room": one.room} for one in ready.coming],
    }


class Gates(ProgrammeEndpoint):
    """The gates of a programme."""

    @operation(GateShape, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the gates, in order."""
        turn = queries.turn_of(self.programme)
        return self.page(list(turn.gates), each(lambda gate: gate_of(gate, turn)))


def gate_of(gate: Gate, turn: queries.Turn) -> dict[str, Any]:
    """A gate, and whether it is its turn."""
    return {
        "code": gate.code,
        "name": gate.name,
        "order": gate.order,
        "from_phase": gate.from_phase,
        "to_phase": gate.to_phase,
        "ahead": turn.gate is not None and turn.gate.pk == gate.pk,
        "passed": gate.code in turn.passed,
    }


class GateEndpoint(ProgrammeEndpoint):
    """What is about one gate."""

    gate: Gate
    find_in_gate: Callable[..., None] = lambda _self: None  # what the address names of it

    def find(self, *, code: str, **address: Any) -> None:
        """Find the gate, then what is named of it."""
        self.gate = self.found(queries.gate_of(self.programme, code))
        self.find_in_gate(**address)


class OneGate(GateEndpoint):
    """One gate."""

    @operation(GateShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read a gate."""
        return gate_of(self.gate, queries.turn_of(self.programme))


class GateReadiness(GateEndpoint):
    """Where a gate stands."""

    @operation(ReadinessShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Compute, now, each criterion and which outcomes could be decided."""
        return readiness_of(queries.readiness(self.gate, rights=self.rights))


class Resuming(Body):
    """Why a hold ends before its day."""

    reason = Text(2000)


class ReopeningShape(Shape):
    """One sponsor's word that a decision be taken up again; the second one does it."""

    by = PersonShape()
    department = serializers.CharField()
    reason = serializers.CharField()
    signed_at = serializers.CharField()
    voices = serializers.IntegerField()


class ResumeGate(GateEndpoint):
    """The end of a hold."""

    @operation(ReopeningShape, asks=Resuming, verb="gate.resume")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Ask, as a sponsor, that a hold end before its day; the second voice ends it."""
        return _voice(
            actions.resume(self.gate, by=self.me, reason=asked["reason"], reauth_age_s=self.reauth_age_s())
        )


def _voice(voice: Any) -> dict[str, Any]:
    voice.refresh_from_db(fields=["signed_at"])
    return {
        "by": person_of(voice.person),
        "department": voice.department,
        "reason": voice.reason,
        "signed_at": voice.signed_at,
        "voices": voice.decision.reopenings.count(),
    }


class ReopenPhase(ProgrammeEndpoint):
    """The reopening of a closed phase."""

    def find(self, *, kind: str) -> None:
        """Find the phase."""
        self.phase = self.found(self.programme.phases.select_related("programme").filter(kind=kind).first())

    @operation(ReopeningShape, asks=Reason, verb="phase.reopen")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Ask, as a sponsor, that a closed phase be reopened; the second voice does it."""
        age = self.reauth_age_s()
        return _voice(actions.reopen_phase(self.phase, by=self.me, reason=asked["reason"], reauth_age_s=age))


# ---------------------------------------------------------------- attempts
class GateSignatureShape(Shape):
    """One sponsor's decision."""

    person = PersonShape()
    department = serializers.CharField()
    outcome = serializers.CharField()
    terms_fp = serializers.CharField()
    signed_at = serializers.CharField()
    replaced_at = serializers.CharField(allow_null=True)


class GateDecisionShape(Shape):
    """What two sponsors decided."""

    outcome = serializers.CharField()
    rationale = serializers.CharField()
    effective_on = serializers.CharField()
    revisit_on = serializers.CharField(allow_null=True)
    should_score = serializers.DecimalField(max_digits=6, decimal_places=4, coerce_to_string=False)
    conditions = serializers.ListField(child=serializers.CharField())
    standing = serializers.ChoiceField(["in_force", "lapsed", "superseded"])


class GateReviewRow(Shape):
    """An attempt at a gate, in a list."""

    gate = serializers.CharField()
    attempt = serializers.IntegerField()
    status = serializers.CharField()
    prepared_by = PersonShape()
    submitted_by = PersonShape(allow_null=True)
    submitted_at = serializers.CharField(allow_null=True)
    outcome = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()


class GateReviewShape(GateReviewRow):
    """An attempt: what was found when it was submitted, who signed what, what was decided.

    `fingerprint` names the findings: it comes back with each signature.
    """

    fingerprint = serializers.CharField(allow_null=True)
    outcomes_offered = serializers.ListField(child=serializers.CharField())
    criteria = CriterionShape(many=True)
    signatures = GateSignatureShape(many=True)
    decision = GateDecisionShape(allow_null=True)


def _decision_made(review: GateReview) -> GateDecision | None:
    return getattr(review, "decision", None)


def review_row(review: GateReview) -> dict[str, Any]:
    """An attempt, in a list."""
    decision = _decision_made(review)
    return {
        "gate": review.gate.code,
        "attempt": review.attempt,
        "status": review.status,
        "prepared_by": person_of(review.prepared_by),
        "submitted_by": person_of(review.submitted_by),
        "submitted_at": review.submitted_at,
        "outcome": decision.outcome if decision is not None else None,
        "version": review.version,
    }


def review_told(review: GateReview) -> dict[str, Any]:
    """An attempt with its findings, live until it is submitted."""
    decision, edition = _decision_made(review), review.edition
    ready = (
        queries.frozen_standing(review)
        if edition is not None
        else queries.standing_of(review.gate, queries.findings(review.gate, review), review)
    )
    return {
        **review_row(review),
        "fingerprint": edition.fp if edition is not None else None,
        "outcomes_offered": ready.outcomes_offered,
        "criteria": [criterion_of(one) for one in ready.criteria],
        "signatures": [
            {
                "person": person_of(one.person),
                "department": one.department,
                "outcome": one.outcome,
                "terms_fp": one.terms_fp,
                "signed_at": one.signed_at,
                "replaced_at": one.replaced_at,
            }
            for one in review.signatures.select_related("person").order_by("signed_at")
        ],
        "decision": decision
        and {
            "outcome": decision.outcome,
            "rationale": decision.rationale,
            "effective_on": decision.effective_on,
            "revisit_on": decision.revisit_on,
            "should_score": decision.should_score,
            "conditions": [one.code for one in queries.conditions_of(decision)],
            "standing": queries.decision_standing(decision),
        },
    }


class GateReviews(GateEndpoint):
    """The attempts at a gate."""

    key = "attempt"

    @operation(GateReviewRow, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the attempts, the last one first."""
        return self.page(queries.reviews_of(self.gate), each(review_row))

    @operation(GateReviewShape, status=201, verb="gate.prepare")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Open a new attempt at the gate whose turn it is."""
        return review_told(actions.prepare(self.gate, by=self.me))


class AttemptEndpoint(GateEndpoint):
    """What is about one attempt."""

    review: GateReview

    def find_in_gate(self, *, attempt: int) -> None:
        """Find the attempt."""
        self.review = self.found(queries.review_of(self.gate, attempt))

    def told_again(self) -> dict[str, Any]:
        """The attempt as it is after an act."""
        return review_told(self.found(queries.review_of(self.gate, self.review.attempt)))


class OneGateReview(AttemptEndpoint):
    """One attempt."""

    @operation(GateReviewShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read an attempt."""
        return review_told(self.review)


class Attesting(Body):
    """One's word on a criterion."""

    criterion = Text(8)
    comment = Text(4000, required=False, allow_blank=True)
    evidence = serializers.ListField(child=Text(16), required=False, max_length=20)


class AttestGate(AttemptEndpoint):
    """A word on a criterion."""

    @operation(GateReviewShape, asks=Attesting, verb="gate.attest")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Attest a criterion, for this attempt, in the role that it names."""
        self.interactive()
        criterion = self.named(
            self.gate.criteria.select_related("gate"), "criterion", code=asked["criterion"]
        )
        codes = asked.get("evidence", [])
        pieces = [evidence_queries.readable(self.programme, code, self.rights) for code in codes]
        proofs = [piece for piece in pieces if piece is not None]
        if len(proofs) < len(pieces):
            raise unknown("evidence")
        actions.attest(self.review, criterion, by=self.me, comment=asked.get("comment", ""), evidence=proofs)
        return self.told_again()


class SubmitGate(AttemptEndpoint):
    """The submission of an attempt."""

    @operation(GateReviewShape, versioned=True, verb="gate.submit")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Freeze the findings and put the gate before the sponsors."""
        self.expects(self.review, lock=self.programme)
        actions.submit(self.review, by=self.me)
        return self.told_again()


class WithdrawGate(AttemptEndpoint):
    """The withdrawal of an attempt."""

    @operation(GateReviewShape, asks=Reason, versioned=True, verb="gate.withdraw")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Take a submitted gate back from the sponsors."""
        self.expects(self.review, lock=self.programme)
        actions.withdraw(self.review, by=self.me, reason=asked["reason"])
        return self.told_again()


class GateConditionIn(Body):
    """What would make up for a criterion."""

    criterion = Text(8)
    text = Text(4000)
    owner = serializers.EmailField(max_length=254)
    due_on = Day()
    severity = serializers.ChoiceField(Severity.choices, required=False)


class Deciding(Body):
    """What a sponsor signs, on the findings of this fingerprint."""

    shown = ("status", "signatures", "decision", "version")
    outcome = serializers.ChoiceField(Outcome.choices)
    rationale = Text(4000)
    conditions = GateConditionIn(many=True, required=False)
    revisit_on = Day(required=False, allow_null=True)
    fingerprint = Text(
        71, required=False, allow_blank=True, help_text="Of the findings that were read: 428 without."
    )


class SignGate(AttemptEndpoint):
    """A sponsor's decision."""

    @operation(GateReviewShape, asks=Deciding, verb="gate.decide")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Sign what is decided; the second signature of equal terms decides. Never a token's act."""
        age = self.reauth_age_s()
        conditions = [
            {**one, "owner": self.someone(one["owner"], "conditions")} for one in asked.pop("conditions", [])
        ]
        actions.sign(
            self.review,
            by=self.me,
            conditions=conditions,
            fingerprint=asked.pop("fingerprint", None),
            reauth_age_s=age,
            **asked,
        )
        return self.told_again()
