"""Requests, signatures bound to scopes, approvals with their supports, events that make signatures fall."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from governance.conditions.models import Condition
from governance.dossiers.choices import ReviewFunction
from governance.dossiers.models import Dossier, Edition
from governance.keys import AppendOnly, Versioned
from governance.reviews.choices import Decision, RequestClosedAs, RequestState
from governance.roles.models import Delegation
from governance.stakeholders.choices import Department
from governance.stakeholders.models import Person


class RequestQuerySet(models.QuerySet["ReviewRequest"]):
    """Requests for review."""

    def open(self) -> RequestQuerySet:
        """Keep those nobody closed."""
        return self.filter(closed_at__isnull=True)


class ReviewRequest(Versioned):
    """A function asked to read one edition. Waiting, late and signed are computed (L10).

    One is open per edition and function; a renewal opens the next round once the first is closed. What
    is asked never changes: only who answers, and that it is closed.
    """

    site_may = "SELECT, INSERT, UPDATE (version, assigned_to_id, taken_at, closed_at, closed_as, state)"
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="requests")
    function = models.CharField(max_length=10, choices=ReviewFunction.choices)
    round = models.PositiveSmallIntegerField(default=1)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    assigned_to = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_as = models.CharField(max_length=10, choices=RequestClosedAs.choices, default="", blank=True)
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.ASKED)

    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "asked_at"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_request", fields=["edition", "function"], condition=Q(closed_at__isnull=True)
            ),
            models.UniqueConstraint(name="one_request_a_round", fields=["edition", "function", "round"]),
            models.CheckConstraint(
                name="request_closed_for_a_reason",
                condition=Q(state=RequestState.CLOSED, closed_at__isnull=False) & ~Q(closed_as="")
                | ~Q(state=RequestState.CLOSED) & Q(closed_at__isnull=True, closed_as=""),
            ),
        ]

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.edition.dossier.stream

    @property
    def subject(self) -> tuple[str, str]:
        """Its events are about the dossier."""
        return self.edition.dossier.subject

    @property
    def code(self) -> str:
        """Its code inside the programme: dossier, edition, function, round."""
        return f"{self.edition.dossier.code}-{self.edition.number}-{self.function}-{self.round}"

    def __str__(self) -> str:
        return f"{self.get_function_display()}, {self.edition}"


class Review(AppendOnly):
    """One signature: a function's word on exactly the scope it read.

    Bound by composite keys to the edition's scope (edition, function, scope_fp), to its full fingerprint
    (edition, full_fp) and to whoever submitted it; the guard in the database refuses an author, a closed
    or rejected edition, a second function, a second signature that still stands (migration
    `tie_signature_to_scope`). `signed_at` and `valid_through` are set by the database. Only its
    revocation is written later. Whether it stands is computed (`queries.standing`).
    """

    site_may = "SELECT, INSERT, UPDATE (revoked_at, revoked_by_id, revoke_reason)"
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="reviews")
    function = models.CharField(max_length=10, choices=ReviewFunction.choices)
    scope_fp = models.CharField(max_length=71)
    full_fp = models.CharField(max_length=71)
    request = models.ForeignKey(ReviewRequest, on_delete=models.PROTECT, related_name="reviews")
    place = models.PositiveSmallIntegerField(default=1)
    submitted_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reviewer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="reviews")
    department = models.CharField(max_length=24, choices=Department.choices)
    on_behalf_of = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    delegation = models.ForeignKey(
        Delegation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decision = models.CharField(max_length=24, choices=Decision.choices)
    answers = models.JSONField(default=dict)
    public_comment = models.TextField(default="", blank=True)
    meaning = models.TextField()
    reviewed_size = models.PositiveBigIntegerField(null=True, blank=True)
    days = models.PositiveSmallIntegerField()
    signed_at = models.DateTimeField(null=True, editable=False)
    valid_through = models.DateField(null=True, editable=False)
    reauth_age_s = models.IntegerField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    revoke_reason = models.TextField(default="", blank=True)
    conditions = models.ManyToManyField(Condition, through="ReviewCondition", blank=True, related_name="+")

    class Meta:
        ordering = ["signed_at"]
        constraints = [
            models.UniqueConstraint(
                name="review_and_its_scope", fields=["id", "edition", "function", "scope_fp"]
            ),
            models.UniqueConstraint(name="one_review_a_place", fields=["request", "place"]),
            models.CheckConstraint(name="review_says_what_it_means", condition=~Q(meaning="")),
            models.CheckConstraint(
                name="rejected_with_a_comment", condition=~Q(decision=Decision.REJECT) | ~Q(public_comment="")
            ),
            models.CheckConstraint(
                name="read_again_before_signing", condition=Q(reauth_age_s__range=(0, 300))
            ),
            models.CheckConstraint(name="submitter_does_not_sign", condition=~Q(reviewer=F("submitted_by"))),
            models.CheckConstraint(
                name="nobody_signs_for_the_submitter",
                condition=Q(on_behalf_of__isnull=True) | ~Q(on_behalf_of=F("submitted_by")),
            ),
            models.CheckConstraint(
                name="nobody_signs_for_oneself",
                condition=Q(on_behalf_of__isnull=True) | ~Q(on_behalf_of=F("reviewer")),
            ),
            models.CheckConstraint(
                name="on_behalf_by_delegation",
                condition=Q(on_behalf_of__isnull=True, delegation__isnull=True)
                | Q(on_behalf_of__isnull=False, delegation__isnull=False),
            ),
            models.CheckConstraint(name="review_lives_30_to_730_days", condition=Q(days__range=(30, 730))),
            models.CheckConstraint(
                name="revoked_by_someone_for_a_reason",
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoke_reason=""),
            ),
        ]
        indexes = [models.Index(name="review_by_scope", fields=["dossier", "function", "scope_fp"])]

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return self.dossier.stream

    @property
    def subject(self) -> tuple[str, str]:
        """Its events are about the dossier."""
        return self.dossier.subject

    @property
    def code(self) -> str:
        """Its code inside the programme: that of its request, and its place there."""
        return f"{self.request.code}-{self.place}"

    def __str__(self) -> str:
        return f"{self.reviewer}, {self.get_function_display()}: {self.get_decision_display()}"


class ReviewCondition(AppendOnly):
    """A condition that belongs to one signature, and to nothing else."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="+")
    condition = models.OneToOneField(Condition, on_delete=models.PROTECT, related_name="review_link")

    def __str__(self) -> str:
        return str(self.condition)


