"""The review desk, and one file: what changed, the questions, what was signed, the panel that binds."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from governance import clock
from governance.accounts import proof
from governance.conditions.choices import Severity
from governance.dossiers import queries as dossiers
from governance.dossiers.choices import Facet, ReviewFunction
from governance.dossiers.kinds import kind_of
from governance.dossiers.models import Edition
from governance.errors import NotValid, Refusal
from governance.reviews import actions, policies, queries, registry, rules
from governance.reviews.choices import Decision
from governance.reviews.models import Review, ReviewRequest
from governance.roles import queries as roles
from governance.stakeholders.models import Person
from governance.text import in_words
from governance.web import shown
from governance.web.base import Form, acting, incomplete, pages, programme_page, reauthenticated, show


class SignForm(Form):
    """What a signature asks for besides the answers."""

    comment = forms.CharField(
        label=gettext_lazy("Comment, seen by everyone"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        required=False,
        widget=forms.PasswordInput,
        help_text=gettext_lazy(
            "Asked before a signature: it proves that it is you. It holds for five minutes."
        ),
    )
    code = forms.CharField(label=gettext_lazy("Code of your generator"), required=False, max_length=12)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not proof.has_second_factor(user):
            del self.fields["code"]


class ConditionForm(Form):
    """What is asked of whom, by when, and what it holds up."""

    text = forms.CharField(
        label=gettext_lazy("What is asked"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    owner = forms.ModelChoiceField(Person.objects.none(), label=gettext_lazy("By whom"), required=False)
    due_on = forms.DateField(
        label=gettext_lazy("Due on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("What it holds up"), required=False, choices=Severity.choices
    )

    def __init__(self, *args: Any, people: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = people
        owner.choices = [("", "–"), *((one.pk, str(one)) for one in people)]  # read once for every form

    def clean(self) -> dict[str, Any]:
        """A condition is whole or absent."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("text") and not (given.get("owner") and given.get("due_on")):
            raise forms.ValidationError(_("Say who must meet this condition, and by when."))
        return given


CONDITIONS = 3


@require_safe
@programme_page("reviews")
def index(request: Any) -> HttpResponse:
    """The desk: what I must sign, what others have open, what ends soon."""
    mine = queries.requests_open_to(request.person, request.programme).select_related(
        "edition__dossier", "asked_by", "assigned_to"
    )
    elsewhere = ReviewRequest.objects.none()
    if request.rights.reads:
        elsewhere = (
            ReviewRequest.objects.open()
            .filter(edition__dossier__programme=request.programme)
            .exclude(pk__in=[one.pk for one in mine])
            .select_related("edition__dossier", "asked_by", "assigned_to")
            .defer("edition__content")
            .order_by("due_on", "asked_at", "pk")
        )
    page = Paginator(elsewhere, 50).get_page(request.GET.get("page"))
    others = list(page)
    waits = queries.waits([*mine, *others])
    ending = queries.ending_soon(request.programme, clock.today()) if request.rights.reads else []
    context = {
        "mine": [_row(one, None) for one in mine if one.pk not in waits],
        "later": [_row(one, waits[one.pk]) for one in mine if one.pk in waits],
        "others": [_row(one, waits.get(one.pk)) for one in others],
        "pager": pages(request, page),
        "ending": ending,
    }
    return show(request, "governance/reviews/index.html", context)


def _row(asked: ReviewRequest, wait: queries.Wait | None) -> dict[str, Any]:
    """One request of the desk, and in words what it waits for."""
    said = ""
    if wait is not None:
        names = ", ".join(str(ReviewFunction(name).label) for name in wait.functions)
        text = _("rejected by %(who)s: its author corrects it") if wait.rejected else _("after %(who)s")
        said = text % {"who": names}
    return {"asked": asked, "wait": said}


