"""What waits for a person, and who waits because of it; the cast of a demo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, Min, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from governance import clock
from governance.charter import registry
from governance.charter.choices import ObjectiveStatus
from governance.charter.models import Objective
from governance.conditions.choices import ConditionStatus, Severity
from governance.conditions.models import Condition, WaiverVoice
from governance.dossiers.choices import ReviewFunction
from governance.gates.choices import UNDER_WAY, CriterionKind, Outcome, ReviewStatus
from governance.gates.models import Attestation, GateCriterion, GateReview, GateSignature
from governance.programmes.choices import PhaseStatus, ProgrammeStatus
from governance.programmes.models import Phase, Programme
from governance.reviews import queries as reviews
from governance.reviews.choices import EditionStatus, Standing
from governance.reviews.models import ReviewRequest, StandingReview
from governance.roles.choices import FUNCTION_OF, Role
from governance.roles.models import Delegation, RoleAssignment
from governance.roles.rules import Rights
from governance.stakeholders.models import Person
from usecases.backlog.choices import ENDED, UseCaseStatus
from usecases.backlog.models import UseCase, UseCaseRevision

# The filters of À faire: what each holds together, and its word.
FILTERS: dict[str, tuple[Any, frozenset[str]]] = {
    "sign": (gettext_lazy("To sign"), frozenset({"review", "gate"})),
    "conditions": (gettext_lazy("Conditions"), frozenset({"condition", "verification", "waiver"})),
    "others": (
        gettext_lazy("Others"),
        frozenset({"delegation", "preparation", "attestation", "objective", "draft", "phase", "idea"}),
    ),
}
ICONS = {
    "review": "review",
    "gate": "gate",
    "condition": "cond",
    "verification": "cond",
    "waiver": "sponsor",
    "delegation": "deleg",
    "preparation": "gate",
    "attestation": "check",
    "objective": "target",
    "draft": "pen",
    "phase": "calendar",
    "idea": "uc",
}


# The gate that opens a programme, as the library calls it.
FIRST_GATE = "G0"


@dataclass(frozen=True)
class Waiting:
    """One thing to do: what, where, who is blocked and what of, since when, by when."""

    kind: str
    programme: Programme
    title: str
    detail: str
    url: str
    act: str
    blocked: str
    held_up: str
    since: dt.date | None
    due: dt.date | None

    @property
    def blocks(self) -> bool:
        """Say whether somebody waits because of it, or something is held up by it."""
        return bool(self.blocked or self.held_up)

    @property
    def icon(self) -> str:
        """The symbol of its kind."""
        return ICONS[self.kind]

    @property
    def order(self) -> tuple[bool, dt.date, dt.date, str]:
        """What blocks others first, then what has waited longest, then what is due first."""
        return (not self.blocks, self.since or dt.date.max, self.due or dt.date.max, self.title)


Held = dict[UUID, frozenset[str]]


def waiting(person: Person, mine: Sequence[Rights]) -> list[Waiting]:
    """Everything that waits for a person where they have rights, in the order of À faire.

    The number of statements depends on neither the programmes nor what waits.
    """
    if not mine:
        return []
    known = {each.programme.pk: each.programme for each in mine}
    held = {each.programme.pk: each.roles for each in mine}
    attempts = _attempts(held)
    found = [
        *_reviews(person, known),
        *_gates(person, known, held),
        *_conditions(person, known, held),
        *_waivers(person, known, held),
        *_delegations(person, known),
        *_preparations(known, held, attempts),
        *_attestations(person, known, held, attempts),
        *_objectives(person, known, held),
        *_drafts(person, known),
        *_phases(known, held),
        *_ideas(known, held),
    ]
    return sorted(found, key=lambda item: item.order)


def _where(held: Held, *roles: str) -> list[UUID]:
    """The programmes where the person holds one of these roles."""
    return [programme for programme, mine in held.items() if mine & set(roles)]


def _reviews(person: Person, known: dict[UUID, Programme]) -> list[Waiting]:
    items = []
    asked = reviews.requests_open_to(person).filter(edition__dossier__programme__in=known)
    for request in reviews.ready(asked):
        dossier = request.edition.dossier
        programme = known[dossier.programme_id]
        others = request.assigned_to_id not in (None, person.pk)
        items.append(
            Waiting(
                kind="review",
                programme=programme,
                title=_("%(function)s review of %(code)s %(dossier)s")
                % {
                    "function": ReviewFunction(request.function).label,
                    "code": dossier.code,
                    "dossier": dossier.name,
                },
                detail=_("Assigned to %(name)s, whom you may relieve.") % {"name": request.assigned_to}
                if others
                else "",
                url=reverse(
                    "governance:review",
                    args=[programme.code, dossier.code, request.edition.number, request.function],
                ),
                act=_("Read and sign"),
                blocked=str(request.asked_by),
                held_up=_("waits for this signature"),
                since=clock.day_of(request.asked_at),
                due=request.due_on,
            )
        )
    return items


def _gates(person: Person, known: dict[UUID, Programme], held: Held) -> list[Waiting]:
    signed = GateSignature.objects.filter(review=OuterRef("pk"), person=person, replaced_at__isnull=True)
    pending = (
        GateReview.objects.filter(
            gate__programme__in=_where(held, Role.SPONSOR), status=ReviewStatus.SUBMITTED
        )
        .exclude(submitted_by=person)
        .filter(~Exists(signed))
        .select_related("gate", "submitted_by")
    )
    return [
        Waiting(
            kind="gate",
            programme=known[review.gate.programme_id],
            title=_("Decide %(gate)s") % {"gate": review.gate},
            detail=_("Two sponsors of two departments decide, on the same terms."),
            url=reverse("governance:gate", args=[known[review.gate.programme_id].code, review.gate.code]),
            act=_("Read and decide"),
            blocked=str(review.submitted_by),
            held_up=_("the whole programme waits for the decision"),
            since=clock.day_of(review.submitted_at) if review.submitted_at else clock.today(),
            due=None,
        )
        for review in pending
    ]


def _conditions(person: Person, known: dict[UUID, Programme], held: Held) -> list[Waiting]:
    items = []
    unmet = Condition.objects.filter(programme__in=known).unmet().select_related("owner")
    for condition in unmet:
        programme = known[condition.programme_id]
        mine = condition.owner_id == person.pk
        submitted = condition.status == ConditionStatus.EVIDENCE_SUBMITTED
        checks = {FUNCTION_OF[Role(role)] for role in held.get(programme.pk, ()) if Role(role) in FUNCTION_OF}
        judge = (condition.function or ReviewFunction.SPONSOR) in checks
        if not ((mine and not submitted) or (judge and submitted and not mine)):
            continue
        items.append(
            Waiting(
                kind="condition" if mine else "verification",
                programme=programme,
                title=_("Prove that the condition %(code)s is met") % {"code": condition.code}
                if mine
                else _("Check the condition %(code)s") % {"code": condition.code},
                detail=condition.text,
                url=reverse("governance:condition", args=[programme.code, condition.code]),
                act=_("Add the proof") if mine else _("Check the proof"),
                blocked="" if mine else str(condition.owner),
                held_up=_held_up(condition),
                since=clock.day_of(condition.set_at),
                due=condition.due_on,
            )
        )
    return items


def _held_up(condition: Condition) -> str:
    """What a condition holds up, or has suspended already."""
    if condition.severity == Severity.FOLLOW_UP:
        return ""
    if condition.severity == Severity.AFTER_DUE and condition.is_overdue(clock.today()):
        return _("what it covers is suspended")
    return str(Severity(condition.severity).label)


def _waivers(person: Person, known: dict[UUID, Programme], held: Held) -> list[Waiting]:
    """The waivers of a gate's condition that one sponsor proposed, and a second must speak for."""
    voices = (
        WaiverVoice.objects.filter(condition__programme__in=_where(held, Role.SPONSOR))
        .exclude(sponsor=person)
        .exclude(department=person.department)
        .exclude(condition__status__in=(ConditionStatus.SATISFIED, ConditionStatus.WAIVED))
        .exclude(condition__owner=person)
        .select_related("condition", "sponsor")
    )
    return [
        Waiting(
            kind="waiver",
            programme=known[voice.condition.programme_id],
            title=_("Waive the condition %(code)s?") % {"code": voice.condition.code},
            detail=voice.reason,
            url=reverse(
                "governance:condition", args=[known[voice.condition.programme_id].code, voice.condition.code]
            ),
            act=_("Read and answer"),
            blocked=str(voice.sponsor),
            held_up=_("a second sponsor is needed"),
            since=clock.day_of(voice.at),
            due=voice.condition.due_on,
        )
        for voice in voices
    ]


