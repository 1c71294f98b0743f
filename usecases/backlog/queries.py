"""Reads of the backlog: use cases, what a revision says and rests on, where each stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from governance import canonical, clock
from governance.charter.models import Objective
from governance.dossiers import queries as dossiers
from governance.dossiers.choices import ClosedAs, DossierKind, ReviewFunction
from governance.dossiers.models import Dossier, Edition
from governance.folding import says
from governance.programmes.models import Engagement, Programme
from governance.reviews import queries as reviews
from governance.reviews.choices import EditionStatus
from governance.reviews.models import Coverage
from governance.roles import queries as roles
from governance.stakeholders.models import Person
from usecases.backlog import content, facts
from usecases.backlog.choices import Branch, DependencyKind, RevisionStatus, UseCaseStatus
from usecases.backlog.models import (
    RevisionSegment,
    UseCase,
    UseCaseDependency,
    UseCasePurpose,
    UseCaseRevision,
)
from usecases.catalogue import queries as catalogue
from usecases.catalogue.models import Destination
from usecases.catalogue.snapshot import Catalogue
from usecases.journeys import grammar
from usecases.kpis import queries as kpis
from usecases.kpis.models import KpiTarget
from usecases.segments import queries as segments
from usecases.segments.models import SegmentVersion


# ---------------------------------------------------------------- finding
def use_cases(programme: Programme) -> QuerySet[UseCase]:
    """List the use cases of a programme."""
    return UseCase.objects.filter(dossier__programme=programme).select_related("dossier__programme", "owner")


def visible(person: Person, programme: Programme, *, reads: bool = False) -> QuerySet[UseCase]:
    """Keep the use cases that this person may read."""
    return use_cases(programme).filter(
        dossier__in=roles.visible_dossiers(person, programme, DossierKind.USE_CASE, reads=reads)
    )


def by_code(person: Person, programme: Programme, code: str, *, reads: bool = False) -> UseCase | None:
    """Find the use case of this code, if this person may read it."""
    found = visible(person, programme, reads=reads).filter(dossier__code=code)
    usecase = found.select_related(None).select_related("dossier", "owner").first()
    if usecase is not None:
        usecase.dossier.programme = programme  # known, so it is not read again
    return usecase


def revisions(usecase: UseCase) -> QuerySet[UseCaseRevision]:
    """List the revisions of a use case, newest first, with their editions."""
    return (
        UseCaseRevision.objects.filter(usecase=usecase)
        .select_related("usecase__dossier__programme", "usecase__owner", "edition__submitted_by", "opened_by")
        .order_by("-number")
    )


def latest(usecase: UseCase) -> UseCaseRevision:
    """Find the last revision, draft or submitted."""
    return revisions(usecase)[0]


def draft(usecase: UseCase) -> UseCaseRevision | None:
    """Find the revision being written, if there is one."""
    return revisions(usecase).filter(edition__isnull=True).first()


def approved(usecase: UseCase) -> UseCaseRevision | None:
    """Find the last revision that was approved."""
    return revisions(usecase).filter(edition__approval__isnull=False).first()


def users_of(version: SegmentVersion, among: QuerySet[Dossier] | None = None) -> list[RevisionSegment]:
    """List the revisions that pin a segment version, by use case, all or among these dossiers."""
    found = version.used_by.select_related("revision__usecase__dossier__programme", "revision__edition")
    if among is not None:
        found = found.filter(revision__usecase__dossier__in=among)
    return list(found.order_by("revision__usecase__dossier__code", "revision__number"))


def dependencies(usecase: UseCase, among: QuerySet[Dossier] | None = None) -> list[UseCaseDependency]:
    """List the links of a use case with others, both ways, all or among these dossiers."""
    found = UseCaseDependency.objects.filter(Q(from_usecase=usecase) | Q(to_usecase=usecase))
    if among is not None:
        found = found.filter(from_usecase__dossier__in=among, to_usecase__dossier__in=among)
    return list(
        found.select_related("from_usecase__dossier__programme", "to_usecase__dossier__programme").order_by(
            "kind", "from_usecase__dossier__code", "to_usecase__dossier__code"
        )
    )


def are_linked(one: UseCase, other: UseCase, kind: str) -> bool:
    """Say whether there is a link of this kind from one use case to another."""
    return UseCaseDependency.objects.filter(from_usecase=one, to_usecase=other, kind=kind).exists()


CODES = ("from_usecase__dossier__code", "to_usecase__dossier__code")


def _blocks(programme: Programme) -> QuerySet[UseCaseDependency]:
    return UseCaseDependency.objects.filter(
        from_usecase__dossier__programme=programme, kind=DependencyKind.BLOCKS
    )


def blocks(programme: Programme) -> set[tuple[str, str]]:
    """Give who blocks whom in a programme, as pairs of codes."""
    return set(_blocks(programme).values_list(*CODES))


# ---------------------------------------------------------------- what a revision says and rests on
class Reading:
    """A revision with all that it names, each part read once, when it is first asked for.

    What rules, flags and facets are computed from: a verb reads it before it writes.
    """

    def __init__(self, revision: UseCaseRevision) -> None:
        self.revision = revision

    @cached_property
    def purposes(self) -> list[UseCasePurpose]:
        """Its purposes, with the balances of interests they rest on."""
        return list(self.revision.purposes.select_related("lia_evidence").order_by("purpose"))

    @cached_property
    def pins(self) -> list[Any]:
        """Its segment versions in their roles: each with where it stands, `status`, and its last `size`."""
        found: Any = self.revision.segments.select_related(
            "segment_version__segment__dossier__programme",
            "segment_version__segment__owner",
            "segment_version__catalogue",
            "segment_version__edition",
        ).annotate(
            stands=segments.stands("segment_version__edition"),
            known=segments.last_estimate("segment_version"),
        )
        for pin in found:
            pin.status = segments.status(pin.segment_version, pin.stands)
            pin.size = pin.known and pin.known["size"]
        return sorted(
            found,
            key=lambda pin: (pin.role, pin.segment_version.segment.dossier.code, pin.segment_version.number),
        )

    @cached_property
    def dossier_targets(self) -> list[Any]:
        """All targets of the use case, by code; those that the revision names are `named`."""
        through = UseCaseRevision.targets.through.objects
        names = through.filter(usecaserevision=self.revision.pk, kpitarget=OuterRef("pk"))
        found = kpis.targets_of(self.usecase.dossier).annotate(named=Exists(names))
        return list(found.order_by("code"))

    @property
    def targets(self) -> list[KpiTarget]:
        """The targets that the revision names."""
        return [target for target in self.dossier_targets if target.named]

    @cached_property
    def objectives(self) -> list[Objective]:
        """The objectives it serves."""
        return list(self.revision.objectives.order_by("code"))

    @cached_property
    def destinations(self) -> list[Destination]:
        """The accounts that receive its audiences."""
        return list(self.revision.destinations.select_related("organisation").order_by("code"))

    @cached_property
    def recipients(self) -> list[Engagement]:
        """The engagements under which organisations receive data."""
        found = self.revision.recipients.select_related("organisation")
        return list(found.order_by("organisation__code", "starts_on"))

    @cached_property
    def catalogue(self) -> Catalogue:
        """The catalogue that its journey is read with."""
        return segments.catalogue_to_write_on(self.programme)[1]

    @cached_property
    def references(self) -> segments.Versions:
        """Finds the versions that its rules and its journey name."""
        rules = [pin.segment_version.document for pin in self.pins]
        return segments.Versions(self.programme).read(*rules, *grammar.conditions(self.document))

    @cached_property
    def around(self) -> Around:
        """What it is judged against beside its own content."""
        return around(self.usecase)

    @property
    def usecase(self) -> UseCase:
        """The use case."""
        return self.revision.usecase

    @property
    def programme(self) -> Programme:
        """The programme."""
        return self.revision.usecase.dossier.programme

    @cached_property
    def document(self) -> Any:
        """The journey as it was typed, with exact numbers."""
        return canonical.exact(self.revision.journey)

    @cached_property
    def journey(self) -> grammar.Journey:
        """The journey, as far as it can be read."""
        return grammar.parse(self.document)[0]

    @cached_property
    def pinned(self) -> list[facts.PinnedSegment]:
        """The pinned versions in their roles, with what their closure reads."""
        return [
            facts.PinnedSegment(
                name=pin.segment_version.segment.dossier.name,
                role=pin.role,
                reading=segments.facts(pin.segment_version, self.references),
                identities=frozenset(pin.segment_version.identity_types),
                apply=pin.apply,
                channels=frozenset(pin.channels),
            )
            for pin in self.pins
        ]

    @cached_property
    def facts(self) -> facts.ContentFacts:
        """What the content reads, and the risk flags it raises."""
        revision = self.revision
        return facts.content_facts(
            segments=self.pinned,
            channels=revision.channels,
            journey=self.document,
            catalogue=self.catalogue,
            references=self.references,
            settings={name: self.programme.setting(name) for name in SETTINGS},
            sizes=[pin.size for pin in self.pins if pin.size is not None],
            recipient_countries=[engagement.organisation.country for engagement in self.recipients],
            budget_eur=revision.budget_eur,
        )

    @property
    def connector_kinds(self) -> set[str]:
        """How the sources that the content reads are connected."""
        homes = [
            self.catalogue,
            *(catalogue.catalogue_of(pin.segment_version.catalogue) for pin in self.pins),
        ]
        return {
            home.sources[code].connector_kind
            for home in homes
            for code in self.facts.sources
            if code in home.sources
        }

    @property
    def caps(self) -> dict[str, Any]:
        """The cap of each channel: those that the contacts of the journey promise, and those added."""
        return {**self.journey.caps, **self.revision.caps}

    @property
    def clean_rooms(self) -> frozenset[str]:
        """Channels whose destinations learn nothing of who is in a list (setting of the programme)."""
        clean = set(self.programme.setting("clean_room_destinations"))
        by_channel: dict[str, set[str]] = {}
        for destination in self.destinations:
            by_channel.setdefault(destination.channel, set()).add(destination.code)
        return frozenset(channel for channel, codes in by_channel.items() if codes <= clean)


SETTINGS = ("large_scale_threshold", "sponsor_double_signature_eur")


class Around(NamedTuple):
    """Who blocks whom in a programme, and the levels that earlier revisions had (INV-20)."""

    blocks: set[tuple[str, str]]
    earlier: list[facts.Earlier]


def around(usecase: UseCase) -> Around:
    """Read what a revision is judged against beside its own content, in one statement.

    The levels are those of this use case and of those it enriches. What tests decided on them comes with
    the room of tests: until then no level is proven.
    """
    enriched = UseCaseDependency.objects.filter(from_usecase=usecase, kind=DependencyKind.ENRICHES)
    submitted = UseCaseRevision.objects.filter(
        Q(usecase=usecase) | Q(usecase__in=enriched.values("to_usecase")), edition__isnull=False
    )
    pairs = _blocks(usecase.dossier.programme).values(json=JSONObject(one=CODES[0], other=CODES[1]))
    found = UseCase.objects.filter(pk=usecase.pk).values_list(
        ArraySubquery(pairs), ArraySubquery(submitted.values("scenario_level"))
    )
    blocked, levels = found.get()
    return Around(
        {(pair["one"], pair["other"]) for pair in blocked}, [facts.Earlier(level=level) for level in levels]
    )


# ---------------------------------------------------------------- standing
WORDS = {
    EditionStatus.OPEN: RevisionStatus.IN_REVIEW,
    EditionStatus.CLOSED: RevisionStatus.WITHDRAWN,
    EditionStatus.REFUSED: RevisionStatus.CHANGES_REQUESTED,
    EditionStatus.APPROVED: RevisionStatus.APPROVED,
    EditionStatus.LAPSED: RevisionStatus.LAPSED,
    EditionStatus.SUPERSEDED: RevisionStatus.SUPERSEDED,
}


def status_of(revision: UseCaseRevision) -> RevisionStatus:
    """Say where a revision stands today (L8)."""
    if revision.is_draft:
        return RevisionStatus.DRAFT
    found = UseCaseRevision.objects.filter(pk=revision.pk).values_list(reviews.edition_status(), flat=True)
    return _status(found.get())


def _status(edition: str | None) -> RevisionStatus:
    """Where a revision stands (L8) whose edition stands so; without one it is a draft."""
    return RevisionStatus.DRAFT if edition is None else WORDS[EditionStatus(edition)]


def history(usecase: UseCase, most: int | None = None) -> list[tuple[Any, RevisionStatus]]:
    """List the revisions of a use case, all or so many, newest first, with where each stands.

    Each carries the keys of those who wrote it, as `writers`, and its segment versions that serve no
    longer, as `ended`: {code, number}.
    """
    pins = _ended_pins().filter(revision=OuterRef("pk"))
    code = "segment_version__segment__dossier__code"
    ended = ArraySubquery(
        pins.order_by(code).values(json=JSONObject(code=code, number="segment_version__number"))
    )
    wrote = UseCaseRevision.authors.through.objects.filter(usecaserevision=OuterRef("pk"))
    found = (
        usecase.revisions.select_related("edition__submitted_by", "opened_by")
        .annotate(
            stands=reviews.edition_status(), writers=ArraySubquery(wrote.values("person_id")), ended=ended
        )
        .order_by("-number")
    )
    return [(one, _status(one.stands)) for one in found[:most]]


def _ended_pins() -> QuerySet[RevisionSegment]:
    return RevisionSegment.objects.filter(segment_version__in=SegmentVersion.objects.ended(clock.today()))


Told = tuple[Any, RevisionStatus]
History = Sequence[Told]


# ---------------------------------------------------------------- comparing
def difference(old: UseCaseRevision, new: UseCaseRevision, lang: str) -> list[dossiers.FacetDifference]:
    """Tell two revisions apart, facet by facet, in words; a draft is read as it stands."""
    return dossiers.difference(as_edition(old), as_edition(new), lang)


def as_edition(revision: UseCaseRevision, reading: Reading | None = None) -> Edition:
    """Give the edition of a revision; of a draft, what its edition would say if it were submitted now.

    `reading` spares reading the draft again.
    """
    if revision.edition is not None:
        return revision.edition
    told = content.facets(reading or Reading(revision))
    return dossiers.drafted(revision.usecase.dossier, revision.number, told)


# ---------------------------------------------------------------- listing
class Stand(NamedTuple):
    """Where one function that is asked stands on an edition."""

    function: str
    state: str
    covers: bool


@dataclass(frozen=True)
class Row:
    """One line of the list: a use case, what the list shows of its last revision, and where both stand.

    `standing` says where each function stands that was asked when its current edition was submitted; the
    page of a use case adds what the policies ask since. `halted` says that this edition aims with a segment
    that is out of service.
    """

    usecase: UseCase
    number: int
    branch: str
    level: int
    channels: list[str]
    status: RevisionStatus
    standing: list[Stand]
    halted: bool

    @property
    def branch_label(self) -> str:
        """The audience branch in words."""
        return str(Branch(self.branch).label)

    @property
    def level_label(self) -> str:
        """The level in words."""
        return _("level %(n)s") % {"n": self.level}

    @property
    def number_label(self) -> str:
        """The last revision in words."""
        return _("revision %(n)s") % {"n": self.number}


LIFE = list(UseCaseStatus)
ORDERINGS: dict[str, tuple[str, ...]] = {
    "code": ("dossier__code",),
    "title": ("dossier__name_fr",),
    "status": ("place",),
    "owner": ("owner__display_name",),
    "roadmap_start": ("roadmap_start",),
    "rice_score": ("rice_score",),
    "updated": ("changed_at",),
}


def listing(
    person: Person,
    programme: Programme,
    *,
    status: Collection[str] = (),
    branch: str = "",
    level: int | None = None,
    owner: str = "",
    emblematic: bool | None = None,
    channel: str = "",
    text: str = "",
    ordering: str = "code",
    reads: bool = False,
) -> QuerySet[UseCase]:
    """Select the use cases that a person may read, filtered and in order; `rows` completes a page of them."""
    found = visible(person, programme, reads=reads)
    if status:
        found = found.filter(status__in=[code for code in status if code in UseCaseStatus.values])
    if owner:
        found = found.filter(owner__email=owner.replace("\x00", ""))
    if emblematic is not None:
        found = found.filter(emblematic=emblematic)
    said: dict[str, Any] = {}
    if branch:
        said["audience_branch"] = branch.replace("\x00", "")
    if level is not None:
        said["scenario_level"] = level
    if channel:
        said["channels__contains"] = [channel.replace("\x00", "")]
    if said:
        found = found.annotate(last_revision=Subquery(_last().values("pk")[:1]))
        found = found.filter(Exists(UseCaseRevision.objects.filter(pk=OuterRef("last_revision"), **said)))
    if text:
        found = found.filter(says(text, "dossier__code", "dossier__name_fr", "dossier__name_en"))
    return _ordered(found, ordering)


def _ordered(found: QuerySet[UseCase], ordering: str) -> QuerySet[UseCase]:
    name = ordering.removeprefix("-")
    if name == "status":
        found = found.annotate(
            place=Case(
                *(When(status=code, then=Value(place)) for place, code in enumerate(LIFE)),
                output_field=IntegerField(),
            )
        )
    keys = [F(key) for key in ORDERINGS.get(name, ORDERINGS["code"])]
    down = ordering.startswith("-")
    return found.order_by(
        *(key.desc(nulls_last=True) if down else key.asc(nulls_last=True) for key in keys), "dossier__code"
    )


def _last() -> QuerySet[UseCaseRevision]:
    """The revision that a use case is shown by, first: the last one; once withdrawn, the one that counts."""
    later = UseCaseRevision.objects.filter(usecase=OuterRef("usecase"), number__gt=OuterRef("number"))
    over = Q(edition__closed_as=ClosedAs.WITHDRAWN) | Q(Exists(later), edition__closed_at__isnull=False)
    return UseCaseRevision.objects.filter(usecase=OuterRef("pk")).order_by(
        Case(When(over, then=1), default=0), "-number"
    )


def _shown(page: QuerySet[UseCase], ordering: str) -> QuerySet[Any]:
    """Read beside each use case of a page what the list shows of its last revision, and its edition now."""
    told = JSONObject(
        number="number",
        branch="audience_branch",
        level="scenario_level",
        channels="channels",
        status=reviews.edition_status(lapses=False),  # whether it lapsed is read with its functions
    )
    now = Edition.objects.open().filter(dossier=OuterRef("dossier")).order_by("-number")
    halted = Exists(_ended_pins().filter(revision__edition=OuterRef("pk")))
    found = UseCase.objects.filter(pk__in=page.values("pk")).select_related("dossier", "owner")
    return _ordered(found, ordering).annotate(
        last=Subquery(_last().values(json=told)[:1]),
        edition_now=Subquery(now.values(json=JSONObject(pk="pk", halted=halted))[:1]),
    )


def rows(page: QuerySet[UseCase], ordering: str = "code") -> list[Row]:
    """Tell one page cut from `listing`, in two statements; nothing is read of the rows that it skips."""
    listed = list(_shown(page, ordering))
    standing: dict[UUID, list[Stand]] = {}
    editions = [one["pk"] for usecase in listed if (one := usecase.edition_now) is not None]
    covered = Coverage.objects.filter(edition__in=editions)
    for edition, *one in covered.values_list("edition_id", *Stand._fields):
        standing.setdefault(edition, []).append(Stand(*one))
    return [_row(usecase, standing) for usecase in listed]


PLACE = {function: number for number, function in enumerate(ReviewFunction.values)}


def _row(usecase: Any, told: Mapping[UUID, list[Stand]]) -> Row:
    edition = usecase.edition_now
    standing = told.get(UUID(edition["pk"]), []) if edition is not None else []
    status = _status(usecase.last.pop("status"))
    if status == RevisionStatus.APPROVED and not all(one.covers for one in standing):
        status = RevisionStatus.LAPSED  # the last one approved is the edition that counts now
    return Row(
        usecase=usecase,
        **usecase.last,
        status=status,
        standing=sorted(standing, key=lambda one: PLACE[one.function]),
        halted=edition is not None and edition["halted"],
    )


def current_editions(dossier_ids: Collection[UUID]) -> dict[UUID, Edition]:
    """Find the last edition of each dossier that was not closed, in one statement."""
    found = (
        Edition.objects.open()
        .filter(dossier__in=dossier_ids)
        .select_related("dossier__programme")
        .defer("dossier__programme__settings")
        .order_by("dossier_id", "-number")
        .distinct("dossier_id")
    )
    return {edition.dossier_id: edition for edition in found}
