"""People, organisations, roles held over time, delegations."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q
from django.http import Http404
from rest_framework import serializers

from governance import clock
from governance.api.base import (
    Body,
    Day,
    Number,
    PersonShape,
    ProgrammeEndpoint,
    Shape,
    Text,
    each,
    names_of,
    operation,
    person_of,
)
from governance.dossiers.choices import ReviewFunction
from governance.folding import says
from governance.programmes.choices import DpaStatus, GdprRole, PhaseKind, TransferTool
from governance.programmes.models import Engagement, Programme
from governance.roles import actions, queries
from governance.roles.choices import Role
from governance.roles.models import Delegation, RoleAssignment
from governance.stakeholders.choices import Department, OrganisationKind
from governance.stakeholders.models import Organisation, Person

STATUSES = ("planned", "active", "ended", "revoked")


# ---------------------------------------------------------------- people
class OnePersonShape(Shape):
    """A person, and the roles they hold today."""

    email = serializers.CharField()
    name = serializers.CharField()
    organisation = serializers.CharField()
    department = serializers.CharField()
    language = serializers.CharField()
    qualified_jurist = serializers.BooleanField()
    is_external = serializers.BooleanField()
    left_on = serializers.CharField(allow_null=True)
    roles = serializers.ListField(child=serializers.CharField())
    version = serializers.IntegerField()


class PersonIn(Body):
    """Someone new."""

    shown = ("roles", "is_external", "left_on", "version")
    email = serializers.EmailField(max_length=254)
    name = Text(80)
    organisation = Text(16)
    department = serializers.ChoiceField(Department.choices)
    language = serializers.ChoiceField(["fr", "en"], required=False)
    qualified_jurist = serializers.BooleanField(required=False)


class PersonEdit(Body):
    """What may change of a person."""

    shown = ("email", "organisation", "roles", "is_external", "left_on", "version")
    name = Text(80)
    department = serializers.ChoiceField(Department.choices)
    language = serializers.ChoiceField(["fr", "en"])
    qualified_jurist = serializers.BooleanField()


class PeopleFilters(Body):
    """Which people."""

    role = serializers.ChoiceField(Role.choices, required=False)
    organisation = serializers.CharField(max_length=16, required=False)
    search = serializers.CharField(max_length=80, required=False)


class Leaving(Body):
    """From which day someone is gone."""

    on = Day()


COLUMNS = {"display_name": "name", "locale": "language"}


def _columns(asked: dict[str, Any]) -> dict[str, Any]:
    names = {name: column for column, name in COLUMNS.items()}
    return {names.get(name, name): value for name, value in asked.items()}


def people_told(programme: Programme, people: list[Person]) -> list[dict[str, Any]]:
    """Tell these people with their roles."""
    held = queries.active_assignments(programme).filter(person__in=people).order_by("role")
    roles: dict[Any, list[str]] = {}
    for person, role in held.values_list("person_id", "role"):
        roles.setdefault(person, []).append(role)
    return [
        {
            "email": person.email,
            "name": person.display_name,
            "organisation": person.organisation.code,
            "department": person.department,
            "language": person.locale,
            "qualified_jurist": person.qualified_jurist,
            "is_external": person.is_external,
            "left_on": person.left_on,
            "roles": roles.get(person.pk, []),
            "version": person.version,
        }
        for person in people
    ]


class People(ProgrammeEndpoint):
    """The people around a programme."""

    key = "email"

    @operation(OnePersonShape, filters=PeopleFilters, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the people of the organisations in the programme, with the roles they hold today."""
        rows = self.directory()
        if role := asked.get("role"):
            held = queries.active_assignments(self.programme).filter(role=role)
            rows = rows.filter(pk__in=held.values("person"))
        if organisation := asked.get("organisation"):
            rows = rows.filter(organisation__code=organisation)
        if text := asked.get("search"):
            rows = rows.filter(says(text, "display_name", "email"))
        return self.page(
            rows.order_by("display_name", "email"), lambda some: people_told(self.programme, some)
        )

    @operation(OnePersonShape, asks=PersonIn, status=201, verb="people.edit")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Write a person down."""
        organisation = self.named(
            queries.organisations_of(self.programme), "organisation", code=asked.pop("organisation")
        )
        person = actions.add_person(
            by=self.me, programme=self.programme, organisation=organisation, **_columns(asked)
        )
        return people_told(self.programme, [person])[0]


class PersonEndpoint(ProgrammeEndpoint):
    """What is about one person."""

    who: Person

    def find(self, *, email: str) -> None:
        """Find the person."""
        who = self.directory().filter(email__iexact=email).first()
        if who is None:
            raise Http404
        self.who = who


class OnePerson(PersonEndpoint):
    """One person."""

    @operation(OnePersonShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read what is known of a person."""
        return people_told(self.programme, [self.who])[0]

    @operation(OnePersonShape, asks=PersonEdit, versioned=True, verb="people.edit")
    def patch(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Change what is known of a person."""
        self.expects(self.who)
        person = actions.edit_person(self.who, by=self.me, programme=self.programme, **_columns(asked))
        return people_told(self.programme, [person])[0]


class PersonEnd(PersonEndpoint):
    """A departure."""

    @operation(OnePersonShape, asks=Leaving, versioned=True, verb="people.edit")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Note the day from which a person is gone: their roles stop that day."""
        self.expects(self.who)
        person = actions.note_departure(self.who, by=self.me, programme=self.programme, on=asked["on"])
        return people_told(self.programme, [person])[0]


# ---------------------------------------------------------------- organisations
class EngagementShape(Shape):
    """What an organisation is to the data, and under which agreement."""

    gdpr_role = serializers.CharField()
    contract_ref = serializers.CharField()
    starts_on = serializers.CharField()
    ends_on = serializers.CharField(allow_null=True)
    dpa_status = serializers.CharField()
    dpa_signed_on = serializers.CharField(allow_null=True)
    dpa_expires_on = serializers.CharField(allow_null=True)
    transfer_tool = serializers.CharField()
    version = serializers.IntegerField()


class OrganisationShape(Shape):
    """An organisation of the programme, with its engagements, the last one last."""

    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    country = serializers.CharField()
    is_internal = serializers.BooleanField()
    engagements = EngagementShape(many=True)


class EngagementIn(Body):
    """Terms of an engagement."""

    gdpr_role = serializers.ChoiceField(GdprRole.choices)
    starts_on = Day()
    ends_on = Day(required=False, allow_null=True)
    contract_ref = Text(64, required=False, allow_blank=True)
    dpa_status = serializers.ChoiceField(DpaStatus.choices, required=False)
    dpa_signed_on = Day(required=False, allow_null=True)
    dpa_expires_on = Day(required=False, allow_null=True)
    transfer_tool = serializers.ChoiceField(TransferTool.choices, required=False, allow_blank=True)


class OrganisationIn(Body):
    """A company new to the programme, and its engagement there."""

    shown = ("is_internal", "engagements")
    code = serializers.RegexField(r"^[A-Z][A-Z0-9-]{1,15}$")
    name = Text(120)
    kind = serializers.ChoiceField(OrganisationKind.choices)
    country = serializers.RegexField(r"^[A-Z]{2}$")
    engagement = EngagementIn()


class EngagementEnd(Body):
    """The last day of the current engagement."""

    ends_on = Day()


def organisations_told(programme: Programme, organisations: list[Organisation]) -> list[dict[str, Any]]:
    """Tell these organisations with their engagements."""
    engaged = Engagement.objects.filter(programme=programme, organisation__in=organisations)
    by_organisation: dict[Any, list[dict[str, Any]]] = {}
    names = names_of(EngagementShape)
    for one in engaged.order_by("starts_on"):
        by_organisation.setdefault(one.organisation_id, []).append(
            {name: getattr(one, name) for name in names}
        )
    return [
        {
            "code": one.code,
            "name": one.name,
            "kind": one.kind,
            "country": one.country,
            "is_internal": one.is_internal,
            "engagements": by_organisation.get(one.pk, []),
        }
        for one in organisations
    ]


class Organisations(ProgrammeEndpoint):
    """The organisations of a programme."""

    key = "code"

    @operation(OrganisationShape, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the advertiser and the organisations engaged."""
        return self.page(
            queries.organisations_of(self.programme).order_by("name", "code"),
            lambda some: organisations_told(self.programme, some),
        )

    @operation(OrganisationShape, asks=OrganisationIn, status=201, verb="engagement.edit")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Write a company down, and engage it."""
        terms = asked.pop("engagement")
        organisation = actions.add_organisation(by=self.me, programme=self.programme, **asked)
        actions.engage(self.programme, organisation, by=self.me, **terms)
        return organisations_told(self.programme, [organisation])[0]


class OrganisationEndpoint(ProgrammeEndpoint):
    """What is about one organisation."""

    organisation: Organisation

    def find(self, *, code: str) -> None:
        """Find the organisation."""
        organisation = queries.organisations_of(self.programme).filter(code=code).first()
        if organisation is None:
            raise Http404
        self.organisation = organisation


class OneOrganisation(OrganisationEndpoint):
    """One organisation."""

    @operation(OrganisationShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read an organisation and its engagements."""
        return organisations_told(self.programme, [self.organisation])[0]


class OrganisationEnd(OrganisationEndpoint):
    """The end of an engagement."""

    @operation(OrganisationShape, asks=EngagementEnd, versioned=True, verb="engagement.edit")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """End the last engagement; the roles of its people end with it. `If-Match` is the engagement's."""
        engagement = (
            self.programme.engagements.filter(organisation=self.organisation).order_by("starts_on").last()
        )
        engagement = self.found(engagement)
        self.expects(engagement)
        actions.edit_engagement(engagement, by=self.me, ends_on=asked["ends_on"])
        return organisations_told(self.programme, [self.organisation])[0]


# ---------------------------------------------------------------- roles held over time
class AssignmentShape(Shape):
    """A person in a role."""

    id = serializers.UUIDField()
    person = PersonShape()
    role = serializers.CharField()
    phases = serializers.ListField(child=serializers.CharField())
    starts_on = serializers.CharField()
    ends_on = serializers.CharField(allow_null=True)
    allocation_pct = serializers.IntegerField()
    assigned_by = PersonShape(allow_null=True)
    revoked_on = serializers.CharField(allow_null=True)
    reason = serializers.CharField()
    status = serializers.ChoiceField(STATUSES)
    version = serializers.IntegerField()


def assignment_of(one: RoleAssignment) -> dict[str, Any]:
    """A person in a role."""
    return {
        "id": one.pk,
        "person": person_of(one.person),
        "role": one.role,
        "phases": one.phases,
        "starts_on": one.starts_on,
        "ends_on": one.ends_on,
        "allocation_pct": one.allocation_pct,
        "assigned_by": person_of(one.assigned_by),
        "revoked_on": one.revoked_on,
        "reason": one.reason,
        "status": one.status(clock.today()),
        "version": one.version,
    }


class AssignmentIn(Body):
    """Who, in which role, from when to when."""

    shown = ("id", "assigned_by", "revoked_on", "reason", "status", "version")
    person = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(Role.choices)
    starts_on = Day(required=False)
    ends_on = Day(required=False, allow_null=True)
    phases = serializers.ListField(
        child=serializers.ChoiceField(PhaseKind.choices), required=False, max_length=4
    )
    allocation_pct = Number(0, 100, required=False)


class AssignmentFilters(Body):
    """Which assignments."""

    person = serializers.CharField(max_length=254, required=False)
    role = serializers.ChoiceField(Role.choices, required=False)
    status = serializers.ChoiceField(STATUSES, required=False)


class AssignmentEnd(Body):
    """The last day of a role."""

    ends_on = Day()


class AssignmentRevoke(Body):
    """Why a role is withdrawn."""

    reason = Text(2000)
    for_cause = serializers.BooleanField(required=False)


class Assignments(ProgrammeEndpoint):
    """Roles held over time."""

    key = "id"

    @operation(AssignmentShape, filters=AssignmentFilters, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List who holds, held or will hold which role."""
        rows = queries.assignments_of(self.programme)
        if who := asked.get("person"):
            rows = rows.filter(person__email__iexact=who)
        if role := asked.get("role"):
            rows = rows.filter(role=role)
        if status := asked.get("status"):
            rows = rows.filter(_in_status(status, clock.today()))
        return self.page(
            rows.order_by("starts_on", "role", "person__display_name", "pk"), each(assignment_of)
        )

    @operation(AssignmentShape, asks=AssignmentIn, status=201, verb="role.assign")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Give a person a role."""
        person = self.someone(asked.pop("person"), "person")
        return assignment_of(actions.assign(self.programme, person, asked.pop("role"), by=self.me, **asked))


def _in_status(status: str, today: dt.date) -> Q:
    """The assignments in one status on a day, as `RoleAssignment.status` has it."""
    revoked = Q(revoked_on__lte=today)
    planned = ~revoked & Q(starts_on__gt=today)
    ended = ~revoked & Q(starts_on__lte=today, ends_on__lt=today)
    return {
        "revoked": revoked,
        "planned": planned,
        "ended": ended,
        "active": (Q(revoked_on__isnull=True) | Q(revoked_on__gt=today))
        & Q(starts_on__lte=today)
        & (Q(ends_on__isnull=True) | Q(ends_on__gte=today)),
    }[status]


class AssignmentEndpoint(ProgrammeEndpoint):
    """What is about one role held."""

    assignment: RoleAssignment

    def find(self, *, id: Any) -> None:
        """Find the assignment."""
        rows = queries.assignments_of(self.programme).select_related("programme")
        self.assignment = self.found(rows.filter(pk=id).first())


class OneAssignment(AssignmentEndpoint):
    """One role held."""

    @operation(AssignmentShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read one assignment."""
        return assignment_of(self.assignment)


class EndAssignment(AssignmentEndpoint):
    """The end of a role."""

    @operation(AssignmentShape, asks=AssignmentEnd, versioned=True, verb="role.end")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Set the last day of a role."""
        self.expects(self.assignment)
        return assignment_of(actions.end(self.assignment, by=self.me, ends_on=asked["ends_on"]))


class RevokeAssignment(AssignmentEndpoint):
    """The withdrawal of a role."""

    @operation(AssignmentShape, asks=AssignmentRevoke, versioned=True, verb="role.revoke")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Withdraw a role at once; for cause, what the person signed in it falls as well."""
        self.expects(self.assignment)
        return assignment_of(actions.revoke(self.assignment, by=self.me, **asked))


# ---------------------------------------------------------------- delegations
class DelegationShape(Shape):
    """A signature lent for a while."""

    code = serializers.CharField()
    delegator = PersonShape()
    delegate = PersonShape()
    function = serializers.CharField()
    subject_kinds = serializers.ListField(child=serializers.CharField())
    excludes_high_risk = serializers.BooleanField()
    starts_on = serializers.CharField()
    ends_on = serializers.CharField()
    reason = serializers.CharField()
    status = serializers.ChoiceField(["proposed", "declined", "accepted", "active", "ended", "revoked"])
    proposed_at = serializers.CharField()
    version = serializers.IntegerField()


def delegation_of(one: Delegation) -> dict[str, Any]:
    """A signature lent for a while."""
    return {
        "code": one.code,
        "delegator": person_of(one.delegator),
        "delegate": person_of(one.delegate),
        "function": one.function,
        "subject_kinds": one.subject_kinds,
        "excludes_high_risk": one.excludes_high_risk,
        "starts_on": one.starts_on,
        "ends_on": one.ends_on,
        "reason": one.reason,
        "status": one.status(clock.today()),
        "proposed_at": one.proposed_at,
        "version": one.version,
    }


class DelegationIn(Body):
    """To whom one lends one's signature, for which function, from when to when, why."""

    shown = ("code", "delegator", "status", "proposed_at", "version")
    delegate = serializers.EmailField(max_length=254)
    function = serializers.ChoiceField(ReviewFunction.choices)
    starts_on = Day()
    ends_on = Day()
    reason = Text(2000)
    subject_kinds = serializers.ListField(
        child=serializers.ChoiceField(["usecase_revision", "segment_version"]), required=False, max_length=2
    )
    excludes_high_risk = serializers.BooleanField(required=False)


class DelegationFilters(Body):
    """Which delegations."""

    function = serializers.ChoiceField(ReviewFunction.choices, required=False)


class Reason(Body):
    """Why."""

    reason = Text(2000)


class Delegations(ProgrammeEndpoint):
    """Signatures lent."""

    key = "code"

    @operation(DelegationShape, filters=DelegationFilters, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the delegations of the programme, the last to start first."""
        rows = Delegation.objects.filter(programme=self.programme).select_related("delegator", "delegate")
        if function := asked.get("function"):
            rows = rows.filter(function=function)
        return self.page(rows, each(delegation_of))

    @operation(DelegationShape, asks=DelegationIn, status=201, verb="delegation.create")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Ask someone to sign for oneself, for a while; it counts once they accepted."""
        self.interactive()
        delegate = self.someone(asked.pop("delegate"), "delegate")
        return delegation_of(actions.delegate(self.programme, by=self.me, delegate=delegate, **asked))


class DelegationEndpoint(ProgrammeEndpoint):
    """What is about one delegation."""

    delegation: Delegation

    def find(self, *, code: str) -> None:
        """Find the delegation."""
        rows = Delegation.objects.filter(programme=self.programme, code=code)
        self.delegation = self.found(
            rows.select_related("programme", "delegator__organisation", "delegate__organisation").first()
        )


class OneDelegation(DelegationEndpoint):
    """One delegation."""

    @operation(DelegationShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read one delegation."""
        return delegation_of(self.delegation)


class AcceptDelegation(DelegationEndpoint):
    """The word of the delegate."""

    @operation(DelegationShape, versioned=True, verb="delegation.accept")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Accept to sign for someone; a person's act, never a token's."""
        self.interactive()
        self.expects(self.delegation)
        return delegation_of(actions.accept(self.delegation, by=self.me))


class DeclineDelegation(DelegationEndpoint):
    """The word of the delegate."""

    @operation(DelegationShape, versioned=True, verb="delegation.decline")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Decline to sign for someone."""
        self.interactive()
        self.expects(self.delegation)
        return delegation_of(actions.decline(self.delegation, by=self.me))


class RevokeDelegation(DelegationEndpoint):
    """The end of a delegation."""

    @operation(DelegationShape, asks=Reason, versioned=True, verb="delegation.end")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """End at once a delegation one gave."""
        self.interactive()
        self.expects(self.delegation)
        return delegation_of(actions.end_delegation(self.delegation, by=self.me, reason=asked["reason"]))
