"""Gates: may we pass? Criteria as they stand now, who can lift what, attestations, and the decision."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from governance import canonical, clock, library
from governance.accounts import proof
from governance.errors import NotPossible, NotValid, Refusal
from governance.evidence.models import Evidence
from governance.gates import actions, findings, queries, rules
from governance.gates.choices import UNDER_WAY, Outcome, ReviewStatus
from governance.gates.models import Gate, GateDecision, GateReview
from governance.programmes.choices import PhaseKind
from governance.roles import queries as roles
from governance.roles.choices import Role
from governance.stakeholders.models import Person
from governance.web.base import Form, acting, incomplete, programme_page, reauthenticated, show

CALENDAR = {"type": "date"}


class DecisionForm(Form):
    """What a sponsor signs at a gate."""

    outcome = forms.ChoiceField(choices=Outcome.choices)
    rationale = forms.CharField(
        label=gettext_lazy("Why this decision"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    revisit_on = forms.DateField(
        label=gettext_lazy("Look at it again on"),
        required=False,
        widget=forms.DateInput(attrs=CALENDAR, format="%Y-%m-%d"),
    )
    password = forms.CharField(
        label=gettext_lazy("Your password"), required=False, widget=forms.PasswordInput
    )
    code = forms.CharField(label=gettext_lazy("Code of your generator"), required=False, max_length=12)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not proof.has_second_factor(user):
            del self.fields["code"]


class GateConditionForm(Form):
    """What makes up for one failing criterion: what, by whom, by when."""

    criterion = forms.CharField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=gettext_lazy("What is asked"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    owner = forms.ModelChoiceField(Person.objects.none(), label=gettext_lazy("By whom"), required=False)
    due_on = forms.DateField(
        label=gettext_lazy("Due on"),
        required=False,
        widget=forms.DateInput(attrs=CALENDAR, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, people: Any, title: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = people
        owner.choices = [("", "–"), *((one.pk, str(one)) for one in people)]  # read once for every form
        self.title = title


@require_safe
@programme_page("gates")
def index(request: Any) -> HttpResponse:
    """Show all gates of the programme, and go to the one ahead."""
    if not request.rights.reads:
        raise Http404
    ahead = queries.next_gate(request.programme)
    gates = list(Gate.objects.filter(programme=request.programme).order_by("order"))
    decisions = _decisions(request.programme)
    rows = [{"gate": gate, "ahead": gate == ahead, "decisions": decisions.get(gate.pk, [])} for gate in gates]
    return show(request, "governance/gates/index.html", {"rows": rows})


def _decisions(programme: Any) -> dict[Any, list[queries.Decided]]:
    """What was decided at each gate, the newest first, by the key of the gate."""
    found: dict[Any, list[queries.Decided]] = {}
    for one in queries.decisions_of(programme):
        found.setdefault(one.gate.pk, []).append(one)
    return found


def _gate(request: Any, code: str) -> Gate:
    gate = Gate.objects.filter(programme=request.programme, code=code).select_related("programme").first()
    if gate is None or not request.rights.reads:
        raise Http404
    return gate


@require_safe
@programme_page("gates")
def show_gate(request: Any, code: str) -> HttpResponse:
    """Show one gate as it stands now."""
    return _page(request, _gate(request, code))


def _page(
    request: Any,
    gate: Gate,
    *,
    refusal: Refusal | None = None,
    form: DecisionForm | None = None,
    conditions: list[GateConditionForm] | None = None,
) -> HttpResponse:
    attempt = queries.counting_review(gate)
    review = attempt if attempt is not None and attempt.status in UNDER_WAY else None
    passed = attempt if review is None else None
    if passed is not None:  # what was decided is read as it was frozen, not as it would be found today
        readiness = queries.frozen_standing(passed)
    else:
        found = queries.findings(gate, review, request.rights)
        readiness = queries.standing_of(gate, found, review)
    turn = queries.turn_of(request.programme)
    ahead = turn.gate
    is_ahead = ahead is not None and ahead.pk == gate.pk
    sponsors = roles.holders(request.programme, Role.SPONSOR)
    decided_on = review or passed
    signatures = {one.person_id: one for one in queries.live_signatures(decided_on)} if decided_on else {}
    panel = _panel(request, review, sponsors, signatures, form, conditions) if review else None
    passing = [one for one in readiness.criteria if one.passes]
    failing = [replace(one, acts=_links(request, one)) for one in readiness.criteria if not one.passes]
    attestable = {
        one.code
        for one in readiness.criteria
        if one.kind == "attested"
        and review
        and review.status == ReviewStatus.PREPARING
        and one.attest_role in request.rights.roles
    }
    return show(
        request,
        "governance/gates/gate.html",
        {
            "gate": gate,
            "is_ahead": is_ahead,
            "ahead": ahead,
            "readiness": readiness,
            "passing": passing,
            "failing": failing,
            "steps": _steps(review, failing, len(signatures)) if is_ahead and readiness.criteria else [],
            "review": review,
            "passed": passed,
            "sponsors": [
                {"person": one, "signature": signatures.get(one.pk), "me": one == request.person}
                for one in sponsors
            ],
            "signed": len(signatures),
            "panel": panel,
            "past": _decisions(request.programme).get(gate.pk, []),
            "attestable": attestable,
            "evidence": Evidence.objects.filter(
                programme=request.programme, superseded_by__isnull=True
            ).order_by("-added_at")[:50]
            if attestable
            else [],
            "prepare_objection": rules.objection_to_prepare(
                gate,
                request.rights,
                turn=ahead,
                passed=gate.code in turn.passed,
                held=queries.held_by(gate),
                under_way=review,
                today=clock.today(),
            ),
            "submit_objection": rules.objection_to_submit(
                review,
                request.rights,
                turn=ahead,
                passed=gate.code in turn.passed,
                loaded=len(readiness.criteria),
                rooms=[one.room for one in readiness.coming],
            )
            if review
            else None,
            "may_withdraw": review is not None
            and rules.objection_to_withdraw(review, request.rights) is None,
            "today": clock.today(),
        },
        refusal=refusal,
    )


def _links(request: Any, one: findings.CriterionFinding) -> list[dict[str, str]]:
    """Where the reader goes to mend what fails, if it is theirs to lift; a word is given on the page."""
    if not request.rights.roles & set(one.roles):
        return []
    return [
        {"label": act["label"], "url": reverse(act["url_name"], kwargs=act["kwargs"])}
        for act in one.acts
        if act["url_name"] != "governance:gate_attest"
    ]


def _steps(
    review: GateReview | None, failing: list[findings.CriterionFinding], signed: int
) -> list[dict[str, Any]]:
    """How a gate goes on until it is decided: what is done, whose turn it is now, what follows."""
    lead, sponsors = str(Role.CORE_TEAM_LEAD.label), _("two sponsors, of two departments")
    who_can = ", ".join(dict.fromkeys(who for one in failing for who in one.who_can))
    missing = ngettext("%(n)s criterion fails", "%(n)s criteria fail", len(failing)) % {"n": len(failing)}
    if review is not None and review.status == ReviewStatus.SUBMITTED and failing:
        missing = _("submitted all the same: %(missing)s") % {"missing": missing}
    now = 0 if review is None else 1 if failing else 2
    if submitted := review if review and review.status == ReviewStatus.SUBMITTED else None:
        now = 3
    told = [
        ("decision", _("Prepare the review"), "", str(review.prepared_by) if review else lead),
        ("criteria", _("Attest and mend"), missing if failing else _("every criterion passes"), who_can),
        ("decision", _("Submit to the sponsors"), "", str(submitted.submitted_by) if submitted else lead),
        ("decision", _("Decide"), _("%(n)s of 2 signatures") % {"n": signed}, sponsors),
    ]
    return [
        {
            "label": label,
            "anchor": anchor,
            "detail": detail,
            "who": who,
            "state": "done" if place < now else "now" if place == now else "next",
        }
        for place, (anchor, label, detail, who) in enumerate(told)
    ]


def _panel(
    request: Any,
    review: GateReview,
    sponsors: list[Person],
    signatures: dict[Any, Any],
    form: DecisionForm | None,
    conditions: list[GateConditionForm] | None,
) -> dict[str, Any] | None:
    """What a sponsor may decide; the first signature's terms are offered to the second."""
    if review.status != ReviewStatus.SUBMITTED or review.edition is None:
        return None
    first = next((one for one in signatures.values() if one.person_id != request.person.pk), None)
    terms = canonical.parse(first.terms) if first else {}
    by_criterion = {one.get("criterion", ""): one for one in terms.get("conditions", [])}
    people = roles.people_of(request.programme)
    by_email = {person.email: person for person in people} if by_criterion else {}
    limits = library.gate_settings()
    offered = queries.frozen_standing(review)
    wanted = _to_make_up_for(offered)
    return {
        "form": form
        or DecisionForm(
            user=request.user, initial={key: terms.get(key) for key in ("outcome", "rationale", "revisit_on")}
        ),
        "conditions": conditions
        or [
            GateConditionForm(
                prefix=f"c{n}",
                people=people,
                title=title,
                initial={
                    "criterion": criterion,
                    "text": by_criterion.get(criterion, {}).get("text", ""),
                    "owner": by_email.get(by_criterion.get(criterion, {}).get("owner", "")),
                    "due_on": by_criterion.get(criterion, {}).get("due_on"),
                },
            )
            for n, (criterion, title) in enumerate(wanted.items())
        ],
        "first": first,
        "mine": signatures.get(request.person.pk),
        "lost": review.signatures.filter(person=request.person, replaced_at__isnull=False).last()
        if first is not None and request.person.pk not in signatures
        else None,
        "awaited": [
            one
            for one in sponsors
            if one.pk not in signatures and one.department != request.person.department
        ],
        "outcomes": [
            {
                "value": value,
                "label": label,
                "offered": value in offered.outcomes_offered,
                "objections": offered.refused_outcomes.get(value, []),
            }
            for value, label in Outcome.choices
        ],
        "refused": rules.objection_to_decide(review, request.rights),
        "condition_limit": clock.today() + dt.timedelta(days=int(limits["condition_max_days"])),
        "hold_limit": clock.today() + dt.timedelta(days=int(limits["hold_max_days"])),
        "fingerprint": review.edition.fp,
    }


