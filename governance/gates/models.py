"""Gates, their criteria, reviews, attestations, signatures and decisions."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import get_language

from governance.conditions.models import Condition
from governance.dossiers.models import Dossier, Edition
from governance.evidence.models import Evidence
from governance.gates.choices import PASSING, UNDER_WAY, CriterionKind, Level, Outcome, ReviewStatus
from governance.keys import AppendOnly, Keyed, Versioned
from governance.programmes.choices import PhaseKind
from governance.programmes.models import Programme
from governance.roles.choices import Role
from governance.stakeholders.choices import Department
from governance.stakeholders.models import Person


class Gate(Keyed):
    """A decision point between phases; its criteria are copied when the programme is founded."""

    site_may = "SELECT, INSERT"
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="gates")
    code = models.CharField(max_length=2)
    order = models.PositiveSmallIntegerField()
    name_fr = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    from_phase = models.CharField(max_length=12, choices=PhaseKind.choices, null=True, blank=True)
    to_phase = models.CharField(max_length=12, choices=PhaseKind.choices, null=True, blank=True)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(name="one_gate_per_code", fields=["programme", "code"])]

    @property
    def name(self) -> str:
        """The name in the language of the reader."""
        return self.name_en if (get_language() or "fr").startswith("en") else self.name_fr

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.programme.code

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about."""
        return "gate", self.code

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class GateCriterion(AppendOnly):
    """One question of a gate, copied from the library once. Loaded only where its facts have a room.

    Nobody edits it: whoever prepares a gate would be writing the rules that bind them (trust.md A26).
    """

    gate = models.ForeignKey(Gate, on_delete=models.PROTECT, related_name="criteria")
    code = models.CharField(max_length=8)
    text_fr = models.TextField()
    text_en = models.TextField()
    kind = models.CharField(max_length=10, choices=CriterionKind.choices)
    level = models.CharField(max_length=6, choices=Level.choices)
    waivable = models.BooleanField(default=False)
    weight = models.PositiveSmallIntegerField(null=True, blank=True)
    attest_role = models.CharField(max_length=20, choices=Role.choices, default="", blank=True)
    evidence_required = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(name="one_criterion_per_code", fields=["gate", "code"]),
            models.CheckConstraint(
                name="shoulds_have_a_weight",
                condition=Q(level=Level.MUST, weight__isnull=True)
                | Q(level=Level.SHOULD, weight__range=(1, 5)),
            ),
        ]

    @property
    def text(self) -> str:
        """The question in the language of the reader."""
        return self.text_en if (get_language() or "fr").startswith("en") else self.text_fr

    def __str__(self) -> str:
        return self.text


class GateReviewQuerySet(models.QuerySet["GateReview"]):
    """Attempts at gates."""

    def under_way(self) -> GateReviewQuerySet:
        """Keep those in preparation or submitted: at most one a gate."""
        return self.filter(status__in=UNDER_WAY)

    def counting(self) -> GateReviewQuerySet:
        """Keep those whose words may count: under way, or decided and passed. The last of a gate does."""
        passed = Q(status=ReviewStatus.DECIDED, decision__outcome__in=PASSING)
        return self.filter(Q(status__in=UNDER_WAY) | passed)


class GateReview(Versioned):
    """One attempt at a gate: prepared, submitted (its findings frozen, an edition), decided or withdrawn."""

    site_may = "SELECT, INSERT, UPDATE"
    gate = models.ForeignKey(Gate, on_delete=models.PROTECT, related_name="reviews")
    attempt = models.PositiveSmallIntegerField()
    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="+")
    edition = models.OneToOneField(Edition, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=ReviewStatus.choices, default=ReviewStatus.PREPARING)
    prepared_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    submitted_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)

    objects = GateReviewQuerySet.as_manager()

    class Meta:
        ordering = ["gate", "attempt"]
        constraints = [
            models.UniqueConstraint(name="one_review_per_attempt", fields=["gate", "attempt"]),
            models.UniqueConstraint(
                name="one_review_under_way",
                fields=["gate"],
                condition=Q(status__in=[s.value for s in UNDER_WAY]),
            ),
            models.UniqueConstraint(name="review_and_its_submitter", fields=["id", "submitted_by"]),
            models.CheckConstraint(
                name="submitted_by_someone",
                condition=Q(status=ReviewStatus.PREPARING)
                | Q(submitted_by__isnull=False, edition__isnull=False, submitted_at__isnull=False)
                | Q(status=ReviewStatus.WITHDRAWN),
            ),
        ]

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.dossier.stream

    @property
    def subject(self) -> tuple[str, str]:
        """What its events are about."""
        return "gate_review", self.dossier.code

    def __str__(self) -> str:
        return f"{self.gate.code}/{self.attempt}"


