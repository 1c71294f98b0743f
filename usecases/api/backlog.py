"""Use cases, their revisions, what changed between two, and where each function stands."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers

from governance import canonical
from governance.api.base import (
    Body,
    Day,
    Number,
    PersonShape,
    ProgrammeEndpoint,
    Shape,
    Text,
    each,
    lang,
    operation,
    person_of,
)
from governance.api.people import Reason
from governance.api.reviews import FacetShape, FunctionShape, facet_of, function_of
from governance.dossiers import queries as dossiers
from governance.dossiers.models import Dossier
from governance.reviews import queries as reviews
from governance.roles import queries as roles
from governance.stakeholders.choices import Department
from usecases.backlog import actions, queries
from usecases.backlog.choices import Branch, DependencyKind, Nature, RevisionStatus, UseCaseStatus
from usecases.backlog.models import UseCase, UseCaseDependency, UseCaseRevision
from usecases.backlog.queries import ORDERINGS


# ---------------------------------------------------------------- shapes
class FunctionState(Shape):
    """Where one function stands, in a list."""

    function = serializers.CharField()
    state = serializers.CharField()
    covers = serializers.BooleanField()


class UseCaseRow(Shape):
    """A use case with its last revision, in a list."""

    code = serializers.CharField()
    title_fr = serializers.CharField()
    title_en = serializers.CharField()
    status = serializers.CharField()
    owner = PersonShape()
    department = serializers.CharField()
    emblematic = serializers.BooleanField()
    branch = serializers.CharField()
    level = serializers.IntegerField()
    channels = serializers.ListField(child=serializers.CharField())
    revision = serializers.IntegerField()
    roadmap_start = serializers.CharField(allow_null=True)
    roadmap_end = serializers.CharField(allow_null=True)
    rice_score = serializers.DecimalField(
        max_digits=16, decimal_places=2, coerce_to_string=False, allow_null=True
    )
    standing = FunctionState(many=True, help_text="Of the edition in review or in force.")
    version = serializers.IntegerField()


class RiceShape(Shape):
    """Value against effort."""

    reach = serializers.IntegerField(allow_null=True)
    impact = serializers.DecimalField(max_digits=3, decimal_places=2, coerce_to_string=False, allow_null=True)
    confidence = serializers.DecimalField(
        max_digits=2, decimal_places=1, coerce_to_string=False, allow_null=True
    )
    effort_weeks = serializers.DecimalField(
        max_digits=5, decimal_places=1, coerce_to_string=False, allow_null=True
    )
    score = serializers.DecimalField(max_digits=16, decimal_places=2, coerce_to_string=False, allow_null=True)


class RevisionRow(Shape):
    """A revision, in the history of a use case."""

    number = serializers.IntegerField()
    status = serializers.CharField()
    title_fr = serializers.CharField()
    change_summary = serializers.CharField()
    opened_by = PersonShape()
    opened_at = serializers.CharField()
    submitted_by = PersonShape(allow_null=True)
    submitted_at = serializers.CharField(allow_null=True)
    fingerprint = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()


class UseCaseShape(Shape):
    """A use case, its last revision, and what one may do with it now."""

    code = serializers.CharField()
    title_fr = serializers.CharField()
    title_en = serializers.CharField()
    status = serializers.CharField()
    owner = PersonShape()
    department = serializers.CharField()
    emblematic = serializers.BooleanField()
    template = serializers.CharField()
    roadmap_start = serializers.CharField(allow_null=True)
    roadmap_end = serializers.CharField(allow_null=True)
    roadmap_confidence = serializers.IntegerField()
    rice = RiceShape()
    paused_from = serializers.CharField()
    pause_reason = serializers.CharField()
    revision = RevisionRow()
    may = serializers.ListField(child=serializers.CharField())
    version = serializers.IntegerField()


class PurposeShape(Shape):
    """A purpose and its legal basis."""

    purpose = serializers.CharField()
    legal_basis = serializers.CharField()
    lia_evidence = serializers.CharField(allow_null=True)


class PinShape(Shape):
    """A segment version in a role."""

    segment = serializers.CharField()
    number = serializers.IntegerField()
    role = serializers.CharField()
    apply = serializers.CharField()
    channels = serializers.ListField(child=serializers.CharField())


class RevisionShape(RevisionRow):
    """A revision: its whole content, and the risk flags that it raises."""

    use_case = serializers.CharField()
    title_en = serializers.CharField()
    description = serializers.CharField()
    creative_brief = serializers.CharField()
    scenario_level = serializers.IntegerField()
    audience_branch = serializers.CharField()
    nature = serializers.CharField()
    hypothesis = serializers.DictField()
    channels = serializers.ListField(child=serializers.CharField())
    journey = serializers.JSONField()
    budget_eur = serializers.DecimalField(max_digits=12, decimal_places=2, coerce_to_string=False)
    retention = serializers.CharField()
    notice_ref = serializers.CharField()
    rights_process = serializers.CharField()
    caps = serializers.DictField()
    quiet_hours = serializers.JSONField()
    priority = serializers.IntegerField()
    latency_needed = serializers.CharField()
    expected_volume = serializers.IntegerField(allow_null=True)
    destinations = serializers.ListField(child=serializers.CharField())
    objectives = serializers.ListField(child=serializers.CharField())
    targets = serializers.ListField(child=serializers.CharField())
    recipients = serializers.ListField(child=serializers.CharField())
    purposes = PurposeShape(many=True)
    segments = PinShape(many=True)
    authors = PersonShape(many=True)
    flags = serializers.ListField(child=serializers.CharField())


class DifferenceShape(Shape):
    """Two revisions, side by side, facet by facet."""

    use_case = serializers.CharField()
    before = serializers.IntegerField()
    after = serializers.IntegerField()
    facets = FacetShape(many=True)


class StandingShape(Shape):
    """Where each function stands on the revision that counts, and whether its segments serve."""

    use_case = serializers.CharField()
    revision = serializers.IntegerField(allow_null=True)
    fingerprint = serializers.CharField(allow_null=True)
    approved = serializers.BooleanField()
    segments_out_of_service = serializers.ListField(
        child=serializers.CharField(), help_text="Its segments that ended: it does not run with them."
    )
    functions = FunctionShape(many=True)


def _named(usecase: UseCase) -> dict[str, Any]:
    """What the list and the detail both say of a use case itself."""
    return {
        "code": usecase.code,
        "title_fr": usecase.dossier.name_fr,
        "title_en": usecase.dossier.name_en,
        "status": usecase.status,
        "owner": person_of(usecase.owner),
        "department": usecase.department,
        "emblematic": usecase.emblematic,
        "roadmap_start": usecase.roadmap_start,
        "roadmap_end": usecase.roadmap_end,
    }


def row_told(row: queries.Row) -> dict[str, Any]:
    """Tell one use case of the list."""
    usecase = row.usecase
    return {
        **_named(usecase),
        "branch": row.branch,
        "level": row.level,
        "channels": row.channels,
        "revision": row.number,
        "rice_score": usecase.rice_score,
        "standing": [
            {"function": one.function, "state": one.state, "covers": one.covers} for one in row.standing
        ],
        "version": usecase.version,
    }


def revision_row(revision: UseCaseRevision, status: str) -> dict[str, Any]:
    """A revision, in the history of a use case."""
    edition = revision.edition
    return {
        "number": revision.number,
        "status": status,
        "title_fr": revision.title_fr,
        "change_summary": revision.change_summary,
        "opened_by": person_of(revision.opened_by),
        "opened_at": revision.opened_at,
        "submitted_by": person_of(edition.submitted_by) if edition is not None else None,
        "submitted_at": edition.submitted_at if edition is not None else None,
        "fingerprint": edition.fp if edition is not None else None,
        "version": revision.version,
    }


PLAIN = (
    "title_en", "description", "creative_brief", "scenario_level", "audience_branch", "nature", "hypothesis",
    "channels", "journey", "budget_eur", "retention", "notice_ref", "rights_process", "caps", "quiet_hours",
    "priority", "latency_needed", "expected_volume",
)  # fmt: skip
ACTS = (
    "usecase.edit_draft", "usecase.submit", "usecase.score", "usecase.prioritise", "usecase.pause",
    "usecase.resume", "usecase.stop",
)  # fmt: skip


def revision_told(revision: UseCaseRevision) -> dict[str, Any]:
    """A revision, whole."""
    read = queries.Reading(revision)
    return {
        **revision_row(revision, queries.status_of(revision)),
        "use_case": revision.usecase.code,
        **{name: getattr(revision, name) for name in PLAIN},
        "destinations": [one.code for one in read.destinations],
        "objectives": [one.code for one in read.objectives],
        "targets": [one.code for one in read.targets],
        "recipients": [one.organisation.code for one in read.recipients],
        "purposes": [
            {
                "purpose": one.purpose,
                "legal_basis": one.legal_basis,
                "lia_evidence": one.lia_evidence.code if one.lia_evidence is not None else None,
            }
            for one in read.purposes
        ],
        "segments": [
            {
                "segment": pin.segment_version.segment.code,
                "number": pin.segment_version.number,
                "role": pin.role,
                "apply": pin.apply,
                "channels": pin.channels,
            }
            for pin in read.pins
        ],
        "authors": [person_of(author) for author in revision.authors.order_by("display_name")],
        "flags": revision.edition.flags if revision.edition is not None else sorted(read.facts.flags),
    }


# ---------------------------------------------------------------- bodies
class PurposeIn(Body):
    """A purpose and its legal basis; legitimate interests need their balancing test."""

    purpose = Text(24)
    legal_basis = Text(24)
    lia_evidence = Text(16, required=False, allow_null=True)


class PinIn(Body):
    """A segment version in a role."""

    segment = Text(24)
    number = Number(1)
    role = Text(10)
    apply = Text(10, required=False, allow_blank=True)
    channels = serializers.ListField(child=Text(24), required=False, max_length=40)


class RevisionEdit(Body):
    """What may change of a draft; a list replaces the one there."""

    shown = (
        "number", "status", "use_case", "authors", "author", "flags", "fingerprint", "submitted_by",
        "submitted_at", "opened_by", "opened_at", "decided_at", "state", "version",
    )  # fmt: skip
    title_fr = Text(160)
    title_en = Text(160, allow_blank=True)
    description = Text(8000, allow_blank=True)
    creative_brief = Text(8000, allow_blank=True)
    scenario_level = Number(1, 3)
    audience_branch = serializers.ChoiceField(Branch.choices)
    nature = serializers.ChoiceField(Nature.choices)
    hypothesis = serializers.DictField(child=Text(4000, allow_blank=True))
    channels = serializers.ListField(child=Text(24), max_length=40)
    journey = serializers.JSONField()
    budget_eur = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0)
    retention = Text(8, allow_blank=True)
    notice_ref = Text(160, allow_blank=True)
    rights_process = Text(8000, allow_blank=True)
    caps = serializers.DictField()
    quiet_hours = serializers.ListField(child=serializers.JSONField(), max_length=40)
    priority = Number(1, 9)
    latency_needed = Text(16, allow_blank=True)
    expected_volume = Number(0, 2**53, allow_null=True)
    change_summary = Text(8000, allow_blank=True)
    destinations = serializers.ListField(child=Text(24), max_length=100)
    objectives = serializers.ListField(child=Text(16), max_length=100)
    targets = serializers.ListField(child=Text(8), max_length=100)
    recipients = serializers.ListField(child=Text(16), max_length=100)
    purposes = PurposeIn(many=True)
    segments = PinIn(many=True)


def as_fields(asked: dict[str, Any]) -> dict[str, Any]:
    """Name the segment versions as the verb takes them."""
    if "segments" in asked:
        asked["segments"] = [
            {"segment_version": [pin.pop("segment"), pin.pop("number")], **pin}
            for pin in map(dict, asked["segments"])
        ]
    for name in ("journey", "caps", "quiet_hours"):
        if name in asked:
            asked[name] = canonical.exact(asked[name])
    return asked


class UseCaseIn(Body):
    """An idea, or a use case from a template of the library."""

    shown = ("code", "status", "revision", "rice", "version", "roadmap_start", "roadmap_end", "may")
    title_fr = Text(160, required=False)
    title_en = Text(160, required=False, allow_blank=True)
    owner = serializers.EmailField(max_length=254, required=False)
    department = serializers.ChoiceField(Department.choices, required=False)
    template = Text(16, required=False)
    with_segments = serializers.BooleanField(required=False)
    emblematic = serializers.BooleanField(required=False)
    branch = serializers.ChoiceField(Branch.choices, required=False)
    level = Number(1, 3, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Without a template, a title is given."""
        if "template" not in attrs and "title_fr" not in attrs:
            raise serializers.ValidationError(
                {"title_fr": self.fields["title_fr"].error_messages["required"]}
            )
        return attrs


