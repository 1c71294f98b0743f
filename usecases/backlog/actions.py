"""The verbs of the backlog: note an idea, frame it, write and submit revisions, score, plan, pause, stop."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from governance import canonical, clock, library
from governance.audit import trail
from governance.charter.models import Objective
from governance.dossiers import actions as dossiers
from governance.dossiers.choices import DossierKind, ReviewFunction
from governance.dossiers.models import Dossier, Edition
from governance.errors import NotValid, raise_if, told
from governance.evidence.models import Evidence
from governance.notices import actions as notices
from governance.programmes import actions as programmes
from governance.programmes.models import Engagement, Programme
from governance.reviews import actions as reviews
from governance.reviews import policies
from governance.roles import queries as roles
from governance.roles.actions import open_to_author
from governance.roles.choices import Role
from governance.roles.rights import Rights
from governance.stakeholders.models import Person
from usecases.backlog import content, queries, rules
from usecases.backlog.choices import Branch, RevisionStatus, UseCaseStatus
from usecases.backlog.models import (
    RevisionSegment,
    UseCase,
    UseCaseDependency,
    UseCasePurpose,
    UseCaseRevision,
)
from usecases.catalogue.models import Destination
from usecases.kpis.models import KpiTarget
from usecases.segments import actions as segments
from usecases.segments.models import Segment, SegmentVersion

PREFIX = "UC"
COPIED = (
    "title_fr", "title_en", "description", "creative_brief", "scenario_level", "audience_branch", "nature",
    "hypothesis", "channels", "journey", "budget_eur", "retention", "notice_ref", "rights_process", "caps",
    "quiet_hours", "priority", "latency_needed", "expected_volume",
)  # fmt: skip
NAMED_BY: dict[str, tuple[type[Model], str, str]] = {
    "destinations": (Destination, "programme", "code"),
    "objectives": (Objective, "programme", "code"),
    "targets": (KpiTarget, "programme", "code"),
    "recipients": (Engagement, "programme", "organisation__code"),
}
# How the templates of the library word a hypothesis: the last comma before the reason parts its two sides.
SIDES = r"{0} (?P<if>(?:(?!, {1} ).)+), (?P<then>(?!{1} )(?:(?!, {1} ).)+?)(?:, {1} (?P<because>.+?))?\.?$"
WORDED = {
    "fr": re.compile(SIDES.format("Si", "car")),
    "en": re.compile(SIDES.format("If", "because")),
}


# ---------------------------------------------------------------- ideas
@transaction.atomic
def create(
    programme: Programme,
    *,
    by: Person,
    title_fr: str = "",
    title_en: str = "",
    owner: Person | None = None,
    department: str = "",
    template: str = "",
    with_segments: bool = False,
    emblematic: bool = False,
    branch: str | None = None,
    level: int | None = None,
    code: str = "",
    **fields: Any,
) -> UseCase:
    """Note an idea, with the draft of its first revision; `template` writes that draft from the library.

    `branch`, `level` and `fields`, those of the revision (`edit` lists them), say otherwise than the
    template; without one, an idea addresses customers and starts at level 1.
    """
    programmes.lock(programme)
    shipped = _template(template) if template else None
    if shipped is not None:
        title_en = title_en or ("" if title_fr else shipped["title_en"])
        title_fr = title_fr or shipped["title_fr"]
    title_fr, title_en = _clean(title_fr), _clean(title_en)
    holder = owner or by
    where = department or holder.department
    rights = Rights.of(by, programme)
    raise_if(
        rules.objections_to_create(
            rights, owner=holder, department=where, code=code, title_fr=title_fr, title_en=title_en
        )
    )
    dossier = dossiers.open_dossier(
        programme,
        kind=DossierKind.USE_CASE,
        code=programmes.number(programme, PREFIX, code=code or None),
        name_fr=title_fr,
        name_en=title_en,
    )
    usecase = UseCase.objects.create(
        dossier=dossier,
        owner=holder,
        department=where,
        emblematic=emblematic,
        created_on=clock.today(),
        changed_at=clock.now(),
    )
    revision = UseCaseRevision(
        usecase=usecase, number=1, audience_branch=Branch.CUSTOMERS, opened_by=by, opened_at=clock.now()
    )
    named = {"title_fr": title_fr, "title_en": title_en}
    chosen = {"audience_branch": branch, "scenario_level": level}
    own = {**named, **{name: value for name, value in chosen.items() if value is not None}, **fields}
    _fill(revision, own if shipped is None else named, by=by)
    trail.record(
        "usecase.created",
        by=by,
        about=usecase,
        payload={
            "owner": holder.email,
            "title": title_fr,
            "template": template,
            "emblematic": emblematic,
            "fields": sorted(own) if shipped is None else [],
        },
    )
    if not rights.reads:
        open_to_author(dossier, by=by)
    if shipped is not None:
        _write_template(revision, shipped, by=by, with_segments=with_segments)
        _write(revision, own, by=by)
    return usecase


@transaction.atomic
def instantiate(
    revision: UseCaseRevision,
    template: str,
    *,
    by: Person,
    with_segments: bool = False,
    lia: Evidence | str | None = None,
    **fields: Any,
) -> UseCaseRevision:
    """Write a draft anew from a template of the library; `fields` say otherwise.

    `lia` is the balancing test of the purposes that rest on legitimate interests; `with_segments` also
    creates the segments of the template, as drafts of the owner, and pins them.
    """
    usecase, revision = _locked_revision(revision)
    raise_if(rules.objection_to_write(by, revision))
    shipped = _template(template)
    revision.opened_by, revision.opened_at = by, clock.now()
    _write_template(revision, shipped, by=by, with_segments=with_segments, lia=lia)
    trail.record(
        "revision.instantiated",
        by=by,
        about=usecase,
        payload={"number": revision.number, "template": template},
    )
    if fields:
        _write(revision, fields, by=by)
    return revision


@transaction.atomic
def change(
    usecase: UseCase,
    *,
    by: Person,
    owner: Person | None = None,
    department: str | None = None,
    emblematic: bool | None = None,
    version: int | None = None,
) -> UseCase:
    """Give a use case another owner or department, or say whether it proves the platform."""
    usecase = _locked(usecase)
    holder = owner or usecase.owner
    where = department if department is not None else usecase.department
    raise_if(rules.objections_to_change(by, usecase, owner=holder, department=where, version=version))
    usecase.owner, usecase.department = holder, where
    if emblematic is not None:
        usecase.emblematic = emblematic
    _keep(usecase, "owner", "department", "emblematic")
    trail.record(
        "usecase.changed",
        by=by,
        about=usecase,
        payload={"owner": holder.email, "department": where, "emblematic": usecase.emblematic},
    )
    return usecase


@transaction.atomic
def frame(usecase: UseCase, *, by: Person) -> UseCase:
    """Take an idea into framing (L7)."""
    usecase = _locked(usecase)
    raise_if(rules.objections_to_frame(by, usecase, queries.draft(usecase)))
    usecase.status, usecase.framed_on = UseCaseStatus.FRAMING, clock.today()
    _keep(usecase, "status", "framed_on")
    trail.record("usecase.framed", by=by, about=usecase)
    _tell(usecase, "usecase.framed", [usecase.owner], by=by)
    return usecase


# ---------------------------------------------------------------- revisions
@transaction.atomic
def open_revision(usecase: UseCase, *, by: Person) -> UseCaseRevision:
    """Open the next revision, a copy of the last; an edition that was rejected closes with it (L8)."""
    usecase = _locked(usecase)
    last = queries.latest(usecase)
    raise_if(rules.objection_to_open(by, usecase, last))
    if last.edition is not None and queries.status_of(last) == RevisionStatus.CHANGES_REQUESTED:
        reviews.replace(last.edition, by=by)
    with told(rules.CONSTRAINTS):
        revision = UseCaseRevision.objects.create(
            usecase=usecase,
            number=last.number + 1,
            opened_by=by,
            opened_at=clock.now(),
            **{name: getattr(last, name) for name in COPIED},
        )
    for name in NAMED_BY:
        getattr(revision, name).set(getattr(last, name).all())
    revision.targets.set(last.targets.filter(closed_on__isnull=True))
    UseCasePurpose.objects.bulk_create(
        UseCasePurpose(
            revision=revision, purpose=one.purpose, legal_basis=one.legal_basis, lia_evidence=one.lia_evidence
        )
        for one in last.purposes.select_related("lia_evidence")
    )
    RevisionSegment.objects.bulk_create(
        RevisionSegment(
            revision=revision,
            segment_version=pin.segment_version,
            role=pin.role,
            apply=pin.apply,
            channels=pin.channels,
        )
        for pin in last.segments.select_related("segment_version")
    )
    revision.authors.add(by)
    if usecase.status == UseCaseStatus.CHANGES_REQUESTED:
        usecase.status = UseCaseStatus.FRAMING
    _keep(usecase, "status")
    trail.record("revision.opened", by=by, about=usecase, payload={"number": revision.number})
    return revision


@transaction.atomic
def edit(
    revision: UseCaseRevision, /, *, by: Person, version: int | None = None, **fields: Any
) -> UseCaseRevision:
    """Change a draft; whoever does becomes one of its authors. `version` is the one that was read.

    Fields are those of the revision; `destinations`, `objectives`, `targets`, `recipients` take rows or
    codes (organisations for recipients); `purposes` a list of `{purpose, legal_basis, lia_evidence}`;
    `segments` a list of `{segment_version, role, apply, channels}`, a version as a row, or as code and
    number. A list replaces the one there.
    """
    _usecase, revision = _locked_revision(revision)
    raise_if(rules.objection_to_write(by, revision, version))
    return _write(revision, fields, by=by)


@transaction.atomic
def adopt(
    revision: UseCaseRevision,
    segment_version: SegmentVersion,
    *,
    by: Person,
    role: str,
    apply: str | None = None,
    channels: Sequence[str] = (),
) -> UseCaseRevision:
    """Use a segment version in a role; it takes the place of another version of the same segment there."""
    _usecase, revision = _locked_revision(revision)
    raise_if(rules.objection_to_write(by, revision))
    kept = [pin for pin in _pins(revision) if pin["segment_version"].segment_id != segment_version.segment_id]
    where = (
        segment_version.segment.apply
        if apply is None and role == segment_version.segment.role
        else apply or ""
    )
    kept.append(
        {"segment_version": segment_version, "role": role, "apply": where, "channels": list(channels)}
    )
    return _write(revision, {"segments": kept}, by=by)


@transaction.atomic
def drop(revision: UseCaseRevision, segment: Segment, *, by: Person) -> UseCaseRevision:
    """Use a segment no longer."""
    _usecase, revision = _locked_revision(revision)
    raise_if(rules.objection_to_write(by, revision))
    kept = [pin for pin in _pins(revision) if pin["segment_version"].segment_id != segment.pk]
    return _write(revision, {"segments": kept}, by=by)


@transaction.atomic
def submit(revision: UseCaseRevision, /, *, by: Person, version: int | None = None) -> UseCaseRevision:
    """Submit a revision: its ten facets are frozen, and the functions that are not covered are asked."""
    usecase, revision = _locked_revision(revision)
    reading = queries.Reading(revision)
    raise_if(rules.objections_to_submit(by, reading, version))
    programme = usecase.dossier.programme
    flags = reading.facts.flags
    edition = dossiers.freeze(
        usecase.dossier,
        number=revision.number,
        facets=content.facets(reading),
        authors=revision.authors.all(),
        by=by,
        requirements=policies.resolve("usecase_revision", flags, Rights.of(by, programme).phase),
        watched={function: policies.watched(function) for function in ReviewFunction.values},
        flags=sorted(flags),
        size=reading.facts.size,
    )
    revision.edition = edition
    revision.version += 1
    with told(rules.CONSTRAINTS):
        revision.save(update_fields=["edition", "version"])
    if usecase.status in (UseCaseStatus.FRAMING, UseCaseStatus.CHANGES_REQUESTED, UseCaseStatus.ITERATING):
        usecase.status = UseCaseStatus.SUBMITTED
    _keep(usecase, "status")
    dossiers.rename(usecase.dossier, name_fr=revision.title_fr, name_en=revision.title_en)
    trail.record(
        "revision.submitted",
        by=by,
        about=usecase,
        after=edition.fp,
        payload={"number": revision.number, "flags": sorted(flags), "size": edition.size},
    )
    trail.record("usecase.submitted", by=by, about=usecase, payload={"number": revision.number})
    reviews.ask(edition, by=by)
    revision.usecase.refresh_from_db(fields=["status", "version", "changed_at"])
    return revision


@transaction.atomic
def withdraw(revision: UseCaseRevision, /, *, by: Person, reason: str = "") -> UseCaseRevision:
    """Take a submitted revision back from review."""
    usecase, revision = _locked_revision(revision)
    raise_if(rules.objection_to_withdraw(by, revision))
    if revision.edition is None:  # the rule said so: this tells the type checker
        raise AssertionError
    reviews.withdraw(revision.edition, by=by, reason=reason)
    if usecase.status == UseCaseStatus.SUBMITTED:
        usecase.status = UseCaseStatus.FRAMING
    _keep(usecase, "status")
    _name_back(usecase)
    trail.record(
        "usecase.withdrawn", by=by, about=usecase, payload={"number": revision.number, "reason": reason}
    )
    return revision


def _name_back(usecase: UseCase) -> None:
    """Give a use case the titles of what is approved of it, when a later revision did not come through."""
    approved = queries.approved(usecase)
    if approved is not None:
        dossiers.rename(usecase.dossier, name_fr=approved.title_fr, name_en=approved.title_en)


@transaction.atomic
def follow_approval(edition: Edition, by: Person, told: Sequence[Person]) -> None:
    """Draw the consequence of an approval: a submitted use case is approved (L7); those told know."""
    usecase = _of(edition)
    if usecase.status == UseCaseStatus.SUBMITTED:
        usecase.status = UseCaseStatus.APPROVED
    _keep(usecase, "status")
    trail.record(
        "usecase.approved",
        by=None,
        about=usecase,
        after=edition.fp,
        payload={"number": edition.number, "rule": "L7"},
    )
    held = roles.holders(usecase.dossier.programme, Role.CORE_TEAM_MEMBER, Role.DMP_OPERATOR)
    people = [one for one in (usecase.owner, *held) if one not in told]
    _tell(usecase, "usecase.approved", people, by=None)


@transaction.atomic
def follow_rejection(edition: Edition, by: Person, told: Sequence[Person]) -> None:
    """Draw the consequence of a rejection: changes are asked of a submitted use case; those told know."""
    usecase = _of(edition)
    if usecase.status == UseCaseStatus.SUBMITTED:
        usecase.status = UseCaseStatus.CHANGES_REQUESTED
    _keep(usecase, "status")
    _name_back(usecase)
    trail.record(
        "usecase.changes_requested",
        by=None,
        about=usecase,
        after=edition.fp,
        payload={"number": edition.number, "rule": "L7"},
    )
    refusal = edition.reviews.filter(decision="reject").order_by("-signed_at").first()
    _tell(
        usecase,
        "usecase.changes_requested",
        [one for one in (usecase.owner,) if one not in told],
        by=by,
        reason=refusal.public_comment if refusal is not None else "",
    )


@transaction.atomic
def follow_estimate(version: SegmentVersion, size: int) -> None:
    """Draw the consequence of a new size on the use cases that rest on a version (XT-12)."""
    pinning = {pin.revision.usecase.dossier_id: pin.revision for pin in queries.users_of(version)}
    for dossier_id, edition in queries.current_editions(list(pinning)).items():
        if pinning[dossier_id].edition_id == edition.pk:
            segments.tell_growth(edition, size)


# ---------------------------------------------------------------- value, roadmap, links
@transaction.atomic
def score(
    usecase: UseCase,
    *,
    by: Person,
    reach: int,
    impact: Decimal,
    confidence: Decimal,
    effort_weeks: Decimal,
    version: int | None = None,
) -> UseCase:
    """Score value against effort (RICE); what was signed keeps the figures it had."""
    usecase = _locked(usecase)
    raise_if(
        rules.objections_to_score(
            by,
            usecase,
            reach=reach,
            impact=impact,
            confidence=confidence,
            effort_weeks=effort_weeks,
            version=version,
        )
    )
    usecase.rice_reach, usecase.rice_impact = reach, impact
    usecase.rice_confidence, usecase.rice_effort_weeks = confidence, effort_weeks
    _keep(usecase, "rice_reach", "rice_impact", "rice_confidence", "rice_effort_weeks")
    usecase.refresh_from_db(fields=["rice_score"])
    trail.record(
        "usecase.scored",
        by=by,
        about=usecase,
        payload={"reach": reach, "impact": impact, "confidence": confidence, "effort_weeks": effort_weeks},
    )
    return usecase


@transaction.atomic
def schedule(
    usecase: UseCase,
    *,
    by: Person,
    start: dt.date,
    end: dt.date,
    confidence: int | None = None,
    version: int | None = None,
) -> UseCase:
    """Put a use case on the roadmap; what was signed keeps the window it had."""
    usecase = _locked(usecase)
    raise_if(
        rules.objections_to_schedule(
            by, usecase, start=start, end=end, confidence=confidence, version=version
        )
    )
    usecase.roadmap_start, usecase.roadmap_end = start, end
    if confidence is not None:
        usecase.roadmap_confidence = confidence
    _keep(usecase, "roadmap_start", "roadmap_end", "roadmap_confidence")
    trail.record(
        "usecase.scheduled",
        by=by,
        about=usecase,
        payload={"start": start, "end": end, "confidence": usecase.roadmap_confidence},
    )
    return usecase


@transaction.atomic
def depend(usecase: UseCase, other: UseCase, kind: str, *, by: Person) -> UseCaseDependency:
    """Say that a use case blocks or enriches another, or shares an exclusion with it (INV-16)."""
    programmes.lock(usecase.dossier.programme)
    usecase = _locked(usecase)
    raise_if(rules.objection_to_depend(by, usecase, other, kind))
    with told(rules.CONSTRAINTS):
        link = UseCaseDependency.objects.create(from_usecase=usecase, to_usecase=other, kind=kind)
    _keep(usecase)
    trail.record("usecase.linked", by=by, about=usecase, payload={"to": other.code, "kind": kind})
    return link


@transaction.atomic
def undepend(usecase: UseCase, other: UseCase, kind: str, *, by: Person) -> UseCase:
    """Remove a link from a use case to another."""
    usecase = _locked(usecase)
    raise_if(rules.objection_to_undepend(by, usecase, other, kind))
    UseCaseDependency.objects.filter(from_usecase=usecase, to_usecase=other, kind=kind).delete()
    _keep(usecase)
    trail.record("usecase.unlinked", by=by, about=usecase, payload={"to": other.code, "kind": kind})
    return usecase


# ---------------------------------------------------------------- pausing, stopping
@transaction.atomic
def pause(usecase: UseCase, *, by: Person, reason: str) -> UseCase:
    """Pause a use case at once; whoever paused it, or a sponsor, takes it up again."""
    usecase = _locked(usecase)
    raise_if(rules.objection_to_pause(by, usecase, reason))
    functions = Rights.of(by, usecase.dossier.programme).functions
    function = next((one for one in ReviewFunction if one in functions), None)
    usecase.paused_from, usecase.status = usecase.status, UseCaseStatus.PAUSED
    usecase.pause_reason = rules.pause_reason(function)
    usecase.paused_function = function.value if function is not None else ""
    _keep(usecase, "paused_from", "status", "pause_reason", "paused_function")
    trail.record(
        "usecase.paused",
        by=by,
        about=usecase,
        payload={"reason": reason.strip(), "function": usecase.paused_function},
    )
    people = [usecase.owner, *roles.holders(usecase.dossier.programme, Role.DMP_OPERATOR, Role.SPONSOR)]
    _tell(usecase, "usecase.paused", people, by=by, reason=reason.strip())
    return usecase


@transaction.atomic
def resume(usecase: UseCase, *, by: Person) -> UseCase:
    """Take a paused use case up again, where it was."""
    usecase = _locked(usecase)
    raise_if(rules.objection_to_resume(by, usecase))
    usecase.status, usecase.paused_from = usecase.paused_from, ""
    usecase.pause_reason, usecase.paused_function = "", ""
    _keep(usecase, "status", "paused_from", "pause_reason", "paused_function")
    trail.record("usecase.resumed", by=by, about=usecase)
    _tell(usecase, "usecase.resumed", [usecase.owner], by=by)
    return usecase


@transaction.atomic
def stop(usecase: UseCase, *, by: Person, reason: str) -> UseCase:
    """Stop a use case for good; what was learned is kept."""
    usecase = _locked(usecase)
    raise_if(rules.objection_to_stop(by, usecase, reason))
    usecase.status, usecase.paused_from = UseCaseStatus.STOPPED, ""
    usecase.pause_reason, usecase.paused_function = "", ""
    _keep(usecase, "status", "paused_from", "pause_reason", "paused_function")
    trail.record("usecase.stopped", by=by, about=usecase, payload={"reason": reason.strip()})
    _tell(usecase, "usecase.stopped", [usecase.owner], by=by, reason=reason.strip())
    return usecase


# ---------------------------------------------------------------- writing a draft
def _write(revision: UseCaseRevision, fields: Mapping[str, Any], *, by: Person) -> UseCaseRevision:
    """Write fields on a draft that may be written on, and remember who did."""
    usecase, dossier = revision.usecase, revision.usecase.dossier
    found = _fill(revision, fields, by=by)
    if {"title_fr", "title_en"} & set(found) and revision.number == 1:
        dossiers.rename(dossier, name_fr=revision.title_fr, name_en=revision.title_en)
    _keep(usecase)
    trail.record(
        "revision.edited", by=by, about=usecase, payload={"number": revision.number, "fields": sorted(found)}
    )
    return revision


def _fill(revision: UseCaseRevision, fields: Mapping[str, Any], *, by: Person) -> dict[str, Any]:
    """Put fields on a draft and save it, with its author; give what they were read as."""
    programme = revision.usecase.dossier.programme
    found = {name: _found(programme, name, value) for name, value in fields.items()}
    raise_if(rules.objections_to_fields(revision, found))
    for name in rules.PLAIN & set(found):
        setattr(revision, name, _stored(name, found[name]))
    revision.version += 1
    with told(rules.CONSTRAINTS):
        revision.save()
    for name in rules.LINKS & set(found):
        getattr(revision, name).set(found[name])
    if "purposes" in found:
        revision.purposes.all().delete()
        UseCasePurpose.objects.bulk_create(
            UseCasePurpose(
                revision=revision,
                purpose=one["purpose"],
                legal_basis=one["legal_basis"],
                lia_evidence=one.get("lia_evidence"),
            )
            for one in found["purposes"]
        )
    if "segments" in found:
        revision.segments.all().delete()
        RevisionSegment.objects.bulk_create(
            RevisionSegment(
                revision=revision,
                segment_version=pin["segment_version"],
                role=pin["role"],
                apply=pin.get("apply", ""),
                channels=sorted(set(pin.get("channels", ()))),
            )
            for pin in found["segments"]
        )
    revision.authors.add(by)
    return found


def _stored(name: str, value: Any) -> Any:
    """What is kept of a field: text without blanks around it, sets in order, JSON with JSON's numbers."""
    if isinstance(value, str):
        return _clean(value)
    if name == "hypothesis":
        return {part: _clean(text) for part, text in value.items() if _clean(text)}
    if name == "channels":
        return sorted(set(value), key=_rank)
    if name in ("journey", "caps", "quiet_hours"):
        return _json(value)
    return value


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _rank(channel: str) -> int:
    return int(library.codes("channels").index(channel))


