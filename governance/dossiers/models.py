"""Dossiers, editions frozen at submit, their authors, scopes and requirements."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import get_language

from governance import canonical
from governance.dossiers.choices import ClosedAs, DossierKind, ReviewFunction
from governance.keys import AppendOnly, Versioned
from governance.programmes.models import Programme
from governance.stakeholders.models import Person


class Dossier(Versioned):
    """What governance holds of one thing. The thing points here; this never points back.

    It is the row that verbs lock first: signatures, submissions and approvals of one thing wait for
    each other here, and nowhere else. It never moves to another programme, nor changes its code.
    """

    site_may = "SELECT, INSERT, UPDATE (version, name_fr, name_en)"
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="dossiers")
    kind = models.CharField(max_length=12, choices=DossierKind.choices)
    code = models.CharField(max_length=24)
    name_fr = models.CharField(max_length=160)
    name_en = models.CharField(max_length=160, default="", blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(name="one_dossier_per_code", fields=["programme", "code"])]
        permissions = [("read_shared_dossier", "May read this dossier though no role says so")]

    @property
    def name(self) -> str:
        """The name in the language of the reader; French where there is no other."""
        return self.name_en if self.name_en and (get_language() or "fr").startswith("en") else self.name_fr

    @property
    def reference(self) -> str:
        """How fingerprints name it: programme and code."""
        return f"{self.programme.code}/{self.code}"

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.programme.code

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about."""
        return self.kind, self.code

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class EditionQuerySet(models.QuerySet["Edition"]):
    """Editions of dossiers."""

    def open(self) -> EditionQuerySet:
        """Keep those that were not closed."""
        return self.filter(closed_at__isnull=True)

    def approved(self) -> EditionQuerySet:
        """Keep those that were approved, whatever fell since."""
        return self.filter(approval__isnull=False)


class Edition(AppendOnly):
    """The content of a dossier as it was submitted: written once, with its ten facets.

    `content` is canonical and `fp` its fingerprint, computed by the database. Only its closing is
    written later. `flags` and `size` are what the content raised at submit.
    """

    site_may = "SELECT, INSERT, UPDATE (closed_at, closed_as)"
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField()
    content = models.BinaryField()
    fp = models.GeneratedField(  # type: ignore[attr-defined]
        expression=Func(
            Value("sha256:"),
            Func(Func(F("content"), function="sha256"), Value("hex"), function="encode"),
            template="(%(expressions)s)",
            arg_joiner=" || ",
        ),
        output_field=models.CharField(max_length=71),
        db_persist=True,
    )
    flags = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True)
    submitted_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_as = models.CharField(max_length=10, choices=ClosedAs.choices, default="", blank=True)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["dossier", "number"]
        constraints = [
            models.UniqueConstraint(name="one_edition_per_number", fields=["dossier", "number"]),
            models.CheckConstraint(
                name="edition_closed_for_a_reason",
                condition=Q(closed_at__isnull=True, closed_as="")
                | Q(closed_at__isnull=False) & ~Q(closed_as=""),
            ),
        ]

    @cached_property
    def read(self) -> dict[str, Any]:
        """The content, parsed with exact numbers: once, for it never changes."""
        return canonical.parse(bytes(self.content))  # type: ignore[no-any-return]

    def facet(self, name: str) -> dict[str, Any]:
        """One side of the content; empty where it says nothing."""
        return self.read["facets"].get(name, {})  # type: ignore[no-any-return]

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.dossier.stream

    @property
    def subject(self) -> tuple[str, str]:
        """Its events are about its dossier."""
        return self.dossier.subject

    def __str__(self) -> str:
        return f"{self.dossier}, {self.number}"


class EditionAuthor(AppendOnly):
    """Whoever wrote a part of an edition: they do not sign it (SOD-01)."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="authors")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(name="author_named_once", fields=["edition", "person"])]

    def __str__(self) -> str:
        return str(self.person)


class EditionScope(AppendOnly):
    """What one function reads of an edition, as a fingerprint of the facets it answers for."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="scopes")
    function = models.CharField(max_length=10, choices=ReviewFunction.choices)
    fp = models.CharField(max_length=71)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_scope_per_function", fields=["edition", "function"]),
            models.UniqueConstraint(name="scope_to_sign", fields=["edition", "function", "fp"]),
            models.CheckConstraint(
                name="scope_is_a_fingerprint", condition=Q(fp__regex=r"^sha256:[0-9a-f]{64}$")
            ),
        ]
        indexes = [models.Index(name="scope_by_fp", fields=["fp", "function"])]

    def __str__(self) -> str:
        return f"{self.function} {self.fp}"


class EditionRequirement(AppendOnly):
    """A function that must sign an edition, as the policies asked at submit."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="requirements")
    function = models.CharField(max_length=10, choices=ReviewFunction.choices)
    minimum = models.PositiveSmallIntegerField()
    days = models.PositiveSmallIntegerField()
    sla = models.PositiveSmallIntegerField()
    after = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    checklist = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    policies = ArrayField(models.CharField(max_length=8), default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_requirement_per_function", fields=["edition", "function"]),
            models.CheckConstraint(name="one_to_three_signatures", condition=Q(minimum__range=(1, 3))),
            models.CheckConstraint(name="signatures_live_30_to_730_days", condition=Q(days__range=(30, 730))),
        ]

    def __str__(self) -> str:
        return f"{self.function} x{self.minimum}"
