"""The verbs of reviews: ask, take, sign, revoke, ask again, withdraw, and what outside events do.

Each locks the dossier first, then checks, writes, and records last: constraints give safety, the lock
gives liveness (trust.md 5.1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, cast

from django.db import transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance import clock, library
from governance.audit import trail
from governance.conditions import actions as conditions_
from governance.dossiers import actions as dossiers
from governance.dossiers import queries as editions
from governance.dossiers.choices import ClosedAs, DossierKind, ReviewFunction
from governance.dossiers.models import Dossier, Edition
from governance.errors import raise_if, told
from governance.notices import actions as notices
from governance.notices.models import Message
from governance.reviews import policies, queries, registry, rules
from governance.reviews.choices import Decision, RequestClosedAs, RequestState, Standing
from governance.reviews.models import (
    Approval,
    ApprovalSupport,
    ExternalEvent,
    Review,
    ReviewCondition,
    ReviewRequest,
)
from governance.reviews.queries import Case
from governance.roles.choices import FUNCTION_OF, ROLE_OF, Role
from governance.roles.models import Delegation, RoleAssignment
from governance.roles.rights import Rights
from governance.stakeholders.models import Person

# How the journal names an edition of each kind (L8, L9).
NAMES = {DossierKind.USE_CASE.value: "revision", DossierKind.SEGMENT.value: "segment"}
ALERTS = (45, 15, 5)
DELAYS = {"flag_for_review_15d": 15, "flag_for_review_30d": 30}


# ---------------------------------------------------------------- asking


@transaction.atomic
def ask(edition: Edition, *, by: Person) -> list[ReviewRequest]:
    """Ask the functions that are not covered; approve in the same act where every one is.

    Called by the verbs that submit, right after the freeze, in their transaction.
    """
    _lock(edition.dossier)
    case = queries.case_of(edition)
    missing = [function for function in case.frozen if not case.covers(function)]
    requests = [_open(edition, function, case, by=by) for function in missing]
    if requests:
        trail.record(
            "review.asked",
            by=by,
            about=edition,
            after=edition.fp,
            payload={"edition": edition.number, "functions": missing},
        )
        _call(case, [asked for asked in requests if not case.waits_for(asked.function)], by=by)
    else:
        _approve(case, by=by, people=_authors_and_leads(edition))
        _follow(edition, by=by)
    return requests


@transaction.atomic
def ask_again(edition: Edition, function: str, *, by: Person | None) -> ReviewRequest:
    """Ask a function to sign the same content again: its signature fell, or ends within 45 days.

    `by` is null for what the system does by itself.
    """
    _lock(edition.dossier)
    case = queries.case_of(edition)
    raise_if(rules.objection_to_ask_again(edition, function, by, case))
    asked = _open(edition, function, case, by=by or edition.submitted_by)
    trail.record(
        "review.asked",
        by=by,
        about=edition,
        after=edition.fp,
        payload={"edition": edition.number, "functions": [function], "again": True},
    )
    if not case.waits_for(function):
        _call(case, [asked], by=by)
    return asked


def _open(edition: Edition, function: str, case: Case, *, by: Person) -> ReviewRequest:
    """Open the next round of a function; the only one who may answer is named at once."""
    today = clock.today()
    able = _signers(edition, [function])
    only = able[0] if len(able) == 1 else None
    rounds = ReviewRequest.objects.filter(edition=edition, function=function).count() if edition.pk else 0
    with told(rules.CONSTRAINTS):
        return ReviewRequest.objects.create(
            edition=edition,
            function=function,
            round=rounds + 1,
            asked_by=by,
            asked_at=clock.now(),
            due_on=clock.plus_business_days(today, case.required[function].sla),
            assigned_to=only,
            state=RequestState.ASSIGNED if only is not None else RequestState.ASKED,
        )


def _signers(edition: Edition, functions: Iterable[str]) -> list[Person]:
    """Whoever may answer for these functions today: holders, and delegates in force; in one statement."""
    today, wanted = clock.today(), list(functions)
    programme = edition.dossier.programme_id
    held = RoleAssignment.objects.active(today).filter(
        programme=programme, role__in=[ROLE_OF[ReviewFunction(name)] for name in wanted]
    )
    lent = Delegation.objects.active(today).filter(programme=programme, function__in=wanted)
    return list(
        Person.objects.filter(Q(pk__in=held.values("person")) | Q(pk__in=lent.values("delegate")))
        .filter(Q(user__isnull=True) | Q(user__is_active=True))
        .select_related("user", "organisation")
        .order_by("display_name")
    )


def _call(case: Case, requests: Sequence[ReviewRequest], *, by: Person | None) -> None:
    """Tell each function that its turn has come."""
    for asked in requests:
        people = _signers(case.edition, [asked.function])
        _leave(case.edition, "review.asked", people, by=by, function=asked.function, due=asked.due_on)


# ---------------------------------------------------------------- answering


@transaction.atomic
def take(request: ReviewRequest, *, by: Person) -> ReviewRequest:
    """Take a request up, so that others see that it is in hand."""
    _lock(request.edition.dossier)
    request = _fresh(request)
    raise_if(rules.objection_to_take(by, request))
    request.assigned_to, request.taken_at, request.state = by, clock.now(), RequestState.TAKEN
    _save(request)
    trail.record(
        "review.taken",
        by=by,
        about=request,
        payload={"edition": request.edition.number, "function": request.function},
    )
    return request


@transaction.atomic
def assign(request: ReviewRequest, person: Person, *, by: Person) -> ReviewRequest:
    """Assign a request to one of those who may sign it."""
    _lock(request.edition.dossier)
    request = _fresh(request)
    raise_if(rules.objection_to_assign(by, request, person))
    request.assigned_to, request.taken_at, request.state = person, None, RequestState.ASSIGNED
    _save(request)
    trail.record(
        "review.assigned",
        by=by,
        about=request,
        payload={"edition": request.edition.number, "function": request.function, "to": person.email},
    )
    _leave(request.edition, "review.assigned", [person], by=by, function=request.function, due=request.due_on)
    return request


@transaction.atomic
@trail.together()
@notices.together()
def sign(
    request: ReviewRequest,
    decision: str,
    *,
    fingerprint: str | None,
    by: Person,
    reauth_age_s: int | None,
    answers: Any = None,
    conditions: Sequence[Mapping[str, Any]] = (),
    public_comment: str = "",
) -> Review:
    """Sign an opinion on exactly the content that was read.

    `fingerprint` is that of the content that was on the screen; `reauth_age_s` how long ago the signer
    proved who they are; `conditions` are `{text, owner, due_on, severity}`.
    """
    _lock(request.edition.dossier)
    given = Review.objects.filter(request=OuterRef("pk")).order_by().values("request")
    request = _fresh(
        request,
        reviews_so_far=Coalesce(Subquery(given.values(count=Count("pk"))), 0),
        **queries.frozen("edition_id", "edition__dossier__programme_id"),
    )
    edition = request.edition
    rights = Rights.of(by, edition.dossier.programme)
    case = queries.case_of(edition, phase=rules.PHASE_OF.get(rights.letter), beside=request)
    raise_if(
        rules.objection_to_sign(
            by,
            request,
            decision,
            fingerprint,
            answers,
            conditions,
            rights,
            public_comment=public_comment,
            reauth_age_s=reauth_age_s,
            case=case,
        )
    )
    delegation, _nothing = rules.capacity(by, request, rights, case.flags)
    review = _write(
        request, case, decision, by, delegation, reauth_age_s or 0, answers, conditions, public_comment
    )
    waiting = {function for function in case.frozen if case.waits_for(function)}
    queries.read_signatures({edition.pk: case})
    signed = next(each.review for each in case.signatures if each.review.pk == review.pk)
    review.signed_at, review.valid_through = signed.signed_at, signed.valid_through
    if decision == Decision.REJECT or case.covers(request.function):
        _close_request(request, RequestClosedAs.SIGNED)
    trail.record(
        "review.signed",
        by=by,
        about=edition,
        after=edition.fp,
        on_behalf_of=review.on_behalf_of,
        payload={
            "edition": edition.number,
            "function": review.function,
            "decision": review.decision,
            "scope": review.scope_fp,
            "until": review.valid_through,
            "delegation": delegation.code if delegation is not None else None,
            "answers": {code: answer["answer"] for code, answer in review.answers.items()},
            "comment": review.public_comment,
            "meaning": review.meaning,
            "conditions": [each.code for each in review.set_conditions],  # type: ignore[attr-defined]
        },
        roles=rights.held,
    )
    if decision == Decision.REJECT:
        _rejected(case, review, by=by)
        return review
    people = _authors_and_leads(edition)
    _tell_signed(case, review, people, by=by, called=[name for name in waiting if not case.waits_for(name)])
    if not hasattr(edition, "approval") and case.is_covered():
        _approve(case, by=by, people=people)
    _follow(edition, by=by)
    return review


def _follow(edition: Edition, *, by: Person) -> None:
    """Close what a signature or an approval leaves nothing to ask on other editions of its dossier.

    What has the same scope is covered there too, and approved if it was the last; an approved edition that
    another took the place of asks nobody.
    """
    elsewhere = (
        ReviewRequest.objects.open()
        .filter(edition__dossier=edition.dossier_id)
        .exclude(edition=edition.pk)
        .select_related("edition__dossier__programme", "edition__submitted_by__user", "edition__approval")
        .order_by("edition__number")
    )
    for other, asked in groupby(elsewhere, key=lambda request: request.edition):
        waiting, approved = list(asked), hasattr(other, "approval")
        if approved and hasattr(edition, "approval") and other.number < edition.number:
            for request in waiting:
                _close_request(request, RequestClosedAs.REPLACED)
            continue
        case = queries.case_of(other)
        for request in waiting:
            if case.covers(request.function):
                _close_request(request, RequestClosedAs.SIGNED)
        if not approved and case.is_covered() and case.rejection() is None:
            _approve(case, by=by, people=_authors_and_leads(other))


def _write(
    request: ReviewRequest,
    case: Case,
    decision: str,
    by: Person,
    delegation: Delegation | None,
    reauth_age_s: int,
    answers: Any,
    conditions: Sequence[Mapping[str, Any]],
    public_comment: str,
) -> Review:
    """Write the signature under its composite keys, and the conditions it sets."""
    edition = case.edition
    dossier, lang = edition.dossier, library.language(get_language() or "fr")
    asked = case.required[request.function]
    principal = delegation.delegator if delegation is not None else None
    read, _faults = policies.read_answers(asked.checklist, answers if answers is not None else {})
    with told(rules.CONSTRAINTS):
        review = Review.objects.create(
            dossier=dossier,
            edition=edition,
            function=request.function,
            scope_fp=case.scopes[request.function],
            full_fp=edition.fp,
            request=request,
            place=request.reviews_so_far + 1,  # type: ignore[attr-defined]
            submitted_by_id=edition.submitted_by_id,
            reviewer=by,
            department=by.department,
            on_behalf_of=principal,
            delegation=delegation,
            decision=Decision(decision),
            answers={code: answer.plain() for code, answer in sorted(read.items())},
            public_comment=public_comment.strip(),
            meaning=policies.meaning(
                person=by.display_name,
                function=request.function,
                decision=decision,
                title=editions.title_of(edition, lang),
                code=dossier.code,
                number=edition.number,
                kind=queries.policy_of(dossier),
                holds_through=policies.valid_through(clock.today(), asked.days),
                lang=lang,
                on_behalf_of=principal.display_name if principal is not None else "",
                conditions=len(conditions),
            ),
            reviewed_size=edition.size,
            days=asked.days,
            reauth_age_s=reauth_age_s,
        )
        set_here = [
            conditions_.promise(
                dossier.programme,
                by=by,
                text=condition["text"],
                owner=condition["owner"],
                due_on=condition["due_on"],
                severity=condition["severity"],
                function=request.function,
                code=condition.get("code"),
            )
            for condition in conditions
        ]
        ReviewCondition.objects.bulk_create(
            ReviewCondition(review=review, condition=condition) for condition in set_here
        )
    review.set_conditions = set_here  # type: ignore[attr-defined]
    return review


def _rejected(case: Case, review: Review, *, by: Person) -> None:
    """Ask for changes: nobody else signs until the author opens the next draft."""
    edition = case.edition
    name = _name(edition, {"revision": "revision.changes_requested"}, "rejected")
    trail.record(
        name,
        by=None,
        about=edition,
        after=edition.fp,
        payload={"edition": edition.number, "function": review.function, "rule": "L8"},
    )
    people = _authors_and_leads(edition)
    _leave(edition, "review.rejected", people, by=by, function=review.function, reason=review.public_comment)
    registry.tell_rejected(edition, by, people)


def _tell_signed(
    case: Case, review: Review, people: Sequence[Person], *, by: Person, called: Sequence[str]
) -> None:
    """Tell authors and lead of a signature, and the functions whose turn comes with it."""
    edition = case.edition
    _leave(
        edition,
        "review.signed",
        people,
        by=by,
        function=review.function,
        decision=review.decision,
    )
    if called:
        open_ = list(ReviewRequest.objects.open().filter(edition=edition, function__in=called))
        _call(case, open_, by=by)


def _approve(case: Case, *, by: Person, people: Sequence[Person]) -> Approval:
    """Write the approval with the signatures it rests on: every requirement is covered.

    Nobody decides it: the journal names the rule, and the signatures.
    """
    edition = case.edition
    with told(rules.CONSTRAINTS):
        approval = Approval.objects.create(edition=edition, at=clock.now())
        supports = [
            ApprovalSupport(
                approval=approval,
                function=function,
                scope_fp=case.scopes[function],
                review=each.review,
                review_edition_id=each.review.edition_id,
            )
            for function in case.frozen
            for each in case.standing(function)
        ]
        ApprovalSupport.objects.bulk_create(supports)
    edition.approval = approval  # type: ignore[attr-defined]
    trail.record(
        _name(edition, {}, "approved"),
        by=None,
        about=edition,
        after=edition.fp,
        payload={
            "edition": edition.number,
            "rule": "L8",
            "supports": sorted(f"{each.function} {each.review.reviewer.email}" for each in supports),
        },
    )
    _leave(edition, "edition.approved", people, by=None)
    registry.tell_approved(edition, by, people)
    return approval


# ---------------------------------------------------------------- undoing


@transaction.atomic
def revoke(review: Review, *, by: Person, reason: str, reauth_age_s: int | None) -> Review:
    """Revoke a signature of one's function: it falls at once; the function is asked again.

    `reauth_age_s` is how long ago the person proved who they are, as for a signature (P4).
    """
    _lock(review.dossier)
    review = Review.objects.select_related(
        "dossier__programme",
        "edition__dossier__programme",
        "edition__submitted_by__user",
        "reviewer__user",
        "on_behalf_of__user",
    ).get(pk=review.pk)
    raise_if(rules.objection_to_revoke(by, review, reason, reauth_age_s))
    review.revoked_at, review.revoked_by, review.revoke_reason = clock.now(), by, reason.strip()
    with told(rules.CONSTRAINTS):
        review.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
    trail.record(
        "review.revoked",
        by=by,
        about=review.edition,
        before=review.full_fp,
        on_behalf_of=review.on_behalf_of,
        payload={
            "edition": review.edition.number,
            "function": review.function,
            "signed_by": review.reviewer.email,
            "signed_at": cast(dt.datetime, review.signed_at),
            "reason": review.revoke_reason,
        },
    )
    _leave(
        review.edition,
        "review.revoked",
        [*_authors_and_leads(review.edition, Role.SPONSOR, Role.DMP_OPERATOR), review.reviewer],
        by=by,
        function=review.function,
        reason=review.revoke_reason,
    )
    _ask_what_fell(review.dossier, ReviewFunction.values, by=by)
    return review


@transaction.atomic
def withdraw(edition: Edition, *, by: Person, reason: str = "") -> Edition:
    """Take an edition back from review: it closes, and so do its requests."""
    _lock(edition.dossier)
    edition.refresh_from_db(
        from_queryset=Edition.objects.select_related("dossier__programme", "submitted_by__user", "approval")
    )
    raise_if(rules.objection_to_withdraw(by, edition, reason))
    asked = _close(edition, ClosedAs.WITHDRAWN, RequestClosedAs.WITHDRAWN)
    trail.record(
        _name(edition, {}, "withdrawn"),
        by=by,
        about=edition,
        before=edition.fp,
        payload={"edition": edition.number, "reason": reason.strip()},
    )
    people = _signers(edition, asked) if asked else []
    _leave(
        edition, "edition.withdrawn", [*people, *_authors_and_leads(edition)], by=by, reason=reason.strip()
    )
    return edition


@transaction.atomic
def replace(edition: Edition, *, by: Person) -> Edition:
    """Close an edition because its author opens the next draft: rejected if it was, else replaced.

    What was approved stays as it is: nothing is closed.
    """
    _lock(edition.dossier)
    edition.refresh_from_db(
        from_queryset=Edition.objects.select_related("dossier__programme", "submitted_by__user", "approval")
    )
    if edition.closed_at is not None or hasattr(edition, "approval"):
        return edition
    refused = queries.case_of(edition).rejection() is not None
    _close(edition, ClosedAs.REJECTED if refused else ClosedAs.REPLACED, RequestClosedAs.REPLACED)
    trail.record(
        _name(edition, {}, "replaced"),
        by=by,
        about=edition,
        before=edition.fp,
        payload={"edition": edition.number, "as": edition.closed_as},
    )
    return edition


def _close(edition: Edition, as_: ClosedAs, requests_as: RequestClosedAs) -> list[str]:
    """Close an edition with its open requests; name the functions that were asked."""
    open_ = list(edition.requests.open().select_for_update(no_key=True))
    for asked in open_:
        _close_request(asked, requests_as)
    with told(rules.CONSTRAINTS):
        dossiers.close(edition, as_=as_)
    return [asked.function for asked in open_]


@transaction.atomic
def tell_event(
    dossier: Dossier,
    code: str,
    *,
    by: Person | None,
    functions: Iterable[str] | None = None,
    note: str = "",
    reviewer: Person | None = None,
) -> ExternalEvent:
    """Tell an event outside the content (XT-nn): signatures of its functions made before it fall.

    They fall today, or after the delay that the library gives; `reviewer` limits it to one signer.
    `by` is null for what the system finds by itself.
    """
    _lock(dossier)
    named = list(functions) if functions is not None else None
    raise_if(rules.objection_to_event(dossier, code, named))
    known = queries.trigger(code)
    concerned = named if named is not None else list(known["staled"])
    falls_on = clock.today() + dt.timedelta(days=DELAYS.get(known["effect"], 0))
    event = ExternalEvent.objects.create(
        dossier=dossier,
        code=code,
        functions=[name for name in ReviewFunction.values if name in concerned],
        at=clock.now(),
        stales_on=falls_on,
        note=note.strip(),
        reviewer=reviewer,
    )
    trail.record(
        "review.event",
        by=by,
        about=dossier,
        payload={
            "code": code,
            "functions": event.functions,
            "falls_on": falls_on,
            "note": event.note,
            "reviewer": reviewer.email if reviewer is not None else None,
        },
    )
    if falls_on <= clock.today():
        _ask_what_fell(dossier, event.functions, by=by, event=event)
    return event


def _ask_what_fell(
    dossier: Dossier, functions: Iterable[str], *, by: Person | None, event: ExternalEvent | None = None
) -> None:
    """Ask functions again whose signatures no longer cover what is in review or approved."""
    for edition in queries.current_editions(dossier=dossier):
        case = queries.case_of(edition)
        fell = [
            name
            for name in functions
            if name in case.frozen and not case.covers(name) and case.state(name) in queries.FALLEN
        ]
        open_ = set(edition.requests.open().values_list("function", flat=True))
        again = [name for name in fell if name not in open_]
        requests = [_open(edition, name, case, by=by or edition.submitted_by) for name in again]
        if requests:
            trail.record(
                "review.asked",
                by=by,
                about=edition,
                after=edition.fp,
                payload={"edition": edition.number, "functions": again, "again": True},
            )
        for name in fell if event is not None else ():
            _leave(
                edition,
                "review.fell",
                [*_authors_and_leads(edition, Role.DMP_OPERATOR), *_signers(edition, [name])],
                by=by,
                function=name,
                reason=_in_both(queries.trigger(event.code)) if event is not None else "",
            )
        if case.rejection() is None:
            _call(case, [asked for asked in requests if not case.waits_for(asked.function)], by=by)


def fall_for_cause(assignment: RoleAssignment, by: Person) -> None:
    """Make what a person signed in a role fall in fifteen days: it was withdrawn for cause (XT-10)."""
    function = FUNCTION_OF.get(Role(assignment.role))
    if function is None:
        return
    signed = Review.objects.filter(
        function=function,
        revoked_at__isnull=True,
        dossier__programme=assignment.programme_id,
        reviewer=assignment.person_id,
    )
    for dossier in (
        Dossier.objects.filter(pk__in=signed.values("dossier")).select_related("programme").order_by("code")
    ):
        tell_event(dossier, "XT-10", by=by, functions=[function], reviewer=assignment.person)


# ---------------------------------------------------------------- what time brings


def open_renewals() -> int:
    """Ask again the functions whose signatures fell or end within 45 days; say how many were asked.

    It makes nothing expire: whoever reads sees what stands, with or without it.
    """
    count = 0
    for edition in queries.current_editions():
        with transaction.atomic():
            _lock(edition.dossier)
            case = queries.case_of(edition)
            open_ = set(edition.requests.open().values_list("function", flat=True))
            if case.rejection() is not None:
                continue
            for function in case.frozen:
                through = case.holds_through(function)
                due = through is not None and policies.may_renew(through, on=clock.today())
                if function not in open_ and (due or not case.covers(function)):
                    ask_again(edition, function, by=None)
                    count += 1
    return count


def tell_ends() -> int:
    """Tell, once each, signatures that end in 45, 15 or 5 days, ended, or fell; say how many messages."""
    today, count = clock.today(), 0
    editions = queries.current_editions()
    for case in queries.cases_of(editions, conditions=False).values():
        for function in case.frozen:
            count += _tell_end(case, function, today)
    return count


def _tell_end(case: Case, function: str, today: dt.date) -> int:
    edition = case.edition
    through = case.holds_through(function)
    if through is not None:
        passed = [days for days in ALERTS if today >= through - dt.timedelta(days=days)]
        if not passed:
            return 0
        once = f"review.expiring {edition.pk} {function} {through} {passed[-1]}"
        return _tell_function(case, "review.expiring", function, once, until=through)
    fallen = case.fallen(function)
    if fallen is None or fallen.state == Standing.REVOKED:
        return 0
    once = f"review.{fallen.state} {fallen.review.pk} {edition.pk}"
    reason = (
        _("it ended.")
        if fallen.state == Standing.EXPIRED
        else _("an event outside the content made it fall.")
    )
    return _tell_function(case, "review.fell", function, once, reason=_said_in_both(reason))


def _said_in_both(said: Any) -> dict[str, str]:
    """Say a lazy text in both languages, for a message that is read later."""
    spoken = {}
    for lang in ("en", "fr"):
        with translation.override(lang):
            spoken[lang] = str(said)
    return spoken


def _tell_function(case: Case, event: str, function: str, once: str, **facts: Any) -> int:
    people = [*_authors_and_leads(case.edition), *_signers(case.edition, [function])]
    return len(_leave(case.edition, event, people, by=None, once=once, function=function, **facts))


def tell_late() -> int:
    """Tell, once each, the open requests that are past their day, where their turn has come."""
    late = list(
        ReviewRequest.objects.open()
        .filter(due_on__lt=clock.today(), edition__closed_at__isnull=True)
        .select_related("edition__dossier__programme", "edition__submitted_by__user")
    )
    count = 0
    for asked in queries.ready(late):
        people = [*_signers(asked.edition, [asked.function]), *_authors_and_leads(asked.edition)]
        count += len(
            _leave(
                asked.edition,
                "review.late",
                people,
                by=None,
                once=f"review.late {asked.pk}",
                function=asked.function,
                due=asked.due_on,
            )
        )
    return count


# ---------------------------------------------------------------- parts of verbs


def _lock(dossier: Dossier) -> None:
    """Wait for whoever else signs, submits or withdraws this dossier."""
    Dossier.objects.select_for_update(no_key=True).only("pk").get(pk=dossier.pk)


def _fresh(request: ReviewRequest, **beside: Any) -> ReviewRequest:
    """Read a request again, once the dossier is ours, with what is asked beside it."""
    found = ReviewRequest.objects.select_related(
        "edition__dossier__programme", "edition__submitted_by__user", "edition__approval", "assigned_to"
    )
    return found.annotate(**beside).get(pk=request.pk)


def _save(request: ReviewRequest) -> None:
    request.version += 1
    with told(rules.CONSTRAINTS):
        request.save(update_fields=["assigned_to", "taken_at", "state", "version"])


def _close_request(request: ReviewRequest, as_: RequestClosedAs) -> None:
    request.closed_at, request.closed_as, request.state = clock.now(), as_, RequestState.CLOSED
    request.version += 1
    with told(rules.CONSTRAINTS):
        request.save(update_fields=["closed_at", "closed_as", "state", "version"])


def _name(edition: Edition, particular: Mapping[str, str], verb: str) -> str:
    """The journal's verb for an edition of this kind: `revision.approved`, `segment.approved`…"""
    name = NAMES.get(edition.dossier.kind, "edition")
    return particular.get(name, f"{name}.{verb}")


