"""What stands against signing, revoking, asking and withdrawing: every objection, in words.

Order matters: who you are, then what is stored, then what you saw, then what you say, then who you are
again: the first objection gives the status of the answer (decisions.md 7).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, cast

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from governance import clock
from governance.conditions import rules as condition_rules
from governance.dossiers.choices import ReviewFunction
from governance.dossiers.models import Dossier, Edition
from governance.errors import NotAllowed, NotPossible, NotValid, Refusal, Stale
from governance.programmes.choices import LETTERS
from governance.programmes.models import Programme
from governance.reviews import policies, queries, registry
from governance.reviews.choices import Decision, RequestClosedAs, Standing
from governance.reviews.models import Review, ReviewRequest
from governance.reviews.queries import Case
from governance.roles import queries as roles
from governance.roles import rules as role_rules
from governance.roles.choices import ROLE_OF, Role
from governance.roles.models import Delegation
from governance.roles.rights import Rights, not_a_member
from governance.stakeholders.models import Person
from governance.text import NOT_READABLE, holds_unseen, in_words

PHASE_OF = {letter: kind for kind, letter in LETTERS.items()}
COMMENT_LENGTH = 4000


# ---------------------------------------------------------------- in whose name


def capacity(
    person: Person, request: ReviewRequest, rights: Rights, flags: Collection[str] = ()
) -> tuple[Delegation | None, list[Refusal]]:
    """Say in whose name a person answers a request (a delegation, or none), and what keeps them from it.

    Whoever holds the function signs in their own name, unless the request was assigned to someone who
    lent them theirs.
    """
    refused = rights.objection("review.sign", request)
    if not rights.is_member or not rights.letter:
        return None, [refused] if refused is not None else []
    if refused is None and (
        request.assigned_to_id is None
        or request.assigned_to_id == person.pk
        or not Delegation.objects.active(clock.today())
        .filter(
            programme=rights.programme,
            delegate=person,
            delegator=request.assigned_to_id,
            function=request.function,
        )
        .exists()
    ):
        return None, []
    lent = roles.delegations_to(person, programme=rights.programme, function=request.function)
    best = max(lent, key=lambda each: _worth(each, request), default=None)
    if best is None:
        return None, [refused] if refused is not None else []
    objection = role_rules.objection_to_use(
        best,
        subject_kind=queries.policy_of(request.edition.dossier),
        high_risk=policies.is_high_risk(flags),
        never=policies.is_high_risk(flags),
    )
    return best, [objection] if objection is not None else []


def _worth(delegation: Delegation, request: ReviewRequest) -> tuple[bool, bool, dt.date]:
    """What makes one delegation better than another: in force, from whom was asked, the last to end."""
    in_force = delegation.status(clock.today()) == "active"
    return in_force, delegation.delegator_id == request.assigned_to_id, delegation.ends_on


# ---------------------------------------------------------------- signing


def objection_to_sign(
    person: Person,
    request: ReviewRequest,
    decision: str | None,
    fingerprint: str | None,
    answers: Any,
    conditions: Sequence[Mapping[str, Any]],
    rights: Rights | None = None,
    *,
    public_comment: str = "",
    reauth_age_s: int | None = 0,
    case: Case | None = None,
) -> list[Refusal]:
    """Say all that keeps this person from signing this, or nothing."""
    rights = rights or Rights.of(person, request.edition.dossier.programme)
    case = case or queries.case_of(request.edition, phase=PHASE_OF.get(rights.letter))
    delegation, found = capacity(person, request, rights, case.flags)
    if found and found[0].code == "not_found":
        return found
    return [
        *found,
        *_objections_to_people(person, delegation, request, case),
        *_objections_to_state(request, case),
        *_objections_to_fingerprint(request.edition, fingerprint),
        *_objections_to_body(request, case, decision, answers, conditions, public_comment),
        *_objections_to_proof(request.edition.dossier.programme, reauth_age_s),
    ]


def objections_to_open(
    person: Person, request: ReviewRequest, *, rights: Rights | None = None, case: Case | None = None
) -> list[Refusal]:
    """Say all that keeps this person from answering a request, before anything is said."""
    rights = rights or Rights.of(person, request.edition.dossier.programme)
    case = case or queries.case_of(request.edition, phase=PHASE_OF.get(rights.letter))
    delegation, found = capacity(person, request, rights, case.flags)
    if found and found[0].code == "not_found":
        return found
    return [
        *found,
        *_objections_to_people(person, delegation, request, case),
        *_objections_to_state(request, case),
    ]


def objection_to_open(
    person: Person, request: ReviewRequest, *, rights: Rights | None = None, case: Case | None = None
) -> Refusal | None:
    """Say what keeps this person from answering a request, with all that goes with it, or nothing."""
    found = objections_to_open(person, request, rights=rights, case=case)
    if not found:
        return None
    first, *others = found
    first.others.extend(others)
    return first


def _objections_to_people(
    person: Person, delegation: Delegation | None, request: ReviewRequest, case: Case
) -> list[Refusal]:
    """Separation of duties, for whoever signs and for whom they sign (SOD-16)."""
    people = [person] if delegation is None else [person, delegation.delegator]
    edition, found = case.edition, []
    for each in people:
        if each.pk in case.authors:
            found.append(wrote_it(each, person))
        elif each.pk == edition.submitted_by_id:
            found.append(submitted_it(each, person))
    if request.function == ReviewFunction.SPONSOR and person.is_external:
        found.append(from_outside())
    for each in people:
        other = _other_function(each, request.function, case)
        if other is not None:
            found.append(signed_another_function(each, person, other))
    for each in people:
        if _stands_already(each, request.function, case):
            found.append(signed_already(each, person))
    asked = case.required.get(request.function)
    if asked is not None and asked.two_departments:
        taken = {
            each.review.department
            for each in _firm(request.function, case)
            if not each.people & {one.pk for one in people}
        } | {
            each.review.on_behalf_of.department
            for each in _firm(request.function, case)
            if each.review.on_behalf_of is not None and not each.people & {one.pk for one in people}
        }
        found.extend(same_department(each) for each in people if each.department in taken)
    return found


def _other_function(person: Person, function: str, case: Case) -> str | None:
    """Another function in which this person's word already binds this content."""
    for each in case.signatures:
        binds = each.state not in (Standing.REVOKED, Standing.NEGATIVE)
        if binds and each.review.function != function and person.pk in each.people:
            return each.review.function
    return None


