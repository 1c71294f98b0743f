"""The verbs of gates: load, prepare, attest, submit, withdraw, decide, and take a decision up again.

Every verb locks the programme first, then the dossier of the attempt, before it writes: whoever signs at
the same moment waits here, and nowhere else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import override

from governance import clock, library
from governance.audit import trail
from governance.audit.models import Event
from governance.conditions import actions as conditions_
from governance.dossiers import actions as dossiers
from governance.dossiers.choices import ClosedAs, DossierKind
from governance.dossiers.models import Dossier
from governance.errors import raise_if, told
from governance.evidence.models import Evidence
from governance.gates import queries, rules
from governance.gates.choices import Outcome, ReviewStatus
from governance.gates.coming import LOADED
from governance.gates.findings import (
    CriterionFinding,
    blocking,
    failing_shoulds,
    fingerprint,
    frozen,
    should_score,
)
from governance.gates.models import (
    Attestation,
    Gate,
    GateCondition,
    GateCriterion,
    GateDecision,
    GateReview,
    GateSignature,
    Reopening,
)
from governance.gates.rules import Terms
from governance.notices import actions as notices
from governance.programmes import actions as programmes
from governance.programmes.choices import PhaseKind, PhaseStatus, ProgrammeStatus
from governance.programmes.models import Phase, Programme
from governance.roles import queries as roles
from governance.roles.choices import ROLE_OF, Role
from governance.roles.rules import Rights, objection_to_old_proof
from governance.stakeholders.models import Person

LAPSED, RESTORED = "gate.lapsed", "gate.restored"


@transaction.atomic
def load(programme: Programme, *, by: Person | None = None) -> list[Gate]:
    """Copy the gates of the library into a programme, with the criteria whose facts have a room."""
    programmes.lock(programme)
    gates = []
    for order, shipped in enumerate(library.gates()):
        gate = Gate.objects.create(
            programme=programme,
            code=shipped["code"],
            order=order,
            name_fr=shipped["fr"],
            name_en=shipped["en"],
            from_phase=_phase_kind(shipped["from_phase"]),
            to_phase=_phase_kind(shipped["to_phase"]),
        )
        GateCriterion.objects.bulk_create(
            GateCriterion(
                gate=gate,
                code=asked["code"],
                text_fr=asked["fr"],
                text_en=asked["en"],
                kind=asked["kind"],
                level=asked["level"],
                waivable=asked.get("waivable", False),
                weight=asked.get("weight"),
                attest_role=asked.get("attest_role", ""),
                evidence_required=asked.get("evidence", False),
            )
            for asked in shipped["criteria"]
            if asked["code"] in LOADED
        )
        gates.append(gate)
    trail.record("gates.loaded", by=by, about=programme, payload={"criteria": sorted(LOADED)})
    return gates


def _phase_kind(code: str | None) -> str | None:
    """The phase of the library; the way out of the programme leads from any, which is none in particular."""
    return code if code in PhaseKind.values else None


@transaction.atomic
def prepare(gate: Gate, *, by: Person) -> GateReview:
    """Open a new attempt at the gate whose turn it is. A hold whose day has come ends with it."""
    programme = programmes.lock(gate.programme)
    turn = queries.turn_of(programme)
    held = queries.held_by(gate)
    raise_if(
        rules.objection_to_prepare(
            gate,
            Rights.of(by, programme),
            turn=turn.gate,
            passed=gate.code in turn.passed,
            held=held,
            under_way=queries.review_under_way(gate),
            today=clock.today(),
        )
    )
    phase = _phase(turn.phases, gate.from_phase)
    attempt = (gate.reviews.aggregate(last=Max("attempt"))["last"] or 0) + 1
    with told(rules.CONSTRAINTS):
        dossier = dossiers.open_dossier(
            programme,
            kind=DossierKind.GATE_REVIEW,
            code=f"{gate.code}-{attempt}",
            name_fr=gate.name_fr,
            name_en=gate.name_en,
        )
        review = GateReview.objects.create(gate=gate, attempt=attempt, dossier=dossier, prepared_by=by)
    if phase is not None and phase.status == PhaseStatus.ON_HOLD:
        programmes.change_phase(phase, PhaseStatus.OPEN, by=by)
    trail.record("gate.prepared", by=by, about=review, payload={"gate": gate.code, "attempt": attempt})
    return review


@transaction.atomic
def attest(
    review: GateReview,
    criterion: GateCriterion,
    *,
    by: Person,
    comment: str = "",
    evidence: Iterable[Evidence] = (),
) -> Attestation:
    """Give one's word on a criterion, for this attempt, with its proofs; a later word counts in its place."""
    _lock(review)
    proofs = list(evidence)
    raise_if(
        rules.objection_to_attest(review, criterion, Rights.of(by, review.gate.programme), evidence=proofs)
    )
    with told(rules.CONSTRAINTS):
        attestation = Attestation.objects.create(
            review=review, criterion=criterion, by=by, comment=rules.typed(comment)
        )
        attestation.evidence.set(proofs)
    attestation.refresh_from_db(fields=["at"])
    trail.record(
        "gate.attested",
        by=by,
        about=review,
        payload={"criterion": criterion.code, "evidence": sorted(each.code for each in proofs)},
    )
    return attestation