class UseCaseEdit(Body):
    """What may change of a use case itself; its content changes in its revisions."""

    shown = (
        "code", "status", "title_fr", "title_en", "template", "revision", "rice", "roadmap_start",
        "roadmap_end", "roadmap_confidence", "paused_from", "pause_reason", "may", "version", "author",
        "state", "decided_at",
    )  # fmt: skip
    owner = serializers.EmailField(max_length=254)
    department = serializers.ChoiceField(Department.choices)
    emblematic = serializers.BooleanField()


class UseCaseFilters(Body):
    """Which use cases."""

    status = serializers.ChoiceField(UseCaseStatus.choices, required=False)
    branch = serializers.ChoiceField(Branch.choices, required=False)
    level = Number(1, 3, required=False)
    owner = serializers.CharField(max_length=254, required=False)
    emblematic = serializers.BooleanField(required=False, default=None, allow_null=True)
    channel = serializers.CharField(max_length=24, required=False)
    search = serializers.CharField(max_length=80, required=False)
    ordering = serializers.ChoiceField([*ORDERINGS, *(f"-{name}" for name in ORDERINGS)], required=False)


class Scoring(Body):
    """Value against effort (RICE)."""

    shown = ("score", "rice_score")
    reach = Number(0, 2**53)
    impact = serializers.DecimalField(max_digits=3, decimal_places=2)
    confidence = serializers.DecimalField(max_digits=2, decimal_places=1)
    effort_weeks = serializers.DecimalField(max_digits=5, decimal_places=1)