def _firm(function: str, case: Case) -> list[queries.Signature]:
    """The signatures of a function that stand for longer than the renewal window."""
    today = clock.today()
    return [
        each
        for each in case.standing(function)
        if not policies.may_renew(cast(dt.date, each.review.valid_through), on=today)
    ]


def _stands_already(person: Person, function: str, case: Case) -> bool:
    return any(person.pk in each.people for each in _firm(function, case))


def _objections_to_state(request: ReviewRequest, case: Case) -> list[Refusal]:
    """What is stored: the edition closed, a rejection, the request answered, others who sign first."""
    edition, function = case.edition, request.function
    if edition.closed_at is not None:
        return [not_in_review()]
    rejection = case.rejection()
    if rejection is not None:
        return [rejected(rejection.review)]
    if request.closed_at is not None:
        return [slot_taken() if request.closed_as == RequestClosedAs.SIGNED else not_in_review()]
    if function not in case.frozen:
        return [not_asked(function)]
    waits = case.waits_for(function)
    return [others_first(function, waits)] if waits else []


def _objections_to_fingerprint(edition: Edition, fingerprint: str | None) -> list[Refusal]:
    """What was seen: the fingerprint of the content on the screen comes back with the signature."""
    if not fingerprint:
        return [fingerprint_required()]
    if fingerprint == edition.fp:
        return []
    older = Edition.objects.filter(dossier=edition.dossier_id, number__lt=edition.number, fp=fingerprint)
    return [stale_revision() if older.exists() else fingerprint_mismatch()]


