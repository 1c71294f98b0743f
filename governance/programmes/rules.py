"""What stands against changing programmes, phases and engagements."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from governance.errors import NotPossible, NotValid, Refusal, Stale
from governance.programmes.choices import (
    CURRENT,
    DpaStatus,
    GdprRole,
    OperatorMode,
    PhaseStatus,
    PlatformKind,
    ProgrammeStatus,
    TransferTool,
)
from governance.programmes.models import DEFAULT_SETTINGS, Engagement, Phase, Programme
from governance.stakeholders.choices import OrganisationKind
from governance.stakeholders.models import Organisation
from governance.text import in_words

EDITABLE = frozenset({"name_fr", "name_en", "platform_kind", "started_on", "currency", "settings"})
EDITABLE_TERMS = frozenset(
    {"gdpr_role", "contract_ref", "ends_on", "dpa_status", "dpa_signed_on", "dpa_expires_on", "transfer_tool"}
)
LONGEST_VISION = 4000
# What touches personal data under an agreement (INV-05).
NEEDS_AGREEMENT = frozenset({GdprRole.JOINT_CONTROLLER, GdprRole.PROCESSOR, GdprRole.SUB_PROCESSOR})
EEA = frozenset(
    re.findall(
        "[A-Z]{2}",
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK",
    )
)

STATUS_VERBS: dict[tuple[str, str], str] = {
    (ProgrammeStatus.DRAFT, ProgrammeStatus.ACTIVE): "programme.started",
    (ProgrammeStatus.ACTIVE, ProgrammeStatus.SUSPENDED): "programme.suspended",
    (ProgrammeStatus.SUSPENDED, ProgrammeStatus.ACTIVE): "programme.resumed",
    (ProgrammeStatus.DRAFT, ProgrammeStatus.STOPPING): "programme.stopping",
    (ProgrammeStatus.ACTIVE, ProgrammeStatus.STOPPING): "programme.stopping",
    (ProgrammeStatus.SUSPENDED, ProgrammeStatus.STOPPING): "programme.stopping",
    (ProgrammeStatus.ACTIVE, ProgrammeStatus.CLOSING): "programme.closing",
    (ProgrammeStatus.STOPPING, ProgrammeStatus.STOPPED): "programme.stopped",
    (ProgrammeStatus.CLOSING, ProgrammeStatus.CLOSED): "programme.closed",
}
PHASE_VERBS: dict[tuple[str, str], str] = {
    (PhaseStatus.OPEN, PhaseStatus.GATE_PENDING): "phase.gate_pending",
    (PhaseStatus.GATE_PENDING, PhaseStatus.OPEN): "phase.recycled",
    (PhaseStatus.GATE_PENDING, PhaseStatus.ON_HOLD): "phase.held",
    (PhaseStatus.ON_HOLD, PhaseStatus.OPEN): "phase.resumed",
    (PhaseStatus.GATE_PENDING, PhaseStatus.CLOSED): "phase.closed",
    (PhaseStatus.OPEN, PhaseStatus.CLOSED): "phase.closed",
    # an earlier phase is reopened: the one after it waits again
    (PhaseStatus.OPEN, PhaseStatus.NOT_STARTED): "phase.set_back",
}


def objection_to_found(
    code: str,
    name_fr: str,
    name_en: str,
    advertiser: Organisation,
    platform_kind: str,
    settings: Mapping[str, Any],
    currency: str,
) -> list[Refusal]:
    """Say what is wrong with a programme as described."""
    found: list[Refusal] = []
    if not re.fullmatch(r"[A-Z][A-Z0-9-]{1,15}", code):
        found.append(
            NotValid(
                _("Give a code of 2 to 16 capitals, digits and hyphens, as TALV."),
                code="malformed_code",
                field="code",
            )
        )
    elif Programme.objects.filter(code=code).exists():
        found.append(code_taken())
    if advertiser.kind != OrganisationKind.ADVERTISER:
        found.append(
            NotValid(
                _("%(name)s is not an advertiser: a programme belongs to one.") % {"name": advertiser},
                code="unknown_kind",
                field="advertiser",
            )
        )
    return found + _objections_to_frame(
        {
            "name_fr": name_fr,
            "name_en": name_en,
            "platform_kind": platform_kind,
            "settings": settings,
            "currency": currency,
        }
    )


def objection_to_version(programme: Programme, version: int | None) -> Refusal | None:
    """Say that the programme is no longer the one that was read, where a version tells which one that was."""
    if version is not None and version != programme.version:
        return Stale(_("The programme was changed meanwhile: read it again, then save."), code="stale")
    return None


def objection_to_edit(programme: Programme, version: int | None, fields: Mapping[str, Any]) -> list[Refusal]:
    """Say what keeps the frame of a programme from being changed so."""
    stale = objection_to_version(programme, version)
    if stale is not None:
        return [stale]
    if unknown := sorted(set(fields) - EDITABLE):
        return [NotValid(_("This cannot be changed here."), code="unknown_field", field=unknown[0])]
    found = _objections_to_frame(fields)
    if "started_on" in fields and fields["started_on"] is None and programme.started_on is not None:
        found.append(
            NotValid(_("Give the day on which it started."), code="missing_date", field="started_on")
        )
    elif fields.get("started_on"):
        found += _objection_to_start(programme, fields["started_on"])
    return found


def _objection_to_start(programme: Programme, started_on: dt.date) -> list[Refusal]:
    dated = [p.actual_start for p in programme.phases.all() if p.actual_start is not None]
    dated += programme.engagements.values_list("starts_on", flat=True)
    if not dated or started_on <= min(dated):
        return []
    return [
        NotPossible(
            _("A phase or an engagement began on %(day)s: the programme cannot start after it.")
            % {"day": in_words(min(dated))},
            code="INV-02",
            field="started_on",
        )
    ]


def _objections_to_frame(fields: Mapping[str, Any]) -> list[Refusal]:
    found: list[Refusal] = []
    for name in ("name_fr", "name_en"):
        if name in fields and not 0 < len(fields[name].strip()) <= 120:
            found.append(
                NotValid(_("Give a name of at most 120 characters."), code="missing_name", field=name)
            )
    if "platform_kind" in fields and fields["platform_kind"] not in PlatformKind.values:
        found.append(NotValid(_("Choose DMP, CDP or both."), code="unknown_kind", field="platform_kind"))
    if "currency" in fields and not re.fullmatch(r"[A-Z]{3}", fields["currency"]):
        found.append(
            NotValid(
                _("Give the currency in three capitals, as EUR."), code="unknown_currency", field="currency"
            )
        )
    for name, value in fields.get("settings", {}).items():
        if name not in DEFAULT_SETTINGS:
            found.append(
                NotValid(_("There is no such setting."), code="unknown_field", field=f"settings.{name}")
            )
        elif not _fits(DEFAULT_SETTINGS[name], value):
            found.append(
                NotValid(
                    _("This setting is of another kind: give a value like %(example)s.")
                    % {"example": DEFAULT_SETTINGS[name]},
                    code="wrong_setting",
                    field=f"settings.{name}",
                )
            )
    return found


def _fits(example: Any, value: Any) -> bool:
    """Say whether a setting is of the kind of its default; text with digits stands for an exact number."""
    if isinstance(example, bool):
        return isinstance(value, bool)
    if isinstance(example, int):
        return isinstance(value, int) and not isinstance(value, bool) and value > 0
    if isinstance(example, list):
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    try:
        return isinstance(value, str | Decimal) and Decimal(value) > 0
    except InvalidOperation:
        return False


def stored(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as they are kept: exact decimals as text."""
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in settings.items()}