def _file(request: Any, code: str, number: int, function: str) -> tuple[Edition, ReviewRequest | None]:
    """The edition and the latest request of a function on it, among what the person may read."""
    if function not in ReviewFunction.values:
        raise Http404
    edition = (
        Edition.objects.filter(
            dossier__in=roles.visible_dossiers(request.person, request.programme, reads=request.rights.reads),
            dossier__code=code,
            number=number,
            requirements__function=function,
        )
        .select_related("dossier", "submitted_by")
        .first()
    )
    if edition is None:
        raise Http404
    edition.dossier.programme = request.programme  # known, so it is not read again
    asked = (
        edition.requests.filter(function=function)
        .select_related("asked_by", "assigned_to")
        .order_by("-asked_at")
        .first()
    )
    if asked is not None:
        asked.edition = edition
    return edition, asked


@require_safe
@programme_page("reviews")
def show_review(request: Any, code: str, number: int, function: str) -> HttpResponse:
    """Show one file."""
    edition, asked = _file(request, code, number, function)
    return _page(request, edition, asked, function)


def _answered(request: Any, history: list[Review], function: str) -> list[Review]:
    """The last signature of each who signed for a function, but those revoked: their answers are shown.

    They are read by those who sign for the function or read the journal, by who gave them and by whom they
    were given for.
    """
    last: dict[Any, Review] = {}
    for one in history:  # the newest first
        if one.function == function and one.revoked_at is None:
            last.setdefault(one.reviewer_id, one)
    if function in request.rights.functions or request.rights.may("audit.read"):
        return list(last.values())
    return [one for one in last.values() if request.person.pk in (one.reviewer_id, one.on_behalf_of_id)]


def _left(count: int) -> str:
    """How many questions are still without an answer, in words."""
    if not count:
        return _("Every question has its answer")
    return ngettext("%(n)s question to answer", "%(n)s questions to answer", count) % {"n": count}


