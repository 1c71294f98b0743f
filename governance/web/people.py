"""People: who does what, since when and until when; who is missing; who signs in whose place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from governance import clock
from governance.dossiers.choices import ReviewFunction
from governance.errors import NotValid, Refusal
from governance.programmes.models import Programme
from governance.roles import actions, queries, rules
from governance.roles.choices import APPOINTED_BY_SPONSORS, ROLE_OF, Role
from governance.roles.models import Delegation, Deputy, RoleAssignment
from governance.stakeholders.models import InterestDeclaration, Organisation, Person
from governance.stakeholders.queries import named
from governance.web.base import acting, programme_page, reader_page, show
from governance.web.forms import (
    AssignForm,
    DelegateForm,
    EndForm,
    EngagementForm,
    InterestForm,
    OrganisationForm,
    PersonForm,
    ReasonForm,
    RevokeForm,
)

# What stands still while nobody holds the role: it is said beside the vacant place.
NEEDED: dict[str, Any] = {
    Role.SPONSOR: gettext_lazy("No gate is decided and no objective validated without two sponsors."),
    Role.CORE_TEAM_LEAD: gettext_lazy("Nobody prepares gates nor submits use cases."),
    Role.LEGAL_REVIEWER: gettext_lazy("No legal review is signed."),
    Role.DPO: gettext_lazy("No data protection review is signed."),
    Role.SECURITY_REVIEWER: gettext_lazy("No security review is signed."),
    Role.TECHNICAL_REVIEWER: gettext_lazy("No technical review is signed."),
    Role.DATA_OWNER: gettext_lazy("Nobody answers for what the data say."),
}


# ---------------------------------------------------------------- who does what
@require_safe
@reader_page("people")
def index(request: Any) -> HttpResponse:
    """Show who holds each role, and which role nobody holds."""
    today = clock.today()
    past = "past" in request.GET
    rows: dict[str, list[dict[str, Any]]] = {role.value: [] for role in Role}
    held: set[str] = set()
    assignments = queries.assignments_of(request.programme).order_by("person__display_name", "starts_on")
    for assignment in assignments:
        status = assignment.status(today)
        if status == "active":
            held.add(assignment.role)
        if past or status in ("active", "planned"):
            rows[assignment.role].append(
                {
                    "assignment": assignment,
                    "status": status,
                    "objection": _objection_to_change(request, assignment, status),
                    "may_change": status in ("active", "planned"),
                }
            )
    roles = [
        {"role": role.value, "label": role.label, "rows": rows[role.value], "need": NEEDED.get(role, "")}
        for role in Role
    ]
    organisations = list(queries.organisations_of(request.programme))
    return show(
        request,
        "governance/people/index.html",
        {
            "programme": request.programme,
            "roles": [one for one in roles if one["rows"]],
            "vacant": [one for one in roles if one["role"] not in held and one["need"]],
            "without": _without_role(request.programme, organisations, assignments),
            "past": past,
            "assign_objection": request.rights.objection("role.assign"),
            "people_objection": request.rights.objection("people.edit"),
            "engage_objection": request.rights.objection("engagement.edit"),
        },
    )


def _objection_to_change(request: Any, assignment: RoleAssignment, status: str) -> Refusal | None:
    """What keeps this person from ending a role, as far as the page knows without asking again."""
    if status not in ("active", "planned"):
        return None
    refused: Refusal | None = request.rights.objection("role.assign")
    if (
        refused is None
        and assignment.role in APPOINTED_BY_SPONSORS
        and Role.SPONSOR not in request.rights.roles
    ):
        refused = rules.appointed_by_sponsors(Role(assignment.role))
    return refused


def _without_role(
    programme: Programme, organisations: Iterable[Organisation], assignments: Iterable[RoleAssignment]
) -> list[Person]:
    """The people of the organisations known to the programme who hold nothing in it, now or later."""
    today = clock.today()
    busy = {one.person_id for one in assignments if one.status(today) in ("active", "planned")}
    return list(_people(programme, organisations).exclude(pk__in=busy)[:100])


def _people(programme: Programme, organisations: Iterable[Organisation] | None = None) -> QuerySet[Person]:
    """The people who may hold a role in a programme: those of its organisations, who have not left."""
    known = queries.organisations_of(programme) if organisations is None else organisations
    return (
        Person.objects.filter(
            Q(left_on__isnull=True) | Q(left_on__gt=clock.today()),
            organisation__in=[one.pk for one in known],
        )
        .select_related("organisation")
        .order_by("display_name")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@reader_page("people")
def person_new(request: Any) -> HttpResponse:
    """Write a person down."""
    form = PersonForm(request.POST or None, organisations=queries.organisations_of(request.programme))
    refusal, status = None, 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                with acting(request, "people.edit", about=request.programme):
                    person = actions.add_person(
                        by=request.person, programme=request.programme, **form.cleaned_data
                    )
            except Refusal as refused:
                refusal = refused
            else:
                messages.success(
                    request, _("%(person)s is written down. Give a role next.") % {"person": person}
                )
                return redirect("governance:person", request.programme.code, person.email)
    context = {
        "programme": request.programme,
        "form": form,
        "objection": request.rights.objection("people.edit"),
    }
    return show(request, "governance/people/person_new.html", context, refusal=refusal, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@reader_page("people")
def organisation_new(request: Any) -> HttpResponse:
    """Write an organisation down, then engage it: two acts, of two rights."""
    part = request.POST.get("part", "")
    adding = OrganisationForm(request.POST if part == "add" else None, prefix="add")
    first = {"code": request.GET.get("code", ""), "starts_on": clock.today()}
    engaging = EngagementForm(request.POST if part == "engage" else None, prefix="engage", initial=first)
    refusal, status = None, 200
    if request.method == "POST":
        status = 400
        if part == "add" and adding.is_valid():
            try:
                with acting(request, "people.edit", about=request.programme):
                    made = actions.add_organisation(
                        by=request.person, programme=request.programme, **adding.cleaned_data
                    )
            except Refusal as refused:
                refusal = refused
            else:
                messages.success(request, _("%(name)s is written down. Engage it next.") % {"name": made})
                address = redirect("governance:organisation_new", request.programme.code)
                address["Location"] += f"?code={made.code}"
                return address
        if part == "engage" and engaging.is_valid():
            terms = dict(engaging.cleaned_data)
            try:
                with acting(request, "engagement.edit", about=request.programme):
                    engagement = actions.engage(
                        request.programme, _organisation(terms.pop("code")), by=request.person, **terms
                    )
            except Refusal as refused:
                refusal = refused
            else:
                messages.success(request, _("%(name)s is engaged.") % {"name": engagement.organisation})
                return redirect("governance:people", request.programme.code)
    context = {
        "programme": request.programme,
        "adding": adding,
        "engaging": engaging,
        "known": queries.organisations_of(request.programme),
        "add_objection": request.rights.objection("people.edit"),
        "engage_objection": request.rights.objection("engagement.edit"),
    }
    return show(request, "governance/people/organisation_new.html", context, refusal=refusal, status=status)


def _organisation(code: str) -> Organisation:
    """The organisation of this code, whichever programme wrote it down."""
    found = Organisation.objects.filter(code=code.strip().upper()).first()
    if found is None:
        raise NotValid(
            _("No organisation has the code %(code)s: write it down first.") % {"code": code},
            code="unknown_organisation",
            field="code",
        )
    return found


# ---------------------------------------------------------------- roles held over time
@require_http_methods(["GET", "HEAD", "POST"])
@reader_page("people")
def assign(request: Any) -> HttpResponse:
    """Give a person a role, from a day to a day."""
    people = _people(request.programme)
    asked = people.filter(email=request.GET.get("person", "")).first() if "person" in request.GET else None
    first = {"person": asked, "role": request.GET.get("role", ""), "starts_on": clock.today()}
    form = AssignForm(request.POST or None, people=people, initial=first)
    refusal, status = None, 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            given = dict(form.cleaned_data)
            try:
                with acting(request, "role.assign", about=request.programme):
                    made = actions.assign(
                        request.programme, given.pop("person"), given.pop("role"), by=request.person, **given
                    )
            except Refusal as refused:
                refusal = refused
            else:
                messages.success(
                    request,
                    _("%(person)s is now “%(role)s”.")
                    % {"person": made.person, "role": made.get_role_display()},
                )
                return redirect("governance:people", request.programme.code)
    context = {
        "programme": request.programme,
        "form": form,
        "objection": request.rights.objection("role.assign"),
        "by_sponsors": [role.label for role in Role if role in APPOINTED_BY_SPONSORS],
    }
    return show(request, "governance/people/assign.html", context, refusal=refusal, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@reader_page("people")
def assignment_end(request: Any, assignment: Any) -> HttpResponse:
    """Set the last day of a role, or withdraw it at once."""
    held = queries.assignments_of(request.programme).filter(pk=assignment).first()
    if held is None:
        raise Http404
    act = request.POST.get("act", "")
    ending = EndForm(request.POST if act == "end" else None, initial={"ends_on": held.ends_on})
    revoking = RevokeForm(request.POST if act == "revoke" else None)
    refusal, status = None, 200
    if request.method == "POST":
        status = 400
        try:
            if act == "end" and ending.is_valid():
                with acting(request, "role.assign", about=held):
                    actions.end(held, by=request.person, **ending.cleaned_data)
                messages.success(request, _("The last day of the role is set."))
                return redirect("governance:people", request.programme.code)
            if act == "revoke" and revoking.is_valid():
                with acting(request, "role.assign", about=held):
                    actions.revoke(held, by=request.person, **revoking.cleaned_data)
                messages.success(request, _("The role is withdrawn, from now on."))
                return redirect("governance:people", request.programme.code)
        except Refusal as refused:
            refusal = refused
    state = held.status(clock.today())
    context = {
        "programme": request.programme,
        "assignment": held,
        "status": state,
        "ending": ending,
        "revoking": revoking,
        "objection": _objection_to_change(request, held, state),
        "is_over": state in ("ended", "revoked"),
    }
    return show(request, "governance/people/assignment.html", context, refusal=refusal, status=status)


# ---------------------------------------------------------------- one person
@require_http_methods(["GET", "HEAD", "POST"])
@programme_page("people")
def show_person(request: Any, name: str) -> HttpResponse:
    """Show what one person does here; let them declare their own interests."""
    person = _person(request, name)
    mine = person == request.person
    form, refusal, status = None, None, 200
    if mine:
        organisations = queries.organisations_of(request.programme).exclude(pk=person.organisation_id)
        form = InterestForm(
            request.POST or None, organisations=organisations, initial={"starts_on": clock.today()}
        )
    if request.method == "POST":
        status = 400
        if form is None:
            raise Http404
        if form.is_valid():
            try:
                with acting(request, "interest.declare", about=request.programme):
                    actions.declare_interest(
                        person, by=request.person, programme=request.programme, **form.cleaned_data
                    )
            except Refusal as refused:
                refusal = refused
            else:
                messages.success(request, _("Your interest is declared: those who must know see it here."))
                return redirect("governance:person", request.programme.code, name)
    today = clock.today()
    assignments = (
        queries.assignments_of(request.programme).filter(person=person).order_by("-starts_on", "role")
    )
    delegations = (
        Delegation.objects.filter(Q(delegator=person) | Q(delegate=person), programme=request.programme)
        .select_related("delegator", "delegate")
        .order_by("-starts_on", "code")
    )
    context = {
        "programme": request.programme,
        "person": person,
        "mine": mine,
        "assignments": [{"assignment": one, "status": one.status(today)} for one in assignments],
        "delegations": [{"delegation": one, "status": one.status(today)} for one in delegations],
        "interests": InterestDeclaration.objects.filter(person=person)
        .select_related("organisation")
        .order_by("-starts_on"),
        "form": form,
        "declare_objection": request.rights.objection("interest.declare", person) if mine else None,
        "assign_objection": request.rights.objection("role.assign"),
        "today": today,
    }
    return show(request, "governance/people/person.html", context, refusal=refusal, status=status)


def _person(request: Any, name: str) -> Person:
    """Somebody whom the programme knows, by e-mail or by what stands before its @.

    Whoever reads only what was shared with them finds themselves, and nobody else.
    """
    here = queries.people_around(request.programme)
    rows = named(name).filter(pk__in=here.values("pk")).select_related("organisation")
    found = rows.order_by("email").first()
    if found is None or not (request.rights.reads or found == request.person):
        raise Http404
    return found


# ---------------------------------------------------------------- delegations
@require_http_methods(["GET", "HEAD", "POST"])
@reader_page("people")
def delegations(request: Any) -> HttpResponse:
    """Show the delegations I gave and received, and those in force; ask someone to sign for me."""
    if request.method != "POST":
        return _delegations_page(request)
    form = _delegate_form(request, request.POST)
    if not form.is_valid():
        return _delegations_page(request, form=form, status=400)
    try:
        with acting(request, "delegation.create", about=request.programme):
            made = actions.delegate(request.programme, by=request.person, **form.cleaned_data)
    except Refusal as refusal:
        return _delegations_page(request, form=form, refusal=refusal)
    messages.success(request, _("%(person)s is asked: it counts once accepted.") % {"person": made.delegate})
    return redirect("governance:delegations", request.programme.code)


def _delegate_form(request: Any, data: Any = None) -> DelegateForm:
    """The form, with whoever may receive one of my functions."""
    functions = sorted(request.rights.functions, key=list(ReviewFunction).index)
    today = clock.today()
    holders = RoleAssignment.objects.active(today).filter(
        programme=request.programme, role__in=[ROLE_OF[function] for function in functions]
    )
    named = Deputy.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=today),
        programme=request.programme,
        function__in=functions,
        from_on__lte=today,
    )
    people = (
        Person.objects.filter(Q(pk__in=holders.values("person")) | Q(pk__in=named.values("person")))
        .exclude(pk=request.person.pk)
        .order_by("display_name")
    )
    return DelegateForm(data, people=people, functions=functions, initial={"starts_on": today})


def _delegations_page(
    request: Any, *, form: DelegateForm | None = None, refusal: Refusal | None = None, status: int = 200
) -> HttpResponse:
    today = clock.today()
    every = [
        (one, one.status(today))
        for one in Delegation.objects.filter(programme=request.programme)
        .select_related("delegator", "delegate")
        .order_by("-starts_on", "code")
    ]
    given, received, others = [], [], []
    for one, state in every:
        if one.delegator_id == request.person.pk:
            given.append({"delegation": one, "status": state})
        elif one.delegate_id == request.person.pk:
            received.append({"delegation": one, "status": state})
        elif state in ("active", "accepted"):
            others.append({"delegation": one, "status": state})
    deputies = (
        Deputy.objects.filter(Q(to_on__isnull=True) | Q(to_on__gte=today), programme=request.programme)
        .select_related("person")
        .order_by("function", "person__display_name")
    )
    form = form or _delegate_form(request)
    context = {
        "programme": request.programme,
        "given": given,
        "received": received,
        "others": others,
        "deputies": [
            {"person": one.person, "function": ReviewFunction(one.function).label} for one in deputies
        ],
        "form": form,
        "has_choice": form.fields["delegate"].queryset.exists(),  # type: ignore[attr-defined]
        "signs": bool(request.rights.functions),
        "objection": request.rights.objection("delegation.create"),
        "reason": ReasonForm(),
    }
    return show(request, "governance/people/delegations.html", context, refusal=refusal, status=status)


def _delegation(request: Any, code: str) -> Delegation:
    found = (
        Delegation.objects.filter(programme=request.programme, code=code)
        .select_related("programme", "delegator__organisation", "delegate__organisation")
        .first()
    )
    if found is None:
        raise Http404
    return found


@require_POST
@reader_page("people")
def delegation_answer(request: Any, code: str) -> HttpResponse:
    """Accept or decline to sign for someone."""
    delegation = _delegation(request, code)
    accepting = request.POST.get("answer") == "accept"
    if not accepting and request.POST.get("answer") != "decline":
        return _delegations_page(request, refusal=_unanswered())
    try:
        with acting(request, "delegation.accept", about=delegation):
            (actions.accept if accepting else actions.decline)(delegation, by=request.person)
    except Refusal as refusal:
        return _delegations_page(request, refusal=refusal)
    told = {"person": delegation.delegator}
    messages.success(
        request,
        _("Accepted: you sign for %(person)s on the days agreed.") % told
        if accepting
        else _("Declined: %(person)s is told.") % told,
    )
    return redirect("governance:delegations", request.programme.code)


def _unanswered() -> Refusal:
    return NotValid(_("Answer by accepting or declining."), code="malformed", status=400)


@require_POST
@reader_page("people")
def delegation_end(request: Any, code: str) -> HttpResponse:
    """End a delegation that I gave, at once, with a reason."""
    delegation = _delegation(request, code)
    try:
        with acting(request, "delegation.end", about=delegation):
            actions.end_delegation(delegation, by=request.person, reason=request.POST.get("reason", ""))
    except Refusal as refusal:
        return _delegations_page(request, refusal=refusal)
    messages.success(
        request,
        _("The delegation is over: %(person)s no longer signs for you.") % {"person": delegation.delegate},
    )
    return redirect("governance:delegations", request.programme.code)
