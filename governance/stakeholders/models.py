"""Organisations, people, declared interests."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from governance.accounts.models import User
from governance.keys import Versioned
from governance.stakeholders.choices import INTERNAL_KINDS, Department, OrganisationKind


class Organisation(Versioned):
    """A company: the advertiser, an entity of its group, or an outside party."""

    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(_("Name"), max_length=120)
    kind = models.CharField(_("Kind"), max_length=24, choices=OrganisationKind.choices)
    country = models.CharField(_("Country"), max_length=2, default="FR")

    class Meta:
        ordering = ["name"]

    @property
    def is_internal(self) -> bool:
        """The advertiser and its group are internal; everyone else is external."""
        return self.kind in INTERNAL_KINDS

    def __str__(self) -> str:
        return self.name


class Person(Versioned):
    """Someone who may hold roles. `user` is null for people who never sign in."""

    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.PROTECT, related_name="person")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="people")
    department = models.CharField(_("Department"), max_length=24, choices=Department.choices)
    display_name = models.CharField(_("Name"), max_length=80)
    email = models.EmailField(_("E-mail"), unique=True)
    locale = models.CharField(
        _("Language"), max_length=2, default="fr", choices=[("fr", "Français"), ("en", "English")]
    )
    qualified_jurist = models.BooleanField(_("Qualified jurist"), default=False)
    left_on = models.DateField(_("Left on"), null=True, blank=True)

    class Meta:
        ordering = ["display_name"]
        constraints = [models.UniqueConstraint(Lower("email"), name="one_person_per_email")]

    @property
    def is_external(self) -> bool:
        """Works for an outside organisation."""
        return not self.organisation.is_internal

    def belongs_to(self, person: Person) -> bool:
        """Whether it is the person themselves: one declares one's own interests."""
        return self.pk == person.pk

    def __str__(self) -> str:
        return self.display_name


class InterestDeclaration(Versioned):
    """An interest in an organisation, declared by the person (SOD-14)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="interests")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    nature = models.TextField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="interest_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.organisation}"
