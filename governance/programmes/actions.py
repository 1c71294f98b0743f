"""Writing programmes, phases and engagements. Whoever may is asked above, in `roles` and `gates`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, transaction

from governance import clock
from governance.audit import trail
from governance.errors import raise_if, told
from governance.keys import uuid7
from governance.programmes import rules
from governance.programmes.choices import PhaseKind, PhaseStatus, ProgrammeStatus
from governance.programmes.models import Engagement, Phase, Programme
from governance.stakeholders.models import Organisation, Person

COUNT = """
INSERT INTO programmes_counter (id, programme_id, prefix, last) VALUES (%s, %s, %s, %s)
ON CONFLICT (programme_id, prefix) DO UPDATE SET last = greatest(programmes_counter.last + %s, %s)
RETURNING last"""


def number(programme: Programme, prefix: str, *, width: int = 2, code: str | None = None) -> str:
    """Give the next code (`UC-01`), or keep the one given so that no later one repeats it."""
    given = code.removeprefix(f"{prefix}-") if code is not None else ""
    if code is not None and not given.isdecimal():
        return code
    with connection.cursor() as cursor:
        if code is not None:
            cursor.execute(COUNT, [uuid7(), programme.pk, prefix, int(given), 0, int(given)])
            return code
        cursor.execute(COUNT, [uuid7(), programme.pk, prefix, 1, 1, 0])
        (last,) = cursor.fetchone() or (1,)
    return f"{prefix}-{last:0{width}d}"


@transaction.atomic
def found(
    *,
    by: Person,
    code: str,
    name_fr: str,
    name_en: str,
    advertiser: Organisation,
    platform_kind: str,
    started_on: dt.date | None = None,
    settings: Mapping[str, Any] | None = None,
    currency: str = "EUR",
) -> Programme:
    """Write a programme down, in draft, with its four phases; its chain of events starts here."""
    raise_if(
        rules.objection_to_found(code, name_fr, name_en, advertiser, platform_kind, settings or {}, currency)
    )
    with told(rules.CONSTRAINTS):
        programme = Programme.objects.create(
            code=code,
            name_fr=name_fr.strip(),
            name_en=name_en.strip(),
            advertiser=advertiser,
            platform_kind=platform_kind,
            started_on=started_on,
            settings=rules.stored(settings or {}),
            currency=currency,
        )
    Phase.objects.bulk_create(
        Phase(programme=programme, kind=kind, order=order) for order, kind in enumerate(PhaseKind, start=1)
    )
    trail.record(
        "programme.founded",
        by=by,
        about=programme,
        payload={"advertiser": advertiser.code, "platform": platform_kind, "started_on": started_on},
    )
    return programme


@transaction.atomic
def edit(programme: Programme, *, by: Person, version: int | None = None, **fields: Any) -> Programme:
    """Change the frame of a programme; settings given are merged with those there."""
    lock(programme)
    raise_if(rules.objection_to_edit(programme, version, fields))
    if "settings" in fields:
        fields["settings"] = {**programme.settings, **rules.stored(fields["settings"])}
    return _change(programme, "programme.edited", by=by, told_as={"fields": sorted(fields)}, **fields)


@transaction.atomic
def set_vision_draft(programme: Programme, text: str, *, by: Person, version: int | None = None) -> Programme:
    """Write the problem and the results expected, as they stand today."""
    lock(programme)
    raise_if(rules.objection_to_version(programme, version))
    raise_if(rules.objection_to_vision(text))
    return _change(
        programme,
        "programme.vision_drafted",
        by=by,
        told_as={"characters": len(text.strip())},
        vision_draft=text.strip(),
    )


@transaction.atomic
def choose_operator(
    programme: Programme, *, by: Person, mode: str, start_planned: dt.date, version: int | None = None
) -> Programme:
    """Choose who will operate the platform in run, and from when."""
    lock(programme)
    raise_if(rules.objection_to_version(programme, version))
    raise_if(rules.objection_to_operator(programme, mode, start_planned))
    return _change(
        programme,
        "programme.operator_chosen",
        by=by,
        told_as={"mode": mode, "start_planned": start_planned},
        operator_mode=mode,
        operator_start_planned=start_planned,
    )


@transaction.atomic
def change_status(programme: Programme, status: str, *, by: Person | None, reason: str = "") -> Programme:
    """Move a programme in its life (L1): a gate's decision, or two sponsors, moved it."""
    lock(programme)
    raise_if(rules.objection_to_status(programme, status))
    verb = rules.STATUS_VERBS[programme.status, status]
    fields: dict[str, Any] = {"status": status}
    if status == ProgrammeStatus.ACTIVE and programme.started_on is None:
        fields["started_on"] = clock.today()
    return _change(programme, verb, by=by, told_as={"reason": reason}, **fields)