def _delegations(person: Person, known: dict[UUID, Programme]) -> list[Waiting]:
    proposed = Delegation.objects.filter(
        programme__in=known,
        delegate=person,
        accepted_at__isnull=True,
        declined_at__isnull=True,
        ended_at__isnull=True,
        ends_on__gte=clock.today(),
    ).select_related("delegator")
    return [
        Waiting(
            kind="delegation",
            programme=known[one.programme_id],
            title=_("%(name)s asks you to sign in their place") % {"name": one.delegator},
            detail=one.reason,
            url=reverse("governance:delegations", args=[known[one.programme_id].code]),
            act=_("Answer"),
            blocked=str(one.delegator),
            held_up=str(one.get_function_display()),
            since=clock.day_of(one.proposed_at),
            due=one.starts_on,
        )
        for one in proposed
    ]


def _attempts(held: Held) -> list[GateReview]:
    """The attempts at gates that are under way, and those that sponsors put off to a later day."""
    put_off = Q(decision__outcome=Outcome.HOLD, decision__revisit_on__gt=clock.today())
    return list(
        GateReview.objects.filter(Q(status__in=UNDER_WAY) | put_off, gate__programme__in=held).select_related(
            "gate", "prepared_by"
        )
    )


def _preparations(known: dict[UUID, Programme], held: Held, attempts: list[GateReview]) -> list[Waiting]:
    """The gates that wait for their lead: to be submitted, or to be prepared where nothing has started."""
    led = _where(held, Role.CORE_TEAM_LEAD)
    busy = {attempt.gate.programme_id for attempt in attempts}
    to_submit = [
        Waiting(
            kind="preparation",
            programme=known[attempt.gate.programme_id],
            title=_("Submit %(gate)s") % {"gate": attempt.gate},
            detail=_("Its page says what is missing; the sponsors decide once you have submitted it."),
            url=reverse("governance:gate", args=[known[attempt.gate.programme_id].code, attempt.gate.code]),
            act=pgettext("act", "Open"),
            blocked="",
            held_up=_("the gate is being prepared"),
            since=None,
            due=None,
        )
        for attempt in attempts
        if attempt.status == ReviewStatus.PREPARING and attempt.gate.programme_id in led
    ]
    to_prepare = [
        Waiting(
            kind="preparation",
            programme=known[pk],
            title=_("Prepare %(gate)s, the first gate") % {"gate": FIRST_GATE},
            detail=_("Its page says what is missing; two sponsors then open the first phase."),
            url=reverse("governance:gate", args=[known[pk].code, FIRST_GATE]),
            act=pgettext("act", "Open"),
            blocked="",
            held_up=_("the programme waits for its first gate"),
            since=known[pk].started_on,
            due=None,
        )
        for pk in led
        if known[pk].status == ProgrammeStatus.DRAFT and pk not in busy
    ]
    return to_submit + to_prepare