def objection_to_vision(text: str) -> Refusal | None:
    """Say what is wrong with a vision draft."""
    if not text.strip() or len(text.strip()) > LONGEST_VISION:
        return NotValid(
            _("Write the problem and the results expected, in at most %(most)s characters.")
            % {"most": LONGEST_VISION},
            code="missing_text",
            field="vision_draft",
        )
    return None


def objection_to_operator(programme: Programme, mode: str, start_planned: dt.date) -> list[Refusal]:
    """Say what is wrong with the choice of an operator."""
    found: list[Refusal] = []
    if mode not in OperatorMode.values:
        found.append(
            NotValid(_("Choose how the platform will be operated."), code="unknown_kind", field="mode")
        )
    if programme.started_on is not None and start_planned < programme.started_on:
        found.append(
            NotPossible(
                _("The programme started on %(day)s: the operator cannot start before it.")
                % {"day": in_words(programme.started_on)},
                code="INV-02",
                field="start_planned",
            )
        )
    return found


def objection_to_status(programme: Programme, status: str) -> Refusal | None:
    """Say what keeps a programme from moving to this status (L1)."""
    if (programme.status, status) not in STATUS_VERBS:
        return NotPossible(
            _("The programme is “%(now)s”: it cannot become “%(then)s” from there.")
            % {"now": programme.get_status_display(), "then": ProgrammeStatus(status).label},
            code="wrong_state",
        )
    return None


def objection_to_engage(engagement: Engagement) -> list[Refusal]:
    """Say what keeps an organisation from being engaged so."""
    found = objection_to_terms(engagement)
    others = Engagement.objects.filter(programme=engagement.programme, organisation=engagement.organisation)
    for other in others:
        if _overlap(other, engagement):
            found.append(
                NotPossible(
                    _("%(name)s is already engaged from %(day)s: change that engagement, or end it first.")
                    % {"name": engagement.organisation, "day": in_words(other.starts_on)},
                    code="already_engaged",
                )
            )
    return found