def _json(value: Any) -> Any:
    """Write exact numbers as JSON has them; read again, they are exact (canonical.exact)."""
    if isinstance(value, Mapping):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    if isinstance(value, Decimal):
        short = canonical.number(value)
        return short if isinstance(short, int) else float(short)
    return value


def _found(programme: Programme, name: str, value: Any) -> Any:
    """Find the rows that a field names by their codes; refuse what the programme does not have."""
    if name in NAMED_BY:
        return [_row(programme, name, one) for one in _listed(name, value)]
    if name == "purposes":
        return [
            {**one, "lia_evidence": _evidence(programme, one.get("lia_evidence"))}
            for one in _members(name, value, "purpose", "legal_basis")
        ]
    if name == "segments":
        return [
            {**one, "segment_version": _version(programme, one["segment_version"])}
            for one in _members(name, value, "segment_version", "role")
        ]
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    return value


def _listed(name: str, value: Any) -> list[Any]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise_if(NotValid(_("Give a list."), code="malformed", field=name, status=400))
    return list(value)


def _members(name: str, value: Any, *required: str) -> list[dict[str, Any]]:
    listed = _listed(name, value)
    if any(not isinstance(one, Mapping) or any(member not in one for member in required) for one in listed):
        raise_if(
            NotValid(
                _("Each line of this list says: %(members)s.") % {"members": ", ".join(required)},
                code="malformed",
                field=name,
                status=400,
            )
        )
    return [dict(one) for one in listed]