def _authors_and_leads(edition: Edition, *also: Role) -> list[Person]:
    """The authors, the submitter, the core-team lead, and whoever holds these roles; in one statement."""
    held = RoleAssignment.objects.active(clock.today()).filter(
        programme=edition.dossier.programme_id, role__in=[Role.CORE_TEAM_LEAD, *also]
    )
    return list(
        Person.objects.filter(
            Q(pk__in=held.values("person"))
            | Q(pk__in=edition.authors.values("person"))
            | Q(pk=edition.submitted_by_id)
        )
        .select_related("user", "organisation")
        .order_by("display_name")
    )


def _in_both(known: Mapping[str, Any]) -> dict[str, str]:
    return {"en": known["en"], "fr": known["fr"]}


def _leave(
    edition: Edition,
    event: str,
    people: Iterable[Person],
    *,
    by: Person | None,
    once: str | None = None,
    **facts: Any,
) -> list[Message]:
    """Leave a message about an edition, named in both languages."""
    dossier = edition.dossier
    fr, en = dossier.name_fr, dossier.name_en or dossier.name_fr
    return notices.leave(
        people,
        event=event,
        about=dossier,
        programme=dossier.programme,
        by=by,
        once=once,
        facts={
            "who": str(by) if by is not None else "",
            "what": {"fr": f"{dossier.code} {fr}", "en": f"{dossier.code} {en}"},
            "edition": edition.number,
            **facts,
        },
    )
