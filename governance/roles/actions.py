"""Founding programmes, giving and withdrawing roles, sharing, delegating; and the verbs of rooms below.

Rooms below this one write without asking for rights, because they cannot know them: pages and endpoints
call the verbs here, which ask the matrix first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from guardian.shortcuts import assign_perm, remove_perm

from governance import clock
from governance.accounts import actions as accounts
from governance.accounts.models import User
from governance.audit import trail
from governance.dossiers.models import Dossier
from governance.errors import raise_if, told
from governance.evidence import actions as evidence
from governance.evidence.models import Evidence
from governance.notices import actions as notices
from governance.programmes import actions as programmes
from governance.programmes.models import Engagement, Phase, Programme
from governance.roles import queries, registry, rules
from governance.roles.choices import FUNCTION_OF, Role
from governance.roles.models import Delegation, Deputy, RoleAssignment
from governance.stakeholders import actions as stakeholders
from governance.stakeholders.models import InterestDeclaration, Organisation, Person


# ---------------------------------------------------------------- platform administrators
@transaction.atomic
def install_administrator(
    *,
    email: str,
    display_name: str,
    organisation: Mapping[str, str],
    department: str = "it",
    password: str | None = None,
    password_hash: str = "",
) -> Person:
    """Make the first platform administrator, with their organisation; a system act, done once."""
    raise_if(rules.objection_to_install())
    company = Organisation.objects.filter(code=organisation["code"]).first() or stakeholders.add_organisation(
        by=None, programme=None, **organisation
    )
    accounts.open_account(email, by=None, password=password, password_hash=password_hash, platform_admin=True)
    return stakeholders.add_person(
        by=None,
        programme=None,
        organisation=company,
        department=department,
        display_name=display_name,
        email=email,
    )


@transaction.atomic
def open_account(
    email: str,
    *,
    by: Person,
    password: str | None = None,
    password_hash: str = "",
    platform_admin: bool = False,
) -> User:
    """Open an account, for the person of that e-mail if there is one."""
    raise_if(rules.objection_to_administer(by))
    user = accounts.open_account(
        email, by=by, password=password, password_hash=password_hash, platform_admin=platform_admin
    )
    person = Person.objects.filter(email__iexact=user.email, user__isnull=True).first()
    if person is not None:
        stakeholders.give_account(person, user, by=by)
    return user


@transaction.atomic
def deactivate(user: User, *, by: Person, reason: str) -> User:
    """End the access of an account from its next request on."""
    raise_if(rules.objection_to_administer(by))
    return accounts.deactivate(user, by=by, reason=reason)


@transaction.atomic
def reactivate(user: User, *, by: Person, reason: str) -> User:
    """Give an account its access back."""
    raise_if(rules.objection_to_administer(by))
    return accounts.reactivate(user, by=by, reason=reason)


@transaction.atomic
def found_programme(
    *,
    by: Person,
    code: str,
    name_fr: str,
    name_en: str,
    advertiser: Organisation,
    platform_kind: str,
    sponsor: Person,
    started_on: dt.date | None = None,
    settings: Mapping[str, Any] | None = None,
    currency: str = "EUR",
) -> Programme:
    """Found a programme and its first sponsor: the one business act of a platform administrator."""
    raise_if(rules.objection_to_found(by, sponsor))
    programme = programmes.found(
        by=by,
        code=code,
        name_fr=name_fr,
        name_en=name_en,
        advertiser=advertiser,
        platform_kind=platform_kind,
        started_on=started_on,
        settings=settings,
        currency=currency,
    )
    _assign(programme, sponsor, Role.SPONSOR, by=by, starts_on=clock.today())
    notices.leave(
        [sponsor],
        event="programme.founded",
        about=programme,
        facts={"what": {"fr": programme.name_fr, "en": programme.name_en}},
    )
    return programme


# ---------------------------------------------------------------- the programme's frame
@transaction.atomic
def edit_programme(
    programme: Programme, *, by: Person, version: int | None = None, **fields: Any
) -> Programme:
    """Change the frame of a programme or its settings."""
    raise_if(rules.objection(by, "programme.edit", programme, programme))
    raise_if(rules.objection_to_settings(by, programme, fields.get("settings", {})))
    return programmes.edit(programme, by=by, version=version, **fields)


@transaction.atomic
def set_vision_draft(programme: Programme, text: str, *, by: Person, version: int | None = None) -> Programme:
    """Write the problem and the results expected."""
    raise_if(rules.objection(by, "programme.edit", programme, programme))
    return programmes.set_vision_draft(programme, text, by=by, version=version)


@transaction.atomic
def choose_operator(
    programme: Programme, *, by: Person, mode: str, start_planned: dt.date, version: int | None = None
) -> Programme:
    """Choose who will operate the platform in run."""
    raise_if(rules.objection(by, "programme.edit", programme, programme))
    return programmes.choose_operator(
        programme, by=by, mode=mode, start_planned=start_planned, version=version
    )


@transaction.atomic
def plan_phase(
    phase: Phase, *, by: Person, planned_start: dt.date | None, planned_end: dt.date | None
) -> Phase:
    """Plan when a phase begins and ends."""
    raise_if(rules.objection(by, "programme.edit", phase.programme, phase))
    return programmes.plan_phase(phase, by=by, planned_start=planned_start, planned_end=planned_end)


@transaction.atomic
def add_organisation(*, by: Person, programme: Programme | None, **fields: Any) -> Organisation:
    """Write a company down, for a programme; before there is one, a platform administrator does."""
    raise_if(_objection_to_people(by, programme))
    return stakeholders.add_organisation(by=by, programme=programme, **fields)


@transaction.atomic
def add_person(*, by: Person, programme: Programme | None, **fields: Any) -> Person:
    """Write a person down, for a programme; before there is one, a platform administrator does."""
    raise_if(_objection_to_people(by, programme))
    return stakeholders.add_person(by=by, programme=programme, **fields)


@transaction.atomic
def edit_person(
    person: Person, *, by: Person, programme: Programme, version: int | None = None, **fields: Any
) -> Person:
    """Change what is known of a person of a programme."""
    raise_if(rules.objection_to_change_person(by, person, programme))
    return stakeholders.edit_person(person, by=by, programme=programme, version=version, **fields)


@transaction.atomic
def note_departure(person: Person, *, by: Person, programme: Programme, on: dt.date) -> Person:
    """Note the day from which a person is gone: their roles stop that day."""
    raise_if(rules.objection_to_change_person(by, person, programme))
    return stakeholders.leave(person, by=by, programme=programme, on=on)


def _objection_to_people(by: Person, programme: Programme | None) -> Any:
    if programme is None:
        return rules.objection_to_administer(by)
    return rules.objection(by, "people.edit", programme)


@transaction.atomic
def engage(programme: Programme, organisation: Organisation, *, by: Person, **terms: Any) -> Engagement:
    """Engage an organisation: what it is to the data, under which agreement."""
    raise_if(rules.objection(by, "engagement.edit", programme))
    return programmes.engage(programme, organisation, by=by, **terms)


@transaction.atomic
def edit_engagement(
    engagement: Engagement, *, by: Person, version: int | None = None, **fields: Any
) -> Engagement:
    """Change the terms of an engagement; roles of its people end with it."""
    raise_if(rules.objection(by, "engagement.edit", engagement.programme, engagement))
    programmes.edit_engagement(engagement, by=by, version=version, **fields)
    if engagement.ends_on is not None and not engagement.organisation.is_internal:
        _end_with(engagement, engagement.ends_on, by=by)
    return engagement


def _end_with(engagement: Engagement, last: dt.date, *, by: Person) -> None:
    """Bring the end of outside people's roles forward to that of their organisation's engagement."""
    beyond = engagement.programme.assignments.select_for_update(no_key=True, of=("self",)).filter(
        revoked_on__isnull=True, person__organisation=engagement.organisation_id
    )
    for assignment in beyond.select_related("person"):
        began = engagement.starts_on <= assignment.starts_on <= last
        if began and (assignment.ends_on is None or assignment.ends_on > last):
            _end(assignment, by=by, ends_on=last)


@transaction.atomic
def declare_interest(
    person: Person,
    *,
    by: Person,
    programme: Programme,
    organisation: Organisation,
    nature: str,
    starts_on: dt.date | None = None,
    ends_on: dt.date | None = None,
) -> InterestDeclaration:
    """Declare one's own interest in an organisation."""
    raise_if(rules.objection(by, "interest.declare", programme, person))
    return stakeholders.declare_interest(
        person,
        by=by,
        programme=programme,
        organisation=organisation,
        nature=nature,
        starts_on=starts_on,
        ends_on=ends_on,
    )