def _row(programme: Programme, name: str, one: Any) -> Any:
    model, of, code = NAMED_BY[name]
    rows = model._default_manager.filter(**{of: programme})
    if isinstance(one, model):
        row = rows.filter(pk=one.pk).first()
    else:
        row = rows.filter(**{code: str(one)}).order_by("pk").last() if "\x00" not in str(one) else None
    if row is None:
        raise_if(_unknown(name, one))
    return row


def _unknown(name: str, one: Any) -> NotValid:
    return NotValid(
        _("This programme has no “%(code)s” to choose here.") % {"code": str(one)[:60].replace("\x00", "")},
        code="unknown_code",
        field=name,
    )


def _evidence(programme: Programme, one: Any) -> Evidence | None:
    if one is None or one == "":
        return None
    rows = Evidence.objects.filter(programme=programme)
    row = (
        rows.filter(pk=one.pk).first()
        if isinstance(one, Evidence)
        else rows.filter(code=str(one).replace("\x00", "")).first()
    )
    if row is None:
        raise_if(_unknown("purposes", one))
    return row


def _version(programme: Programme, one: Any) -> SegmentVersion:
    """Find a segment version given as a row, as code and number, or as `SEG-01 v2`."""
    rows = SegmentVersion.objects.filter(segment__dossier__programme=programme).select_related(
        "segment__dossier__programme"
    )
    row = None
    if isinstance(one, SegmentVersion):
        row = rows.filter(pk=one.pk).first()
    else:
        code, number = (
            one if isinstance(one, list | tuple) and len(one) == 2 else str(one).rpartition(" v")[::2]
        )
        if str(number).isdecimal() and len(str(number)) < 9 and "\x00" not in str(code):
            row = rows.filter(segment__dossier__code=str(code), number=int(number)).first()
    if row is None:
        raise_if(_unknown("segments", one))
        raise AssertionError
    return row


