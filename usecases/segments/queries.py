"""Reads of segments: their versions, what their rules rest on, where they stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Func, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from governance import clock
from governance.dossiers.choices import DossierKind
from governance.dossiers.models import Dossier
from governance.folding import says
from governance.programmes.models import Programme
from governance.reviews import queries as reviews
from governance.reviews.choices import EditionStatus
from governance.roles import queries as roles
from governance.stakeholders.models import Person
from usecases.catalogue import queries as catalogue
from usecases.catalogue.models import CatalogueVersion
from usecases.catalogue.snapshot import Catalogue
from usecases.policies import evaluation
from usecases.segments import segrule
from usecases.segments.choices import SegmentStatus
from usecases.segments.models import Segment, SegmentVersion, SegmentVersionQuerySet, SizeEstimate
from usecases.segments.segrule import Report
from usecases.segments.segrule.checking import PolicyFaults


# ---------------------------------------------------------------- finding
def segments(programme: Programme) -> QuerySet[Segment]:
    """List the segments of a programme."""
    return Segment.objects.filter(dossier__programme=programme).select_related("dossier__programme", "owner")


def versions(programme: Programme) -> SegmentVersionQuerySet:
    """List the versions of a programme's segments, with what their status is read from."""
    return SegmentVersion.objects.filter(segment__dossier__programme=programme).select_related(
        "segment__dossier__programme", "segment__owner", "edition", "catalogue__programme", "frozen_by"
    )


def visible(person: Person, programme: Programme, *, reads: bool = False) -> QuerySet[Segment]:
    """Keep the segments that this person may read."""
    return segments(programme).filter(
        dossier__in=roles.visible_dossiers(person, programme, DossierKind.SEGMENT, reads=reads)
    )


def draft(segment: Segment) -> SegmentVersion | None:
    """Find the version being written, if there is one."""
    return versions(segment.dossier.programme).filter(segment=segment, frozen_at__isnull=True).first()


def latest(segment: Segment) -> SegmentVersion:
    """Find the last version, draft or frozen."""
    return versions(segment.dossier.programme).filter(segment=segment).order_by("-number")[0]


# ---------------------------------------------------------------- what a rule names
class Versions:
    """Finds the versions that rules of one programme name, each read once; `among` these dossiers alone.

    Whoever knows the rules beforehand has it `read` what they name together.
    """

    def __init__(self, programme: Programme, among: QuerySet[Dossier] | None = None) -> None:
        self.programme, self.among = programme, among
        self.known: dict[tuple[str, int | str], segrule.Reference | None] = {}

    def __call__(self, code: str, version: int | str) -> segrule.Reference | None:
        """Find a version of a segment by code and number; nothing for a pin that is not chosen."""
        if (code, version) not in self.known:
            self._read({(code, version)})
        return self.known[code, version]

    def read(self, *rules: Any, depth: int = segrule.analysis.MAX_REFERENCES) -> Versions:
        """Read at once what these rules name, and so deep what that names: one statement for each depth."""
        named = {
            (said["code"], said["version"])
            for rule in rules
            for _kind, said, _path, _negations in segrule.analysis.named(rule)
        } - self.known.keys()
        if named:
            self._read(named)
        if named and depth > 1:
            below = (found.rule for pair in named if (found := self.known[pair]) is not None)
            self.read(*below, depth=depth - 1)
        return self

    def _read(self, named: Collection[tuple[str, int | str]]) -> None:
        self.known |= dict.fromkeys(named)
        asked = [
            Q(segment__dossier__code=code, number=number) for code, number in named if _may_be(code, number)
        ]
        if not asked:
            return
        rows: Any = versions(self.programme).filter(reduce(or_, asked))
        if self.among is not None:
            rows = rows.filter(segment__dossier__in=self.among)
        for found in rows.annotate(stands=stands()):
            self.known[found.segment.code, found.number] = _reference(found, status(found, found.stands))


def _may_be(code: str, number: int | str) -> bool:
    return isinstance(number, int) and 0 < number < 2**31 and len(code) <= 24 and code.isprintable()


def _reference(version: SegmentVersion, status: SegmentStatus) -> segrule.Reference:
    """Tell the rule language what it must know of a version that a rule names."""
    dossier = version.segment.dossier
    return segrule.Reference(
        code=dossier.code,
        version=version.number,
        fr=dossier.name_fr,
        en=dossier.name_en or dossier.name_fr,
        approved=status == SegmentStatus.APPROVED,
        role=version.segment.role,
        rule=version.document,
        catalogue=catalogue.catalogue_of(version.catalogue),
    )


