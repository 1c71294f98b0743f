"""One condition: what was promised, by whom, by when; its proofs, and who says whether it is met."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from governance import clock
from governance.audit.models import Event
from governance.conditions import actions, queries, rules
from governance.conditions.choices import MET, ConditionStatus
from governance.conditions.models import Condition
from governance.errors import Refusal
from governance.evidence import rules as evidence_rules
from governance.roles import actions as roles
from governance.roles import queries as role_queries
from governance.stakeholders.models import Person
from governance.web.base import acting, programme_page, show
from governance.web.forms import EvidenceForm, ReasonForm
from governance.web.words import verb_in_words


def _condition(request: Any, code: str) -> Condition:
    """A condition of the programme, for whoever reads it or owes it; nothing else exists."""
    found = (
        queries.of_programme(request.programme)
        .filter(code=code)
        .select_related(
            "gate_link__decision__review__gate",
            "review_link__review__edition__dossier",
            "review_link__review__reviewer",
        )
        .first()
    )
    if found is None or not (request.rights.reads or found.belongs_to(request.person)):
        raise Http404
    return found


@require_safe
@programme_page("programme")
def show_condition(request: Any, code: str) -> HttpResponse:
    """Show one condition."""
    return _page(request, _condition(request, code))


def _page(
    request: Any,
    condition: Condition,
    *,
    form: EvidenceForm | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    person, rights, today = request.person, request.rights, clock.today()
    mine = condition.belongs_to(person)
    open_to_all = condition.status not in MET
    proofs = [
        {"evidence": one, "readable": evidence_rules.may_read(rights, one)}
        for one in condition.evidence.select_related("added_by", "superseded_by").order_by("-added_at")
    ]
    judge = rules.asked_by(condition)
    return show(
        request,
        "governance/conditions/condition.html",
        {
            "programme": request.programme,
            "condition": condition,
            "state": "overdue" if condition.is_overdue(today) else condition.status,
            "origin": _origin(condition),
            "mine": mine,
            "is_open": open_to_all,
            "waits": condition.status == ConditionStatus.EVIDENCE_SUBMITTED,
            "proofs": proofs,
            "life": _life(condition),
            "voices": list(condition.waiver_voices.select_related("sponsor")),
            "judges": role_queries.holders(request.programme, judge),
            "judge": judge.label,
            "form": form or EvidenceForm(),
            "evidence_objection": (rights.objection("evidence.add") if open_to_all and mine else None),
            "verify_objection": _first(rules.objection_to_verify(person, condition)) if open_to_all else None,
            "waive_objection": _first(rules.objection_to_waive(person, condition, "-"))
            if open_to_all
            else None,
            "reason": ReasonForm(),
            "today": today,
        },
        refusal=refusal,
        status=status,
    )


def _first(found: list[Refusal]) -> Refusal | None:
    return found[0] if found else None


def _origin(condition: Condition) -> dict[str, Any]:
    """Where a condition comes from: a signature or the decision at a gate."""
    review_link = getattr(condition, "review_link", None)
    if review_link is not None:
        return {"review": review_link.review, "edition": review_link.review.edition}
    gate_link = getattr(condition, "gate_link", None)
    return {"gate_review": gate_link.decision.review} if gate_link is not None else {}


def _life(condition: Condition) -> list[dict[str, Any]]:
    """What happened to a condition, the newest first, with the reasons that were given."""
    events = list(Event.objects.of(condition.stream).about(*condition.subject).newest()[:50])
    people = {one.email: one for one in Person.objects.filter(email__in={event.actor for event in events})}
    return [
        {
            "what": verb_in_words(event.verb),
            "who": str(people.get(event.actor, event.actor)),
            "at": event.at,
            "reason": json.loads(event.payload).get("reason", ""),
        }
        for event in events
    ]


@require_POST
@programme_page("programme")
def submit_evidence(request: Any, code: str) -> HttpResponse:
    """Give a proof: a file, an address, or both."""
    condition = _condition(request, code)
    form = EvidenceForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, condition, form=form, status=400)
    given = dict(form.cleaned_data)
    file = given.pop("file")
    if file is not None:
        given |= {"data": file.read(evidence_rules.MOST_BYTES + 1), "filename": file.name}
    try:
        with acting(request, "condition.evidence", about=condition), transaction.atomic():
            evidence = roles.add_evidence(request.programme, by=request.person, **given)
            actions.submit_evidence(condition, evidence, by=request.person)
    except Refusal as refusal:
        return _page(request, _condition(request, code), form=form, refusal=refusal)
    messages.success(request, _("The proof is given: whoever set the condition checks it."))
    return redirect("governance:condition", request.programme.code, code)


def _judge(
    request: Any, code: str, act: str, verb: Callable[..., Condition], done: Any, **given: Any
) -> HttpResponse:
    condition = _condition(request, code)
    try:
        with acting(request, act, about=condition):
            verb(condition, by=request.person, **given)
    except Refusal as refusal:
        return _page(request, _condition(request, code), refusal=refusal)
    messages.success(request, done(condition) if callable(done) else done)
    return redirect("governance:condition", request.programme.code, code)


@require_POST
@programme_page("programme")
def verify(request: Any, code: str) -> HttpResponse:
    """Find the condition met."""
    return _judge(request, code, "condition.verify", actions.verify, _("The condition is met."))


@require_POST
@programme_page("programme")
def refuse(request: Any, code: str) -> HttpResponse:
    """Refuse the proof, with a reason: the condition is open again."""
    reason = request.POST.get("reason", "")
    done = _("The proof is refused: the condition is open again, and its owner is told.")
    return _judge(request, code, "condition.refuse", actions.refuse, done, reason=reason)


@require_POST
@programme_page("programme")
def waive(request: Any, code: str) -> HttpResponse:
    """Waive the condition, with a reason; for a gate's, propose it to a second sponsor."""

    def done(condition: Condition) -> str:
        if condition.status == ConditionStatus.WAIVED:
            return _("The condition is waived; the reason is kept in the journal.")
        return _("Your word is noted: a sponsor of another department must say the same.")

    reason = request.POST.get("reason", "")
    return _judge(request, code, "condition.waive", actions.waive, done, reason=reason)