@transaction.atomic
def add_evidence(programme: Programme, *, by: Person, **fields: Any) -> Evidence:
    """Keep a piece of evidence: a file under its digest, an address, or both."""
    raise_if(rules.objection(by, "evidence.add", programme))
    return evidence.add(programme, by=by, **fields)


def supersede_evidence(old: Evidence, new: Evidence, *, by: Person) -> Evidence:
    """Let a newer piece stand in the place of an older one (INV-15)."""
    raise_if(rules.objection_to_supersede(by, old))
    return evidence.supersede(old, new, by=by)


# ---------------------------------------------------------------- roles held over time
@transaction.atomic
def assign(
    programme: Programme,
    person: Person,
    role: str,
    *,
    by: Person,
    starts_on: dt.date | None = None,
    ends_on: dt.date | None = None,
    phases: Iterable[str] = (),
    allocation_pct: int = 0,
) -> RoleAssignment:
    """Give a person a role, from a day to a day; for outside people, no longer than their engagement."""
    start = starts_on or clock.today()
    raise_if(rules.objection_to_assign(by, programme, person, role, start, ends_on))
    raise_if(rules.objection_to_terms(phases, allocation_pct))
    return _assign(
        programme,
        person,
        Role(role),
        by=by,
        starts_on=start,
        ends_on=rules.bounded_end(person, programme, start, ends_on),
        phases=list(phases),
        allocation_pct=allocation_pct,
    )