def _pins(revision: UseCaseRevision) -> list[dict[str, Any]]:
    return [
        {
            "segment_version": pin.segment_version,
            "role": pin.role,
            "apply": pin.apply,
            "channels": pin.channels,
        }
        for pin in revision.segments.select_related("segment_version__segment__dossier__programme")
    ]


# ---------------------------------------------------------------- templates
def _template(code: str) -> dict[str, Any]:
    try:
        return library.usecase_template(code)
    except KeyError:
        raise NotValid(
            _("The library has no template “%(code)s”.") % {"code": code[:60]},
            code="unknown_code",
            field="template",
        ) from None


def _write_template(
    revision: UseCaseRevision,
    shipped: Mapping[str, Any],
    *,
    by: Person,
    with_segments: bool,
    lia: Evidence | str | None = None,
) -> None:
    """Write a draft from a template: title, level, channels with their destinations, purposes, journey."""
    usecase = revision.usecase
    programme = usecase.dossier.programme
    lang = library.language(by.locale)
    destinations = list(
        Destination.objects.filter(programme=programme, channel__in=shipped["channels"]).select_related(
            "organisation"
        )
    )
    recipients = Engagement.objects.filter(
        programme=programme, organisation__in={one.organisation_id for one in destinations}
    )
    worded = WORDED[lang].match(shipped[f"hypothesis_{lang}"])
    fields: dict[str, Any] = {
        "title_fr": shipped["title_fr"],
        "title_en": shipped["title_en"],
        "nature": shipped["nature"],
        "audience_branch": shipped["branch"],
        "scenario_level": shipped["level"],
        "hypothesis": {part: text for part, text in worded.groupdict().items() if text} if worded else {},
        "channels": shipped["channels"],
        "destinations": destinations,
        "recipients": recipients,
        "purposes": [_purpose(code, shipped["legal_basis"], lia) for code in shipped["purposes"]],
        "journey": shipped["journey"],
        "segments": _template_segments(usecase, shipped, by=by) if with_segments else [],
    }
    _write(revision, fields, by=by)
    usecase.template_ref = shipped["code"]
    _keep(usecase, "template_ref")