def _objections_to_body(
    request: ReviewRequest,
    case: Case,
    decision: str | None,
    answers: Any,
    conditions: Sequence[Mapping[str, Any]],
    public_comment: str,
) -> list[Refusal]:
    """What is said: every question answered, no plain approval over a blocking no, conditions, a comment."""
    if decision not in Decision.values:
        return [
            NotValid(
                _("Choose what you sign: approve, approve under conditions, or reject."),
                code="malformed",
                field="decision",
                status=400,
            )
        ]
    asked = case.required.get(request.function)
    checklist = asked.checklist if asked is not None else ()
    read, faults = policies.read_answers(checklist, answers if answers is not None else {})
    found: list[Refusal] = list(faults)
    noes = policies.blocking_noes(
        checklist, read, also_blocking=also_blocking(case.edition, request.function)
    )
    if decision == Decision.APPROVE and noes:
        found.append(blocked_by_answers(noes))
    if decision == Decision.APPROVE_WITH_CONDITIONS and not conditions:
        found.append(
            NotValid(
                _("An approval under conditions names at least one condition: what, by whom, by when."),
                code="condition_required",
                field="conditions",
            )
        )
    if decision != Decision.APPROVE_WITH_CONDITIONS and conditions:
        found.append(
            NotValid(
                _("Conditions go with an approval under conditions: choose that, or remove them."),
                code="conditions_not_expected",
                field="conditions",
            )
        )
    if decision == Decision.APPROVE_WITH_CONDITIONS:
        programme = request.edition.dossier.programme
        for place, condition in enumerate(conditions):
            found.extend(condition_rules.objections_to_promise(programme, condition, place=place))
    if decision == Decision.REJECT and not public_comment.strip():
        found.append(
            NotValid(
                _("A rejection says why: write the comment that everyone will read."),
                code="comment_required",
                field="public_comment",
            )
        )
    if holds_unseen(public_comment):
        found.append(NotValid(NOT_READABLE, code="not_readable", field="public_comment"))
    if len(public_comment) > COMMENT_LENGTH:
        found.append(
            NotValid(
                _("Keep the comment under %(length)d characters.") % {"length": COMMENT_LENGTH},
                code="too_long",
                field="public_comment",
            )
        )
    return found


def _objections_to_proof(programme: Programme, reauth_age_s: int | None) -> list[Refusal]:
    found = role_rules.objection_to_old_proof(programme, reauth_age_s)
    return [found] if found is not None else []


def also_blocking(edition: Edition, function: str) -> frozenset[str]:
    """The questions that block on this edition though the library does not say so (INV-20)."""
    return registry.blocking_of(edition)


# ---------------------------------------------------------------- taking, assigning, asking, withdrawing


def objection_to_take(person: Person, request: ReviewRequest) -> list[Refusal]:
    """Say what keeps a person from taking a request up: what would keep them from signing, but the order."""
    rights = Rights.of(person, request.edition.dossier.programme)
    case = queries.case_of(request.edition, phase=PHASE_OF.get(rights.letter))
    found = [
        each for each in objections_to_open(person, request, rights=rights, case=case) if each.code != "after"
    ]
    if not found and request.taken_at is not None:
        found.append(
            NotPossible(_("Somebody has this review in hand already."), code="taken", who_can=_names(request))
        )
    return found


def objection_to_assign(by: Person, request: ReviewRequest, person: Person) -> list[Refusal]:
    """Say what keeps a request from being assigned to a person: by a holder of the function, or the lead."""
    programme = request.edition.dossier.programme
    rights = Rights.of(by, programme)
    if rights.objection("review.sign", request) is not None and Role.CORE_TEAM_LEAD not in rights.roles:
        if not rights.is_member:
            return [not_a_member()]
        if not _lent(by, request):
            return [
                NotAllowed(
                    _("A review is assigned by those who may sign it, or by the core-team lead."),
                    code="no_right",
                    who_can=[ROLE_OF[ReviewFunction(request.function)].label, Role.CORE_TEAM_LEAD.label],
                )
            ]
    if request.closed_at is not None or request.edition.closed_at is not None:
        return [not_in_review()]
    if not (roles.holds(person, programme, request.function) or _lent(person, request)):
        return [
            NotValid(
                _("%(person)s does not sign for this function: choose one of its holders, or a delegate.")
                % {"person": person},
                code="not_a_signer",
                field="person",
            )
        ]
    return []


def _lent(person: Person, request: ReviewRequest) -> bool:
    return roles.delegation_for(person, request, clock.today()) is not None