def objection_to_edit_engagement(
    engagement: Engagement, version: int | None, fields: Mapping[str, Any]
) -> list[Refusal]:
    """Say what keeps the terms of an engagement from being changed."""
    if version is not None and version != engagement.version:
        return [Stale(_("This engagement was changed meanwhile: read it again, then save."), code="stale")]
    if unknown := sorted(set(fields) - EDITABLE_TERMS):
        return [NotValid(_("This cannot be changed here."), code="unknown_field", field=unknown[0])]
    return []


def objection_to_terms(engagement: Engagement) -> list[Refusal]:
    """Say what is wrong with the terms of an engagement."""
    found: list[Refusal] = []
    for field, kinds in (("gdpr_role", GdprRole), ("dpa_status", DpaStatus), ("transfer_tool", TransferTool)):
        value = getattr(engagement, field)
        if value not in kinds.values and not (field == "transfer_tool" and value == ""):
            found.append(NotValid(_("Choose one of the terms offered."), code="unknown_kind", field=field))
    if engagement.ends_on is not None and engagement.ends_on < engagement.starts_on:
        found.append(
            NotValid(_("The last day cannot come before the first."), code="empty_period", field="ends_on")
        )
    started = engagement.programme.started_on
    if started is not None and engagement.starts_on < started:
        found.append(
            NotPossible(
                _("The programme started on %(day)s: nobody is engaged before it.")
                % {"day": in_words(started)},
                code="INV-02",
                field="starts_on",
            )
        )
    return found


def objection_to_flow(engagement: Engagement, on: dt.date) -> Refusal | None:
    """Say what is missing before data flows to an engaged organisation (INV-05)."""
    if engagement.gdpr_role in NEEDS_AGREEMENT and not has_agreement(engagement, on):
        return NotPossible(
            _("%(name)s has no processing agreement in force: sign one before it touches data.")
            % {"name": engagement.organisation},
            code="INV-05",
        )
    if engagement.organisation.country not in EEA and not engagement.transfer_tool:
        return NotPossible(
            _("%(name)s is outside the European Economic Area: record what frames the transfer.")
            % {"name": engagement.organisation},
            code="INV-05",
        )
    return None


def has_agreement(engagement: Engagement, on: dt.date) -> bool:
    """Say whether a processing agreement is in force on a day."""
    return (
        engagement.dpa_status == DpaStatus.SIGNED
        and (engagement.dpa_signed_on is None or engagement.dpa_signed_on <= on)
        and (engagement.dpa_expires_on is None or on <= engagement.dpa_expires_on)
    )


def _overlap(one: Engagement, other: Engagement) -> bool:
    return (one.ends_on is None or other.starts_on <= one.ends_on) and (
        other.ends_on is None or one.starts_on <= other.ends_on
    )


def objection_to_plan(phase: Phase, start: dt.date | None, end: dt.date | None) -> list[Refusal]:
    """Say what is wrong with the plan of a phase."""
    found: list[Refusal] = []
    if start is not None and end is not None and end < start:
        found.append(
            NotValid(
                _("The last day cannot come before the first."), code="empty_period", field="planned_end"
            )
        )
    started = phase.programme.started_on
    if start is not None and started is not None and start < started:
        found.append(
            NotPossible(
                _("The programme started on %(day)s: no phase begins before it.")
                % {"day": in_words(started)},
                code="INV-02",
                field="planned_start",
            )
        )
    return found


def objection_to_open(phase: Phase) -> Refusal | None:
    """Say what keeps a phase from being opened (INV-01)."""
    if phase.status not in (PhaseStatus.NOT_STARTED, PhaseStatus.CLOSED):
        return _not_from(phase, PhaseStatus.OPEN)
    other = Phase.objects.filter(programme=phase.programme_id, status__in=CURRENT).first()
    if other is not None:
        return one_phase_at_a_time()
    return None


def objection_to_change(phase: Phase, status: str) -> Refusal | None:
    """Say what keeps a phase from moving to this state (L2)."""
    return None if (phase.status, status) in PHASE_VERBS else _not_from(phase, status)


def _not_from(phase: Phase, status: str) -> Refusal:
    return NotPossible(
        _("The phase “%(phase)s” is “%(now)s”: it cannot become “%(then)s” from there.")
        % {"phase": phase, "now": phase.get_status_display(), "then": PhaseStatus(status).label},
        code="wrong_state",
    )


def code_taken() -> Refusal:
    """The code names another programme."""
    return NotPossible(_("This code is taken: choose another one."), code="code_taken", field="code")


def one_phase_at_a_time() -> Refusal:
    """Another phase is current."""
    return NotPossible(_("Another phase is open: a programme is in one phase at a time."), code="INV-01")


def engaged_already() -> Refusal:
    """The same engagement starts that day."""
    return NotPossible(
        _("This organisation is already engaged from that day: change that engagement."),
        code="already_engaged",
    )


CONSTRAINTS: dict[str, Callable[[], Refusal]] = {
    "programmes_programme_code_key": code_taken,
    "one_current_phase": one_phase_at_a_time,
    "one_engagement_a_start": engaged_already,
}