@transaction.atomic
def submit(review: GateReview, *, by: Person) -> GateReview:
    """Take the findings, freeze them as an edition, and put the gate before the sponsors."""
    programme = programmes.lock(review.gate.programme)
    _lock(review)
    gate, turn = review.gate, queries.turn_of(programme)
    raise_if(
        rules.objection_to_submit(
            review,
            Rights.of(by, programme),
            turn=turn.gate,
            passed=gate.code in turn.passed,
            loaded=gate.criteria.count(),
            rooms=queries.missing_rooms(gate),
        )
    )
    review.edition = dossiers.freeze_findings(
        review.dossier,
        number=review.attempt,
        findings=frozen(_found(review, "fr"), _found(review, "en")),
        authors=[review.prepared_by, by],
        by=by,
    )
    review.status, review.submitted_by, review.submitted_at = ReviewStatus.SUBMITTED, by, clock.now()
    with told(rules.CONSTRAINTS):
        _save(review, "edition", "status", "submitted_by", "submitted_at")
    trail.record(
        "gate.submitted",
        by=by,
        about=review,
        after=review.edition.fp,
        payload={
            "gate": gate.code,
            "attempt": review.attempt,
            **_outcomes(queries.frozen_findings(review, "fr")),
        },
    )
    phase = _phase(turn.phases, gate.from_phase)
    if phase is not None and phase.status == PhaseStatus.OPEN:
        programmes.change_phase(phase, PhaseStatus.GATE_PENDING, by=by)
    notices.leave(
        roles.holders(programme, Role.SPONSOR, *ROLE_OF.values()),
        event="gate.submitted",
        about=review,
        programme=programme,
        facts=_facts(review, by),
        by=by,
    )
    return review


@transaction.atomic
def withdraw(review: GateReview, *, by: Person, reason: str) -> GateReview:
    """Take a submitted gate back from the sponsors; its phase is open again, its findings stay a record."""
    programme = programmes.lock(review.gate.programme)
    _lock(review)
    raise_if(
        rules.objection_to_withdraw(review, Rights.of(by, programme)) or rules.objection_to_reason(reason)
    )
    signers = [signature.person for signature in queries.live_signatures(review)]
    review.status = ReviewStatus.WITHDRAWN
    with told(rules.CONSTRAINTS):
        _save(review, "status")
    if review.edition is not None:
        dossiers.close(review.edition, as_=ClosedAs.WITHDRAWN)
    trail.record("gate.withdrawn", by=by, about=review, payload={"reason": rules.typed(reason)})
    phase = _phase(queries.turn_of(programme).phases, review.gate.from_phase)
    if phase is not None and phase.status == PhaseStatus.GATE_PENDING:
        programmes.change_phase(phase, PhaseStatus.OPEN, by=by)
    notices.leave(
        [*signers, *roles.holders(programme, Role.SPONSOR, Role.CORE_TEAM_LEAD)],
        event="gate.withdrawn",
        about=review,
        programme=programme,
        facts={**_facts(review, by), "reason": rules.typed(reason)},
        by=by,
    )
    return review