def _assign(
    programme: Programme,
    person: Person,
    role: Role,
    *,
    by: Person,
    starts_on: dt.date,
    ends_on: dt.date | None = None,
    phases: list[str] | None = None,
    allocation_pct: int = 0,
) -> RoleAssignment:
    with told(rules.CONSTRAINTS):
        assignment = RoleAssignment.objects.create(
            programme=programme,
            person=person,
            role=role,
            phases=phases or [],
            starts_on=starts_on,
            ends_on=ends_on,
            allocation_pct=allocation_pct,
            assigned_by=by,
            assigned_at=clock.now(),
        )
    trail.record(
        "role.assigned",
        by=by,
        about=assignment,
        payload={
            "role": role.value,
            "from": starts_on,
            "to": ends_on,
            "phases": phases or [],
            "allocation_pct": allocation_pct,
        },
    )
    notices.leave(
        [person],
        event="role.assigned",
        about=assignment,
        by=by,
        facts={"who": str(by), "role": role.value, "from": starts_on},
    )
    return assignment


@transaction.atomic
def end(assignment: RoleAssignment, *, by: Person, ends_on: dt.date) -> RoleAssignment:
    """Set the last day of a role."""
    _lock(assignment)
    raise_if(rules.objection_to_end(by, assignment, ends_on))
    return _end(assignment, by=by, ends_on=ends_on)


def _end(assignment: RoleAssignment, *, by: Person, ends_on: dt.date) -> RoleAssignment:
    assignment.ends_on = ends_on
    assignment.version += 1
    with told(rules.CONSTRAINTS):
        assignment.save(update_fields=["ends_on", "version"])
    trail.record("role.ended", by=by, about=assignment, payload={"role": assignment.role, "to": ends_on})
    notices.leave(
        [assignment.person],
        event="role.ended",
        about=assignment,
        by=by,
        facts={"who": str(by), "role": assignment.role, "until": ends_on},
    )
    return assignment


