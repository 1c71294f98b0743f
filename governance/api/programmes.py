"""Programmes as one sees them, and their phases."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from governance.api.base import (
    Body,
    Day,
    ProgrammeEndpoint,
    Shape,
    Text,
    each,
    operation,
)
from governance.gates.ahead import Ahead, ahead_of
from governance.programmes.choices import OperatorMode, PlatformKind
from governance.programmes.models import DEFAULT_SETTINGS, Phase, Programme
from governance.roles import actions, matrix
from governance.roles.rights import Rights


class AheadShape(Shape):
    """The gate ahead, and how many of its criteria pass now; `gates/{code}/readiness/` tells them."""

    gate = serializers.CharField()
    passed = serializers.IntegerField()
    total = serializers.IntegerField()
    hard = serializers.IntegerField(help_text="Failing criteria without which the gate cannot pass.")
    submitted = serializers.BooleanField(help_text="Whether its sponsors are asked to decide.")


class ProgrammeRow(Shape):
    """A programme in a list."""

    code = serializers.CharField()
    name_fr = serializers.CharField()
    name_en = serializers.CharField()
    advertiser = serializers.CharField()
    platform_kind = serializers.CharField()
    status = serializers.CharField()
    started_on = serializers.CharField(allow_null=True)
    ahead = AheadShape(allow_null=True)


class ProgrammeShape(ProgrammeRow):
    """A programme, and what one may do in it now."""

    phase = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    timezone = serializers.CharField()
    operator_mode = serializers.CharField(allow_null=True)
    operator_start_planned = serializers.CharField(allow_null=True)
    vision_draft = serializers.CharField()
    settings = serializers.DictField()
    my_roles = serializers.ListField(child=serializers.CharField())
    may = serializers.ListField(
        child=serializers.CharField(), help_text="Acts of the rights matrix open to me now."
    )
    version = serializers.IntegerField()


def row_of(programme: Programme, ahead: Ahead | None) -> dict[str, Any]:
    """A programme in a list, with the gate ahead for whoever reads it."""
    return {
        "code": programme.code,
        "name_fr": programme.name_fr,
        "name_en": programme.name_en,
        "advertiser": programme.advertiser.code,
        "platform_kind": programme.platform_kind,
        "status": programme.status,
        "started_on": programme.started_on,
        "ahead": {
            "gate": ahead.code,
            "passed": ahead.passed,
            "total": ahead.total,
            "hard": len(ahead.hard),
            "submitted": ahead.submitted,
        }
        if ahead is not None
        else None,
    }


def programme_of(programme: Programme, rights: Rights | None) -> dict[str, Any]:
    """A programme, and what these rights allow in it."""
    phase = programme.phases.current().first()
    acts = sorted(set(matrix.cells()) - matrix.platform_actions())
    return {
        **row_of(programme, ahead_of(programme) if rights is not None and rights.reads else None),
        "phase": phase.kind if phase is not None else None,
        "currency": programme.currency,
        "timezone": programme.timezone,
        "operator_mode": programme.operator_mode,
        "operator_start_planned": programme.operator_start_planned,
        "vision_draft": programme.vision_draft,
        "settings": {name: programme.setting(name) for name in DEFAULT_SETTINGS},
        "my_roles": sorted(rights.held) if rights is not None else [],
        "may": [act for act in acts if rights.may(act)] if rights is not None else [],
        "version": programme.version,
    }


class ProgrammeEdit(Body):
    """What may change of a programme; the operator is chosen with both of its fields."""

    shown = ("code", "status", "phase", "advertiser", "timezone", "my_roles", "may", "version")
    name_fr = Text(120)
    name_en = Text(120)
    platform_kind = serializers.ChoiceField(PlatformKind.choices)
    started_on = Day(allow_null=True)
    currency = serializers.RegexField(r"^[A-Z]{3}$")
    settings = serializers.DictField()
    vision_draft = Text(4000, allow_blank=True)
    operator_mode = serializers.ChoiceField(OperatorMode.choices)
    operator_start_planned = Day()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The operator is chosen whole."""
        chosen = {"operator_mode", "operator_start_planned"} & set(attrs)
        if len(chosen) == 1:
            missing = ({"operator_mode", "operator_start_planned"} - chosen).pop()
            raise serializers.ValidationError({missing: self.fields[missing].error_messages["required"]})
        return attrs


class OneProgramme(ProgrammeEndpoint):
    """One programme."""

    opens_to_all_members = True

    @operation(ProgrammeShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read a programme."""
        return programme_of(self.programme, self.rights)

    @operation(ProgrammeShape, asks=ProgrammeEdit, versioned=True, verb="programme.edit")
    def patch(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Change the frame of a programme, its vision or its operator."""
        self.expects(self.programme)
        programme = self.programme
        if "vision_draft" in asked:
            actions.set_vision_draft(programme, asked.pop("vision_draft"), by=self.me)
        if "operator_mode" in asked:
            mode, start = asked.pop("operator_mode"), asked.pop("operator_start_planned")
            actions.choose_operator(programme, by=self.me, mode=mode, start_planned=start)
        if asked:
            actions.edit_programme(programme, by=self.me, **asked)
        return programme_of(programme, Rights.of(self.me, programme))


class PhaseShape(Shape):
    """A phase."""

    kind = serializers.CharField()
    name = serializers.CharField()
    order = serializers.IntegerField()
    status = serializers.CharField()
    planned_start = serializers.CharField(allow_null=True)
    planned_end = serializers.CharField(allow_null=True)
    actual_start = serializers.CharField(allow_null=True)
    actual_end = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()


def phase_of(phase: Phase) -> dict[str, Any]:
    """A phase."""
    return {
        "kind": phase.kind,
        "name": phase.get_kind_display(),
        "order": phase.order,
        "status": phase.status,
        "planned_start": phase.planned_start,
        "planned_end": phase.planned_end,
        "actual_start": phase.actual_start,
        "actual_end": phase.actual_end,
        "version": phase.version,
    }


class Phases(ProgrammeEndpoint):
    """The four phases."""

    @operation(PhaseShape, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the phases, in order."""
        return self.page(self.programme.phases.order_by("order"), each(phase_of))


class PhasePlan(Body):
    """When a phase is meant to begin and end."""

    shown = ("kind", "name", "order", "status", "actual_start", "actual_end", "version")
    planned_start = Day(allow_null=True)
    planned_end = Day(allow_null=True)


class OnePhase(ProgrammeEndpoint):
    """One phase."""

    phase: Phase

    def find(self, *, kind: str) -> None:
        """Find the phase."""
        self.phase = self.found(self.programme.phases.select_related("programme").filter(kind=kind).first())

    @operation(PhaseShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read a phase."""
        return phase_of(self.phase)

    @operation(PhaseShape, asks=PhasePlan, versioned=True, verb="phase.plan")
    def patch(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Plan when a phase begins and ends."""
        self.expects(self.phase, lock=self.programme)
        planned = {
            name: asked.get(name, getattr(self.phase, name)) for name in ("planned_start", "planned_end")
        }
        return phase_of(actions.plan_phase(self.phase, by=self.me, **planned))
