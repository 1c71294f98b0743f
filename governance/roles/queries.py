"""Who holds what, who may read what."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from guardian.shortcuts import get_objects_for_user

from governance import clock
from governance.audit.models import Event
from governance.dossiers.choices import ReviewFunction
from governance.dossiers.models import Dossier
from governance.programmes.models import Programme
from governance.roles.choices import ROLE_OF, Role
from governance.roles.models import Delegation, Deputy, DossierUserPermission, RoleAssignment
from governance.stakeholders.models import Organisation, Person

SHARED = "read_shared_dossier"
# They read what was shared with them, and nothing else (read.programme, qualifier o).
READ_WHAT_IS_SHARED = frozenset({Role.AGENCY, Role.CREATIVE})


def able(people: QuerySet[Person]) -> QuerySet[Person]:
    """Keep people whose account, if any, is active."""
    return people.filter(Q(user__isnull=True) | Q(user__is_active=True))


def active_assignments(
    programme: Programme | OuterRef, on: dt.date | None = None
) -> QuerySet[RoleAssignment]:
    """The assignments that hold on a day, of people whose account, if any, is active."""
    return (
        RoleAssignment.objects.active(on or clock.today())
        .filter(Q(person__user__isnull=True) | Q(person__user__is_active=True), programme=programme)
        .select_related("person__organisation", "person__user")
    )


def programmes_of(person: Person) -> QuerySet[Programme]:
    """The programmes in which a person holds a role today."""
    return Programme.objects.filter(pk__in=seen_by(person).values("programme"))


def seen_by(person: Person) -> QuerySet[RoleAssignment]:
    """The roles by which a person sees programmes today: none once the account is closed."""
    return RoleAssignment.objects.active(clock.today()).filter(
        Q(person__user__isnull=True) | Q(person__user__is_active=True), person=person
    )


def people_of(programme: Programme, on: dt.date | None = None) -> QuerySet[Person]:
    """Everybody who holds a role in a programme on a day."""
    held = active_assignments(programme, on)
    return Person.objects.filter(pk__in=held.values("person")).select_related("organisation", "user")


def role_named(role_or_function: str) -> Role:
    """The role of this code, or the one that signs for the function of this code."""
    if role_or_function in ReviewFunction.values:
        return ROLE_OF[ReviewFunction(role_or_function)]
    return Role(role_or_function)


def organisations_of(programme: Programme) -> QuerySet[Organisation]:
    """The organisations of a programme: the advertiser, those engaged, those written down for it.

    No other: whoever works for a programme does not learn who works for another one.
    """
    added = Event.objects.of(programme.code).filter(verb="organisation.added", subject_kind="organisation")
    return Organisation.objects.filter(
        Q(pk=programme.advertiser_id)
        | Q(pk__in=programme.engagements.values("organisation"))
        | Q(code__in=added.order_by().values("subject_code"))
    )


def people_around(programme: Programme) -> QuerySet[Person]:
    """The people of the organisations of a programme, and those who hold or held a role in it."""
    return Person.objects.filter(
        Q(organisation__in=organisations_of(programme)) | Q(pk__in=programme.assignments.values("person"))
    ).select_related("organisation", "user")


def holders(programme: Programme, *wanted: str, on: dt.date | None = None) -> list[Person]:
    """Whoever holds one of these roles, or signs for one of these functions, on a day; by name."""
    held = active_assignments(programme, on).filter(role__in=[role_named(each) for each in wanted])
    return sorted({each.person for each in held}, key=lambda person: (person.display_name, person.email))


def holds(person: Person, programme: Programme, role_or_function: str, on: dt.date | None = None) -> bool:
    """Say whether a person holds a role, or signs for a function, on a day."""
    return active_assignments(programme, on).filter(role=role_named(role_or_function), person=person).exists()


def deputies(programme: Programme, function: str, on: dt.date | None = None) -> list[Person]:
    """Whoever may be delegated a function without holding its role, on a day."""
    day = on or clock.today()
    named = Deputy.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=day), programme=programme, function=function, from_on__lte=day
    )
    return list(
        able(Person.objects.filter(pk__in=named.values("person")).select_related("organisation", "user"))
    )


def is_deputy(person: Person, programme: Programme, function: str, on: dt.date | None = None) -> bool:
    """Say whether a person is on the deputy list of a function, on a day."""
    return person in deputies(programme, function, on)


def delegations_to(
    person: Person, *, programme: Programme | None = None, function: str | None = None
) -> list[Delegation]:
    """Delegations received by a person, whatever their state, the last to end first."""
    found = Delegation.objects.filter(delegate=person).select_related(
        "programme", "delegator__user", "delegator__organisation", "delegate__user", "delegate__organisation"
    )
    if programme is not None:
        found = found.filter(programme=programme)
    if function is not None:
        found = found.filter(function=function)
    return list(found.order_by("-ends_on", "-proposed_at"))


def delegations_in_force(person: Person, on: dt.date | None = None) -> QuerySet[Delegation]:
    """Delegations by which a person may sign on a day: accepted, running, of someone who still signs."""
    day = on or clock.today()
    role = Case(*(When(function=function, then=Value(role.value)) for function, role in ROLE_OF.items()))
    still_held = (
        RoleAssignment.objects.active(day)
        .filter(Q(person__user__isnull=True) | Q(person__user__is_active=True))
        .filter(programme=OuterRef("programme"), person=OuterRef("delegator"), role=OuterRef("its_role"))
    )
    return (
        Delegation.objects.active(day)
        .annotate(its_role=role)
        .filter(Exists(still_held), delegate=person)
        .select_related("programme", "delegator__organisation", "delegate__organisation")
    )


def delegation_for(person: Person, request: Any, on: dt.date | None = None) -> Delegation | None:
    """The delegation in force by which a person may answer a request, if there is one.

    `request` has a `function` and an `edition`. What the subject itself excludes (its kind, its risk) is
    said by `rules.objection_to_use`.
    """
    programme = request.edition.dossier.programme
    return delegations_in_force(person, on).filter(programme=programme, function=request.function).first()


def shared_with(person: Person) -> QuerySet[Dossier]:
    """The dossiers that single exceptions let a person read."""
    if person.user is None or not person.user.is_active:
        return Dossier.objects.none()
    return get_objects_for_user(
        person.user, f"dossiers.{SHARED}", Dossier, with_superuser=False, accept_global_perms=False
    )


def shares_of(dossier: Dossier) -> QuerySet[Person]:
    """The people with whom a dossier is shared."""
    shares = DossierUserPermission.objects.filter(content_object=dossier, permission__codename=SHARED)
    return (
        Person.objects.filter(user__in=shares.values("user"))
        .select_related("organisation", "user")
        .order_by("display_name", "email")
    )


def may_be_shown(dossier: Dossier) -> QuerySet[Person]:
    """The people of the programme to whom a share would open a dossier: they read only what is shared."""
    held = active_assignments(dossier.programme)
    reads_all = held.exclude(role__in=READ_WHAT_IS_SHARED).values("person")
    return (
        Person.objects.filter(pk__in=held.values("person"), user__is_active=True)
        .exclude(pk__in=reads_all)
        .exclude(pk__in=shares_of(dossier).values("pk"))
        .select_related("organisation")
        .order_by("display_name")
    )


def visible_dossiers(
    person: Person, programme: Programme, kind: str | None = None, *, reads: bool = False
) -> QuerySet[Dossier]:
    """The dossiers of a programme that a person may read: all of them, those shared, or none.

    `reads` spares a statement to whoever knows already that the person reads them all.
    """
    found = Dossier.objects.filter(programme=programme)
    if kind is not None:
        found = found.filter(kind=kind)
    if reads:
        return found
    roles = set(active_assignments(programme).filter(person=person).values_list("role", flat=True))
    if not roles:
        return found.none()
    if roles <= READ_WHAT_IS_SHARED:
        return found.filter(pk__in=shared_with(person).values("pk"))
    return found


def assignments_of(programme: Programme) -> QuerySet[RoleAssignment]:
    """Every assignment of a programme, past and planned ones too."""
    return programme.assignments.select_related("person__organisation", "person__user", "assigned_by")
