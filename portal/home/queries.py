"""What waits for a person in a programme, and who waits because of it; the cast of a demo."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance import clock
from governance.conditions.choices import ConditionStatus
from governance.conditions.models import Condition
from governance.dossiers.choices import ReviewFunction
from governance.gates import queries as gates
from governance.gates.choices import ReviewStatus
from governance.gates.models import GateReview
from governance.programmes.models import Programme
from governance.reviews import queries as reviews
from governance.roles.choices import FUNCTION_OF, Role
from governance.roles.models import Delegation, RoleAssignment
from governance.roles.rules import Rights
from governance.stakeholders.models import Person
from usecases.backlog.choices import UseCaseStatus
from usecases.backlog.models import UseCase


@dataclass(frozen=True)
class Waiting:
    """One thing to do: what, where, who is blocked, since when, by when.

    `kind` is review, gate, condition, verification, delegation or draft; `urgent` puts what blocks
    others first.
    """

    kind: str
    title: str
    detail: str
    url: str
    act: str
    blocked: str
    since: dt.date
    due: dt.date | None
    blocks: int

    @property
    def order(self) -> tuple[int, dt.date, dt.date]:
        """What blocks others longest first, then what is due first."""
        return (-min(self.blocks, 1), self.since, self.due or dt.date.max)


def waiting(person: Person, programme: Programme, rights: Rights | None = None) -> list[Waiting]:
    """Everything that waits for the person in the programme, in the order of À faire. Constant statements."""
    held = rights or Rights.of(person, programme)
    if not held.is_member:
        return []
    found = [
        *_reviews(person, programme),
        *_gates(person, programme, held),
        *_conditions(person, programme, held),
        *_delegations(person, programme),
        *_drafts(person, programme),
    ]
    return sorted(found, key=lambda item: item.order)


def _reviews(person: Person, programme: Programme) -> list[Waiting]:
    items = []
    open_to = reviews.requests_open_to(person, programme).select_related("edition__dossier", "asked_by", "assigned_to")
    for request in reviews.ready(open_to):
        dossier, others = request.edition.dossier, request.assigned_to_id not in (None, person.pk)
        function = ReviewFunction(request.function).label
        items.append(
            Waiting(
                kind="review",
                title=_("%(function)s: %(dossier)s") % {"function": function, "dossier": dossier},
                detail=_("assigned to %(name)s") % {"name": request.assigned_to} if others else "",
                url=reverse("governance:review", args=[programme.code, dossier.code, request.edition.number, request.function]),
                act=_("Read and sign"),
                blocked=str(request.asked_by),
                since=clock.day_of(request.asked_at),
                due=request.due_on,
                blocks=1,
            )
        )
    return items


def _gates(person: Person, programme: Programme, rights: Rights) -> list[Waiting]:
    if Role.SPONSOR not in rights.roles:
        return []
    pending = (
        GateReview.objects.filter(gate__programme=programme, status=ReviewStatus.SUBMITTED)
        .exclude(signatures__person=person, signatures__replaced_at__isnull=True)
        .select_related("gate", "submitted_by")
    )
    return [
        Waiting(
            kind="gate",
            title=_("Decide %(gate)s") % {"gate": review.gate},
            detail="",
            url=reverse("governance:gate", args=[programme.code, review.gate.code]),
            act=_("Read and decide"),
            blocked=str(review.submitted_by),
            since=clock.day_of(review.submitted_at) if review.submitted_at else clock.today(),
            due=None,
            blocks=1,
        )
        for review in pending
    ]


def _conditions(person: Person, programme: Programme, rights: Rights) -> list[Waiting]:
    functions = {FUNCTION_OF[Role(role)] for role in rights.roles if Role(role) in FUNCTION_OF}
    items = []
    for condition in Condition.objects.filter(programme=programme).unmet().select_related("owner"):
        mine = condition.owner_id == person.pk
        setter = condition.function in functions if condition.function else Role.SPONSOR in rights.roles
        submitted = condition.status == ConditionStatus.EVIDENCE_SUBMITTED
        if not (mine and not submitted or setter and submitted and not mine):
            continue
        items.append(
            Waiting(
                kind="condition" if mine else "verification",
                title=condition.text,
                detail=condition.get_severity_display(),
                url=reverse("governance:condition", args=[programme.code, condition.code]),
                act=_("Add the proof") if mine else _("Check the proof"),
                blocked="" if mine else str(condition.owner),
                since=clock.day_of(condition.set_at),
                due=condition.due_on,
                blocks=int(condition.severity != "follow_up"),
            )
        )
    return items


def _delegations(person: Person, programme: Programme) -> list[Waiting]:
    proposed = Delegation.objects.filter(
        programme=programme, delegate=person, accepted_at__isnull=True, declined_at__isnull=True, ended_at__isnull=True,
        ends_on__gte=clock.today(),
    ).select_related("delegator")
    return [
        Waiting(
            kind="delegation",
            title=_("%(name)s asks you to sign in their absence") % {"name": one.delegator},
            detail=one.get_function_display(),
            url=reverse("governance:delegations", args=[programme.code]),
            act=_("Answer"),
            blocked=str(one.delegator),
            since=clock.day_of(one.proposed_at),
            due=one.starts_on,
            blocks=1,
        )
        for one in proposed
    ]


def _drafts(person: Person, programme: Programme) -> list[Waiting]:
    mine = UseCase.objects.filter(
        dossier__programme=programme, owner=person, status=UseCaseStatus.CHANGES_REQUESTED
    ).select_related("dossier")
    return [
        Waiting(
            kind="draft",
            title=str(one.dossier),
            detail=_("Changes were asked for"),
            url=reverse("usecases:usecase", args=[programme.code, one.dossier.code]),
            act=_("Open the next revision"),
            blocked="",
            since=clock.today(),
            due=None,
            blocks=0,
        )
        for one in mine
    ]


def next_gate(programme: Programme) -> dict[str, Any] | None:
    """The gate ahead and where it stands, for the bar of phases."""
    gate = gates.next_gate(programme)
    if gate is None:
        return None
    ready = gates.readiness(gate)
    passed = sum(one.outcome in ("pass", "not_applicable") for one in ready.criteria)
    hard = sum(one.outcome == "fail" and one.level == "must" for one in ready.criteria)
    text = _("%(passed)s criteria of %(all)s") % {"passed": passed, "all": len(ready.criteria)}
    if hard:
        text += ", " + ngettext("%(n)s hard point", "%(n)s hard points", hard) % {"n": hard}
    if not ready.criteria:
        text = _("its criteria come later")
    return {"url": reverse("governance:gate", args=[programme.code, gate.code]), "code": gate.code, "text": text}


def demo_cast() -> dict[str, Any]:
    """Who one can sign in as on a demo, grouped by what they come to do."""
    groups = [
        (_("Decide"), [Role.SPONSOR]),
        (_("Lead and build"), [Role.CORE_TEAM_LEAD, Role.CORE_TEAM_MEMBER, Role.CONSULTANT]),
        (_("Review and sign"), [Role.LEGAL_REVIEWER, Role.DPO, Role.SECURITY_REVIEWER, Role.TECHNICAL_REVIEWER]),
        (_("Operate and measure"), [Role.DMP_OPERATOR, Role.ANALYST]),
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
        for one in sorted(held, key=lambda a: (wanted.index(Role(a.role)) if a.role in wanted else 99, a.person.display_name)):
            if one.role in wanted and one.person_id not in seen:
                seen.add(one.person_id)
                people.append({"name": one.person.display_name, "email": one.person.email, "role": one.get_role_display()})
        if people:
            cast.append({"label": label, "people": people})
    return {
        "cast": cast,
        "cast_password": settings.DEMO_PASSWORD,
        "cast_note": _("A demo: everyone signs in with the same password."),
    }