def _purpose(code: str, basis: str, lia: Evidence | str | None) -> dict[str, Any]:
    """A purpose takes the basis of the template if it allows it, else its own first one."""
    bases = library.entry("purposes", code)["bases"]
    chosen = basis if basis in bases else bases[0]
    return {
        "purpose": code,
        "legal_basis": chosen,
        "lia_evidence": lia if chosen == "legitimate_interests" else None,
    }


def _template_segments(usecase: UseCase, shipped: Mapping[str, Any], *, by: Person) -> list[dict[str, Any]]:
    """Create the segments of a template as drafts of the owner; later ones name the earlier ones."""
    programme = usecase.dossier.programme
    shared = {entry["segment"]: entry["code"] for entry in library.shared_segments()}
    pins: dict[str, SegmentVersion] = {}
    made = []
    for template in shipped["segments"]:
        segment = segments.create_from_template(
            programme,
            template["code"],
            by=by,
            owner=usecase.owner,
            name=_free_name(programme, "name_fr", template["name_fr"], usecase),
            name_en=_free_name(programme, "name_en", template["name_en"], usecase),
            pins=pins,
        )
        version = segment.versions.get()
        if template["code"] in shared:
            pins[shared[template["code"]]] = version
        made.append(
            {"segment_version": version, "role": segment.role, "apply": segment.apply, "channels": []}
        )
    return made