class Scheduling(Body):
    """A window on the roadmap."""

    start = Day()
    end = Day()
    confidence = Number(1, 3, required=False)


class Withdrawal(Body):
    """Why, if one says so."""

    reason = Text(2000, required=False, allow_blank=True)


# ---------------------------------------------------------------- use cases
class UseCases(ProgrammeEndpoint):
    """The use cases of a programme."""

    key = "code"
    opens_to_all_members = True

    @operation(UseCaseRow, filters=UseCaseFilters, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the use cases one may read."""
        status, ordering = asked.get("status"), asked.get("ordering", "code")
        rows = queries.listing(
            self.me,
            self.programme,
            status=[status] if status else (),
            branch=asked.get("branch", ""),
            level=asked.get("level"),
            owner=asked.get("owner", ""),
            emblematic=asked.get("emblematic"),
            channel=asked.get("channel", ""),
            text=asked.get("search", ""),
            ordering=ordering,
            reads=self.rights.reads,
        )
        return self.page(rows, each(row_told), read=partial(queries.rows, ordering=ordering))

    @operation(UseCaseShape, asks=UseCaseIn, status=201, verb="usecase.create")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Note an idea, with the draft of its first revision; a template writes that draft."""
        owner = self.someone(asked.pop("owner", None), "owner")
        made = actions.create(self.programme, by=self.me, owner=owner, **asked)
        return usecase_told(self, queries.use_cases(self.programme).get(pk=made.pk))


class UseCaseEndpoint(ProgrammeEndpoint):
    """What is about one use case."""

    opens_to_all_members = True
    usecase: UseCase
    find_in_usecase: Callable[..., None] = lambda _self: None  # what the address names of it

    def find(self, *, code: str, **address: Any) -> None:
        """Find the use case among those one may read, then what is named of it."""
        self.usecase = self.found(queries.by_code(self.me, self.programme, code, reads=self.rights.reads))
        self.find_in_usecase(**address)

    def told_again(self) -> dict[str, Any]:
        """The use case as it is after an act."""
        return usecase_told(self, queries.use_cases(self.programme).get(pk=self.usecase.pk))


def usecase_told(here: ProgrammeEndpoint, usecase: UseCase) -> dict[str, Any]:
    """A use case, its last revision, and what the person may do with it now."""
    ((revision, status),) = queries.history(usecase, most=1)
    about = Whole(usecase, revision)
    return {
        **_named(usecase),
        "template": usecase.template_ref,
        "roadmap_confidence": usecase.roadmap_confidence,
        "rice": {
            "reach": usecase.rice_reach,
            "impact": usecase.rice_impact,
            "confidence": usecase.rice_confidence,
            "effort_weeks": usecase.rice_effort_weeks,
            "score": usecase.rice_score,
        },
        "paused_from": usecase.paused_from,
        "pause_reason": usecase.pause_reason,
        "revision": revision_row(revision, status),
        "may": [act for act in ACTS if here.rights.may(act, about)],
        "version": usecase.version,
    }


class Whole:
    """A use case with its last revision, as the rights read them."""

    def __init__(self, usecase: UseCase, revision: UseCaseRevision) -> None:
        self.usecase = usecase
        self.dossier_id = usecase.dossier_id
        self.function = usecase.paused_function
        self.authors = {usecase.owner_id, revision.opened_by_id}

    def belongs_to(self, person: Any) -> bool:
        """Whether the person owns it, or opened its last revision."""
        return person.pk in self.authors


class OneUseCase(UseCaseEndpoint):
    """One use case."""

    @operation(UseCaseShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read a use case."""
        return usecase_told(self, self.usecase)

    @operation(UseCaseShape, asks=UseCaseEdit, versioned=True, verb="usecase.edit")
    def patch(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Give a use case another owner or department, or say whether it proves the platform."""
        self.expects(self.usecase, lock=self.usecase.dossier)
        if "owner" in asked:
            asked["owner"] = self.someone(asked["owner"], "owner")
        actions.change(self.usecase, by=self.me, **asked)
        return self.told_again()


class FrameUseCase(UseCaseEndpoint):
    """Taking an idea into framing."""

    @operation(UseCaseShape, versioned=True, verb="usecase.frame")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Take an idea into framing."""
        self.expects(self.usecase, lock=self.usecase.dossier)
        actions.frame(self.usecase, by=self.me)
        return self.told_again()


class PauseUseCase(UseCaseEndpoint):
    """A pause."""

    @operation(UseCaseShape, asks=Reason, versioned=True, verb="usecase.pause")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Pause a use case at once."""
        self.expects(self.usecase, lock=self.usecase.dossier)
        actions.pause(self.usecase, by=self.me, reason=asked["reason"])
        return self.told_again()


class ResumeUseCase(UseCaseEndpoint):
    """The end of a pause."""

    @operation(UseCaseShape, versioned=True, verb="usecase.resume")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Take a paused use case up again, where it was."""
        self.expects(self.usecase, lock=self.usecase.dossier)
        actions.resume(self.usecase, by=self.me)
        return self.told_again()


class StopUseCase(UseCaseEndpoint):
    """The end of a use case."""

    @operation(UseCaseShape, asks=Reason, versioned=True, verb="usecase.stop")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Stop a use case for good."""
        self.interactive()
        self.expects(self.usecase, lock=self.usecase.dossier)
        actions.stop(self.usecase, by=self.me, reason=asked["reason"])
        return self.told_again()


class ScoreUseCase(UseCaseEndpoint):
    """The score of a use case."""

    @operation(UseCaseShape, asks=Scoring, versioned=True, verb="usecase.score")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Score value against effort; what was signed keeps the figures it had."""
        self.expects(self.usecase, lock=self.usecase.dossier)
        actions.score(self.usecase, by=self.me, **asked)
        return self.told_again()


class ScheduleUseCase(UseCaseEndpoint):
    """The roadmap of a use case."""

    @operation(UseCaseShape, asks=Scheduling, versioned=True, verb="usecase.prioritise")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Put a use case on the roadmap; what was signed keeps the window it had."""
        self.expects(self.usecase, lock=self.usecase.dossier)
        actions.schedule(self.usecase, by=self.me, **asked)
        return self.told_again()


class DependencyShape(Shape):
    """How a use case hangs together with another."""

    use_case = serializers.CharField(help_text="The one that blocks, enriches or shares.")
    kind = serializers.CharField()
    other = serializers.CharField()


class DependencyIn(Body):
    """Another use case, and how this one hangs together with it."""

    kind = serializers.ChoiceField(DependencyKind.choices)
    other = Text(24)


def dependency_of(one: UseCaseDependency) -> dict[str, Any]:
    """One link."""
    return {"use_case": one.from_usecase.code, "kind": one.kind, "other": one.to_usecase.code}


class DependencyEndpoint(UseCaseEndpoint):
    """What is about the links of a use case with others."""

    def among(self) -> QuerySet[Dossier]:
        """The dossiers that one may read: no link tells of another."""
        return roles.visible_dossiers(self.me, self.programme, reads=self.rights.reads)

    def other(self, asked: dict[str, Any]) -> UseCase:
        """The other use case that a body names."""
        seen = queries.visible(self.me, self.programme, reads=self.rights.reads)
        found: UseCase = self.named(seen, "other", dossier__code=asked["other"])
        return found


class Dependencies(DependencyEndpoint):
    """The links of a use case with others."""

    @operation(DependencyShape, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List what this use case blocks, enriches or shares an exclusion with, and what does so to it."""
        return self.page(queries.dependencies(self.usecase, self.among()), each(dependency_of))

    @operation(DependencyShape, asks=DependencyIn, status=201, verb="usecase.prioritise")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Say that this use case blocks or enriches another, or shares an exclusion with it."""
        other = self.other(asked)
        return dependency_of(actions.depend(self.usecase, other, asked["kind"], by=self.me))


class EndDependency(DependencyEndpoint):
    """The end of a link."""

    @operation(None, asks=DependencyIn, status=204, verb="usecase.prioritise")
    def post(self, asked: dict[str, Any]) -> None:
        """Remove a link from this use case to another."""
        other = self.other(asked)
        actions.undepend(self.usecase, other, asked["kind"], by=self.me)


class StandingFilters(Body):
    """Of which revision; unless told, the one that counts: the last submitted that was not closed."""

    revision = Number(1, required=False)


APPROVED_ONCE = (RevisionStatus.APPROVED, RevisionStatus.LAPSED, RevisionStatus.SUPERSEDED)


class UseCaseStanding(UseCaseEndpoint):
    """Where each function stands."""

    @operation(StandingShape, filters=StandingFilters)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Say where each function stands on the revision that counts, or on the one asked for, and why."""
        history = queries.history(self.usecase)
        wanted = [one for one in history if one[0].number == asked.get("revision", one[0].number)]
        revision, status = dossiers.counting(wanted) or (None, None)
        edition = revision.edition if revision is not None else None
        if edition is not None:
            edition.dossier = self.usecase.dossier
        return {
            "use_case": self.usecase.code,
            "revision": edition.number if edition is not None else None,
            "fingerprint": edition.fp if edition is not None else None,
            "approved": status in APPROVED_ONCE,
            "segments_out_of_service": [one["code"] for one in revision.ended] if revision else [],
            "functions": [function_of(one) for one in reviews.standing(edition)]
            if edition is not None
            else [],
        }


# ---------------------------------------------------------------- revisions
class Revisions(UseCaseEndpoint):
    """The revisions of a use case."""

    key = "number"

    @operation(RevisionRow, paged=True)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the revisions, newest first."""
        return self.page(queries.history(self.usecase), each(lambda one: revision_row(*one)))

    @operation(RevisionShape, status=201, versioned=True, verb="revision.open")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Open the next revision, a copy of the last. `If-Match` is the use case's."""
        self.expects(self.usecase, lock=self.usecase.dossier)
        made = actions.open_revision(self.usecase, by=self.me)
        return revision_told(queries.revisions(self.usecase).get(pk=made.pk))


class RevisionEndpoint(UseCaseEndpoint):
    """What is about one revision."""

    revision: UseCaseRevision

    def find_in_usecase(self, *, number: int) -> None:
        """Find the revision."""
        self.revision = self.found(queries.revisions(self.usecase).filter(number=number).first())

    def revision_again(self) -> dict[str, Any]:
        """The revision as it is after an act."""
        return revision_told(queries.revisions(self.usecase).get(pk=self.revision.pk))


class OneRevision(RevisionEndpoint):
    """One revision."""

    @operation(RevisionShape)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read a revision, whole."""
        return revision_told(self.revision)

    @operation(RevisionShape, asks=RevisionEdit, versioned=True, verb="revision.edit")
    def patch(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Change a draft; whoever does becomes one of its authors."""
        self.expects(self.revision, lock=self.usecase.dossier)
        actions.edit(self.revision, by=self.me, **as_fields(asked))
        return self.revision_again()


class SubmitRevision(RevisionEndpoint):
    """The submission of a revision."""

    @operation(RevisionShape, versioned=True, verb="usecase.submit")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Freeze a draft and ask the functions that are not covered."""
        self.expects(self.revision, lock=self.usecase.dossier)
        actions.submit(self.revision, by=self.me)
        return self.revision_again()


class WithdrawRevision(RevisionEndpoint):
    """The withdrawal of a revision."""

    @operation(RevisionShape, asks=Withdrawal, versioned=True, verb="usecase.withdraw")
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Take a submitted revision back from review."""
        self.expects(self.revision, lock=self.usecase.dossier)
        actions.withdraw(self.revision, by=self.me, reason=asked.get("reason", ""))
        return self.revision_again()


class DifferenceFilters(Body):
    """The older revision: `from`."""

    def get_fields(self) -> dict[str, Any]:
        """A field whose name is a word of Python."""
        return {"from": Number(1)}


class RevisionDifference(RevisionEndpoint):
    """What changed between two revisions."""

    @operation(DifferenceShape, filters=DifferenceFilters)
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Tell a revision apart from an older one, facet by facet, in words."""
        older = queries.revisions(self.usecase).filter(number=asked["from"]).first()
        if older is None:
            raise Http404
        sides = queries.difference(older, self.revision, lang())
        return {
            "use_case": self.usecase.code,
            "before": older.number,
            "after": self.revision.number,
            "facets": [facet_of(one) for one in sides],
        }