class Attestation(AppendOnly):
    """A person's word on a criterion, for one attempt, with its proofs."""

    review = models.ForeignKey(GateReview, on_delete=models.PROTECT, related_name="attestations")
    criterion = models.ForeignKey(GateCriterion, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(null=True, editable=False)
    comment = models.TextField(default="", blank=True)
    evidence = models.ManyToManyField(Evidence, blank=True, related_name="+")

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.criterion.code} {self.by}"


class GateSignature(AppendOnly):
    """One sponsor's decision on a submitted review: the same terms twice, from two departments, decide.

    `terms` is the canonical text of outcome, rationale and conditions, `terms_fp` its fingerprint,
    computed by the database; other terms replace the first signature, which falls (`replaced_at`).
    """

    site_may = "SELECT, INSERT, UPDATE (replaced_at)"
    review = models.ForeignKey(GateReview, on_delete=models.PROTECT, related_name="signatures")
    submitted_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    department = models.CharField(max_length=24, choices=Department.choices)
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    terms = models.TextField()
    terms_fp = models.GeneratedField(  # type: ignore[attr-defined]
        expression=Func(
            Value("sha256:"),
            Func(
                Func(Func(F("terms"), function="jalon_bytes"), function="sha256"),
                Value("hex"),
                function="encode",
            ),
            template="(%(expressions)s)",
            arg_joiner=" || ",
        ),
        output_field=models.CharField(max_length=71),
        db_persist=True,
    )
    findings_fp = models.CharField(max_length=71)
    edition_fp = models.CharField(max_length=71)
    signed_at = models.DateTimeField(null=True, editable=False)
    reauth_age_s = models.IntegerField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["signed_at"]
        constraints = [
            models.UniqueConstraint(
                name="one_gate_signature_a_person",
                fields=["review", "person"],
                condition=Q(replaced_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="one_gate_signature_a_department",
                fields=["review", "department"],
                condition=Q(replaced_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="signature_and_its_terms", fields=["id", "review", "terms_fp", "department"]
            ),
            models.CheckConstraint(name="submitter_does_not_decide", condition=~Q(person=F("submitted_by"))),
            models.CheckConstraint(
                name="gate_signed_after_signing_in_again", condition=Q(reauth_age_s__range=(0, 300))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.outcome}"


class GateDecision(AppendOnly):
    """What two sponsors of two departments decided, by two signatures of equal terms (INV-14)."""

    review = models.OneToOneField(GateReview, on_delete=models.PROTECT, related_name="decision")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    terms_fp = models.CharField(max_length=71)
    first = models.ForeignKey(GateSignature, on_delete=models.PROTECT, related_name="+")
    first_department = models.CharField(max_length=24)
    second = models.ForeignKey(GateSignature, on_delete=models.PROTECT, related_name="+")
    second_department = models.CharField(max_length=24)
    rationale = models.TextField()
    effective_on = models.DateField()
    revisit_on = models.DateField(null=True, blank=True)
    should_score = models.DecimalField(max_digits=6, decimal_places=4)
    decided_at = models.DateTimeField(null=True, editable=False)
    conditions = models.ManyToManyField(Condition, through="GateCondition", blank=True, related_name="+")

    class Meta:
        ordering = ["decided_at"]
        constraints = [
            models.CheckConstraint(name="two_signatures", condition=~Q(first=F("second"))),
            models.CheckConstraint(
                name="two_departments", condition=~Q(first_department=F("second_department"))
            ),
            models.CheckConstraint(
                name="hold_is_revisited", condition=~Q(outcome=Outcome.HOLD) | Q(revisit_on__isnull=False)
            ),
        ]

    @property
    def passes(self) -> bool:
        """Say whether it opened the way: a go, with or without conditions."""
        return self.outcome in PASSING

    def __str__(self) -> str:
        return f"{self.review} {self.outcome}"


class GateCondition(AppendOnly):
    """A condition that belongs to one gate decision, and to nothing else."""

    decision = models.ForeignKey(GateDecision, on_delete=models.PROTECT, related_name="+")
    condition = models.OneToOneField(Condition, on_delete=models.PROTECT, related_name="gate_link")

    def __str__(self) -> str:
        return str(self.condition)


class Reopening(AppendOnly):
    """One sponsor's word that what a gate decided be taken up again; two, of two departments, do it.

    After a hold it resumes the phase before its day; after a go it reopens the phase that was closed.
    """

    decision = models.ForeignKey(GateDecision, on_delete=models.PROTECT, related_name="reopenings")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    department = models.CharField(max_length=24, choices=Department.choices)
    reason = models.TextField()
    reauth_age_s = models.IntegerField()
    signed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["signed_at"]
        constraints = [
            models.UniqueConstraint(name="one_reopening_a_department", fields=["decision", "department"]),
            models.CheckConstraint(name="reopened_for_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="reopened_after_signing_in_again", condition=Q(reauth_age_s__range=(0, 300))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.decision}"