@transaction.atomic
def revoke(assignment: RoleAssignment, *, by: Person, reason: str, for_cause: bool = False) -> RoleAssignment:
    """Withdraw a role at once; for cause, what the person signed in it falls as well (XT-10)."""
    _lock(assignment)
    raise_if(rules.objection_to_revoke(by, assignment, reason))
    assignment.revoked_on = clock.today()
    assignment.reason = reason.strip()
    assignment.version += 1
    assignment.save(update_fields=["revoked_on", "reason", "version"])
    trail.record(
        "role.revoked",
        by=by,
        about=assignment,
        payload={"role": assignment.role, "reason": assignment.reason, "for_cause": for_cause},
    )
    notices.leave(
        [assignment.person],
        event="role.revoked",
        about=assignment,
        by=by,
        facts={"who": str(by), "role": assignment.role, "reason": assignment.reason},
    )
    _end_delegations(assignment, by=by)
    if for_cause:
        registry.tell_revoked_for_cause(assignment, by)
    return assignment


def _end_delegations(assignment: RoleAssignment, *, by: Person) -> None:
    """End what a person lent of a function they no longer hold."""
    function = FUNCTION_OF.get(Role(assignment.role))
    lent = Delegation.objects.select_for_update(no_key=True, of=("self",)).filter(
        programme=assignment.programme_id,
        delegator=assignment.person_id,
        function=function or "",
        ended_at__isnull=True,
        declined_at__isnull=True,
        ends_on__gte=clock.today(),
    )
    for delegation in lent.select_related("programme", "delegator", "delegate"):
        _end_delegation(delegation, by=by, reason=assignment.reason)


def _lock(assignment: RoleAssignment) -> None:
    assignment.refresh_from_db(from_queryset=RoleAssignment.objects.select_for_update(no_key=True))


# ---------------------------------------------------------------- single exceptions
@transaction.atomic
def share(dossier: Dossier, person: Person, *, by: Person) -> Dossier:
    """Let one person read one dossier, though no role says so."""
    Person.objects.select_for_update(no_key=True, of=("self",)).get(pk=person.pk)  # counts their exceptions
    raise_if(rules.objection_to_share(by, dossier, person))
    assign_perm(queries.SHARED, person.user, dossier)
    trail.record("dossier.shared", by=by, about=dossier, payload={"with": person.email})
    notices.leave(
        [person], event="dossier.shared", about=dossier, by=by, facts={"who": str(by), "what": _name(dossier)}
    )
    return dossier


@transaction.atomic
def open_to_author(dossier: Dossier, *, by: Person) -> Dossier:
    """Let whoever proposed something read it, where they have an account: they read only what is shared."""
    if by.user is None:
        return dossier
    Person.objects.select_for_update(no_key=True, of=("self",)).get(pk=by.pk)  # counts their exceptions
    raise_if(rules.objection_to_one_more(by))
    assign_perm(queries.SHARED, by.user, dossier)
    trail.record("dossier.shared", by=by, about=dossier, payload={"with": by.email, "rule": "author"})
    return dossier


@transaction.atomic
def unshare(dossier: Dossier, person: Person, *, by: Person) -> Dossier:
    """Withdraw a single exception."""
    raise_if(rules.objection(by, "dossier.share", dossier.programme, dossier))
    raise_if(rules.objection_to_unshare(dossier, person))
    remove_perm(queries.SHARED, person.user, dossier)
    trail.record("dossier.unshared", by=by, about=dossier, payload={"with": person.email})
    notices.leave(
        [person],
        event="dossier.unshared",
        about=dossier,
        by=by,
        facts={"who": str(by), "what": _name(dossier)},
    )
    return dossier


def _name(dossier: Dossier) -> dict[str, str]:
    return {
        "fr": f"{dossier.code} {dossier.name_fr}",
        "en": f"{dossier.code} {dossier.name_en or dossier.name_fr}",
    }