def _page(
    request: Any,
    edition: Edition,
    asked: ReviewRequest | None,
    function: str,
    *,
    form: SignForm | None = None,
    conditions: list[ConditionForm] | None = None,
    answers: dict[str, Any] | None = None,
    wanted: dict[str, Any] | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    lang = request.LANGUAGE_CODE[:2]
    label = ReviewFunction(function).label
    kind = kind_of(edition.dossier.kind)
    history = queries.signatures(edition.dossier, dossiers.counting_edition(edition.dossier))
    before = queries.last_signed(history, edition, function)
    watched = [Facet(name) for name in policies.watched(function)]
    case = queries.case_of(edition, conditions=True)
    requirement = case.frozen[function]
    questions = policies.questions(
        requirement.checklist, also_blocking=rules.also_blocking(edition, function)
    )
    given = answers or {}
    options = [("yes", _("Yes")), ("no", _("No")), ("na", _("Not concerned"))]
    words = dict(options)
    beside = registry.beside(*filter(None, (edition, before)))
    told = beside[edition.pk]
    named = shown.proofs(told, beside[before.pk] if before else None, request.rights)
    facets = shown.facets(edition, before, lang, watched, named)
    changed = [
        one for one in facets if one["state"] == "changed" or any(proof["is_new"] for proof in one["proofs"])
    ]
    outside = (
        [facet for facet in dossiers.changed_facets(before, edition) if facet not in watched]
        if before
        else []
    )
    rights = request.rights
    delegation = (
        roles.delegation_for(request.person, asked, clock.today())
        if asked and function not in rights.functions
        else None
    )
    panel, cannot = None, None
    if asked is not None and asked.closed_at is None:
        refused = rules.objection_to_open(request.person, asked, rights=rights, case=case)
        if refused is None or function in rights.functions or delegation is not None:
            panel = _panel(
                request,
                edition,
                asked,
                function,
                delegation,
                form,
                conditions,
                refused,
                questions,
                given,
                case,
            )
        else:
            cannot = refused
    may_revoke = function in rights.functions
    if panel is not None:
        second_factor = "code" in panel["form"].fields
    else:
        second_factor = may_revoke and proof.has_second_factor(request.user)
    signed = _answered(request, history, function)
    standing = queries.standing(edition, case)
    return show(
        request,
        "governance/reviews/review.html",
        {
            "edition": edition,
            "dossier": edition.dossier,
            "title": dossiers.title_of(edition, lang),
            "dossier_url": kind.url,
            "asked": asked,
            "function": function,
            "function_label": label,
            "before": before,
            "change": told.change,
            "beside": told.facts,
            "facets": facets,
            "changed": changed,
            "outside": outside,
            "questions": [
                {
                    "question": one,
                    "options": options,
                    "answer": given.get(one.code, {}).get("answer", ""),
                    "comment": given.get(one.code, {}).get("comment", ""),
                    "said": [
                        {
                            "who": queries.signer(each),
                            "number": each.edition.number,
                            "word": words.get(answer.get("answer")),
                            "comment": answer.get("comment", ""),
                        }
                        for each in signed
                        if (answer := each.answers.get(one.code))
                    ],
                }
                for one in questions
            ],
            "panel": panel,
            "cannot": cannot,
            "history": history,
            "standing": shown.standing(edition, standing),
            "mine": next((one for one in standing if one.function == function), None),
            "may_revoke": may_revoke,
            "second_factor": second_factor,
            "wanted": wanted,
            "today": clock.today(),
        },
        refusal=refusal,
    )


def _panel(
    request: Any,
    edition: Edition,
    asked: ReviewRequest,
    function: str,
    delegation: Any,
    form: SignForm | None,
    conditions: list[ConditionForm] | None,
    refused: Refusal | None,
    questions: list[Any],
    given: dict[str, Any],
    case: queries.Case,
) -> dict[str, Any]:
    requirement = case.frozen[function]
    facets = policies.watched(function)
    behalf = str(delegation.delegator) if delegation else ""
    sentence = policies.meaning(
        person=str(request.person),
        function=function,
        decision=Decision.APPROVE,
        title=dossiers.title_of(edition, request.LANGUAGE_CODE[:2]),
        code=edition.dossier.code,
        number=edition.number,
        kind=queries.policy_of(edition.dossier),
        holds_through=policies.valid_through(clock.today(), requirement.days),
        lang=request.LANGUAGE_CODE[:2],
        on_behalf_of=behalf,
        facets=facets,
    )
    noes = policies.blocking_noes(requirement.checklist, given) if given else []
    approve_refused = (
        NotValid(
            ngettext(
                "A question that blocks is answered no: sign under conditions, or refuse.",
                "%(n)s questions that block are answered no: sign under conditions, or refuse.",
                len(noes),
            )
            % {"n": len(noes)},
            code="blocking_no",
        )
        if noes
        else None
    )
    people = roles.people_of(request.programme)
    return {
        "form": form or SignForm(user=request.user),
        "conditions": conditions or [ConditionForm(prefix=f"c{n}", people=people) for n in range(CONDITIONS)],
        "sentence": sentence,
        "refused": refused,
        "tally": {
            "ok": bool(questions)
            and all(given.get(one.code, {}).get("answer") for one in questions)
            and not noes,
            "text": _left(
                sum(not given.get(one.code, {}).get("answer") for one in questions) if questions else 0
            ),
            "told": ngettext("%(n)s question to answer", "%(n)s questions to answer", 2) % {"n": "#"},
            "told_one": _left(1),
            "told_done": _left(0),
        },
        "scope": case.scopes[function],
        "hidden": {"fingerprint": edition.fp},
        "verbs": [
            {
                "name": "decision",
                "value": Decision.APPROVE.value,
                "label": _("Sign"),
                "icon": "review",
                "kind": "primary",
                "objection": approve_refused,
            },
            {
                "name": "decision",
                "value": Decision.APPROVE_WITH_CONDITIONS.value,
                "label": _("Sign under conditions"),
                "icon": "cond",
                "kind": "",
                "objection": None,
            },
            {
                "name": "decision",
                "value": Decision.REJECT.value,
                "label": _("Refuse"),
                "icon": "x",
                "kind": "refuse",
                "objection": None,
            },
        ],
    }


@require_POST
@programme_page("reviews")
def take(request: Any, code: str, number: int, function: str) -> HttpResponse:
    """Take a request up, so that others see it is in hand."""
    edition, asked = _file(request, code, number, function)
    if asked is None:
        raise Http404
    try:
        with acting(request, "review.take", about=asked):
            actions.take(asked, by=request.person)
    except Refusal as refusal:
        return _page(request, edition, asked, function, refusal=refusal)
    messages.success(request, _("It is yours: others see that you have it in hand."))
    return redirect("governance:review", request.programme.code, code, number, function)


@require_POST
@programme_page("reviews")
def sign(request: Any, code: str, number: int, function: str) -> HttpResponse:
    """Sign an opinion on the content that was shown."""
    edition, asked = _file(request, code, number, function)
    if asked is None:
        raise Http404
    requirement = edition.requirements.get(function=function)
    answers = {
        one.code: {
            "answer": request.POST.get(f"a-{one.code}", ""),
            "comment": request.POST.get(f"n-{one.code}", "").strip(),
        }
        for one in policies.questions(
            requirement.checklist, also_blocking=rules.also_blocking(edition, function)
        )
    }
    people = roles.people_of(request.programme)
    form = SignForm(request.POST, user=request.user)
    extra = [ConditionForm(request.POST, prefix=f"c{n}", people=people) for n in range(CONDITIONS)]
    decision = request.POST.get("decision", "")
    refusal: Refusal | None = None
    if decision not in Decision.values:
        refusal = NotValid(
            _("Choose what you sign: approve, approve under conditions, or refuse."),
            code="malformed",
            status=400,
        )
    elif not form.is_valid() or not all(one.is_valid() for one in extra):
        refusal = incomplete()
    else:
        wanted = [one.cleaned_data for one in extra if one.cleaned_data.get("text")]
        try:
            with acting(request, "review.sign", about=asked):
                age = reauthenticated(
                    request, password=form.cleaned_data["password"], code=form.cleaned_data.get("code", "")
                )
                review = actions.sign(
                    asked,
                    Decision(decision),
                    fingerprint=request.POST.get("fingerprint", ""),
                    by=request.person,
                    reauth_age_s=age,
                    answers=answers,
                    conditions=wanted if decision == Decision.APPROVE_WITH_CONDITIONS else [],
                    public_comment=form.cleaned_data["comment"],
                )
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _signed(review))
            return redirect("governance:review", request.programme.code, code, number, function)
    return _page(
        request, edition, asked, function, form=form, conditions=extra, answers=answers, refusal=refusal
    )


