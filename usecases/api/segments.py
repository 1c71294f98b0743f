"""Segments, their versions, and the check of a rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers

from governance import library
from governance.api.base import (
    Body,
    Day,
    Number,
    PersonShape,
    ProgrammeEndpoint,
    Shape,
    Text,
    each,
    operation,
    person_of,
    unknown,
)
from governance.errors import raise_if
from governance.roles import queries as roles
from usecases.segments import actions, queries, rules
from usecases.segments.choices import Apply, EstimationMethod, SegmentRole
from usecases.segments.models import Segment, SegmentVersion
from usecases.segments.queries import ORDERINGS, Row


# ---------------------------------------------------------------- shapes
class EstimateShape(Shape):
    """How many people, since when, and how that is known."""

    size = serializers.IntegerField()
    estimated_on = serializers.CharField()
    method = serializers.CharField()


class SegmentRow(Shape):
    """A named audience, with its last version."""

    code = serializers.CharField()
    name_fr = serializers.CharField()
    name_en = serializers.CharField()
    role = serializers.CharField()
    apply = serializers.CharField()
    owner = PersonShape()
    number = serializers.IntegerField()
    status = serializers.CharField()
    valid_until = serializers.CharField()
    estimate = EstimateShape(allow_null=True)
    version = serializers.IntegerField()


class VersionRow(Shape):
    """One version, in the history of a segment."""

    number = serializers.IntegerField()
    status = serializers.CharField()
    valid_from = serializers.CharField()
    valid_until = serializers.CharField()
    fingerprint = serializers.CharField()
    frozen_at = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()


class SegmentShape(SegmentRow):
    """A named audience, with the history of its versions."""

    versions = VersionRow(many=True)


class FaultShape(Shape):
    """What is wrong, or doubtful, at one place of a rule."""

    code = serializers.CharField()
    path = serializers.CharField()
    detail = serializers.CharField()


class SentenceShape(Shape):
    """A rule in words."""

    fr = serializers.CharField(allow_null=True)
    en = serializers.CharField(allow_null=True)


class ReferenceShape(Shape):
    """A version that a rule names."""

    code = serializers.CharField()
    version = serializers.JSONField()


class ReportShape(Shape):
    """All there is to say of a rule."""

    errors = FaultShape(many=True)  # type: ignore[assignment]
    warnings = FaultShape(many=True)
    canonical = serializers.JSONField()
    fingerprint = serializers.CharField(allow_null=True)
    sentence = SentenceShape()
    labels = serializers.ListField(child=serializers.CharField())
    attributes = serializers.ListField(child=serializers.CharField())
    events = serializers.ListField(child=serializers.CharField())
    sources = serializers.ListField(child=serializers.CharField())
    windows = serializers.ListField(child=serializers.CharField())
    references = ReferenceShape(many=True)


class VersionShape(VersionRow):
    """One rule of a segment, with what its check says today."""

    segment = serializers.CharField()
    rule = serializers.DictField()
    change_summary = serializers.CharField()
    min_size = serializers.IntegerField()
    identity_types = serializers.ListField(child=serializers.CharField())
    retention = serializers.CharField()
    refresh = serializers.CharField()
    catalogue = serializers.IntegerField()
    authors = PersonShape(many=True)
    frozen_by = PersonShape(allow_null=True)
    estimate = EstimateShape(allow_null=True)
    edition_fingerprint = serializers.CharField(allow_null=True)
    check = ReportShape()


def _estimate(known: Any) -> dict[str, Any] | None:
    if known is None:
        return None
    return {"size": known.size, "estimated_on": known.estimated_on, "method": known.method}


def segment_row(row: Row) -> dict[str, Any]:
    """A named audience, with its last version."""
    dossier = row.segment.dossier
    return {
        "code": dossier.code,
        "name_fr": dossier.name_fr,
        "name_en": dossier.name_en,
        "role": row.segment.role,
        "apply": row.segment.apply,
        "owner": person_of(row.segment.owner),
        "number": row.version.number,
        "status": row.status,
        "valid_until": row.version.valid_until,
        "estimate": _estimate(row.estimate),
        "version": row.segment.version,
    }


def rows_told(listed: list[Segment]) -> list[dict[str, Any]]:
    """Tell one page of segments with their last versions."""
    return [segment_row(row) for row in queries.rows(listed)]


def version_row(version: SegmentVersion, status: str) -> dict[str, Any]:
    """One version, in the history of a segment."""
    return {
        "number": version.number,
        "status": status,
        "valid_from": version.valid_from,
        "valid_until": version.valid_until,
        "fingerprint": version.fp,
        "frozen_at": version.frozen_at,
        "version": version.version,
    }


def segment_told(segment: Segment) -> dict[str, Any]:
    """A named audience, with the history of its versions."""
    history = queries.history(segment)
    last, status = history[0]
    row = Row(segment=segment, version=last, status=status, estimate=queries.estimate(last))
    return {**segment_row(row), "versions": [version_row(*one) for one in history]}


def version_told(version: SegmentVersion) -> dict[str, Any]:
    """One rule of a segment, with what its check says today."""
    known = queries.estimate(version)
    return {
        **version_row(version, queries.status_of(version)),
        "segment": version.segment.code,
        "rule": version.document,
        "change_summary": version.change_summary,
        "min_size": version.min_size,
        "identity_types": version.identity_types,
        "retention": version.retention,
        "refresh": version.refresh,
        "catalogue": version.catalogue.number,
        "authors": [person_of(author) for author in version.authors.order_by("display_name")],
        "frozen_by": person_of(version.frozen_by),
        "estimate": _estimate(known),
        "edition_fingerprint": version.edition.fp if version.edition is not None else None,
        "check": queries.report(version, known).as_json(),
    }


# ---------------------------------------------------------------- bodies
class VersionEdit(Body):
    """What may change of a draft; names, role and use are those of the segment."""

    shown = (
        "code", "number", "status", "fingerprint", "segment", "authors", "frozen_at", "frozen_by", "estimate",
        "edition_fingerprint", "catalogue", "check", "version", "owner",
    )  # fmt: skip
    name_fr = Text(160)
    name_en = Text(160, allow_blank=True)
    role = serializers.ChoiceField(SegmentRole.choices)
    apply = serializers.ChoiceField(Apply.choices, allow_blank=True)
    rule = serializers.DictField()
    valid_from = Day()
    valid_until = Day()
    min_size = Number()
    identity_types = serializers.ListField(child=Text(24), max_length=40)
    retention = Text(8)
    refresh = Text(16)
    change_summary = Text(2000, allow_blank=True)


class Pin(Body):
    """The version meant by a segment that a template names."""

    segment = Text(24)
    number = Number(1)


class SegmentIn(VersionEdit):
    """An audience by its rule, or from a template of the library; what is said beside it counts."""

    template = Text(24, required=False)
    pins = serializers.DictField(child=Pin(), required=False)
    owner = serializers.EmailField(max_length=254, required=False)

    def get_fields(self) -> dict[str, Any]:
        """Everything may come from the template."""
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return dict(fields)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Without a template, name, role and rule are given."""
        missing = [] if "template" in attrs else sorted({"name_fr", "role", "rule"} - set(attrs))
        if missing:
            raise serializers.ValidationError(
                {name: self.fields[name].error_messages["required"] for name in missing}
            )
        return attrs