def facts(version: SegmentVersion, references: Versions | None = None) -> segrule.Facts:
    """Gather what a version rests on, itself and by the versions it names."""
    resolve = references or Versions(version.segment.dossier.programme)
    rule = version.document
    return segrule.facts(rule, catalogue.catalogue_of(version.catalogue), resolve.read(rule))


# ---------------------------------------------------------------- checking
def catalogue_to_write_on(programme: Programme) -> tuple[CatalogueVersion | None, Catalogue]:
    """Find the last catalogue published with today's notes; before the first, the one being written."""
    return catalogue.published(programme) or (None, catalogue.working_catalogue(programme))


def policy_faults(role: str, apply: str) -> PolicyFaults:
    """Judge data against the usage policies: refused are those that may serve on no channel at all (E16)."""

    def judge(labels: Collection[str], events: Collection[str]) -> Iterable[segrule.Fault]:
        actions = sorted({channel.action for channel in evaluation.channels().values()})
        denied = [
            set(evaluation.evaluate(labels, events, action=action, role=role, apply=apply).denies)
            for action in actions
        ]
        if not all(denied):
            return
        everywhere = set.intersection(*denied) or denied[0]
        for policy in sorted(everywhere, key=lambda item: item.code):
            yield segrule.policy_fault(policy.reason)

    return judge


def check(
    programme: Programme,
    rule: Any,
    *,
    role: str = "target",
    apply: str = "",
    size: int | None = None,
    estimated_on: Any = None,
    min_size: int | None = None,
    itself: tuple[str, int] | None = None,
    references: Versions | None = None,
) -> Report:
    """Say all there is to say of a rule in this programme today; never raises, whatever the value.

    `references` finds what the rule names: among the dossiers that whoever asks may read.
    """
    _published, home = catalogue_to_write_on(programme)
    return segrule.check(
        rule,
        home,
        references=(references or Versions(programme)).read(rule),
        today=clock.today(),
        role=role,
        size=size,
        min_size=min_size,
        estimated_on=estimated_on,
        itself=itself,
        policy_faults=policy_faults(role, apply),
    )


def report(version: SegmentVersion, known: SizeEstimate | None, references: Versions | None = None) -> Report:
    """Check a version as it stands, with the last size known of it."""
    return check(
        version.segment.dossier.programme,
        version.document,
        role=version.segment.role,
        apply=version.segment.apply,
        size=known.size if known else None,
        estimated_on=known.estimated_on if known else None,
        min_size=version.min_size,
        itself=(version.segment.code, version.number),
        references=references,
    )


def sentence(version: SegmentVersion, lang: str, references: Versions | None = None) -> str:
    """Say the rule in words, as its own catalogue names things; empty where it cannot be said."""
    resolve, rule = references or Versions(version.segment.dossier.programme), version.document
    home = catalogue.catalogue_of(version.catalogue)
    try:
        return segrule.reading(rule, home, lang, resolve.read(rule, depth=1)).text
    except segrule.Illegible:
        return ""


def difference(
    old: SegmentVersion, new: SegmentVersion, lang: str, references: Versions | None = None
) -> list[segrule.Change]:
    """Tell what changed between two rules of a segment, condition by condition."""
    was, now = old.document, new.document
    resolve = references or Versions(new.segment.dossier.programme)
    return segrule.difference(
        was,
        now,
        catalogue.catalogue_of(new.catalogue),
        lang,
        resolve.read(was, now, depth=1),
        old_catalogue=catalogue.catalogue_of(old.catalogue),
    )


# ---------------------------------------------------------------- sizes
def estimate(version: SegmentVersion) -> SizeEstimate | None:
    """Find the last size known today."""
    return version.estimates.filter(estimated_on__lte=clock.today()).order_by("-estimated_on", "-id").first()


def last_estimate(version: str) -> Subquery:
    """The last size known today, read beside a row that names a version; `estimated` makes it one again."""
    known = SizeEstimate.objects.filter(version=OuterRef(version), estimated_on__lte=clock.today())
    told = JSONObject(size="size", estimated_on="estimated_on", method="method")
    return Subquery(known.order_by("-estimated_on", "-id").values(json=told)[:1])