def _attestations(
    person: Person, known: dict[UUID, Programme], held: Held, attempts: list[GateReview]
) -> list[Waiting]:
    """The criteria of a gate in preparation on which one of my roles is to give its word."""
    word = Attestation.objects.filter(
        criterion=OuterRef("pk"), review__gate=OuterRef("gate"), review__status=ReviewStatus.PREPARING
    )
    roles = frozenset[str]().union(*held.values()) if held else frozenset()
    wanted = (
        GateCriterion.objects.filter(
            gate__programme__in=held,
            gate__reviews__status=ReviewStatus.PREPARING,
            kind=CriterionKind.ATTESTED,
            attest_role__in=roles,
        )
        .filter(~Exists(word))
        .select_related("gate")
    )
    reviews_of = {each.gate_id: each for each in attempts if each.status == ReviewStatus.PREPARING}
    return [
        Waiting(
            kind="attestation",
            programme=known[one.gate.programme_id],
            title=_("Give your word for %(gate)s") % {"gate": one.gate},
            detail=one.text,
            url=reverse("governance:gate", args=[known[one.gate.programme_id].code, one.gate.code]),
            act=_("Read and attest"),
            blocked=""
            if reviews_of[one.gate_id].prepared_by_id == person.pk
            else str(reviews_of[one.gate_id].prepared_by),
            held_up=_("the gate is being prepared"),
            since=None,
            due=None,
        )
        for one in wanted
        if one.attest_role in held.get(one.gate.programme_id, ())
    ]