def objection_to_ask_again(edition: Edition, function: str, by: Person | None, case: Case) -> list[Refusal]:
    """Say what keeps a function from being asked again: it stands for long enough, or it is asked already."""
    if by is not None:
        rights = Rights.of(by, edition.dossier.programme)
        if not rights.is_member:
            return [not_a_member()]
        owns = by.pk == edition.submitted_by_id or edition.authors.filter(person=by).exists()
        lead = rights.roles & {Role.CORE_TEAM_LEAD, Role.DIGITAL_TOOLS_LEAD}
        if not (owns or lead or function in rights.functions):
            return [
                NotAllowed(
                    _("A review is asked again by the authors, the lead, or the function itself."),
                    code="no_right",
                    who_can=[Role.CORE_TEAM_LEAD.label, ROLE_OF[ReviewFunction(function)].label],
                )
            ]
    if edition.closed_at is not None:
        return [not_in_review()]
    if function not in case.frozen:
        return [not_asked(function)]
    if edition.requests.open().filter(function=function).exists():
        return [NotPossible(_("This review is asked already."), code="already_asked")]
    through = case.holds_through(function)
    if through is not None and not policies.may_renew(through, on=clock.today()):
        return [
            NotPossible(
                _("This signature holds until %(day)s: it may be renewed from %(from)s.")
                % {"day": _day(through), "from": _day(policies.renewal_opens_on(through))},
                code="not_due",
                since=through,
            )
        ]
    return []


def objection_to_revoke(
    person: Person, review: Review, reason: str, reauth_age_s: int | None
) -> list[Refusal]:
    """Say what keeps a signature from being revoked: by an active holder of the function, with a reason."""
    rights = Rights.of(person, review.dossier.programme)
    refused = rights.objection("review.revoke", review)
    if refused is not None:
        if (
            refused.code != "not_found"
            and roles.delegations_in_force(person)
            .filter(programme=review.dossier.programme_id, function=review.function)
            .exists()
        ):
            return [
                NotAllowed(
                    _("A delegate signs, and never revokes: a holder of the function does."),
                    code="DLG-03",
                    who_can=[ROLE_OF[ReviewFunction(review.function)].label],
                )
            ]
        return [refused]
    found: list[Refusal] = []
    if review.revoked_at is not None:
        found.append(revoked_already(review))
    if not reason.strip():
        found.append(reason_required())
    if holds_unseen(reason):
        found.append(NotValid(NOT_READABLE, code="not_readable", field="reason"))
    return found + _objections_to_proof(review.dossier.programme, reauth_age_s)


def objection_to_withdraw(person: Person, edition: Edition, reason: str) -> list[Refusal]:
    """Say what keeps an edition from being withdrawn: by its submitter or the lead, while it is in review."""
    rights = Rights.of(person, edition.dossier.programme)
    if not rights.is_member:
        return [not_a_member()]
    if person.pk != edition.submitted_by_id and Role.CORE_TEAM_LEAD not in rights.roles:
        return [
            NotAllowed(
                _("%(person)s submitted it: only they, or the core-team lead, withdraw it.")
                % {"person": edition.submitted_by},
                code="no_right",
                who_can=[str(edition.submitted_by), Role.CORE_TEAM_LEAD.label],
            )
        ]
    if edition.closed_at is not None:
        return [not_in_review()]
    if hasattr(edition, "approval"):
        return [approved()]
    if not reason.strip() and edition.reviews.exists():
        return [
            NotValid(
                _("Someone has signed it already: say why you withdraw it."),
                code="reason_required",
                field="reason",
            )
        ]
    return []


# ---------------------------------------------------------------- refusals in words


def _day(day: dt.date) -> str:
    return in_words(day)


def _names(request: ReviewRequest) -> list[str]:
    return [str(request.assigned_to)] if request.assigned_to is not None else []


def _someone_else() -> list[Any]:
    return [_("Another holder of the function")]


def wrote_it(person: Person, signer: Person) -> Refusal:
    """Whoever wrote a part does not sign it (SOD-01)."""
    said = (
        _("You wrote a part of this content: someone else signs it.")
        if person == signer
        else _("%(person)s wrote a part of this content: nobody signs it on their behalf.")
        % {"person": person}
    )
    return NotAllowed(said, code="SOD-01", who_can=_someone_else())


