"""How a gate stands now, what was found when it was submitted, and whether what was decided still holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance import clock, library
from governance.conditions.models import Condition
from governance.errors import Refusal
from governance.gates import registry, rules
from governance.gates.choices import PASSING, CriterionKind, Outcome, ReviewStatus
from governance.gates.coming import LOADED, ROOM_OF
from governance.gates.findings import FAIL, PASS, CriterionFinding, should_score, thawed
from governance.gates.models import (
    Attestation,
    Gate,
    GateCriterion,
    GateDecision,
    GateReview,
    GateReviewQuerySet,
    GateSignature,
    Reopening,
)
from governance.programmes.models import Phase, Programme
from governance.roles.choices import Role
from governance.roles.rules import Rights
from governance.stakeholders.models import Person
from governance.text import in_words

IN_FORCE, LAPSED, SUPERSEDED = "in_force", "lapsed", "superseded"
VOICES = 2  # of sponsors, to take a decision up again (L3)


@dataclass(frozen=True)
class Coming:
    """A criterion whose facts have no room yet: named, with the room it waits for; it counts for nothing."""

    code: str
    text: str
    room: str


@dataclass(frozen=True)
class Readiness:
    """A gate as it stands at the call: each criterion, and which outcomes could be decided."""

    gate: Gate
    as_of: dt.date
    outcomes_offered: list[str]
    refused_outcomes: dict[str, list[Refusal]]
    should_score: Decimal
    criteria: list[CriterionFinding]
    coming: list[Coming]
    review: GateReview | None = None


@dataclass(frozen=True)
class Turn:
    """Where a programme stands among its gates: whose turn it is, which ones are passed."""

    gate: Gate | None
    passed: frozenset[str]
    gates: Sequence[Gate]
    phases: Sequence[Phase]


def turn_of(programme: Programme) -> Turn:
    """Read the gates and phases of a programme, and tell whose turn it is."""
    return _turn(list(_gates([programme])), list(programme.phases.order_by("order")))


def _turn(gates: Sequence[Any], phases: Sequence[Phase]) -> Turn:
    passed = frozenset(gate.code for gate in gates if gate.last is not None and _stands(**gate.last))
    return Turn(rules.ahead(gates, phases, passed), passed, gates, phases)


def _gates(programmes: Iterable[Programme]) -> QuerySet[Any]:
    """The gates of these programmes, in order, each with what was last decided and what waits there."""
    voices = Reopening.objects.filter(decision=OuterRef("pk")).order_by().values("decision")
    counted = Coalesce(Subquery(voices.values(count=Count("pk"))), 0)
    last = GateDecision.objects.filter(review__gate=OuterRef("pk")).order_by("-review__attempt")
    told = last.values(json=JSONObject(outcome="outcome", voices=counted))[:1]
    waiting = GateReview.objects.filter(gate=OuterRef("pk"), status=ReviewStatus.SUBMITTED)
    return (
        Gate.objects.filter(programme__in=programmes)
        .select_related("programme")
        .annotate(last=Subquery(told), is_submitted=Exists(waiting))
    )


def last_decisions(programme: Programme) -> dict[str, GateDecision]:
    """The last decision of each gate, by the gate's code."""
    found = (
        GateDecision.objects.filter(review__gate__programme=programme)
        .select_related("review__gate", "review__dossier")
        .prefetch_related("reopenings")
        .order_by("review__attempt")
    )
    return {decision.review.gate.code: decision for decision in found}


def stands(decision: GateDecision) -> bool:
    """Say whether a decision opened the way and was not taken up again by two sponsors."""
    return _stands(decision.outcome, len(decision.reopenings.all()))


def _stands(outcome: str, voices: int) -> bool:
    return outcome in PASSING and voices < VOICES


def is_taken_up_again(decision: GateDecision) -> bool:
    """Say whether two sponsors asked that a decision be taken up again."""
    return len(decision.reopenings.all()) >= VOICES


def next_gate(programme: Programme) -> Gate | None:
    """The gate whose turn it is, if one is ahead."""
    return turn_of(programme).gate


def gate_of(programme: Programme, code: str) -> Gate | None:
    """One gate of a programme."""
    return Gate.objects.filter(programme=programme, code=code).select_related("programme").first()


def review_under_way(gate: Gate) -> GateReview | None:
    """The attempt in preparation or before the sponsors, if there is one."""
    return _reviews(gate).under_way().first()


def reviews_of(gate: Gate) -> list[GateReview]:
    """Every attempt at a gate, the last one first."""
    return list(_reviews(gate).order_by("-attempt"))