def _objectives(person: Person, known: dict[UUID, Programme], held: Held) -> list[Waiting]:
    """The measured objectives that I own as a sponsor, and have not validated."""
    drafts = list(
        Objective.objects.filter(
            programme__in=_where(held, Role.SPONSOR), status=ObjectiveStatus.DRAFT, owner=person
        )
    )
    measured = registry.measures_of_each(drafts)
    return [
        Waiting(
            kind="objective",
            programme=known[one.programme_id],
            title=_("Validate the objective %(code)s") % {"code": one.code},
            detail=one.statement,
            url=reverse("governance:programme", args=[known[one.programme_id].code]) + "#objectives",
            act=_("Read and validate"),
            blocked="",
            held_up="",
            since=None,
            due=one.due_on,
        )
        for one in drafts
        if measured[one.pk]
    ]


def _drafts(person: Person, known: dict[UUID, Programme]) -> list[Waiting]:
    last = UseCaseRevision.objects.filter(usecase=OuterRef("pk")).order_by("-number")
    stands = last.values(stands=reviews.edition_status(lapses=False))[:1]
    mine = (
        UseCase.objects.filter(dossier__programme__in=known, owner=person)
        .exclude(status__in=ENDED)
        .annotate(stands=Subquery(stands))
        .filter(Q(status=UseCaseStatus.CHANGES_REQUESTED) | Q(stands=EditionStatus.REFUSED))
        .select_related("dossier")
    )
    return [
        Waiting(
            kind="draft",
            programme=known[one.dossier.programme_id],
            title=_("Rework %(code)s %(dossier)s") % {"code": one.dossier.code, "dossier": one.dossier.name},
            detail=_("A reviewer asked for changes: the next revision answers them."),
            url=reverse("usecases:usecase", args=[known[one.dossier.programme_id].code, one.dossier.code]),
            act=pgettext("act", "Open"),
            blocked="",
            held_up="",
            since=clock.day_of(one.changed_at),
            due=None,
        )
        for one in mine
    ]


def _phases(known: dict[UUID, Programme], held: Held) -> list[Waiting]:
    """The phases that should have ended: their lead plans them again, or brings their gate."""
    late = Phase.objects.filter(
        programme__in=_where(held, Role.CORE_TEAM_LEAD),
        status=PhaseStatus.OPEN,  # once its gate is before the sponsors, they are who is waited for
        planned_end__lt=clock.today(),
    )
    return [
        Waiting(
            kind="phase",
            programme=known[phase.programme_id],
            title=_("“%(phase)s” should have ended") % {"phase": phase.get_kind_display()},
            detail=_("Bring the gate at its end, or plan it again so that its date is believed."),
            url=reverse("governance:programme_edit", args=[known[phase.programme_id].code]) + "#plan",
            act=_("Plan again"),
            blocked="",
            held_up=_("the programme is late on its plan"),
            since=phase.planned_end,
            due=phase.planned_end,
        )
        for phase in late
    ]