class SegmentFilters(Body):
    """Which segments."""

    role = serializers.ChoiceField(SegmentRole.choices, required=False)
    owner = serializers.CharField(max_length=254, required=False)
    search = serializers.CharField(max_length=80, required=False)
    ordering = serializers.ChoiceField([*ORDERINGS, *(f"-{name}" for name in ORDERINGS)], required=False)


class EstimateIn(Body):
    """How many people, since when, and how that is known."""

    size = Number(0, 2**53)
    on = Day(required=False)
    method = serializers.ChoiceField(EstimationMethod.choices, required=False)


# ---------------------------------------------------------------- endpoints
class Segments(ProgrammeEndpoint):
    """The segments of a programme."""

    key = "code"
    opens_to_all_members = True

    @operation(SegmentRow, filters=SegmentFilters, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the segments one may read."""
        rows = queries.listing(
            self.me,
            self.programme,
            role=asked.get("role", ""),
            owner=asked.get("owner", ""),
            text=asked.get("search", ""),
            ordering=asked.get("ordering", "code"),
            reads=self.rights.reads,
        )
        return self.page(rows, rows_told)

    @operation(SegmentShape, asks=SegmentIn, status=201, verb="segment.edit")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Name an audience, with the draft of its first version."""
        template, pins = asked.pop("template", None), asked.pop("pins", {})
        if "owner" in asked:
            asked["owner"] = self.someone(asked["owner"], "owner")
        if "name_fr" in asked:
            asked["name"] = asked.pop("name_fr")
        if template is None:
            made = actions.create(self.programme, by=self.me, **asked)
        else:
            _objection_to_template(template)
            known = queries.versions(self.programme)
            chosen = {
                code: self.named(known, "pins", segment__dossier__code=pin["segment"], number=pin["number"])
                for code, pin in pins.items()
            }
            made = actions.create_from_template(self.programme, template, by=self.me, pins=chosen, **asked)
        return segment_told(queries.segments(self.programme).get(pk=made.pk))


def _objection_to_template(ref: str) -> None:
    try:
        library.segment_template(ref)
    except KeyError as error:
        raise unknown("template") from error


class SegmentEndpoint(ProgrammeEndpoint):
    """What is about one segment."""

    opens_to_all_members = True
    segment: Segment
    find_in_segment: Callable[..., None] = lambda _self: None  # what the address names of it

    def find(self, *, code: str, **address: Any) -> None:
        """Find the segment among those one may read, then what is named of it."""
        rows = (
            queries.segments(self.programme)
            if self.rights.reads
            else queries.visible(self.me, self.programme)
        )
        self.segment = self.found(rows.filter(dossier__code=code).first())
        self.find_in_segment(**address)


class OneSegment(SegmentEndpoint):
    """One segment."""

    @operation(SegmentShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read a segment and the history of its versions."""
        return segment_told(self.segment)


class Versions(SegmentEndpoint):
    """The versions of a segment."""

    key = "number"

    @operation(VersionRow, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the versions, newest first."""
        return self.page(queries.history(self.segment), each(lambda one: version_row(*one)))

    @operation(VersionShape, status=201, versioned=True, verb="segment.revise")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Open the next version, a copy of the last. `If-Match` is the segment's."""
        self.expects(self.segment, lock=self.segment.dossier)
        made = actions.revise(self.segment, by=self.me)
        return version_told(queries.versions(self.programme).get(pk=made.pk))


class VersionEndpoint(SegmentEndpoint):
    """What is about one version."""

    one: SegmentVersion

    def find_in_segment(self, *, number: int) -> None:
        """Find the version."""
        rows = queries.versions(self.programme).filter(segment=self.segment, number=number)
        self.one = self.found(rows.first())

    def told_again(self) -> dict[str, Any]:
        """The version as it is after an act."""
        return version_told(queries.versions(self.programme).get(pk=self.one.pk))


class OneVersion(VersionEndpoint):
    """One version."""

    @operation(VersionShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read a version, with what its check says today."""
        return version_told(self.one)

    @operation(VersionShape, asks=VersionEdit, versioned=True, verb="segment.edit")
    def patch(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Change a draft; whoever does becomes one of its authors."""
        self.expects(self.one, lock=self.segment.dossier)
        actions.edit(self.one, by=self.me, **asked)
        return self.told_again()


class FreezeVersion(VersionEndpoint):
    """The end of the writing of a version."""

    @operation(VersionShape, versioned=True, verb="segment.freeze")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Freeze a draft: its reviews are asked at once."""
        self.expects(self.one, lock=self.segment.dossier)
        actions.freeze(self.one, by=self.me)
        return self.told_again()


class DeprecateVersion(VersionEndpoint):
    """The end of the use of a version."""

    @operation(VersionShape, versioned=True, verb="segment.deprecate")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Take an approved version out of use; what was signed on it stays."""
        self.expects(self.one, lock=self.segment.dossier)
        actions.deprecate(self.one, by=self.me)
        return self.told_again()


class Estimates(VersionEndpoint):
    """The sizes people noted."""

    @operation(VersionShape, asks=EstimateIn, status=201, verb="segment.estimate")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Note how many people a version holds; nothing signed moves."""
        actions.estimate(self.one, by=self.me, **asked)
        return self.told_again()


class CheckRule(ProgrammeEndpoint):
    """The check of a rule."""

    def read(self, body: type[Body], *, partial: bool = False) -> dict[str, Any]:
        """Take any document as the rule."""
        return {"rule": self.request.data}

    @operation(ReportShape, asks={"application/json": OpenApiTypes.ANY}, verb="segment.check")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Say all there is to say of a rule, to those who write segments; it is never kept."""
        raise_if(rules.objection_to_writing(self.rights))
        among = roles.visible_dossiers(self.me, self.programme, reads=self.rights.reads)
        references = queries.Versions(self.programme, among)
        return queries.check(self.programme, asked["rule"], references=references).as_json()