def review_of(gate: Gate, attempt: int) -> GateReview | None:
    """One attempt at a gate."""
    return _reviews(gate).filter(attempt=attempt).first()


def _reviews(gate: Gate) -> GateReviewQuerySet:
    return GateReview.objects.filter(gate=gate).select_related(
        "gate__programme", "edition", "dossier__programme", "prepared_by", "submitted_by", "decision"
    )


def live_signatures(review: GateReview) -> list[GateSignature]:
    """The signatures of an attempt that were not replaced, the first one first."""
    return list(
        review.signatures.filter(replaced_at__isnull=True).select_related("person").order_by("signed_at")
    )


def earlier_fingerprints(review: GateReview) -> list[str]:
    """The fingerprints of what was found at the earlier attempts at the same gate."""
    return list(
        GateReview.objects.filter(
            gate=review.gate_id, attempt__lt=review.attempt, edition__isnull=False
        ).values_list("edition__fp", flat=True)
    )


# --- what is found ------------------------------------------------------------------------------------


def findings(gate: Gate, review: GateReview | None, rights: Rights | None = None) -> list[CriterionFinding]:
    """Take every loaded criterion of a gate as it stands now, in the active language, in two statements.

    What people attested counts for `review`, their attempt, and for no other.
    """
    given = Attestation.objects.filter(review=review.pk) if review else Attestation.objects.none()
    criteria = list(_criteria([gate], given))
    told = registry.read([gate.programme], [each.code for each in criteria])[gate.programme_id]
    preparing = review is not None and review.status == ReviewStatus.PREPARING
    return [_finding(each, gate, told, rights, preparing=preparing) for each in criteria]


def findings_ahead(programmes: Sequence[Programme]) -> dict[UUID, tuple[Gate, list[CriterionFinding]]]:
    """Take the criteria of the gate ahead of each programme as they stand now, in three statements.

    A programme that no gate is ahead of is left out. What people attested counts for the attempt under way.
    """
    phases = Phase.objects.filter(programme=OuterRef("programme")).order_by("order")
    now = ArraySubquery(phases.values(json=JSONObject(kind="kind", status="status")))
    gates: dict[UUID, list[Any]] = {}
    for gate in _gates(programmes).annotate(phases_now=now):
        gates.setdefault(gate.programme_id, []).append(gate)
    ahead: dict[UUID, Gate] = {}
    for key, found in gates.items():
        turn = _turn(found, [Phase(**phase) for phase in found[0].phases_now])
        if turn.gate is not None:
            ahead[key] = turn.gate
    attempts = GateReview.objects.filter(gate=OuterRef(OuterRef("gate"))).counting()
    given = Attestation.objects.filter(review=Subquery(attempts.order_by("-attempt").values("pk")[:1]))
    criteria: dict[UUID, list[GateCriterion]] = {}
    for criterion in _criteria(ahead.values(), given):
        criteria.setdefault(criterion.gate_id, []).append(criterion)
    codes = {each.code for asked in criteria.values() for each in asked}
    told = registry.read([gate.programme for gate in ahead.values()], sorted(codes))
    return {
        key: (gate, [_finding(each, gate, told[key]) for each in criteria.get(gate.pk, [])])
        for key, gate in ahead.items()
    }


def _criteria(gates: Iterable[Gate], given: QuerySet[Attestation]) -> QuerySet[GateCriterion]:
    """The criteria of these gates, by code, each with the last word given on it among these."""
    pairs = Attestation.evidence.through.objects.filter(attestation=OuterRef("pk"))
    proofs = pairs.order_by("evidence__code").values("evidence__code")
    word = JSONObject(
        by=JSONObject(id="by_id", email="by__email", display_name="by__display_name"),
        at="at",
        comment="comment",
        evidence=ArraySubquery(proofs),
    )
    last = given.filter(criterion=OuterRef("pk")).order_by("-at", "-id").values(json=word)[:1]
    return GateCriterion.objects.filter(gate__in=gates).order_by("code").annotate(word=Subquery(last))


def _finding(
    criterion: GateCriterion,
    gate: Gate,
    told: Mapping[registry.Reads, Any],
    rights: Rights | None = None,
    *,
    preparing: bool = False,
) -> CriterionFinding:
    fact = registry.found(criterion.code, gate.programme, told)
    if criterion.kind == CriterionKind.ATTESTED:
        return _attested(criterion, fact, gate, rights, preparing=preparing)
    return _computed(criterion, fact)