def _ideas(known: dict[UUID, Programme], held: Held) -> list[Waiting]:
    """The ideas among which a lead chooses what is framed: one line for each programme."""
    noted = (
        UseCase.objects.filter(
            dossier__programme__in=_where(held, Role.CORE_TEAM_LEAD), status=UseCaseStatus.IDEA
        )
        .values("dossier__programme")
        .annotate(count=Count("pk"), since=Min("created_on"))
    )
    return [
        Waiting(
            kind="idea",
            programme=known[row["dossier__programme"]],
            title=ngettext("%(n)s idea to sort", "%(n)s ideas to sort", row["count"]) % {"n": row["count"]},
            detail=_("Begin the framing of those that serve an objective; the others stay ideas."),
            url=reverse("usecases:list", args=[known[row["dossier__programme"]].code]) + "?status=idea",
            act=pgettext("act", "Open"),
            blocked="",
            held_up="",
            since=row["since"],
            due=None,
        )
        for row in noted
    ]


# ---------------------------------------------------------------- beside the list
def lent(person: Person, programmes: Sequence[Programme]) -> list[Delegation]:
    """The delegations by which someone may sign in my place today."""
    return list(
        Delegation.objects.active(clock.today())
        .filter(delegator=person, programme__in=programmes)
        .select_related("delegate", "programme")
        .order_by("ends_on")
    )


def expected(person: Person, programmes: Sequence[Programme]) -> list[ReviewRequest]:
    """What I asked of others and wait for, the first due first; once rejected, others wait for me."""
    return list(
        ReviewRequest.objects.open()
        .filter(asked_by=person, edition__dossier__programme__in=programmes, edition__closed_at__isnull=True)
        .exclude(Exists(StandingReview.objects.filter(edition=OuterRef("edition"), state=Standing.NEGATIVE)))
        .select_related("edition__dossier__programme", "assigned_to")
        .order_by("due_on")[:10]
    )


def demo_cast() -> dict[str, Any]:
    """Who one can sign in as on a demo, grouped by what they come to do."""
    groups = [
        (_("Decide"), [Role.SPONSOR]),
        (_("Lead and build"), [Role.CORE_TEAM_LEAD, Role.CORE_TEAM_MEMBER, Role.CONSULTANT]),
        (
            _("Review and sign"),
            [Role.LEGAL_REVIEWER, Role.DPO, Role.SECURITY_REVIEWER, Role.TECHNICAL_REVIEWER],
        ),
        (
            _("Operate and measure"),
            [Role.DMP_OPERATOR, Role.ANALYST, Role.DATA_OWNER, Role.DIGITAL_TOOLS_LEAD],
        ),
        (_("Contribute and read"), [Role.AGENCY, Role.CREATIVE, Role.OBSERVER, Role.AUDITOR]),
    ]
    held = list(
        RoleAssignment.objects.active(clock.today())
        .filter(person__user__is_active=True)
        .select_related("person")
        .order_by("person__display_name")
    )
    cast, seen = [], set()
    for label, wanted in groups:
        people = []
        mine = [one for one in held if one.role in wanted]
        for one in sorted(mine, key=lambda each: wanted.index(Role(each.role))):
            if one.person_id not in seen:
                seen.add(one.person_id)
                people.append(
                    {
                        "name": one.person.display_name,
                        "email": one.person.email,
                        "role": one.get_role_display(),
                    }
                )
        if people:
            cast.append({"label": label, "people": people})
    return {"cast": cast, "cast_password": settings.DEMO_PASSWORD}
