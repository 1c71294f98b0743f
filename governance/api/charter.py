"""Objectives, and the evidence that proves something."""

from __future__ import annotations

import re
from typing import Any, cast

from django.http import FileResponse, Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.settings import api_settings

from governance.api.base import (
    LANGUAGE,
    WHEN_READING,
    Body,
    Day,
    PersonShape,
    Problem,
    ProgrammeEndpoint,
    Shape,
    Text,
    each,
    operation,
    person_of,
    unknown,
)
from governance.api.people import Reason
from governance.charter import actions, queries
from governance.charter.choices import Horizon, ObjectiveStatus
from governance.charter.models import Objective
from governance.errors import PROBLEM, NotValid
from governance.evidence import queries as evidence_queries
from governance.evidence.choices import Confidentiality, EvidenceKind, Outcome
from governance.evidence.models import Evidence
from governance.roles import actions as roles

LARGEST_FILE = 10 * 1024**2


# ---------------------------------------------------------------- objectives
class ObjectiveShape(Shape):
    """What the programme is for, on one horizon."""

    code = serializers.CharField()
    horizon = serializers.CharField()
    statement_fr = serializers.CharField()
    statement_en = serializers.CharField()
    owner = PersonShape()
    due_on = serializers.CharField()
    status = serializers.CharField()
    validated_by = PersonShape(allow_null=True)
    validated_at = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()


def objective_of(one: Objective) -> dict[str, Any]:
    """What the programme is for, on one horizon."""
    return {
        "code": one.code,
        "horizon": one.horizon,
        "statement_fr": one.statement_fr,
        "statement_en": one.statement_en,
        "owner": person_of(one.owner),
        "due_on": one.due_on,
        "status": one.status,
        "validated_by": person_of(one.validated_by),
        "validated_at": one.validated_at,
        "version": one.version,
    }


class ObjectiveIn(Body):
    """A draft objective."""

    shown = ("code", "status", "validated_by", "validated_at", "version")
    horizon = serializers.ChoiceField(Horizon.choices)
    statement_fr = Text(2000)
    statement_en = Text(2000, required=False, allow_blank=True)
    owner = serializers.EmailField(max_length=254)
    due_on = Day()


class ObjectiveFilters(Body):
    """Which objectives."""

    horizon = serializers.ChoiceField(Horizon.choices, required=False)
    status = serializers.ChoiceField(ObjectiveStatus.choices, required=False)