def submitted_it(person: Person, signer: Person) -> Refusal:
    """Whoever submitted does not sign (SOD-02)."""
    said = (
        _("You submitted this content: someone else signs it.")
        if person == signer
        else _("%(person)s submitted this content: nobody signs it on their behalf.") % {"person": person}
    )
    return NotAllowed(said, code="SOD-02", who_can=_someone_else())


def from_outside() -> Refusal:
    """Nobody from outside signs as sponsor (SOD-13)."""
    return NotAllowed(
        _("Whoever works for an outside organisation does not sign as sponsor."),
        code="SOD-13",
        who_can=[Role.SPONSOR.label],
    )


def signed_another_function(person: Person, signer: Person, function: str) -> Refusal:
    """One person signs one function of a content (SOD-09)."""
    label = ReviewFunction(function).label
    said = (
        _("You signed this content for the function “%(function)s”: another person signs for this one.")
        % {"function": label}
        if person == signer
        else _(
            "%(person)s is bound by the signature for the function “%(function)s”: "
            "another person signs for this one."
        )
        % {"person": person, "function": label}
    )
    return NotPossible(said, code="SOD-09", who_can=_someone_else())


def signed_already(person: Person, signer: Person) -> Refusal:
    """Two signatures of one function come from two people (SOD-08)."""
    said = (
        _("Your signature for this function stands already.")
        if person == signer
        else _("The signature of %(person)s for this function stands already.") % {"person": person}
    )
    return NotPossible(said, code="SOD-08", who_can=_someone_else())


def same_department(person: Person) -> Refusal:
    """Two sponsors come from two departments (SOD-08)."""
    return NotPossible(
        _("A sponsor of %(department)s has signed: the other signature comes from another department.")
        % {"department": person.get_department_display()},
        code="SOD-08",
        who_can=[_("A sponsor of another department")],
    )


def not_in_review() -> Refusal:
    """The edition is no longer read by anyone."""
    return NotPossible(
        _("This edition is no longer in review: it was withdrawn, or a newer one takes its place."),
        code="not_in_review",
    )


def slot_taken() -> Refusal:
    """The function has said its word."""
    return NotPossible(
        _("This review is signed already: nothing is asked of this function."), code="slot_taken"
    )


def rejected(review: Review | None = None) -> Refusal:
    """While a rejection stands, nobody else signs."""
    if review is None:
        return NotPossible(
            _("This edition was rejected: nobody signs it until the next draft."), code="rejected"
        )
    return NotPossible(
        _(
            "%(person)s rejected this edition, as “%(function)s”: "
            "nobody signs it until the next draft is opened."
        )
        % {"person": review.reviewer, "function": review.get_function_display()},
        code="rejected",
        since=review.signed_at,
    )


def not_asked(function: str) -> Refusal:
    """The function was not asked at the submission."""
    return NotPossible(
        _("The function “%(function)s” was not asked when this edition was submitted.")
        % {"function": ReviewFunction(function).label},
        code="not_asked",
    )


def others_first(function: str = "", waits: Iterable[str] = ()) -> Refusal:
    """The order of the policies."""
    named = [ReviewFunction(name).label for name in waits]
    if not named:
        return NotPossible(_("Other functions sign before this one."), code="after")
    return NotPossible(
        _("The function “%(function)s” signs once these are covered: %(others)s.")
        % {"function": ReviewFunction(function).label, "others": ", ".join(map(str, named))},
        code="after",
        who_can=[ROLE_OF[ReviewFunction(name)].label for name in waits],
    )


def fingerprint_required() -> Refusal:
    """A signature says on which content it is."""
    return Stale(
        _("Send back the fingerprint of the content you read."),
        code="fingerprint_required",
        field="fingerprint",
    )


def stale_revision() -> Refusal:
    """What was read is an older edition."""
    return Stale(
        _("You read an older edition of this content. Load the page again, and read what changed."),
        code="stale_revision",
        field="fingerprint",
    )


def fingerprint_mismatch() -> Refusal:
    """What was read is something else."""
    return NotValid(
        _("This fingerprint is not that of the content you are asked to sign. Load the page again."),
        code="fingerprint_mismatch",
        field="fingerprint",
    )