def _to_make_up_for(standing: queries.Readiness) -> dict[str, str]:
    """The criteria that a go under conditions must name: failing musts, else failing shoulds; by code."""
    missing = findings.blocking(standing.criteria) or findings.failing_shoulds(standing.criteria)
    return {one.code: one.text for one in missing if one.waivable or one.level == "should"}


@require_POST
@programme_page("gates")
def prepare(request: Any, code: str) -> HttpResponse:
    """Open an attempt at the gate."""
    gate = _gate(request, code)
    try:
        with acting(request, "gate.prepare", about=gate):
            actions.prepare(gate, by=request.person)
    except Refusal as refusal:
        return _page(request, gate, refusal=refusal)
    messages.success(request, _("The review is open: attestations can be given, then it is submitted."))
    return redirect("governance:gate", request.programme.code, code)


def _review(request: Any, gate: Gate) -> GateReview:
    review = queries.review_under_way(gate)
    if review is None:
        raise NotPossible(
            _("No review of this gate is under way: it was decided or withdrawn meanwhile."),
            code="not_in_review",
        )
    return review


@require_POST
@programme_page("gates")
def attest(request: Any, code: str, criterion: str) -> HttpResponse:
    """Give one's word on a criterion, with its proofs."""
    gate = _gate(request, code)
    asked = gate.criteria.filter(code=criterion).first()
    if asked is None:
        raise Http404
    proofs = Evidence.objects.filter(programme=request.programme, code__in=request.POST.getlist("evidence"))
    try:
        with acting(request, "gate.attest", about=gate):
            actions.attest(
                _review(request, gate),
                asked,
                by=request.person,
                comment=request.POST.get("comment", "").strip(),
                evidence=list(proofs),
            )
    except Refusal as refusal:
        return _page(request, gate, refusal=refusal)
    messages.success(request, _("Attested: your word is kept with this attempt."))
    return redirect("governance:gate", request.programme.code, code)