# ---------------------------------------------------------------- delegations
@transaction.atomic
def delegate(
    programme: Programme,
    *,
    by: Person,
    delegate: Person,
    function: str,
    starts_on: dt.date,
    ends_on: dt.date,
    reason: str,
    subject_kinds: Iterable[str] = (),
    excludes_high_risk: bool = True,
    code: str | None = None,
) -> Delegation:
    """Ask someone to sign for oneself, for a while; it counts once they accepted."""
    raise_if(rules.objection_to_delegate(by, programme, delegate, function, starts_on, ends_on, reason))
    with told(rules.CONSTRAINTS):
        delegation = Delegation.objects.create(
            programme=programme,
            code=programmes.number(programme, "DEL", code=code),
            delegator=by,
            delegate=delegate,
            function=function,
            subject_kinds=list(subject_kinds),
            starts_on=starts_on,
            ends_on=ends_on,
            excludes_high_risk=excludes_high_risk,
            reason=reason.strip(),
            proposed_at=clock.now(),
        )
    trail.record(
        "delegation.proposed",
        by=by,
        about=delegation,
        payload={
            "delegate": delegate.email,
            "function": function,
            "from": starts_on,
            "to": ends_on,
            "subject_kinds": list(subject_kinds),
            "excludes_high_risk": excludes_high_risk,
            "reason": delegation.reason,
        },
    )
    _tell(delegation, "delegation.proposed", delegate, by=by)
    return delegation


@transaction.atomic
def accept(delegation: Delegation, *, by: Person) -> Delegation:
    """Accept to sign for someone."""
    _lock_delegation(delegation)
    raise_if(rules.objection_to_answer(by, delegation, accepting=True))
    return _answer(delegation, "delegation.accepted", by=by, accepted_at=clock.now())


@transaction.atomic
def decline(delegation: Delegation, *, by: Person) -> Delegation:
    """Decline to sign for someone."""
    _lock_delegation(delegation)
    raise_if(rules.objection_to_answer(by, delegation, accepting=False))
    return _answer(delegation, "delegation.declined", by=by, declined_at=clock.now())


def _answer(delegation: Delegation, verb: str, *, by: Person, **fields: dt.datetime) -> Delegation:
    for name, value in fields.items():
        setattr(delegation, name, value)
    delegation.version += 1
    delegation.save(update_fields=[*fields, "version"])
    trail.record(verb, by=by, about=delegation, on_behalf_of=delegation.delegator)
    _tell(delegation, verb, delegation.delegator, by=by)
    return delegation


@transaction.atomic
def end_delegation(delegation: Delegation, *, by: Person, reason: str) -> Delegation:
    """End a delegation one gave, at once."""
    _lock_delegation(delegation)
    raise_if(rules.objection_to_end_delegation(by, delegation, reason))
    return _end_delegation(delegation, by=by, reason=reason)


def _end_delegation(delegation: Delegation, *, by: Person, reason: str) -> Delegation:
    delegation.ended_at = clock.now()
    delegation.version += 1
    delegation.save(update_fields=["ended_at", "version"])
    trail.record("delegation.ended", by=by, about=delegation, payload={"reason": reason.strip()})
    _tell(delegation, "delegation.ended", delegation.delegate, by=by, reason=reason.strip())
    return delegation


def _tell(delegation: Delegation, event: str, person: Person, *, by: Person, reason: str = "") -> None:
    notices.leave(
        [person],
        event=event,
        about=delegation,
        by=by,
        facts={
            "who": str(by),
            "function": delegation.function,
            "from": delegation.starts_on,
            "until": delegation.ends_on,
            "reason": reason,
        },
    )


def _lock_delegation(delegation: Delegation) -> None:
    delegation.refresh_from_db(
        from_queryset=Delegation.objects.select_for_update(no_key=True, of=("self",)).select_related(
            "programme",
            "delegator__organisation",
            "delegate__organisation",
        )
    )


@transaction.atomic
def name_deputy(
    programme: Programme,
    person: Person,
    function: str,
    *,
    by: Person,
    from_on: dt.date | None = None,
    to_on: dt.date | None = None,
) -> Deputy:
    """Put a person on the list of those to whom a function may be delegated (DLG-02)."""
    programmes.lock(programme)
    raise_if(rules.objection_to_name_deputy(by, programme, person, function))
    deputy = Deputy.objects.create(
        programme=programme, function=function, person=person, from_on=from_on or clock.today(), to_on=to_on
    )
    trail.record(
        "deputy.named",
        by=by,
        about=programme,
        payload={"person": person.email, "function": function, "from": deputy.from_on, "to": to_on},
    )
    notices.leave(
        [person], event="deputy.named", about=programme, by=by, facts={"who": str(by), "function": function}
    )
    return deputy
