"""Assignments over time, delegations, deputies, and single exceptions on a dossier."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from governance.dossiers.choices import ReviewFunction
from governance.dossiers.models import Dossier
from governance.keys import Keyed, Versioned
from governance.programmes.choices import PhaseKind
from governance.programmes.models import Programme
from governance.roles.choices import Role
from governance.stakeholders.models import Person


class AssignmentQuerySet(models.QuerySet["RoleAssignment"]):
    """Assignments of people to roles."""

    def active(self, on: dt.date) -> AssignmentQuerySet:
        """Keep those that hold on a day, dates included, of people who have not left."""
        return self.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=on),
            Q(revoked_on__isnull=True) | Q(revoked_on__gt=on),
            Q(person__left_on__isnull=True) | Q(person__left_on__gt=on),
            starts_on__lte=on,
        )


class RoleAssignment(Versioned):
    """A person in a role, from a day to a day, in some phases or all. Active and ended are computed."""

    site_may = "SELECT, INSERT, UPDATE (ends_on, revoked_on, reason, version)"
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="assignments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="assignments")
    role = models.CharField(_("Role"), max_length=20, choices=Role.choices)
    phases = ArrayField(models.CharField(max_length=12, choices=PhaseKind.choices), default=list, blank=True)
    starts_on = models.DateField(_("From"))
    ends_on = models.DateField(_("Until"), null=True, blank=True)
    allocation_pct = models.PositiveSmallIntegerField(_("Share of time, %"), default=0)
    assigned_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    revoked_on = models.DateField(null=True, blank=True)
    reason = models.TextField(default="", blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "role"]
        constraints = [
            models.CheckConstraint(
                name="assignment_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
            models.CheckConstraint(name="a_share_of_time", condition=Q(allocation_pct__range=(0, 100))),
            models.CheckConstraint(
                name="nobody_assigns_to_self",
                condition=Q(assigned_by__isnull=True) | ~Q(assigned_by=F("person")),
            ),
            models.CheckConstraint(
                name="revoked_for_a_reason", condition=Q(revoked_on__isnull=True) | ~Q(reason="")
            ),
        ]
        indexes = [models.Index(name="assignment_of_person", fields=["person", "programme"])]

    def is_active(self, on: dt.date) -> bool:
        """Say whether it holds on a day, dates included."""
        return (
            self.starts_on <= on
            and (self.ends_on is None or on <= self.ends_on)
            and (self.revoked_on is None or on < self.revoked_on)
        )

    def status(self, on: dt.date) -> str:
        """planned, active, ended or revoked, on a day (L4)."""
        if self.revoked_on is not None and self.revoked_on <= on:
            return "revoked"
        if on < self.starts_on:
            return "planned"
        return "active" if self.is_active(on) else "ended"

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.programme.code

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about: the person, by e-mail's name."""
        return "person", self.person.email.split("@")[0][:48]

    def __str__(self) -> str:
        return f"{self.person}, {self.get_role_display()}"


class Deputy(Keyed):
    """Someone who may receive delegations of a function though they do not hold its role (DLG-02)."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="deputies")
    function = models.CharField(max_length=10, choices=ReviewFunction.choices)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.person}, {self.function}"


class DelegationQuerySet(models.QuerySet["Delegation"]):
    """Delegations of signature."""

    def active(self, on: dt.date) -> DelegationQuerySet:
        """Keep those accepted, not ended, whose days include this one."""
        return self.filter(
            accepted_at__isnull=False, ended_at__isnull=True, starts_on__lte=on, ends_on__gte=on
        )


class Delegation(Versioned):
    """A temporary, accepted right to sign for someone of the same function (domain.md 3.9, L21)."""

    site_may = "SELECT, INSERT, UPDATE"
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="delegations")
    code = models.CharField(max_length=16)
    delegator = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="delegations_given")
    delegate = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="delegations_received")
    function = models.CharField(_("Function"), max_length=10, choices=ReviewFunction.choices)
    subject_kinds = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    starts_on = models.DateField(_("From"))
    ends_on = models.DateField(_("Until"))
    excludes_high_risk = models.BooleanField(_("Leave high-risk subjects out"), default=True)
    reason = models.TextField(_("Reason"))
    proposed_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "code"]
        constraints = [
            models.UniqueConstraint(name="one_delegation_per_code", fields=["programme", "code"]),
            models.CheckConstraint(name="nobody_delegates_to_self", condition=~Q(delegator=F("delegate"))),
            models.CheckConstraint(name="delegation_has_a_period", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(
                name="delegation_of_45_days_at_most",
                condition=Q(ends_on__lte=F("starts_on") + dt.timedelta(days=45)),
            ),
            models.CheckConstraint(
                name="accepted_or_declined",
                condition=Q(accepted_at__isnull=True) | Q(declined_at__isnull=True),
            ),
        ]

    def belongs_to(self, person: Person) -> bool:
        """Whether it is theirs: given by them, or received."""
        return person.pk in (self.delegator_id, self.delegate_id)

    def status(self, on: dt.date) -> str:
        """proposed, declined, accepted, active, ended or revoked, on a day (L21)."""
        if self.declined_at is not None:
            return "declined"
        if self.ended_at is not None:
            return "revoked"
        if on > self.ends_on:
            return "ended"
        if self.accepted_at is None:
            return "proposed"
        return "active" if on >= self.starts_on else "accepted"

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.programme.code

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about."""
        return "delegation", self.code

    def __str__(self) -> str:
        return f"{self.delegator} → {self.delegate}"


class DossierUserPermission(UserObjectPermissionBase):
    """A single exception: one user may read one dossier (decisions.md 5). guardian finds it by its key."""

    content_object = models.ForeignKey(Dossier, on_delete=models.CASCADE)

    def __str__(self) -> str:
        return f"{self.user} {self.content_object}"