# --- deciding -----------------------------------------------------------------------------------------


@transaction.atomic
def sign(
    review: GateReview,
    *,
    by: Person,
    outcome: str,
    rationale: str,
    conditions: Iterable[dict[str, Any]] = (),
    revisit_on: dt.date | None = None,
    fingerprint: str | None,
    reauth_age_s: int | None,
) -> GateSignature:
    """Sign what is decided of a submitted gate; the second signature of equal terms decides it.

    Other terms replace the signature that was there: it falls, and its signer is told. `conditions` are
    objects of `criterion`, `text`, `owner` (a Person), `due_on`, and may carry `severity` and `code`.
    """
    programme = programmes.lock(review.gate.programme)
    _lock(review)
    rights = Rights.of(by, programme)
    raise_if(
        rules.objection_to_decide(review, rights)
        or rules.objection_to_state(review, ReviewStatus.SUBMITTED)
        or rules.objection_to_fingerprint(review, fingerprint, queries.earlier_fingerprints(review))
        or objection_to_old_proof(rights.programme, reauth_age_s)
    )
    terms = rules.terms_of(outcome, rationale, conditions, revisit_on)
    asked = queries.frozen_findings(review)
    live = _found(review, "fr")
    raise_if(rules.objections_to_terms(programme, terms, asked, today=clock.today()))
    if rules.objection_to_moved(asked, live):
        raise_if(rules.objection_to_moved(asked, queries.findings(review.gate, review)))
    standing = queries.live_signatures(review)
    raise_if(rules.objection_to_second(by, terms, standing))
    agreed = next((each for each in standing if each.terms_fp == terms.fp), None)
    codes = _codes(programme, terms) if agreed is not None else []

    fallen = [each for each in standing if each.terms_fp != terms.fp]
    with told(rules.CONSTRAINTS):
        for each in fallen:
            GateSignature.objects.filter(pk=each.pk).update(replaced_at=clock.now())
        signature = _write_signature(review, terms, live, by, reauth_age_s)
    trail.record(
        "gate.signed",
        by=by,
        about=review,
        after=signature.edition_fp,
        payload={
            "outcome": terms.outcome,
            "terms": signature.terms_fp,
            "findings": signature.findings_fp,
            "replaces": [each.person.email for each in fallen],
        },
    )
    _tell_fallen(review, fallen, by)
    if agreed is not None:
        _decide(review, agreed, signature, terms, codes, by)
    else:
        notices.leave(
            roles.holders(programme, Role.SPONSOR),
            event="gate.signed",
            about=review,
            programme=programme,
            facts={**_facts(review, by), "outcome": terms.outcome},
            by=by,
        )
    return signature


def _write_signature(
    review: GateReview, terms: Terms, live: Sequence[CriterionFinding], by: Person, reauth_age_s: int | None
) -> GateSignature:
    if review.edition is None or review.submitted_by is None or reauth_age_s is None:
        raise ValueError("a rule let an unsubmitted attempt through")
    signature = GateSignature.objects.create(
        review=review,
        submitted_by=review.submitted_by,
        person=by,
        department=by.department,
        outcome=terms.outcome,
        terms=terms.text,
        findings_fp=fingerprint(live),
        edition_fp=review.edition.fp,
        reauth_age_s=reauth_age_s,
    )
    signature.refresh_from_db(fields=["terms_fp", "signed_at"])
    return signature


def _codes(programme: Programme, terms: Terms) -> list[str]:
    """Number the conditions before anything is recorded: counters wait before the chain does."""
    return [programmes.number(programme, "COND", code=each.code) for each in terms.conditions]