def estimated(told: Mapping[str, Any] | None) -> SizeEstimate | None:
    """The size that `last_estimate` read, if one is known."""
    if told is None:
        return None
    return SizeEstimate(**{**told, "estimated_on": dt.date.fromisoformat(told["estimated_on"])})


# ---------------------------------------------------------------- standing
WORDS = {
    EditionStatus.OPEN: SegmentStatus.IN_REVIEW,
    EditionStatus.CLOSED: SegmentStatus.FROZEN,
    EditionStatus.REFUSED: SegmentStatus.REJECTED,
}


def status_of(version: SegmentVersion) -> SegmentStatus:
    """Say where a version stands today (L9)."""
    return status(
        version, SegmentVersion.objects.filter(pk=version.pk).values_list(stands(), flat=True).get()
    )


def stands(edition: str = "edition") -> Func:
    """Where the edition of a version stands, read beside it: its status follows from that and its dates."""
    return reviews.edition_status(edition, lapses=False)


def status(version: SegmentVersion, edition: str | None) -> SegmentStatus:
    """Say where a version stands (L9) whose edition stands so; without one it is a draft."""
    if edition is None:
        return SegmentStatus.DRAFT
    if version.deprecated_at is not None:
        return SegmentStatus.DEPRECATED
    if edition in WORDS:
        return WORDS[EditionStatus(edition)]
    return SegmentStatus.EXPIRED if version.valid_until < clock.today() else SegmentStatus.APPROVED


@dataclass(frozen=True)
class Row:
    """One line of the list of segments: the segment, its last version, and where that one stands."""

    segment: Segment
    version: SegmentVersion
    status: SegmentStatus
    estimate: SizeEstimate | None


ORDERINGS = {
    "code": ("dossier__code",),
    "name": ("dossier__name_fr", "dossier__code"),
    "owner": ("owner__display_name", "dossier__code"),
    "role": ("role", "dossier__code"),
    "valid_until": ("valid_until", "dossier__code"),
}


def listing(
    person: Person,
    programme: Programme,
    *,
    role: str = "",
    owner: str = "",
    text: str = "",
    ordering: str = "code",
    reads: bool = False,
) -> QuerySet[Segment]:
    """Select the segments that a person may read, filtered and in order; `rows` completes a page of them."""
    last = SegmentVersion.objects.filter(segment=OuterRef("pk")).order_by("-number")
    found = visible(person, programme, reads=reads).annotate(
        valid_until=Subquery(last.values("valid_until")[:1]), last_version=Subquery(last.values("pk")[:1])
    )
    if role:
        found = found.filter(role=role.replace("\x00", ""))
    if owner:
        found = found.filter(owner__email=owner.replace("\x00", ""))
    if text:
        found = found.filter(says(text, "dossier__code", "dossier__name_fr", "dossier__name_en"))
    down = ordering.startswith("-")
    keys = ORDERINGS.get(ordering.lstrip("-"), ORDERINGS["code"])
    return found.order_by(*(f"-{key}" if down else key for key in keys))


def rows(listed: Collection[Segment]) -> list[Row]:
    """Complete one page of segments, in a number of statements that does not depend on its length."""
    if not listed:
        return []
    ids = [segment.last_version for segment in listed]  # type: ignore[attr-defined]
    found: Any = (
        SegmentVersion.objects.filter(pk__in=ids)
        .select_related("edition")
        .annotate(stands=stands(), known=last_estimate("pk"))
    )
    last = {version.segment_id: version for version in found}
    made = []
    for segment in listed:
        version = last[segment.pk]
        version.segment = segment
        made.append(Row(segment, version, status(version, version.stands), estimated(version.known)))
    return made


def history(segment: Segment) -> list[tuple[SegmentVersion, SegmentStatus]]:
    """List the versions of a segment, newest first, with where each stands."""
    found = versions(segment.dossier.programme).filter(segment=segment).order_by("-number")
    return [(version, status(version, version.stands)) for version in found.annotate(stands=stands())]


def naming(version: SegmentVersion, among: QuerySet[Dossier] | None = None) -> list[SegmentVersion]:
    """List the versions whose rules name this one, all or among these dossiers."""
    found = versions(version.segment.dossier.programme).filter(pins__pinned=version)
    if among is not None:
        found = found.filter(segment__dossier__in=among)
    return list(found.order_by("segment__dossier__code"))