class Objectives(ProgrammeEndpoint):
    """The objectives of a programme."""

    key = "code"

    @operation(ObjectiveShape, filters=ObjectiveFilters, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the objectives, the nearest horizon first."""
        rows = [
            one
            for one in queries.objectives_of(self.programme)
            if all(getattr(one, name) == value for name, value in asked.items())
        ]
        return self.page(rows, each(objective_of))

    @operation(ObjectiveShape, asks=ObjectiveIn, status=201, verb="objective.edit")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Draft an objective, owned by a sponsor."""
        owner = self.someone(asked.pop("owner"), "owner")
        return objective_of(actions.draft_objective(self.programme, by=self.me, owner=owner, **asked))


class ObjectiveEndpoint(ProgrammeEndpoint):
    """What is about one objective."""

    objective: Objective

    def find(self, *, code: str) -> None:
        """Find the objective."""
        self.objective = self.found(queries.objective_of(self.programme, code))


class OneObjective(ObjectiveEndpoint):
    """One objective."""

    @operation(ObjectiveShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read an objective."""
        return objective_of(self.objective)


class ValidateObjective(ObjectiveEndpoint):
    """A sponsor's word on an objective."""

    @operation(ObjectiveShape, versioned=True, verb="objective.validate")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Validate, as a sponsor, an objective that is measured."""
        self.interactive()
        self.expects(self.objective, lock=self.programme)
        return objective_of(actions.validate(self.objective, by=self.me))


class AchieveObjective(ObjectiveEndpoint):
    """A sponsor's word on an objective."""

    @operation(ObjectiveShape, versioned=True, verb="objective.achieve")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Declare, as a sponsor, that a validated objective is achieved."""
        self.interactive()
        self.expects(self.objective, lock=self.programme)
        return objective_of(actions.achieve(self.objective, by=self.me))


class DropObjective(ObjectiveEndpoint):
    """A sponsor's word on an objective."""

    @operation(ObjectiveShape, asks=Reason, versioned=True, verb="objective.drop")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Give an objective up, as a sponsor, for a reason."""
        self.interactive()
        self.expects(self.objective, lock=self.programme)
        return objective_of(actions.drop(self.objective, by=self.me, reason=asked["reason"]))


# ---------------------------------------------------------------- evidence
class EvidenceShape(Shape):
    """Something that proves: a file by its digest, an address, or both."""

    code = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()
    outcome = serializers.CharField()
    tested_on = serializers.CharField(allow_null=True)
    url = serializers.CharField()
    has_file = serializers.BooleanField()
    sha256 = serializers.CharField()
    confidentiality = serializers.CharField()
    valid_until = serializers.CharField(allow_null=True)
    added_by = PersonShape()
    added_at = serializers.CharField()
    superseded_by = serializers.CharField(allow_null=True)


def evidence_of(one: Evidence) -> dict[str, Any]:
    """Something that proves."""
    return {
        "code": one.code,
        "title": one.title,
        "kind": one.kind,
        "outcome": one.outcome,
        "tested_on": one.tested_on,
        "url": one.url,
        "has_file": bool(one.file),
        "sha256": one.sha256,
        "confidentiality": one.confidentiality,
        "valid_until": one.valid_until,
        "added_by": person_of(one.added_by),
        "added_at": one.added_at,
        "superseded_by": one.superseded_by.code if one.superseded_by is not None else None,
    }


class EvidenceIn(Body):
    """A piece of evidence by its address."""

    shown = ("code", "has_file", "sha256", "added_by", "added_at", "superseded_by")
    title = Text(160)
    kind = serializers.ChoiceField(EvidenceKind.choices)
    url = serializers.URLField(max_length=200)
    outcome = serializers.ChoiceField(Outcome.choices, required=False, allow_blank=True)
    tested_on = Day(required=False, allow_null=True)
    confidentiality = serializers.ChoiceField(Confidentiality.choices, required=False)
    valid_until = Day(required=False, allow_null=True)


class EvidenceFile(EvidenceIn):
    """A piece of evidence as a file of at most 10 MiB, and its address if it has one."""

    url = serializers.URLField(max_length=200, required=False, allow_blank=True)
    file = serializers.FileField(max_length=255)


class EvidenceFilters(Body):
    """Which evidence."""

    kind = serializers.ChoiceField(EvidenceKind.choices, required=False)


class EvidenceList(ProgrammeEndpoint):
    """The evidence of a programme."""

    key = "code"
    largest_body = LARGEST_FILE + 64 * 1024  # the form around the file
    parser_classes = [*cast(Any, api_settings.DEFAULT_PARSER_CLASSES), MultiPartParser]

    @operation(EvidenceShape, filters=EvidenceFilters, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the evidence one may read, by code."""
        rows = evidence_queries.evidence_of(self.programme, self.rights)
        return self.page([one for one in rows if asked.get("kind", one.kind) == one.kind], each(evidence_of))

    def body_asked(self) -> type[Body]:
        """A form holds a file; JSON an address."""
        return EvidenceFile if str(self.request.content_type).startswith("multipart/") else EvidenceIn

    @operation(
        EvidenceShape,
        asks={"application/json": EvidenceIn, "multipart/form-data": EvidenceFile},
        status=201,
        verb="evidence.add",
    )
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Keep a piece of evidence: an address, or a file sent as a form."""
        file = asked.pop("file", None)
        if file is not None:
            if file.size > LARGEST_FILE:
                raise NotValid(
                    _("A file has 10 megabytes at most: give its address instead."),
                    code="too_large",
                    field="file",
                    status=413,
                )
            asked |= {"data": file.read(), "filename": file.name}
        return evidence_of(roles.add_evidence(self.programme, by=self.me, **asked))


class EvidenceEndpoint(ProgrammeEndpoint):
    """What is about one piece of evidence."""

    piece: Evidence

    def find(self, *, code: str) -> None:
        """Find the piece among those one may read."""
        self.piece = self.found(evidence_queries.readable(self.programme, code, self.rights))


class OneEvidence(EvidenceEndpoint):
    """One piece of evidence."""

    @operation(EvidenceShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read what is kept of a piece of evidence."""
        return evidence_of(self.piece)


class Superseding(Body):
    """The code of the newer piece."""

    by = Text(16)


class SupersedeEvidence(EvidenceEndpoint):
    """The end of a piece of evidence."""

    @operation(EvidenceShape, asks=Superseding, verb="evidence.add")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Let a newer piece stand in the place of this one, which stays as it was."""
        newer = evidence_queries.readable(self.programme, asked["by"], self.rights)
        if newer is None:
            raise unknown("by")
        return evidence_of(roles.supersede_evidence(self.piece, newer, by=self.me))


class EvidenceContent(EvidenceEndpoint):
    """The file of a piece of evidence."""

    @extend_schema(
        parameters=[LANGUAGE],
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            **{(code, PROBLEM): Problem for code in WHEN_READING},
        },
    )
    def get(self, request: Any, **address: Any) -> FileResponse:
        """Download the file, under its code; never shown in the browser."""
        self.read_query(None)
        if not self.piece.file:
            raise Http404
        ending = re.search(r"\.[a-z0-9]{1,8}$", str(self.piece.file.name))
        return FileResponse(
            self.piece.file.open("rb"),
            as_attachment=True,
            filename=self.piece.code + (ending.group() if ending else ""),
            content_type="application/octet-stream",
            headers={"Content-Security-Policy": "sandbox; default-src 'none'"},
        )
