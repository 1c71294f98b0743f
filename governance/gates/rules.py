"""What stands against preparing, attesting, submitting, withdrawing and deciding a gate."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from governance import canonical, library
from governance.conditions.rules import objections_to_promise
from governance.errors import NotAllowed, NotPossible, NotValid, Refusal, Stale
from governance.gates.choices import UNDER_WAY, CriterionKind, Outcome, ReviewStatus
from governance.gates.findings import (
    CriterionFinding,
    blocking,
    failing_shoulds,
    scores_enough,
    should_score,
    threshold,
)
from governance.gates.models import Gate, GateCriterion, GateDecision, GateReview, GateSignature
from governance.programmes.choices import PhaseStatus, ProgrammeStatus
from governance.programmes.models import Phase, Programme
from governance.roles.choices import Role
from governance.roles.rules import Rights, objection_to_old_proof
from governance.stakeholders.models import Person
from governance.text import in_words, quoted

LONGEST = 4000


@dataclass(frozen=True)
class Asked:
    """A condition as a sponsor asks it: what would make up for a criterion, by whom, by when."""

    criterion: str
    text: str
    owner: Any
    due_on: Any
    severity: str = "follow_up"
    code: str | None = None

    @property
    def described(self) -> dict[str, Any]:
        """As the room of conditions reads it."""
        return {"text": self.text, "owner": self.owner, "due_on": self.due_on, "severity": self.severity}


@dataclass(frozen=True)
class Terms:
    """What a sponsor signs. Two signatures decide when their terms are equal, to the letter."""

    outcome: str
    rationale: str
    conditions: tuple[Asked, ...] = ()
    revisit_on: dt.date | None = None

    @property
    def text(self) -> str:
        """The canonical text, in which the order of the conditions does not count."""
        return canonical.text(
            {
                "outcome": self.outcome,
                "rationale": self.rationale,
                "revisit_on": self.revisit_on,
                "conditions": canonical.as_set(
                    {
                        "criterion": each.criterion,
                        "text": each.text,
                        "owner": each.owner.email,
                        "due_on": each.due_on,
                        "severity": each.severity,
                    }
                    for each in self.conditions
                ),
            }
        )

    @property
    def fp(self) -> str:
        """The fingerprint that the second signature must carry."""
        return canonical.fingerprint_of(self.text.encode())


def terms_of(
    outcome: str, rationale: str, conditions: Iterable[dict[str, Any]], revisit_on: dt.date | None
) -> Terms:
    """Read what was typed: texts in NFC, without blanks around, conditions by criterion."""
    asked = [
        Asked(
            criterion=str(each.get("criterion", "")).strip(),
            text=typed(each.get("text", "")),
            owner=each.get("owner"),
            due_on=each.get("due_on"),
            severity=each.get("severity") or "follow_up",
            code=each.get("code"),
        )
        for each in conditions
    ]
    asked.sort(key=lambda one: (one.criterion, str(one.due_on), one.text))
    return Terms(str(outcome), typed(rationale), tuple(asked), revisit_on)


def typed(text: Any) -> str:
    """Text as it is kept: NFC, Unix line ends, no blanks around."""
    return unicodedata.normalize("NFC", str(text or "")).replace("\r\n", "\n").replace("\r", "\n").strip()


# --- whose turn it is ---------------------------------------------------------------------------------


def ahead(gates: Sequence[Gate], phases: Sequence[Phase], passed: Iterable[str]) -> Gate | None:
    """The gate whose turn it is: the first one before any phase, then the one out of the current phase."""
    done = set(passed)
    current = next(
        (each for each in phases if each.status not in (PhaseStatus.NOT_STARTED, PhaseStatus.CLOSED)), None
    )
    for gate in gates:
        if gate.from_phase is None:
            if gate.to_phase is not None and current is None and gate.code not in done:
                return gate
        elif current is not None and gate.from_phase == current.kind and gate.code not in done:
            return gate
    return None


def objection_to_turn(gate: Gate, turn: Gate | None, *, passed: bool) -> Refusal | None:
    """Say why it is not the turn of this gate (trust.md A29, A30)."""
    if passed:
        return NotPossible(
            _("%(gate)s is passed: what was decided there stays decided. Two sponsors may reopen the phase.")
            % {"gate": gate},
            code="terminal",
        )
    if turn is None or turn.pk != gate.pk:
        told = (
            _("%(gate)s comes first: no gate is skipped.") % {"gate": turn}
            if turn is not None
            else _("No gate is ahead of this programme.")
        )
        return NotPossible(told, code="sequence")
    return None


def objection_to_programme(gate: Gate) -> Refusal | None:
    """Say why the programme passes no gate now (L1)."""
    if gate.programme.status in (ProgrammeStatus.DRAFT, ProgrammeStatus.ACTIVE):
        return None
    return NotPossible(
        _("The programme is “%(state)s”: it passes no gate now.")
        % {"state": gate.programme.get_status_display()},
        code="wrong_state",
    )


def objection_to_loaded(gate: Gate, loaded: int, rooms: Iterable[Any]) -> Refusal | None:
    """Say which rooms are missing where a gate has no criterion yet: nothing passes by absence."""
    if loaded:
        return None
    return NotPossible(
        _("None of the criteria of %(gate)s can be checked yet. They wait for: %(rooms)s.")
        % {"gate": gate, "rooms": ", ".join(str(room) for room in rooms)},
        code="no_criteria",
    )


# --- preparing ----------------------------------------------------------------------------------------


def objection_to_prepare(
    gate: Gate,
    rights: Rights,
    *,
    turn: Gate | None,
    passed: bool,
    held: GateDecision | None,
    under_way: GateReview | None,
    today: dt.date,
) -> Refusal | None:
    """Say what keeps this person from preparing a new attempt."""
    found = (
        rights.objection("gate.prepare")
        or objection_to_programme(gate)
        or objection_to_turn(gate, turn, passed=passed)
    )
    if found is None and under_way is not None:
        return NotPossible(
            _("Attempt %(attempt)s at %(gate)s is under way: go on with it.")
            % {"attempt": under_way.attempt, "gate": gate},
            code="under_way",
        )
    if found is None and held is not None:
        return objection_to_held(held, today)
    return found


def objection_to_held(held: GateDecision, today: dt.date) -> Refusal | None:
    """Say until when a hold lasts."""
    if held.revisit_on is None or held.revisit_on <= today:
        return None
    return NotPossible(
        _("The sponsors hold this gate until %(day)s. Two of them may end the hold before.")
        % {"day": in_words(held.revisit_on)},
        code="on_hold",
        who_can=[Role.SPONSOR.label],
        since=held.effective_on,
    )


def objection_to_state(review: GateReview, wanted: str) -> Refusal | None:
    """Say that an attempt is not, or no longer, in the state that an act needs (trust.md A30)."""
    if review.status == wanted:
        return None
    if review.status not in UNDER_WAY:
        return NotPossible(
            _("This attempt is over (%(state)s): nothing changes it any more.")
            % {"state": review.get_status_display()},
            code="terminal",
        )
    said = (
        _("This attempt was submitted: what it found is frozen. Withdraw it to change anything.")
        if review.status == ReviewStatus.SUBMITTED
        else _("This attempt is still in preparation: it is to be submitted first.")
    )
    return NotPossible(said, code="wrong_state")


def objection_to_attest(
    review: GateReview, criterion: GateCriterion, rights: Rights, *, evidence: Sequence[Any]
) -> list[Refusal]:
    """Say what keeps this person from giving their word on a criterion."""
    if criterion.gate_id != review.gate_id or criterion.kind != CriterionKind.ATTESTED:
        return [
            NotPossible(_("Nobody attests this criterion: it is computed."), code="not_attested", status=404)
        ]
    if (found := rights.objection("gate.attest", criterion)) is not None:
        return [found]
    if (state := objection_to_state(review, ReviewStatus.PREPARING)) is not None:
        return [state]
    if criterion.evidence_required and not evidence:
        return [
            NotValid(
                _("“%(criterion)s” is attested with evidence: attach at least one piece.")
                % {"criterion": criterion},
                code="evidence_required",
                field="evidence",
            )
        ]
    foreign = [each for each in evidence if each.programme_id != review.gate.programme_id]
    if foreign:
        return [
            NotValid(_("This evidence is not of this programme."), code="unknown_evidence", field="evidence")
        ]
    late = [each for each in evidence if each.superseded_by_id is not None]
    return [
        NotPossible(
            _("“%(title)s” was superseded: attach what replaces it.") % {"title": each},
            code="INV-15",
            field="evidence",
        )
        for each in late
    ]


def objection_to_submit(
    review: GateReview, rights: Rights, *, turn: Gate | None, passed: bool, loaded: int, rooms: Iterable[Any]
) -> Refusal | None:
    """Say what keeps this person from submitting an attempt. A failing criterion does not: it is found so."""
    return (
        rights.objection("gate.prepare", review)
        or objection_to_state(review, ReviewStatus.PREPARING)
        or objection_to_programme(review.gate)
        or objection_to_turn(review.gate, turn, passed=passed)
        or objection_to_loaded(review.gate, loaded, rooms)
    )


def objection_to_withdraw(review: GateReview, rights: Rights) -> Refusal | None:
    """Say what keeps this person from withdrawing a submitted attempt: its submitter or the lead does."""
    if not (review.submitted_by_id == rights.person.pk and rights.is_member):
        found = rights.objection("gate.withdraw", review)
        if found is not None:
            return found
    return objection_to_state(review, ReviewStatus.SUBMITTED)


def objection_to_reason(reason: str) -> Refusal | None:
    """Ask for a reason in words."""
    if 0 < len(typed(reason)) <= LONGEST:
        return None
    return NotValid(
        _("Say why, in at most %(most)s characters: it is told with the act.") % {"most": LONGEST},
        code="missing_reason",
        field="reason",
    )


# --- deciding -----------------------------------------------------------------------------------------


def objection_to_decide(review: GateReview, rights: Rights) -> Refusal | None:
    """Say why this person decides no gate: sponsors from inside do, never on their own submission."""
    found = rights.objection("gate.decide", review)
    if found is not None:
        return found
    if rights.person.is_external:
        return external()
    if review.submitted_by_id == rights.person.pk:
        return NotPossible(
            _("You submitted this gate: two other sponsors decide it."),
            code="INV-14",
            who_can=[Role.SPONSOR.label],
        )
    return None


def external() -> Refusal:
    """Outside people propose, they never decide."""
    return NotAllowed(
        _("People of outside organisations decide no gate: a sponsor of the advertiser or its group does."),
        code="SOD-13",
        who_can=[Role.SPONSOR.label],
    )


def objection_to_fingerprint(
    review: GateReview, fingerprint: str | None, earlier: Iterable[str]
) -> Refusal | None:
    """Compare the findings the person read with those that were submitted."""
    if not fingerprint:
        return Stale(
            _("Say which findings you read: send their fingerprint with your decision."),
            code="fingerprint_required",
            field="fingerprint",
        )
    if review.edition is not None and fingerprint == review.edition.fp:
        return None
    if fingerprint in set(earlier):
        return Stale(
            _("You read the findings of an earlier attempt: read those of this one, then decide."),
            code="stale_revision",
            field="fingerprint",
        )
    return NotValid(
        _("These are not the findings of this gate: open the gate again and read them."),
        code="fingerprint_mismatch",
        field="fingerprint",
    )


def objection_to_moved(frozen: Iterable[CriterionFinding], live: Iterable[CriterionFinding]) -> list[Refusal]:
    """Name each must that passed when the gate was submitted and fails now."""
    passed = {each.code for each in frozen if each.passes}
    return [
        NotPossible(
            _("“%(criterion)s” was met when the gate was submitted and is not any more: %(why)s")
            % {"criterion": each.text, "why": each.explanation},
            code="findings_moved",
            who_can=each.who_can,
        )
        for each in blocking(live)
        if each.code in passed
    ]


def objections_to_outcome(
    outcome: str,
    found: Sequence[CriterionFinding],
    *,
    conditions: Sequence[Asked] | None = None,
    revisit_on: dt.date | None = None,
    today: dt.date,
) -> list[Refusal]:
    """Say what the findings hold against an outcome; with conditions, also what is wrong with those.

    Without `conditions` (null), only what no condition could make up for is told: the outcome may be offered.
    """
    if outcome == Outcome.GO:
        return _against_go(found, conditions or ())
    if outcome == Outcome.CONDITIONAL_GO:
        return _against_conditional(found, conditions, today)
    refusals = [_no_conditions()] if conditions else []
    if outcome == Outcome.HOLD and conditions is not None:
        refusals += _against_hold(revisit_on, today)
    elif revisit_on is not None:
        refusals.append(
            NotValid(
                _("Only a hold has a day on which it is looked at again."),
                code="revisit_on",
                field="revisit_on",
            )
        )
    return refusals


def _against_go(found: Sequence[CriterionFinding], conditions: Sequence[Asked]) -> list[Refusal]:
    refusals: list[Refusal] = [
        NotPossible(
            _("“%(criterion)s” is required and not met: %(why)s")
            % {"criterion": each.text, "why": each.explanation},
            code=each.code,
            who_can=each.who_can,
        )
        for each in blocking(found)
    ]
    if not scores_enough(found):
        refusals.append(_score_too_low(found))
    if conditions:
        refusals.append(_no_conditions())
    return refusals


def _score_too_low(found: Sequence[CriterionFinding]) -> Refusal:
    missing = failing_shoulds(found)
    return NotPossible(
        _("The wished-for criteria reach %(score)s, a plain go needs %(needed)s. Not met: %(missing)s.")
        % {
            "score": number_format(should_score(found), 2),
            "needed": number_format(threshold(), 2),
            "missing": ", ".join(quoted(each.text) for each in missing),
        },
        code="should_score",
        who_can=sorted({str(who) for each in missing for who in each.who_can}),
    )


def _no_conditions() -> Refusal:
    return NotValid(
        _("This outcome carries no condition: leave them out, or decide a go under conditions."),
        code="conditions",
        field="conditions",
    )


def _against_conditional(
    found: Sequence[CriterionFinding], conditions: Sequence[Asked] | None, today: dt.date
) -> list[Refusal]:
    missing = blocking(found)
    if not missing and not failing_shoulds(found):
        return [
            NotPossible(
                _("Everything is met: nothing is left to put a condition on. Decide a plain go."),
                code="conditions",
            )
        ]
    refusals: list[Refusal] = [
        NotPossible(
            _("“%(criterion)s” is not met, and no condition makes up for it: %(why)s")
            % {"criterion": each.text, "why": each.explanation},
            code=each.code,
            who_can=each.who_can,
        )
        for each in missing
        if not each.waivable
    ]
    most = int(library.gate_settings()["max_conditions"])
    if len(missing) > most:
        refusals.append(
            NotPossible(
                ngettext_lazy(
                    "%(missing)s required criteria are not met: a go carries at most %(n)s condition.",
                    "%(missing)s required criteria are not met: a go carries at most %(n)s conditions.",
                    most,
                )
                % {"missing": len(missing), "n": most},
                code="conditions",
            )
        )
    if conditions is None or refusals:
        return refusals
    return refusals + _against_conditions(found, missing, conditions, most, today)


def _against_conditions(
    found: Sequence[CriterionFinding],
    missing: Sequence[CriterionFinding],
    conditions: Sequence[Asked],
    most: int,
    today: dt.date,
) -> list[Refusal]:
    wrong: list[Promise | str] = []
    by_code = {each.code: each for each in found}
    named = [each.criterion for each in conditions]
    if not conditions:
        wrong.append(_("A go under conditions carries at least one condition."))
    if len(conditions) > most:
        wrong.append(
            ngettext_lazy(
                "A go carries at most %(n)s condition.", "A go carries at most %(n)s conditions.", most
            )
            % {"n": most}
        )
    for each in missing:
        if named.count(each.code) != 1:
            wrong.append(_("“%(criterion)s” needs one condition, and one only.") % {"criterion": each.text})
    shoulds = failing_shoulds(found)
    if not missing and not scores_enough(found) and not {each.code for each in shoulds} & set(named):
        wrong.append(
            _("One condition is to name what is wished for and not met: %(missing)s.")
            % {"missing": ", ".join(f"“{each.text}”" for each in shoulds)}
        )
    latest = today + dt.timedelta(days=int(library.gate_settings()["condition_max_days"]))
    for asked in conditions:
        if asked.criterion not in by_code:
            wrong.append(_("Each condition names a criterion of this gate."))
        elif by_code[asked.criterion].passes:
            wrong.append(
                _("“%(criterion)s” is met: it needs no condition.")
                % {"criterion": by_code[asked.criterion].text}
            )
        if isinstance(asked.due_on, dt.date) and not today < asked.due_on <= latest:
            wrong.append(
                _("“%(text)s” is due between tomorrow and %(latest)s.")
                % {"text": asked.text, "latest": in_words(latest)}
            )
    return [NotValid(each, code="conditions", field="conditions") for each in wrong]


def _against_hold(revisit_on: dt.date | None, today: dt.date) -> list[Refusal]:
    latest = today + dt.timedelta(days=int(library.gate_settings()["hold_max_days"]))
    if revisit_on is not None and today < revisit_on <= latest:
        return []
    return [
        NotValid(
            _("Say on which day the gate is looked at again: between tomorrow and %(latest)s.")
            % {"latest": in_words(latest)},
            code="revisit_on",
            field="revisit_on",
        )
    ]


def objections_to_terms(
    programme: Programme, terms: Terms, frozen: Sequence[CriterionFinding], *, today: dt.date
) -> list[Refusal]:
    """Say what is wrong with what a sponsor is about to sign."""
    if terms.outcome not in Outcome.values:
        return [NotValid(_("Choose one of the five outcomes."), code="unknown_outcome", field="outcome")]
    found = objections_to_outcome(
        terms.outcome, frozen, conditions=terms.conditions, revisit_on=terms.revisit_on, today=today
    )
    if not 0 < len(terms.rationale) <= LONGEST:
        found.append(
            NotValid(
                _("Say why, in at most %(most)s characters: the decision is kept with its reasons.")
                % {"most": LONGEST},
                code="rationale",
                field="rationale",
            )
        )
    for place, each in enumerate(terms.conditions):
        found += objections_to_promise(programme, each.described, place=place)
    return found


def objection_to_second(person: Person, terms: Terms, live: Iterable[GateSignature]) -> Refusal | None:
    """Say why a signature of the same terms adds nothing (SOD-08)."""
    for signature in live:
        if signature.terms_fp != terms.fp:
            continue
        if signature.person_id == person.pk:
            return signed_already()
        if signature.department == person.department:
            return same_department()
    return None


def signed_already() -> Refusal:
    """One person signs once."""
    return NotPossible(
        _("You signed this decision already: a second sponsor, of another department, signs it too."),
        code="SOD-08",
        who_can=[Role.SPONSOR.label],
    )


def same_department() -> Refusal:
    """Two sponsors of one department are one voice."""
    return NotPossible(
        _("A sponsor of your department signed already: the second signature comes from another department."),
        code="SOD-08",
        who_can=[Role.SPONSOR.label],
    )


# --- taking a decision up again -----------------------------------------------------------------------


def objection_to_reopen(
    decision: GateDecision | None,
    rights: Rights,
    *,
    reason: str,
    reauth_age_s: int | None,
    voices: Iterable[Any],
    fallow: Refusal | None,
) -> Refusal | None:
    """Say what keeps a sponsor from asking that a decision be taken up again; the phases say `fallow`."""
    found = rights.objection("phase.reopen")
    if found is not None:
        return found
    if rights.person.is_external:
        return external()
    if decision is None:
        return NotPossible(_("No decision is there to take up again."), code="wrong_state")
    if fallow is not None:
        return fallow
    for voice in voices:
        if voice.person_id == rights.person.pk:
            return signed_already()
        if voice.department == rights.person.department:
            return same_department()
    return objection_to_reason(reason) or objection_to_old_proof(rights.programme, reauth_age_s)


def objection_to_phases(phase: Phase, following: Phase | None) -> Refusal | None:
    """Say why a phase cannot be reopened now: only the last one closed is, while the next is simply open."""
    if phase.status != PhaseStatus.CLOSED:
        return NotPossible(
            _("The phase “%(phase)s” is “%(state)s”: only a closed phase is reopened.")
            % {"phase": phase, "state": phase.get_status_display()},
            code="wrong_state",
        )
    if following is not None and following.status in (PhaseStatus.GATE_PENDING, PhaseStatus.ON_HOLD):
        return NotPossible(
            _("The gate of the phase “%(phase)s” is before the sponsors: withdraw it first, or end the hold.")
            % {"phase": following},
            code="wrong_state",
        )
    if following is not None and following.status == PhaseStatus.CLOSED:
        return NotPossible(
            _("The phase “%(phase)s” is closed too: reopen that one first.") % {"phase": following},
            code="sequence",
        )
    return None


# --- how a decision stands ----------------------------------------------------------------------------


def lapses(conditions: Iterable[Any], on: dt.date, day_of: Callable[[dt.datetime], dt.date]) -> list[Any]:
    """The conditions for which a decision lapses on a day: one fell overdue, and not all are met yet (L3).

    A decision holds again when all its conditions are met, not when the late one alone is.
    """
    everything = list(conditions)
    met_on = {each.pk: day_of(each.verified_at) if each.verified_at else None for each in everything}

    def met(one: Any) -> bool:
        day = met_on[one.pk]
        return day is not None and day <= on

    if all(met(each) for each in everything):
        return []
    return [
        each
        for each in everything
        if each.due_on < on and (not met(each) or (met_on[each.pk] or on) > each.due_on)
    ]


# --- what the database refuses ------------------------------------------------------------------------


def _over() -> Refusal:
    return NotPossible(_("This attempt is over: nothing changes it any more."), code="terminal")


def _not_its_turn() -> Refusal:
    return NotPossible(_("It is not the turn of this gate: no gate is skipped."), code="sequence")


def _under_way() -> Refusal:
    return NotPossible(_("An attempt at this gate is under way: go on with it."), code="under_way")


def _not_submitted() -> Refusal:
    return NotPossible(_("This attempt is not before the sponsors any more."), code="wrong_state")


def _no_sponsor() -> Refusal:
    return NotAllowed(
        _("Sponsors decide gates, and only while they hold the role."),
        code="no_right",
        who_can=[Role.SPONSOR.label],
    )


def _too_late_to_attest() -> Refusal:
    return NotPossible(
        _("This attempt was submitted: what it found is frozen. Withdraw it to change anything."),
        code="wrong_state",
    )


def _other_role() -> Refusal:
    return NotAllowed(_("Another role attests this criterion."), code="no_right")


CONSTRAINTS: dict[str, Callable[[], Refusal]] = {
    "one_review_under_way": _under_way,
    "one_review_per_attempt": _under_way,
    "gate_review_ends_once": _over,
    "gates_in_sequence": _not_its_turn,
    "attested_while_preparing": _too_late_to_attest,
    "attested_by_the_role": _other_role,
    "gate_review_submitted": _not_submitted,
    "gate_signed_by_a_sponsor": _no_sponsor,
    "one_gate_signature_a_person": signed_already,
    "one_gate_signature_a_department": same_department,
    "one_reopening_a_department": same_department,
    "reopened_by_a_sponsor": _no_sponsor,
    "reopening_of_the_last_decision": _over,
}
