"""The journal of a programme, and the proof that nothing of it was changed."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from governance.api.base import Body, Day, Number, ProgrammeEndpoint, Shape, each, names_of, operation
from governance.audit import queries, trail
from governance.audit.models import Event
from governance.errors import raise_if


class EventShape(Shape):
    """One thing that happened, in its place in the chain."""

    seq = serializers.IntegerField()
    at = serializers.CharField()
    clock = serializers.CharField()
    actor = serializers.CharField()
    on_behalf_of = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    verb = serializers.CharField()
    subject_kind = serializers.CharField()
    subject_code = serializers.CharField()
    before_fp = serializers.CharField()
    after_fp = serializers.CharField()
    payload = serializers.DictField()
    prev_hash = serializers.CharField()
    hash = serializers.CharField()


PLAIN = tuple(name for name in names_of(EventShape) if name not in ("roles", "payload"))


def event_of(event: Event) -> dict[str, Any]:
    """One thing that happened."""
    said = {name: getattr(event, name) for name in PLAIN}
    return {**said, "roles": queries.roles_of(event), "payload": queries.payload_of(event)}


class EventFilters(Body):
    """Which events; `after` and `before` are places in the chain."""

    verb = serializers.CharField(max_length=64, required=False)
    actor = serializers.CharField(max_length=254, required=False)
    subject_kind = serializers.CharField(max_length=32, required=False)
    subject_code = serializers.CharField(max_length=48, required=False)
    since = Day(required=False)
    until = Day(required=False)
    after = Number(0, 2**53, required=False)
    before = Number(0, 2**53, required=False)
    ordering = serializers.ChoiceField(["seq", "-seq"], required=False)


class Audit(ProgrammeEndpoint):
    """The journal."""

    def find(self) -> None:
        """Only those who may read the journal see that it has anything."""
        self.verb = "audit.read"
        raise_if(self.rights.objection("audit.read"))

    @operation(EventShape, filters=EventFilters, paged=True, verb="audit.read")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List what happened, the newest first."""
        wanted = queries.Filters(
            verb=asked.get("verb", ""),
            actor=asked.get("actor", ""),
            kind=asked.get("subject_kind", ""),
            code=asked.get("subject_code", ""),
            since=asked.get("since"),
            until=asked.get("until"),
        )
        rows = queries.events(self.programme.code, wanted)
        if "after" in asked:
            rows = rows.filter(seq__gt=asked["after"])
        if "before" in asked:
            rows = rows.filter(seq__lt=asked["before"])
        return self.page(rows.order_by(asked.get("ordering", "-seq")), each(event_of))


class VerdictShape(Shape):
    """Whether the chain holds; the first event that does not, and why."""

    ok = serializers.BooleanField()
    events = serializers.IntegerField()
    first_broken = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()
    head = serializers.CharField()


class VerifyAudit(ProgrammeEndpoint):
    """The proof of the journal."""

    def find(self) -> None:
        """Those who export the journal verify it."""
        self.verb = "audit.export"
        raise_if(self.rights.objection("audit.export"))

    @operation(VerdictShape, verb="audit.export")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Recompute the whole chain."""
        verdict = trail.verify(self.programme.code)
        return {name: getattr(verdict, name) for name in names_of(VerdictShape)}