def _decide(
    review: GateReview,
    first: GateSignature,
    second: GateSignature,
    terms: Terms,
    codes: list[str],
    by: Person,
) -> GateDecision:
    """Write what two sponsors agreed on, make its conditions, and move phase and programme."""
    gate, programme = review.gate, review.gate.programme
    asked = queries.frozen_findings(review, "fr")
    with told(rules.CONSTRAINTS):
        decision = GateDecision.objects.create(
            review=review,
            outcome=terms.outcome,
            terms_fp=terms.fp,
            first=first,
            first_department=first.department,
            second=second,
            second_department=second.department,
            rationale=terms.rationale,
            effective_on=clock.today(),
            revisit_on=terms.revisit_on,
            should_score=should_score(asked),
        )
    decision.refresh_from_db(fields=["decided_at", "effective_on"])
    review.status = ReviewStatus.DECIDED
    _save(review, "status")
    trail.record(
        "gate.decided",
        by=by,
        about=review,
        after=second.edition_fp,
        payload={
            "gate": gate.code,
            "attempt": review.attempt,
            "outcome": terms.outcome,
            "effective_on": decision.effective_on,
            "revisit_on": terms.revisit_on,
            "terms": terms.fp,
            "by": [first.person.email, second.person.email],
            "conditions": codes,
            **_outcomes(asked),
        },
    )
    for each, code in zip(terms.conditions, codes, strict=True):
        promised = conditions_.promise(
            programme,
            by=by,
            text=each.text,
            owner=each.owner,
            due_on=each.due_on,
            severity=each.severity,
            criterion=each.criterion,
            code=code,
        )
        GateCondition.objects.create(decision=decision, condition=promised)
    notices.leave(
        roles.people_of(programme),
        event="gate.decided",
        about=review,
        programme=programme,
        facts={**_facts(review, by), "outcome": terms.outcome},
        by=by,
    )
    _follow(review, decision, by)
    return decision


def _follow(review: GateReview, decision: GateDecision, by: Person) -> None:
    """Move phase and programme as the outcome says (L1, L2)."""
    gate, programme = review.gate, review.gate.programme
    phases = list(Phase.objects.filter(programme=programme).select_related("programme").order_by("order"))
    out_of, into = _phase(phases, gate.from_phase), _phase(phases, gate.to_phase)
    if decision.passes:
        _pass(programme, out_of, into, decision, by)
        return
    if out_of is not None:
        held = decision.outcome == Outcome.HOLD
        programmes.change_phase(out_of, PhaseStatus.ON_HOLD if held else PhaseStatus.OPEN, by=by)
    if decision.outcome == Outcome.RECYCLE and review.edition is not None:
        dossiers.close(review.edition, as_=ClosedAs.REJECTED)
    if decision.outcome == Outcome.KILL:
        programmes.change_status(programme, ProgrammeStatus.STOPPING, by=by, reason=decision.rationale)
        _tell_all(programme, "programme.stopping", programme, {"what": _names(programme)}, by)


def _pass(
    programme: Programme, out_of: Phase | None, into: Phase | None, decision: GateDecision, by: Person
) -> None:
    if programme.status == ProgrammeStatus.DRAFT:
        programmes.change_status(programme, ProgrammeStatus.ACTIVE, by=by)
        _tell_all(programme, "programme.started", programme, {"what": _names(programme)}, by)
    if out_of is not None and into is not None and out_of.pk == into.pk:  # G4 is decided inside the run
        programmes.change_phase(out_of, PhaseStatus.OPEN, by=by)
        return
    if out_of is not None:
        programmes.close_phase(out_of, by=by)
        _tell_all(programme, "phase.closed", out_of, {"phase": out_of.kind}, by)
    if into is not None:
        # The day of the decision belongs to the phase that it closes.
        starts_on = (
            decision.effective_on + dt.timedelta(days=1) if out_of is not None else decision.effective_on
        )
        programmes.open_phase(into, by=by, starts_on=starts_on)
        _tell_all(programme, "phase.opened", into, {"phase": into.kind}, by)