class Approval(models.Model):
    """The fact, written with the last signature, that every requirement of an edition was covered.

    Compared with the edition's requirements by a deferred trigger; never removed, whatever falls later.
    """

    site_may = "SELECT, INSERT"
    edition = models.OneToOneField(
        Edition, primary_key=True, on_delete=models.PROTECT, related_name="approval"
    )
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.edition)


class ApprovalSupport(AppendOnly):
    """One signature that an approval rests on; its scope is that of the edition approved."""

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="supports")
    function = models.CharField(max_length=10, choices=ReviewFunction.choices)
    scope_fp = models.CharField(max_length=71)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="+")
    review_edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="support_named_once", fields=["approval", "function", "review"])
        ]

    def __str__(self) -> str:
        return f"{self.function} {self.review}"


class ExternalEvent(AppendOnly):
    """Something outside the content that makes signatures of some functions fall (XT-nn)."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="external_events")
    code = models.CharField(max_length=8)
    functions = ArrayField(models.CharField(max_length=10, choices=ReviewFunction.choices))
    at = models.DateTimeField()
    stales_on = models.DateField()
    note = models.TextField(default="", blank=True)
    reviewer = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.code} {self.dossier}"


class StandingReview(models.Model):
    """A signature seen from an edition it may stand for: a view (migration `show_what_stands`).

    `state` is standing, negative, stale, expired or revoked, today by the database's clock.
    """

    id = models.CharField(primary_key=True, max_length=73)
    review = models.ForeignKey(Review, on_delete=models.DO_NOTHING, related_name="+")
    edition = models.ForeignKey(Edition, on_delete=models.DO_NOTHING, related_name="standing")
    function = models.CharField(max_length=10, choices=ReviewFunction.choices)
    state = models.CharField(max_length=8)

    class Meta:
        managed = False
        db_table = "reviews_standing"

    def __str__(self) -> str:
        return f"{self.function} {self.state}"


class Coverage(models.Model):
    """Where one required function stands on one edition: a view, today by the database's clock.

    `signatures` counts the people whose positive signatures stand; `covers` counts for order, approval
    and gates; `clears` for licences (decisions.md 3). `state` is one of `choices.Standing`.
    """

    id = models.UUIDField(primary_key=True)
    edition = models.ForeignKey(Edition, on_delete=models.DO_NOTHING, related_name="coverage")
    function = models.CharField(max_length=10, choices=ReviewFunction.choices)
    minimum = models.PositiveSmallIntegerField()
    signatures = models.PositiveSmallIntegerField()
    covers = models.BooleanField()
    clears = models.BooleanField()
    state = models.CharField(max_length=8)
    valid_through = models.DateField(null=True)

    class Meta:
        managed = False
        db_table = "reviews_coverage"

    def __str__(self) -> str:
        return f"{self.function} {self.state}"