def _free_name(programme: Programme, field: str, name: str, usecase: UseCase) -> str:
    """A name that no other segment bears: that of the template, else with the code of the use case."""
    there = Dossier.objects.filter(programme=programme, kind=DossierKind.SEGMENT, **{field: name})
    return f"{name} ({usecase.code})" if there.exists() else name


# ---------------------------------------------------------------- parts of verbs
def _locked(usecase: UseCase) -> UseCase:
    """Let the acts on one use case wait for each other: the dossier's row is what they wait for."""
    Dossier.objects.select_for_update(no_key=True).get(pk=usecase.dossier_id)
    return UseCase.objects.select_related("dossier__programme", "owner").get(pk=usecase.pk)


def _locked_revision(revision: UseCaseRevision) -> tuple[UseCase, UseCaseRevision]:
    usecase = _locked(revision.usecase)
    fresh = UseCaseRevision.objects.select_related("edition").get(pk=revision.pk)
    fresh.usecase = usecase
    return usecase, fresh


def _of(edition: Edition) -> UseCase:
    return UseCase.objects.select_related("dossier__programme", "owner").get(dossier=edition.dossier_id)


def _keep(usecase: UseCase, *fields: str) -> None:
    """Save what changed on a use case: its version grows, and it moves up in what is newest."""
    usecase.version += 1
    usecase.changed_at = clock.now()
    usecase.save(update_fields=[*fields, "version", "changed_at"])


def _tell(
    usecase: UseCase, event: str, people: Iterable[Person], *, by: Person | None, reason: str = ""
) -> None:
    dossier = usecase.dossier
    notices.leave(
        people,
        event=event,
        about=usecase,
        programme=dossier.programme,
        facts={
            "who": str(by) if by is not None else "",
            "what": {
                "fr": f"{dossier.code} {dossier.name_fr}",
                "en": f"{dossier.code} {dossier.name_en or dossier.name_fr}",
            },
            "code": dossier.code,
            "reason": reason,
        },
        by=by,
    )