def _tell_all(programme: Programme, event: str, about: Any, facts: dict[str, Any], by: Person | None) -> None:
    said = {**facts, "who": str(by)} if by is not None else facts
    notices.leave(
        roles.people_of(programme), event=event, about=about, programme=programme, facts=said, by=by
    )


def _tell_fallen(review: GateReview, fallen: Iterable[GateSignature], by: Person) -> None:
    notices.leave(
        [each.person for each in fallen if each.person_id != by.pk],
        event="gate.signature_replaced",
        about=review,
        programme=review.gate.programme,
        facts=_facts(review, by),
    )


# --- taking a decision up again -----------------------------------------------------------------------


@transaction.atomic
def reopen_phase(phase: Phase, *, by: Person, reason: str, reauth_age_s: int | None) -> Reopening:
    """Ask, as a sponsor, that a closed phase be reopened; the second voice, of another department, does it.

    The next phase waits again for its gate. What was signed stays as it was.
    """
    programme = programmes.lock(phase.programme)
    phases = list(Phase.objects.filter(programme=programme).select_related("programme").order_by("order"))
    closed = next(each for each in phases if each.pk == phase.pk)
    following = next((each for each in phases if each.order == closed.order + 1), None)
    last = queries.last_decisions(programme)
    gate = next(
        (
            each
            for each in queries.turn_of(programme).gates
            if each.from_phase == closed.kind != each.to_phase
        ),
        None,
    )
    decision = last.get(gate.code) if gate is not None else None
    if decision is not None and not decision.passes:
        decision = None
    voice = _add_voice(
        decision,
        programme,
        by=by,
        reason=reason,
        reauth_age_s=reauth_age_s,
        fallow=rules.objection_to_phases(closed, following),
    )
    if _voices(voice.decision) < 2:
        return voice
    if following is not None and following.status == PhaseStatus.OPEN:
        programmes.change_phase(following, PhaseStatus.NOT_STARTED, by=by)
    programmes.open_phase(closed, by=by)
    phase.refresh_from_db()
    _tell_all(programme, "phase.reopened", closed, {"phase": closed.kind, "reason": voice.reason}, by)
    return voice


@transaction.atomic
def resume(gate: Gate, *, by: Person, reason: str, reauth_age_s: int | None) -> Reopening:
    """Ask, as a sponsor, that a hold end before its day; the second voice, of another department, ends it.

    From its day on a hold needs no voice: preparing a new attempt ends it, and so does `resume_due`.
    """
    programme = programmes.lock(gate.programme)
    held = queries.held_by(gate)
    voice = _add_voice(held, programme, by=by, reason=reason, reauth_age_s=reauth_age_s, fallow=None)
    if _voices(voice.decision) == 2:
        _end_hold(programme, gate, by)
    return voice


@transaction.atomic
def resume_due(programme: Programme) -> list[Gate]:
    """Reopen, for the system, the phase whose hold has reached its day."""
    programmes.lock(programme)
    due = [
        gate
        for gate in queries.turn_of(programme).gates
        if (held := queries.held_by(gate)) is not None
        and held.revisit_on is not None
        and held.revisit_on <= clock.today()
        and _end_hold(programme, gate, None)
    ]
    return due


def _add_voice(
    decision: GateDecision | None,
    programme: Programme,
    *,
    by: Person,
    reason: str,
    reauth_age_s: int | None,
    fallow: Any,
) -> Reopening:
    voices = list(decision.reopenings.all()) if decision is not None else []
    raise_if(
        rules.objection_to_reopen(
            decision,
            Rights.of(by, programme),
            reason=reason,
            reauth_age_s=reauth_age_s,
            voices=voices,
            fallow=fallow,
        )
    )
    if decision is None or reauth_age_s is None:
        raise ValueError("a rule let nothing be reopened")
    with told(rules.CONSTRAINTS):
        voice = Reopening.objects.create(
            decision=decision,
            person=by,
            department=by.department,
            reason=rules.typed(reason),
            reauth_age_s=reauth_age_s,
        )
    trail.record(
        "gate.reopening_signed",
        by=by,
        about=decision.review,
        payload={"reason": voice.reason, "voices": len(voices) + 1},
    )
    if not voices:
        notices.leave(
            roles.holders(programme, Role.SPONSOR),
            event="gate.reopening_signed",
            about=decision.review,
            programme=programme,
            facts={**_facts(decision.review, by), "reason": voice.reason},
            by=by,
        )
    return voice