def _frame(criterion: GateCriterion) -> dict[str, Any]:
    return {
        "code": criterion.code,
        "text": criterion.text,
        "level": criterion.level,
        "kind": criterion.kind,
        "waivable": criterion.waivable,
        "weight": criterion.weight,
        "attest_role": criterion.attest_role,
        "evidence_required": criterion.evidence_required,
    }


def _in_words(roles: Iterable[Role]) -> list[str]:
    return [registry.said(role.label) for role in roles]


def _computed(criterion: GateCriterion, found: registry.Finding | None) -> CriterionFinding:
    if found is None:
        return CriterionFinding(
            **_frame(criterion),
            outcome=FAIL,
            value="",
            threshold="",
            explanation=_("Nothing in the portal computes this criterion: tell the platform administrators."),
        )
    return CriterionFinding(
        **_frame(criterion),
        outcome=PASS if found.passes else FAIL,
        value=registry.said(found.value),
        threshold=registry.said(found.threshold),
        explanation=registry.said(found.explanation),
        who_can=_in_words(found.who_can),
        roles=found.who_can,
        acts=[registry.said(act) for act in found.acts],
    )


def _attested(
    criterion: Any, fact: registry.Finding | None, gate: Gate, rights: Rights | None, *, preparing: bool
) -> CriterionFinding:
    """An attested criterion passes by a word for this attempt, and by its fact where it asks for one."""
    attester, word = Role(criterion.attest_role), criterion.word
    role = attester.label
    by = Person(**word["by"] | {"id": UUID(word["by"]["id"])}) if word is not None else None
    on = clock.day_of(dt.datetime.fromisoformat(word["at"])) if word is not None else None
    said, missing = [], []
    if on is None:
        said.append(_("Not attested"))
        missing.append(
            _("%(role)s is to attest it for this attempt, with evidence.") % {"role": role}
            if criterion.evidence_required
            else _("%(role)s is to attest it for this attempt.") % {"role": role}
        )
    else:
        said.append(_("Attested by %(person)s on %(day)s") % {"person": by, "day": in_words(on)})
    asked = [
        _("Attested with evidence by: %(role)s") % {"role": role}
        if criterion.evidence_required
        else _("Attested by: %(role)s") % {"role": role}
    ]
    acts = list(fact.acts) if fact is not None and not fact.passes else []
    if word is None and preparing and rights is not None and rights.may("gate.attest", criterion):
        acts.append(
            {
                "label": _("Attest"),
                "url_name": "governance:gate_attest",
                "kwargs": {"programme": gate.programme.code, "code": gate.code, "criterion": criterion.code},
            }
        )
    who = [attester] if word is None else []
    if fact is not None:
        said.append(str(registry.said(fact.value)))
        asked.append(str(registry.said(fact.threshold)))
        if not fact.passes:
            missing.append(str(registry.said(fact.explanation)))
            who += [each for each in fact.who_can if each not in who]
    return CriterionFinding(
        **_frame(criterion),
        outcome=FAIL if missing else PASS,
        value=", ".join(said),
        threshold=", ".join(asked),
        explanation=" ".join(missing) or _("Attested, and nothing is missing."),
        who_can=_in_words(who),
        roles=who,
        acts=[registry.said(act) for act in acts],
        attested_by=by,
        attested_on=on,
        comment=word["comment"] if word is not None else "",
        evidence=word["evidence"] if word is not None else (),
    )


def coming(gate: Gate) -> list[Coming]:
    """The criteria of the library that are not loaded, each with the room it waits for."""
    shipped = next(each for each in library.gates() if each["code"] == gate.code)
    lang = library.language(get_language() or "fr")
    return [
        Coming(each["code"], each[lang], str(ROOM_OF[each["code"]]))
        for each in shipped["criteria"]
        if each["code"] not in LOADED
    ]


def missing_rooms(gate: Gate) -> list[str]:
    """The rooms that the criteria of a gate wait for, once each."""
    return _rooms(coming(gate))


def _rooms(waited: Iterable[Coming]) -> list[str]:
    return list(dict.fromkeys(each.room for each in waited))


def readiness(of: Programme | Gate, *, rights: Rights | None = None) -> Readiness:
    """Compute how a gate stands: of a programme, the one whose turn it is.

    Raises LookupError for a programme that no gate is ahead of. With `rights`, the acts that the reader
    may do are among those told.
    """
    gate = of if isinstance(of, Gate) else next_gate(of)
    if gate is None:
        raise LookupError("no gate is ahead")
    # as `counting_review`, without all that the page of a gate shows of it
    review = GateReview.objects.filter(gate=gate).counting().order_by("-attempt").first()
    return standing_of(gate, findings(gate, review, rights), review)


