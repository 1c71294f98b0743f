"""Events chained by hash per stream, refusals, and the row that fixes the clock."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from governance.keys import AppendOnly, Keyed


class FixedClock(models.Model):
    """How the database's clock runs when it is not real; only the owner writes it, production refuses it."""

    site_may = "SELECT"
    one = models.BooleanField(primary_key=True, default=True)
    instant = models.DateTimeField(null=True)
    day = models.DateField(null=True)
    shift_days = models.IntegerField(null=True)

    class Meta:
        db_table = "fixed_clock"
        constraints = [
            models.CheckConstraint(name="only_one_clock", condition=Q(one=True)),
            models.CheckConstraint(
                name="the_clock_runs_one_way",
                condition=(
                    Q(instant__isnull=False, day__isnull=True, shift_days__isnull=True)
                    | Q(instant__isnull=True, day__isnull=False, shift_days__isnull=True)
                    | Q(instant__isnull=True, day__isnull=True, shift_days__isnull=False)
                ),
            ),
        ]


class Head(models.Model):
    """The end of one chain: the row that writers of a stream wait for."""

    site_may = "SELECT"
    stream = models.CharField(primary_key=True, max_length=16)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=71)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.stream} {self.seq}"


class EventQuerySet(models.QuerySet["Event"]):
    """Events, read in the order of their chain."""

    def of(self, stream: str) -> EventQuerySet:
        """Keep those of one stream, oldest first."""
        return self.filter(stream=stream).order_by("seq")

    def newest(self) -> EventQuerySet:
        """Put the newest first."""
        return self.order_by("-seq")

    def about(self, kind: str, code: str) -> EventQuerySet:
        """Keep those about one subject."""
        return self.filter(subject_kind=kind, subject_code=code)


class Event(AppendOnly):
    """One thing that happened. `seq`, `at`, `clock`, `prev_hash` and `hash` are set by the database.

    `hash` is SHA-256 of `prev_hash` and the length-prefixed fields from `stream` to `payload`; row and
    request ids, `recorded_at` and `xact` are not hashed, so that two replays agree (decisions.md 2).
    """

    stream = models.CharField(max_length=16)
    seq = models.BigIntegerField(default=0, editable=False)
    at = models.DateTimeField(null=True, editable=False)
    recorded_at = models.DateTimeField(null=True, editable=False)
    clock = models.CharField(max_length=8, default="", editable=False)
    xact = models.BigIntegerField(default=0, editable=False)
    actor = models.CharField(max_length=254)
    on_behalf_of = models.CharField(max_length=254, default="", blank=True)
    roles = models.TextField(default="[]")
    verb = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=32, default="", blank=True)
    subject_code = models.CharField(max_length=48, default="", blank=True)
    before_fp = models.CharField(max_length=71, default="", blank=True)
    after_fp = models.CharField(max_length=71, default="", blank=True)
    payload = models.TextField(default="{}")
    request_id = models.CharField(max_length=36, default="", blank=True)
    prev_hash = models.CharField(max_length=71, default="", editable=False)
    hash = models.CharField(max_length=71, default="", editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="event_in_its_place", fields=["stream", "seq"]),
            models.UniqueConstraint(name="event_after_one_other", fields=["stream", "prev_hash"]),
        ]
        indexes = [
            models.Index(name="event_by_subject", fields=["stream", "subject_kind", "subject_code", "-seq"]),
            models.Index(name="event_by_xact", fields=["xact"]),
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.seq} {self.verb}"


class Refused(AppendOnly):
    """One refused act, written by the edge after the rollback, in a transaction of its own."""

    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    stream = models.CharField(max_length=16, default="", blank=True)
    actor = models.CharField(max_length=254, default="", blank=True)
    verb = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=32, default="", blank=True)
    subject_code = models.CharField(max_length=48, default="", blank=True)
    codes = models.JSONField(default=list)
    door = models.CharField(max_length=8)
    request_id = models.CharField(max_length=36, default="", blank=True)

    class Meta:
        indexes = [models.Index(name="refused_newest_first", fields=["stream", "-at"])]

    def __str__(self) -> str:
        return f"{self.verb} {self.codes}"


class RefusedCount(Keyed):
    """How often requests of other shapes were turned away, per day: probes and malformed bodies."""

    day = models.DateField()
    code = models.CharField(max_length=32)
    door = models.CharField(max_length=8)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_count_a_day", fields=["day", "code", "door"])]

    def __str__(self) -> str:
        return f"{self.day} {self.code} {self.count}"