def _voices(decision: GateDecision) -> int:
    return Reopening.objects.filter(decision=decision).count()


def _end_hold(programme: Programme, gate: Gate, by: Person | None) -> bool:
    phase = Phase.objects.filter(
        programme=programme, kind=gate.from_phase, status=PhaseStatus.ON_HOLD
    ).first()
    if phase is None:
        return False
    programmes.change_phase(phase, PhaseStatus.OPEN, by=by)
    _tell_all(programme, "phase.resumed", phase, {"phase": phase.kind}, by)
    return True


# --- telling that a decision lapses, or holds again ---------------------------------------------------


@transaction.atomic
def tell_lapses(programme: Programme) -> list[Event]:
    """Tell once that a decision lapses by an overdue condition, and once that it holds again.

    It lapses by the clock alone, whether this runs or not: this leaves the event and the notices.
    """
    programmes.lock(programme)
    written = []
    for decision in queries.last_decisions(programme).values():
        if not queries.stands(decision):
            continue
        late = queries.lapsed_for(decision, clock.today())
        told_before = Event.objects.of(programme.code).about(*decision.review.subject)
        told_before = told_before.filter(verb__in=[LAPSED, RESTORED])
        last = told_before.newest().first()
        lapsed = last is not None and last.verb == LAPSED
        if bool(late) == lapsed:
            continue
        verb = LAPSED if late else RESTORED
        written.append(
            trail.record(
                verb,
                by=None,
                about=decision.review,
                payload={"rule": "L3", "conditions": sorted(each.code for each in late)},
            )
        )
        told_to = {
            *roles.holders(programme, Role.SPONSOR, Role.CORE_TEAM_LEAD),
            *(each.owner for each in (late or queries.conditions_of(decision))),
        }
        notices.leave(
            sorted(told_to, key=lambda person: person.email),
            event=verb,
            about=decision.review,
            programme=programme,
            facts={**_facts(decision.review, None), "code": ", ".join(sorted(each.code for each in late))},
            once=f"{verb} {programme.code} {decision.review.dossier.code} {told_before.count()}",
        )
    return written


# --- what the verbs share -----------------------------------------------------------------------------


def _lock(review: GateReview) -> GateReview:
    """Let the acts on one attempt wait for each other, and read it as it is now."""
    Dossier.objects.select_for_update(no_key=True).get(pk=review.dossier_id)
    review.refresh_from_db(
        from_queryset=GateReview.objects.select_related(
            "gate__programme", "dossier__programme", "edition", "prepared_by", "submitted_by"
        )
    )
    return review


def _save(review: GateReview, *fields: str) -> None:
    review.version += 1
    review.save(update_fields=[*fields, "version"])


def _found(review: GateReview, lang: str) -> list[CriterionFinding]:
    with override(lang):
        return queries.findings(review.gate, review)


def _phase(phases: Iterable[Phase], kind: str | None) -> Phase | None:
    return next((each for each in phases if each.kind == kind), None)


def _outcomes(found: Iterable[CriterionFinding]) -> dict[str, Any]:
    """What failed, for the journal; a recycled phase owes exactly these."""
    everything = list(found)
    return {
        "failed": [each.code for each in blocking(everything)],
        "failed_shoulds": [each.code for each in failing_shoulds(everything)],
        "should_score": should_score(everything),
    }


def _names(named: Any) -> dict[str, str]:
    return {"fr": named.name_fr, "en": named.name_en}


def _facts(review: GateReview, by: Person | None) -> dict[str, Any]:
    gate = review.gate
    what = {lang: f"{gate.code} {name}" for lang, name in _names(gate).items()}
    return {"what": what, "code": gate.code, **({"who": str(by)} if by is not None else {})}