def blocked_by_answers(noes: Sequence[policies.Question]) -> Refusal:
    """A blocking no forbids a plain approval."""
    return NotValid(
        ngettext_lazy(
            "A blocking question is answered no: approve under conditions, or reject. It is “%(first)s”",
            "%(count)d blocking questions are answered no: approve under conditions, or reject. "
            "The first is “%(first)s”",
            "count",
        )
        % {"count": len(noes), "first": noes[0].text},
        code="blocking_answer",
        field=f"answers.{noes[0].code}",
    )


def revoked_already(review: Review | None = None) -> Refusal:
    """A signature is revoked once."""
    return NotPossible(
        _("This signature was revoked already."),
        code="already_revoked",
        since=review.revoked_at if review else None,
    )


def reason_required() -> Refusal:
    """An act of this weight says why."""
    return NotValid(_("Say why: the reason is kept in the journal."), code="reason_required", field="reason")


def approved() -> Refusal:
    """What was approved stays."""
    return NotPossible(
        _("This edition was approved: it stays. Open a new draft to change the content."), code="approved"
    )


def no_longer_holds() -> Refusal:
    """The right was lost meanwhile."""
    return NotAllowed(_("You no longer sign for this function here."), code="no_right")


def _delegation_over() -> Refusal:
    return NotAllowed(_("The delegation by which you sign is no longer in force."), code="DLG-01")


def _delegate_out() -> Refusal:
    return NotAllowed(
        _("You neither hold this function nor are on its list of deputies any more."), code="DLG-02"
    )


def _high_risk() -> Refusal:
    return NotAllowed(
        _("This subject is of high risk and is not signed by delegation: a holder of the function signs."),
        code="DLG-05",
    )


def _sod_01() -> Refusal:
    return NotAllowed(
        _("Whoever wrote a part of this content does not sign it, nor has it signed for them."), code="SOD-01"
    )


def _sod_02() -> Refusal:
    return NotAllowed(
        _("Whoever submitted this content does not sign it, nor has it signed for them."), code="SOD-02"
    )


def _sod_08() -> Refusal:
    return NotPossible(_("This signature for this function stands already."), code="SOD-08")


def _sod_08_departments() -> Refusal:
    return NotPossible(_("The other signature of a sponsor comes from another department."), code="SOD-08")


def _sod_09() -> Refusal:
    return NotPossible(_("One person signs one function of a content, delegation included."), code="SOD-09")


# What the database says to the loser of a race, in words.
CONSTRAINTS: dict[str, Callable[[], Refusal]] = {
    "edition_in_review": not_in_review,
    "edition_written_once": not_in_review,
    "request_is_open": slot_taken,
    "request_closes_once": slot_taken,
    "one_review_a_place": slot_taken,
    "authors_do_not_sign": _sod_01,
    "submitter_does_not_sign": _sod_02,
    "nobody_signs_for_the_submitter": _sod_02,
    "nobody_signs_after_a_reject": rejected,
    "signed_in_order": others_first,
    "one_function_a_person": _sod_09,
    "one_signature_each": _sod_08,
    "sponsors_of_two_departments": _sod_08_departments,
    "reviewer_holds_the_function": no_longer_holds,
    "delegation_is_active": _delegation_over,
    "delegate_may_sign": _delegate_out,
    "high_risk_is_not_delegated": _high_risk,
    "read_again_before_signing": role_rules.reauth_required,
    "signature_written_once": revoked_already,
    "revoked_by_the_function": no_longer_holds,
    "approved_edition_stays": approved,
    "one_open_request": lambda: NotPossible(_("This review is asked already."), code="already_asked"),
    "one_request_a_round": lambda: NotPossible(_("This review is asked already."), code="already_asked"),
}


def objection_to_event(dossier: Dossier, code: str, functions: Sequence[str] | None) -> list[Refusal]:
    """Say what keeps an event from being told: a code of the library, functions where it names none."""
    try:
        known = queries.trigger(code)
    except KeyError:
        return [NotValid(_("This event is not in the library."), code="unknown_event", field="code")]
    if functions is None and "that_function" in known["staled"]:
        return [
            NotValid(
                _("Name the function that this event concerns."), code="function_required", field="functions"
            )
        ]
    if any(function not in ReviewFunction.values for function in functions or ()):
        return [NotValid(_("Choose one of the five functions."), code="unknown_function", field="functions")]
    return []