@require_POST
@programme_page("gates")
def submit(request: Any, code: str) -> HttpResponse:
    """Freeze what is found and put it before the sponsors."""
    gate = _gate(request, code)
    try:
        with acting(request, "gate.submit", about=gate):
            actions.submit(_review(request, gate), by=request.person)
    except Refusal as refusal:
        return _page(request, gate, refusal=refusal)
    messages.success(request, _("Submitted: the findings are frozen, the sponsors are told."))
    return redirect("governance:gate", request.programme.code, code)


@require_POST
@programme_page("gates")
def withdraw(request: Any, code: str) -> HttpResponse:
    """Take the review back, with a reason."""
    gate = _gate(request, code)
    try:
        with acting(request, "gate.withdraw", about=gate):
            actions.withdraw(
                _review(request, gate), by=request.person, reason=request.POST.get("reason", "").strip()
            )
    except Refusal as refusal:
        return _page(request, gate, refusal=refusal)
    messages.success(request, _("Withdrawn: nothing else changes, the attempt stays in the history."))
    return redirect("governance:gate", request.programme.code, code)


@require_POST
@programme_page("gates")
def sign(request: Any, code: str) -> HttpResponse:
    """Sign one's decision; the second equal one decides."""
    gate = _gate(request, code)
    people = roles.people_of(request.programme)
    form = DecisionForm(request.POST, user=request.user)
    under_way = queries.review_under_way(gate)
    titles = _to_make_up_for(queries.frozen_standing(under_way)) if under_way and under_way.edition else {}
    extra = [
        GateConditionForm(request.POST, prefix=f"c{n}", people=people, title=title)
        for n, title in enumerate(titles.values())
    ]
    refusal: Refusal | None = None
    if not form.is_valid() or not all(one.is_valid() for one in extra):
        refusal = incomplete()
    else:
        wanted = [one.cleaned_data for one in extra if one.cleaned_data.get("text")]
        if any(not one.get("owner") or not one.get("due_on") for one in wanted):
            refusal = NotValid(
                _("Say who must meet each condition, and by when."), code="conditions", status=400
            )
    if refusal is None:
        given = form.cleaned_data
        try:
            with acting(request, "gate.sign", about=gate):
                review = _review(request, gate)
                age = reauthenticated(request, password=given["password"], code=given.get("code", ""))
                before = queries.live_signatures(review)
                actions.sign(
                    review,
                    by=request.person,
                    outcome=given["outcome"],
                    rationale=given["rationale"],
                    conditions=wanted if given["outcome"] == Outcome.CONDITIONAL_GO else [],
                    revisit_on=given["revisit_on"] if given["outcome"] == Outcome.HOLD else None,
                    fingerprint=request.POST.get("fingerprint", ""),
                    reauth_age_s=age,
                )
        except Refusal as refused:
            refusal = refused
        else:
            decided = GateDecision.objects.filter(review=review).first()
            messages.success(request, _done(gate, decided))
            live = {one.pk for one in queries.live_signatures(review)}
            fallen = [one.person for one in before if one.pk not in live and one.person != request.person]
            if fallen:
                told = _("Your terms are not the same: what %(names)s signed fell, and they sign again.")
                messages.warning(request, told % {"names": ", ".join(map(str, fallen))})
            if decided is not None:
                return redirect("governance:gate_review", request.programme.code, code, review.attempt)
            return redirect("governance:gate", request.programme.code, code)
    return _page(request, gate, refusal=refusal, form=form, conditions=extra)


