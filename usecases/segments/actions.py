"""The verbs of segments: create, revise, edit, estimate, freeze, take out of use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from governance import canonical, clock, library
from governance.audit import trail
from governance.dossiers import actions as dossiers
from governance.dossiers.choices import DossierKind, ReviewFunction
from governance.dossiers.models import Dossier, Edition
from governance.errors import raise_if, told
from governance.notices import actions as notices
from governance.programmes import actions as programmes
from governance.programmes.models import Programme
from governance.reviews import actions as reviews
from governance.reviews import policies
from governance.reviews.models import ExternalEvent, Review
from governance.roles.actions import open_to_author
from governance.roles.rules import Rights
from governance.stakeholders.models import Person
from usecases.catalogue import queries as catalogue
from usecases.segments import content, flags, queries, registry, rules, segrule
from usecases.segments.choices import EstimationMethod, SegmentStatus
from usecases.segments.models import Segment, SegmentVersion, SizeEstimate, VersionPin

PREFIX = "SEG"
GROWTH = "XT-12"


@transaction.atomic
def create(
    programme: Programme,
    *,
    by: Person,
    name: str,
    role: str,
    rule: Any,
    name_en: str = "",
    apply: str = "",
    valid_from: dt.date | None = None,
    valid_until: dt.date | None = None,
    owner: Person | None = None,
    identity_types: Iterable[str] = (),
    min_size: int | None = None,
    retention: str = "P6M",
    refresh: str = "near_sync",
    change_summary: str = "",
    code: str = "",
) -> Segment:
    """Name an audience, with the draft of its first version."""
    programmes.lock(programme)
    published, _home = queries.catalogue_to_write_on(programme)
    start = valid_from or clock.today()
    end = valid_until or rules.last_day(start)
    holder = owner or by
    fields: dict[str, Any] = {
        "name_fr": name,
        "name_en": name_en,
        "role": role,
        "apply": apply,
        "identity_types": list(identity_types),
        "min_size": programme.setting("min_audience_size") if min_size is None else min_size,
        "retention": retention,
        "refresh": refresh,
        "change_summary": change_summary,
    }
    rights = Rights.of(by, programme)
    objections = rules.objections_to_create(rights, fields, code=code, owner=holder, published=published)
    raise_if([*objections, *filter(None, [rules.objection_to_dates(start, end)])])
    raise_if(rules.objections_to_rule(queries.check(programme, rule, role=role, apply=apply)))
    dossier = dossiers.open_dossier(
        programme,
        kind=DossierKind.SEGMENT,
        code=programmes.number(programme, PREFIX, code=code or None),
        name_fr=name.strip(),
        name_en=name_en.strip(),
    )
    segment = Segment.objects.create(dossier=dossier, role=role, apply=apply, owner=holder)
    if published is None:  # the rule said so: this tells the type checker
        raise AssertionError
    version = SegmentVersion.objects.create(
        segment=segment,
        number=1,
        rule=segrule.text(rule),
        catalogue=published,
        valid_from=start,
        valid_until=end,
        min_size=fields["min_size"],
        identity_types=sorted(set(identity_types)),
        retention=retention,
        refresh=refresh,
        change_summary=change_summary,
    )
    version.authors.add(by)
    _pin(version)
    trail.record("segment.created", by=by, about=segment, payload={"role": role, "rule": version.rule})
    if not rights.reads:
        open_to_author(dossier, by=by)
    return segment


@transaction.atomic
def create_from_template(
    programme: Programme,
    ref: str,
    *,
    by: Person,
    pins: Mapping[str, SegmentVersion] | None = None,
    **fields: Any,
) -> Segment:
    """Create a segment from one of the library (`LIB-UC-04#0`, `LIB-STD-MINORS`); `fields` say otherwise.

    `pins` gives the version meant by each segment that the template names; what is not given stays to be
    chosen (E22).
    """
    template = library.segment_template(ref)
    told_by_template: dict[str, Any] = {
        "name": template["name_fr"],
        "name_en": template["name_en"],
        "role": template["role"],
        "apply": template.get("apply", ""),
        "identity_types": template.get("identity", []),
        "rule": template["rule"],
    }
    asked = {**told_by_template, **fields}
    asked["rule"] = pinned(asked["rule"], pins or {})
    return create(programme, by=by, **asked)


def pinned(rule: Any, pins: Mapping[str, SegmentVersion]) -> Any:
    """Name in a rule the versions chosen for the segments of the library."""
    if isinstance(rule, dict):
        version = pins.get(str(rule.get("code"))) if "version" in rule else None
        if version is not None:
            return {**rule, "code": version.segment.code, "version": version.number}
        return {key: pinned(value, pins) for key, value in rule.items()}
    if isinstance(rule, list):
        return [pinned(item, pins) for item in rule]
    return rule


@transaction.atomic
def revise(segment: Segment, *, by: Person) -> SegmentVersion:
    """Open the next version, a copy of the last; the last and all that pins it stay as they are."""
    segment = _locked(segment)
    last = queries.latest(segment)
    raise_if(rules.objection_to_revise(by, segment, last))
    if last.edition is not None and queries.status_of(last) == SegmentStatus.REJECTED:
        reviews.replace(last.edition, by=by)
    start = max(clock.today(), last.valid_from)
    with told(rules.CONSTRAINTS):
        version = SegmentVersion.objects.create(
            segment=segment,
            number=last.number + 1,
            rule=last.rule,
            catalogue=queries.catalogue_to_write_on(segment.dossier.programme)[0] or last.catalogue,
            valid_from=start,
            valid_until=rules.last_day(start),
            min_size=last.min_size,
            identity_types=last.identity_types,
            retention=last.retention,
            refresh=last.refresh,
        )
    version.authors.add(by)
    _pin(version)
    trail.record("segment.revised", by=by, about=segment, payload={"number": version.number})
    return version


@transaction.atomic
def edit(
    draft: SegmentVersion, /, *, by: Person, version: int | None = None, **fields: Any
) -> SegmentVersion:
    """Change a draft; whoever does becomes one of its authors. `version` is the one that was read."""
    segment, draft = _locked_version(draft)
    raise_if(rules.objections_to_edit(by, draft, fields, version))
    start, end = (fields.get(name, getattr(draft, name)) for name in ("valid_from", "valid_until"))
    raise_if(rules.objection_to_dates(start, end))
    if "rule" in fields:
        report = queries.check(
            segment.dossier.programme,
            fields["rule"],
            role=fields.get("role", segment.role),
            apply=fields.get("apply", segment.apply),
        )
        raise_if(rules.objections_to_rule(report))
    if {"name_fr", "name_en"} & set(fields):
        dossiers.rename(
            segment.dossier,
            name_fr=fields.get("name_fr", segment.dossier.name_fr).strip(),
            name_en=fields.get("name_en", segment.dossier.name_en).strip(),
        )
    for name in ("role", "apply"):
        if name in fields:
            setattr(segment, name, fields[name])
    segment.version += 1
    segment.save(update_fields=["role", "apply", "version"])
    before = draft.rule
    for name in sorted(set(fields) - {"name_fr", "name_en", "role", "apply"}):
        value = fields[name]
        if name == "rule":
            value = segrule.text(value)
        elif name == "identity_types":
            value = sorted(set(value))
        setattr(draft, name, value)
    published, _home = queries.catalogue_to_write_on(segment.dossier.programme)
    draft.catalogue = published or draft.catalogue
    draft.version += 1
    with told(rules.CONSTRAINTS):
        draft.save()
    draft.authors.add(by)
    _pin(draft)
    trail.record(
        "segment.edited",
        by=by,
        about=segment,
        payload={
            "number": draft.number,
            "fields": sorted(fields),
            "rule": draft.rule if draft.rule != before else "",
        },
    )
    return draft


@transaction.atomic
def estimate(
    version: SegmentVersion,
    *,
    by: Person,
    size: int,
    on: dt.date | None = None,
    method: str = EstimationMethod.PLATFORM_COUNT,
) -> SizeEstimate:
    """Note how many people a version holds, since when, and how that is known; nothing signed moves."""
    _segment, version = _locked_version(version)
    day = on or clock.today()
    raise_if(rules.objections_to_estimate(by, version, size=size, on=day, method=method))
    made = SizeEstimate.objects.create(version=version, size=size, estimated_on=day, method=method, by=by)
    trail.record(
        "segment.estimated",
        by=by,
        about=version,
        payload={"number": version.number, "size": size, "on": day, "method": method},
    )
    known = queries.estimate(version)
    if known is not None and known.pk == made.pk:
        if version.edition is not None:
            tell_growth(version.edition, size)
        registry.tell_estimate(version, size)
    return made


def tell_growth(edition: Edition, size: int) -> None:
    """Have the DPO read again what grew beyond half as much again as they saw (XT-12), once a signature."""
    seen = (
        Review.objects.filter(
            edition=edition, function=ReviewFunction.DPO, revoked_at__isnull=True, reviewed_size__isnull=False
        )
        .order_by("-signed_at")
        .first()
    )
    if seen is None or 2 * size <= 3 * (seen.reviewed_size or 0):
        return
    if not ExternalEvent.objects.filter(
        dossier=edition.dossier, code=GROWTH, at__gte=seen.signed_at
    ).exists():
        reviews.tell_event(edition.dossier, GROWTH, by=None)


@transaction.atomic
def freeze(draft: SegmentVersion, /, *, by: Person, version: int | None = None) -> SegmentVersion:
    """End the writing of a version: its edition is frozen, and its reviews are asked at once (L9)."""
    segment, draft = _locked_version(draft)
    programme = segment.dossier.programme
    published, home = queries.catalogue_to_write_on(programme)
    known = queries.estimate(draft)
    report = queries.report(draft, known)
    raise_if(
        rules.objections_to_freeze(
            by, draft, expected=version, report=report, known=known, published=published, home=home
        )
    )
    if published is None:  # the rule said so: this tells the type checker
        raise AssertionError
    home = catalogue.catalogue_of(published)
    raised = flags.version_flags(segment.role, report.facts)
    _pin(draft)
    edition = dossiers.freeze(
        segment.dossier,
        number=draft.number,
        facets=content.facets(draft, report.facts, home),
        authors=draft.authors.all(),
        by=by,
        requirements=policies.resolve("segment_version", raised, Rights.of(by, programme).phase),
        watched={function: policies.watched(function) for function in ReviewFunction.values},
        flags=sorted(raised),
        size=known.size if known is not None else None,
    )
    draft.edition, draft.catalogue = edition, published
    draft.fp = segrule.version_fingerprint(draft.document, home.fp)
    draft.frozen_at, draft.frozen_by = clock.now(), by
    draft.version += 1
    with told(rules.CONSTRAINTS):
        draft.save()
    trail.record("segment.frozen", by=by, about=segment, after=draft.fp, payload={"number": draft.number})
    notices.leave(
        [segment.owner],
        event="segment.submitted",
        about=segment,
        programme=programme,
        facts=facts_told(segment, by),
        by=by,
    )
    reviews.ask(edition, by=by)
    return draft


@transaction.atomic
def deprecate(version: SegmentVersion, *, by: Person) -> SegmentVersion:
    """Take an approved version out of use; what was signed on it stays."""
    segment, version = _locked_version(version)
    raise_if(rules.objection_to_deprecate(by, version))
    version.deprecated_at = clock.now()
    version.version += 1
    version.save(update_fields=["deprecated_at", "version"])
    trail.record("segment.deprecated", by=by, about=segment, payload={"number": version.number})
    notices.leave(
        [segment.owner],
        event="segment.deprecated",
        about=segment,
        programme=segment.dossier.programme,
        facts=facts_told(segment, by),
        by=by,
    )
    return version


def facts_told(segment: Segment, by: Person) -> dict[str, Any]:
    """What messages about a segment name."""
    dossier = segment.dossier
    return {
        "who": str(by),
        "what": {"fr": dossier.name_fr, "en": dossier.name_en or dossier.name_fr},
        "code": dossier.code,
    }


def _pin(version: SegmentVersion) -> None:
    """Keep which versions the rule names, as far as they exist."""
    programme = version.segment.dossier.programme
    pairs = {
        (said["code"], said["version"])
        for _kind, said, _path, _negations in segrule.analysis.named(canonical.parse(version.rule))
        if isinstance(said["version"], int)
    }
    named = {
        (found.segment.code, found.number): found
        for found in queries.versions(programme).filter(
            segment__dossier__code__in={code for code, _number in pairs}
        )
    }
    wanted = {named[pair].pk for pair in pairs if pair in named and named[pair].pk != version.pk}
    there = set(version.pins.values_list("pinned", flat=True))
    version.pins.exclude(pinned__in=wanted).delete()
    VersionPin.objects.bulk_create(
        VersionPin(version=version, pinned_id=pinned_id) for pinned_id in sorted(wanted - there)
    )


def _locked(segment: Segment) -> Segment:
    """Let the acts on one segment wait for each other: the dossier's row is what they wait for."""
    Dossier.objects.select_for_update(no_key=True).get(pk=segment.dossier_id)
    return Segment.objects.select_related("dossier__programme", "owner").get(pk=segment.pk)


def _locked_version(version: SegmentVersion) -> tuple[Segment, SegmentVersion]:
    segment = _locked(version.segment)
    fresh = SegmentVersion.objects.select_related("edition", "catalogue__programme").get(pk=version.pk)
    fresh.segment = segment
    return segment, fresh