def counting_review(gate: Gate) -> GateReview | None:
    """The attempt that counts for a gate: the one under way, else the last that passed it."""
    return _reviews(gate).counting().order_by("-attempt").first()


def standing_of(gate: Gate, found: list[CriterionFinding], review: GateReview | None) -> Readiness:
    """What a set of findings allows today."""
    today = clock.today()
    refused: dict[str, list[Refusal]] = {}
    waited = coming(gate)
    empty = rules.objection_to_loaded(gate, len(found), _rooms(waited))
    for outcome in Outcome.values:
        against = [empty] if empty else rules.objections_to_outcome(outcome, found, today=today)
        if against:
            refused[outcome] = against
    return Readiness(
        gate=gate,
        as_of=today,
        outcomes_offered=[outcome for outcome in Outcome.values if outcome not in refused],
        refused_outcomes=refused,
        should_score=should_score(found),
        criteria=found,
        coming=waited,
        review=review,
    )


def frozen_findings(review: GateReview, lang: str | None = None) -> list[CriterionFinding]:
    """What was found when an attempt was submitted, in the reader's language; nothing before that."""
    if review.edition is None:
        return []
    found = thawed(review.edition.facet("FINDINGS"), lang or library.language(get_language() or "fr"))
    attested = Person.objects.filter(email__in={one.attested_by for one in found if one.attested_by})
    people = {person.email: person for person in attested}
    return [replace(one, attested_by=people.get(one.attested_by, one.attested_by)) for one in found]


def frozen_standing(review: GateReview) -> Readiness:
    """What the findings submitted allow: that is what sponsors decide on."""
    return standing_of(review.gate, frozen_findings(review), review)


# --- what holds of what was decided -------------------------------------------------------------------


def conditions_of(decision: GateDecision) -> list[Condition]:
    """The conditions of a decision, by code."""
    return list(decision.conditions.select_related("owner").order_by("code"))


def decision_standing(decision: GateDecision, on: dt.date | None = None) -> str:
    """Say how a decision stands on a day: in_force, lapsed or superseded (L3)."""
    later = GateDecision.objects.filter(
        review__gate=decision.review.gate_id, review__attempt__gt=decision.review.attempt
    )
    return _standing(decision, later.exists(), lapsed_for(decision, on or clock.today()))


def _standing(decision: GateDecision, has_later: bool, late: Sequence[Condition]) -> str:
    """A decision gives way to a later one at its gate, or to two sponsors; else it lapses, or holds."""
    if has_later or (decision.passes and is_taken_up_again(decision)):
        return SUPERSEDED
    return LAPSED if late else IN_FORCE


@dataclass(frozen=True)
class Decided:
    """A decision as it stands on a day (L3), with the conditions for which it lapses."""

    decision: GateDecision
    standing: str
    late: list[Condition]

    @property
    def gate(self) -> Gate:
        """The gate that was decided."""
        return self.decision.review.gate


def decisions_of(programme: Programme, on: dt.date | None = None) -> list[Decided]:
    """Every decision at the gates of a programme as it stands on a day, the newest first."""
    decided = (
        GateDecision.objects.filter(review__gate__programme=programme)
        .select_related("review__gate__programme", "first__person", "second__person")
        .prefetch_related(
            Prefetch("conditions", Condition.objects.select_related("owner").order_by("code")), "reopenings"
        )
        .order_by("-decided_at")
    )
    found, seen = [], set()
    for decision in decided:
        late = rules.lapses(decision.conditions.all(), on or clock.today(), clock.day_of)
        found.append(Decided(decision, _standing(decision, decision.review.gate_id in seen, late), late))
        seen.add(decision.review.gate_id)
    return found


def lapsed_for(decision: GateDecision, on: dt.date) -> list[Condition]:
    """The conditions for which a decision lapses on a day; none while it holds."""
    return rules.lapses(conditions_of(decision), on, clock.day_of)


def held_by(gate: Gate) -> GateDecision | None:
    """The hold under which a gate stands: its last decision, unless two sponsors ended it."""
    decision = (
        GateDecision.objects.filter(review__gate=gate)
        .prefetch_related("reopenings")
        .order_by("-review__attempt")
        .first()
    )
    if decision is None or decision.outcome != Outcome.HOLD or is_taken_up_again(decision):
        return None
    return decision