@transaction.atomic
def engage(
    programme: Programme,
    organisation: Organisation,
    *,
    by: Person,
    gdpr_role: str,
    starts_on: dt.date,
    ends_on: dt.date | None = None,
    contract_ref: str = "",
    dpa_status: str = "none",
    dpa_signed_on: dt.date | None = None,
    dpa_expires_on: dt.date | None = None,
    transfer_tool: str = "",
) -> Engagement:
    """Engage an organisation in a programme: what it is to the data, and under which agreement."""
    lock(programme)
    engagement = Engagement(
        programme=programme,
        organisation=organisation,
        gdpr_role=gdpr_role,
        starts_on=starts_on,
        ends_on=ends_on,
        contract_ref=contract_ref,
        dpa_status=dpa_status,
        dpa_signed_on=dpa_signed_on,
        dpa_expires_on=dpa_expires_on,
        transfer_tool=transfer_tool,
    )
    raise_if(rules.objection_to_engage(engagement))
    with told(rules.CONSTRAINTS):
        engagement.save(force_insert=True)
    trail.record("engagement.made", by=by, about=engagement, payload=_terms(engagement))
    return engagement


@transaction.atomic
def edit_engagement(
    engagement: Engagement, *, by: Person, version: int | None = None, **fields: Any
) -> Engagement:
    """Change the terms of an engagement: its end, its agreement, its transfer tool."""
    engagement.refresh_from_db(from_queryset=Engagement.objects.select_for_update(no_key=True))
    raise_if(rules.objection_to_edit_engagement(engagement, version, fields))
    for name, value in fields.items():
        setattr(engagement, name, value)
    raise_if(rules.objection_to_terms(engagement))
    engagement.version += 1
    engagement.save(update_fields=[*fields, "version"])
    trail.record("engagement.edited", by=by, about=engagement, payload=_terms(engagement))
    return engagement


@transaction.atomic
def plan_phase(
    phase: Phase, *, by: Person, planned_start: dt.date | None, planned_end: dt.date | None
) -> Phase:
    """Plan when a phase begins and ends."""
    _lock_phase(phase)
    raise_if(rules.objection_to_plan(phase, planned_start, planned_end))
    return _move(
        phase,
        "phase.planned",
        by=by,
        told_as={"from": planned_start, "to": planned_end},
        planned_start=planned_start,
        planned_end=planned_end,
    )


@transaction.atomic
def open_phase(phase: Phase, *, by: Person | None, starts_on: dt.date | None = None) -> Phase:
    """Open a phase: the first time, today or `starts_on` is its actual start; a closed one opens again."""
    _lock_phase(phase)
    raise_if(rules.objection_to_open(phase))
    verb = "phase.reopened" if phase.status == PhaseStatus.CLOSED else "phase.opened"
    fields: dict[str, Any] = {"status": PhaseStatus.OPEN, "actual_end": None}
    if phase.actual_start is None:
        fields["actual_start"] = starts_on or clock.today()
    with told(rules.CONSTRAINTS):
        return _move(phase, verb, by=by, **fields)


@transaction.atomic
def close_phase(phase: Phase, *, by: Person | None) -> Phase:
    """Close a phase, today."""
    _lock_phase(phase)
    raise_if(rules.objection_to_change(phase, PhaseStatus.CLOSED))
    return _move(phase, "phase.closed", by=by, status=PhaseStatus.CLOSED, actual_end=clock.today())


@transaction.atomic
def change_phase(phase: Phase, status: str, *, by: Person | None) -> Phase:
    """Move a phase between open, pending its gate, and held (L2)."""
    _lock_phase(phase)
    raise_if(rules.objection_to_change(phase, status))
    return _move(phase, rules.PHASE_VERBS[phase.status, status], by=by, status=status)


def lock(programme: Programme) -> Programme:
    """Let the acts that change one programme wait for each other, and read it as it is now."""
    programme.refresh_from_db(from_queryset=Programme.objects.select_for_update(no_key=True))
    return programme


def _lock_phase(phase: Phase) -> None:
    """Phases of one programme move one at a time: the programme's row is what they wait for."""
    Programme.objects.select_for_update(no_key=True).only("pk").get(pk=phase.programme_id)
    phase.refresh_from_db()


def _change(
    programme: Programme, verb: str, *, by: Person | None, told_as: Mapping[str, Any], **fields: Any
) -> Programme:
    _write(programme, fields)
    trail.record(verb, by=by, about=programme, payload=dict(told_as))
    return programme


def _move(
    phase: Phase, verb: str, *, by: Person | None, told_as: Mapping[str, Any] | None = None, **fields: Any
) -> Phase:
    _write(phase, fields)
    trail.record(verb, by=by, about=phase, payload=dict(told_as or {}))
    return phase


def _write(row: Programme | Phase, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    row.version += 1
    row.save(update_fields=[*fields, "version"])


def _terms(engagement: Engagement) -> dict[str, Any]:
    names: Iterable[str] = (
        "gdpr_role",
        "starts_on",
        "ends_on",
        "dpa_status",
        "dpa_expires_on",
        "transfer_tool",
    )
    return {name: getattr(engagement, name) for name in names}