def _done(gate: Gate, decided: GateDecision | None) -> str:
    """Say what a signature did: it waits for a second one, or decides, and may open a phase."""
    if decided is None:
        return _("Signed: a second sponsor, of another department, must sign the same terms.")
    said = _("Decided: two sponsors have signed the same terms.")
    if decided.passes and gate.to_phase is not None and gate.to_phase != gate.from_phase:
        phase = PhaseKind(gate.to_phase).label
        said += " " + _("The phase “%(phase)s” is open: everybody is told.") % {"phase": phase}
    return said


@require_safe
@programme_page("gates")
def past(request: Any, code: str, attempt: int) -> HttpResponse:
    """Show one attempt as it was frozen and decided."""
    gate = _gate(request, code)
    review = (
        gate.reviews.filter(attempt=attempt, edition__isnull=False)
        .select_related(
            "edition", "dossier", "submitted_by", "decision__first__person", "decision__second__person"
        )
        .first()
    )
    if review is None:
        raise Http404
    decision = (
        GateDecision.objects.filter(review=review).select_related("first__person", "second__person").first()
    )
    return show(
        request,
        "governance/gates/past.html",
        {
            "gate": gate,
            "review": review,
            "findings": queries.frozen_findings(review, request.LANGUAGE_CODE[:2]),
            "decision": decision,
            "standing": queries.decision_standing(decision, clock.today()) if decision else "",
            "conditions": list(decision.conditions.select_related("owner", "verified_by"))
            if decision
            else [],
        },
    )