def _signed(review: Review) -> str:
    """Say what was signed, and how long it holds."""
    if review.decision == Decision.REJECT:
        return _("Signed: refused. It stands until the author opens the next draft.")
    end: dt.date = review.valid_through or clock.today()
    return _("Signed: %(decision)s. It holds until %(day)s, as long as what you read does not change.") % {
        "decision": review.get_decision_display(),
        "day": in_words(end),
    }


@require_POST
@programme_page("reviews")
def ask_again(request: Any, code: str, number: int, function: str) -> HttpResponse:
    """Ask a function to sign the same content again, near its end or after its fall."""
    edition, asked = _file(request, code, number, function)
    try:
        with acting(request, "review.ask", about=edition):
            actions.ask_again(edition, ReviewFunction(function), by=request.person)
    except Refusal as refusal:
        return _page(request, edition, asked, function, refusal=refusal)
    messages.success(request, _("Asked again: the function finds it in its desk."))
    return redirect("governance:review", request.programme.code, code, number, function)


@require_POST
@programme_page("reviews")
def revoke(request: Any, code: str, number: int, function: str) -> HttpResponse:
    """Revoke a signature of one's function, with a reason."""
    edition, asked = _file(request, code, number, function)
    try:
        wanted = UUID(request.POST.get("review", ""))
    except ValueError as error:
        raise Http404 from error
    review = (
        Review.objects.filter(dossier=edition.dossier, function=function, pk=wanted)
        .select_related("dossier__programme", "edition")
        .first()
    )
    if review is None:
        raise Http404
    reason = request.POST.get("reason", "").strip()
    try:
        with acting(request, "review.revoke", about=edition):
            age = reauthenticated(
                request, password=request.POST.get("password", ""), code=request.POST.get("code", "")
            )
            actions.revoke(review, by=request.person, reason=reason, reauth_age_s=age)
    except Refusal as refusal:
        typed = {"review": review.pk, "reason": reason}
        return _page(request, edition, asked, function, wanted=typed, refusal=refusal)
    messages.success(request, _("Revoked: the signature no longer stands, and those concerned are told."))
    return redirect("governance:review", request.programme.code, code, number, function)
