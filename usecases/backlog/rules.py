"""What stands against the verbs of the backlog."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from governance import canonical, library
from governance.charter.choices import ObjectiveStatus
from governance.dossiers.choices import ReviewFunction
from governance.dossiers.models import Dossier
from governance.errors import NotAllowed, NotPossible, NotValid, Refusal, Stale
from governance.evidence.choices import EvidenceKind
from governance.programmes.models import Programme
from governance.roles import queries as people
from governance.roles import rules as roles
from governance.roles.choices import Role
from governance.roles.rights import Rights
from governance.stakeholders.choices import Department
from governance.stakeholders.models import Person
from usecases.backlog import facts, queries
from usecases.backlog.choices import (
    ENDED,
    Branch,
    DependencyKind,
    Nature,
    PauseReason,
    RevisionStatus,
    ScenarioLevel,
    UseCaseStatus,
)
from usecases.backlog.models import UseCase, UseCaseRevision
from usecases.backlog.queries import Reading
from usecases.journeys import grammar
from usecases.kpis import definitions
from usecases.kpis import queries as kpis
from usecases.policies import evaluation
from usecases.segments.choices import Apply, SegmentRole, SegmentStatus
from usecases.segments.models import SegmentVersion
from usecases.segments.rules import CODE, code_sentence, is_text
from usecases.segments.segrule.document import is_duration
from usecases.segments.wording import day

TITLE_LENGTH, LINE_LENGTH, TEXT_LENGTH = 160, 400, 8000
HYPOTHESIS = ("if", "then", "because")
ROADMAP_MONTHS = 24
HOUR = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
PLAIN = frozenset({
    "title_fr", "title_en", "description", "creative_brief", "scenario_level", "audience_branch", "nature",
    "hypothesis", "channels", "journey", "budget_eur", "retention", "notice_ref", "rights_process", "caps",
    "quiet_hours", "priority", "latency_needed", "expected_volume", "change_summary",
})  # fmt: skip
LINKS = frozenset({"destinations", "objectives", "targets", "recipients"})
PARTS = frozenset({"purposes", "segments"})
EDITABLE = PLAIN | LINKS | PARTS
TEXTS = {
    "title_fr": TITLE_LENGTH,
    "title_en": TITLE_LENGTH,
    "description": TEXT_LENGTH,
    "creative_brief": TEXT_LENGTH,
    "notice_ref": TITLE_LENGTH,
    "rights_process": TEXT_LENGTH,
    "change_summary": TEXT_LENGTH,
}
# Where a use case may be paused from, and what submitting or approving does not move (L7).
ACTIVE = frozenset({UseCaseStatus.APPROVED, UseCaseStatus.READY, UseCaseStatus.IN_TEST, UseCaseStatus.SCALED})
STOPPABLE = frozenset(
    {
        UseCaseStatus.IDEA,
        UseCaseStatus.FRAMING,
        UseCaseStatus.IN_TEST,
        UseCaseStatus.ITERATING,
        UseCaseStatus.PAUSED,
    }
)


def one_draft() -> Refusal:
    """Say that a revision is already being written."""
    return NotPossible(
        _("A revision of this use case is already being written. Edit that one."), code="one_draft"
    )


def submitted_already() -> Refusal:
    """Say that what was submitted no longer changes (INV-17)."""
    return NotPossible(
        _("This revision was submitted: what people sign does not change. Open a new revision to change it."),
        code="INV-17",
    )


def submitted_meanwhile() -> NotPossible:
    """Say that what was being written was submitted by someone else (INV-17), and where to go from there."""
    return NotPossible(
        _(
            "This revision was submitted while you were writing: nothing was changed. Keep a copy of what "
            "you typed. The use case says whether it can be withdrawn, or the next revision opened."
        ),
        code="INV-17",
    )


def dependency_there() -> Refusal:
    """Say that a link stands already."""
    return NotPossible(_("These two use cases are linked like this already."), code="taken")


CONSTRAINTS: dict[str, Callable[[], Refusal]] = {
    "one_draft_revision": one_draft,
    "one_revision_per_number": one_draft,
    "INV-17": submitted_already,
    "dependency_named_once": dependency_there,
}


def _invalid(field: str, sentence: str, code: str = "invalid_field") -> Refusal:
    return NotValid(sentence, code=code, field=field)


# ---------------------------------------------------------------- creating, framing
class Owned:
    """What somebody is about to own."""

    def __init__(self, owner: Person) -> None:
        self.owner = owner

    def belongs_to(self, person: Person) -> bool:
        """Say whether it is this person's."""
        return self.owner.pk == person.pk


def objections_to_create(
    rights: Rights,
    *,
    owner: Person,
    department: str,
    code: str,
    title_fr: str,
    title_en: str,
) -> list[Refusal]:
    """Say what keeps an idea from being noted."""
    person, programme = rights.person, rights.programme
    refused = rights.objection("usecase.create", Owned(owner))
    if refused:
        return [refused]
    found: list[Refusal] = []
    if not is_text(title_fr, TITLE_LENGTH) or not title_fr.strip():
        found.append(
            _invalid("title_fr", _("Give a title of at most %(most)d signs.") % {"most": TITLE_LENGTH})
        )
    if not is_text(title_en, TITLE_LENGTH):
        found.append(
            _invalid("title_en", _("Give a title of at most %(most)d signs.") % {"most": TITLE_LENGTH})
        )
    if code and not CODE.fullmatch(code):
        found.append(_invalid("code", code_sentence()))
    elif code and Dossier.objects.filter(programme=programme, code=code).exists():
        found.append(
            NotPossible(_("This code is already taken. Choose another one."), code="taken", field="code")
        )
    return [*found, *_of_owner(programme, owner, department, known=owner == person)]


def _of_owner(
    programme: Programme, owner: Person, department: str, *, known: bool = False
) -> Iterable[Refusal]:
    """Say why someone does not own; `known` says that they hold a role here, as was just read."""
    if not known and not people.active_assignments(programme).filter(person=owner).exists():
        yield NotPossible(
            _("%(person)s holds no role in this programme today, and cannot own a use case.")
            % {"person": owner},
            code="not_a_member",
            field="owner",
        )
    if department not in Department.values:
        yield _invalid("department", _("Choose a department of the list."))


def objections_to_change(
    person: Person, usecase: UseCase, *, owner: Person, department: str, version: int | None
) -> list[Refusal]:
    """Say what keeps a use case from changing hands, department or rank."""
    programme = usecase.dossier.programme
    refused = roles.objection(person, "usecase.prioritise", programme, about=usecase)
    if refused:
        return [refused]
    stale = _stale(usecase, version)
    return [stale] if stale else list(_of_owner(programme, owner, department))


def objections_to_frame(person: Person, usecase: UseCase, draft: UseCaseRevision | None) -> list[Refusal]:
    """Say what keeps an idea from being framed (L7): an owner, a branch, a hypothesis in one line."""
    programme = usecase.dossier.programme
    rights = roles.Rights.of(person, programme)
    refused = rights.objection("usecase.prioritise", usecase)
    if refused:
        return [refused]
    if not {Role.CORE_TEAM_LEAD, Role.DIGITAL_TOOLS_LEAD} & set(rights.roles):
        return [
            NotAllowed(
                _("The core-team lead decides which ideas are framed."),
                code="no_right",
                who_can=[Role.CORE_TEAM_LEAD.label],
            )
        ]
    if usecase.status != UseCaseStatus.IDEA or draft is None:
        return [_not_in(usecase, _("Only an idea is framed"))]
    found: list[Refusal] = []
    if draft.audience_branch not in Branch.values:
        found.append(
            NotPossible(
                _("Say whom it addresses: prospects, customers, or both."),
                code="required",
                field="audience_branch",
            )
        )
    if not all(str(draft.hypothesis.get(name, "")).strip() for name in ("if", "then")):
        found.append(
            NotPossible(
                _("Write the hypothesis in one line: if we do this, then that happens."),
                code="required",
                field="hypothesis",
            )
        )
    return found


def _not_in(usecase: UseCase, opening: str) -> Refusal:
    return NotPossible(
        _("%(opening)s; this use case is: %(status)s.")
        % {"opening": opening, "status": usecase.get_status_display()},
        code="wrong_state",
    )


def _stale(thing: UseCase | UseCaseRevision, version: int | None) -> Refusal | None:
    if version is None or version == thing.version:
        return None
    return Stale(_("It was changed meanwhile: read it again, then save."), code="stale")


# ---------------------------------------------------------------- revisions
def objection_to_open(person: Person, usecase: UseCase, last: UseCaseRevision) -> Refusal | None:
    """Say what keeps a new revision from being opened."""
    refused = roles.objection(person, "usecase.edit_draft", usecase.dossier.programme, about=last)
    return refused or objection_to_follow(usecase, last, queries.status_of(last))


def objection_to_follow(usecase: UseCase, last: UseCaseRevision, status: RevisionStatus) -> Refusal | None:
    """Say why no revision follows the last one, which stands so, whoever asks."""
    if last.is_draft:
        return one_draft()
    if usecase.status in ENDED:
        return _not_in(usecase, _("What has ended is not revised"))
    if status == RevisionStatus.IN_REVIEW:
        return NotPossible(
            _("Revision %(number)d is in review. Withdraw it, or wait for its reviews, then open another.")
            % {"number": last.number},
            code="in_review",
        )
    return None


def objection_to_write(
    person: Person, revision: UseCaseRevision, version: int | None = None
) -> Refusal | None:
    """Say what keeps a person from writing on a revision at all."""
    refused = roles.objection(
        person, "usecase.edit_draft", revision.usecase.dossier.programme, about=revision
    )
    if refused:
        return refused
    if not revision.is_draft:
        return submitted_already()
    if revision.usecase.status in ENDED:
        return _not_in(revision.usecase, _("What has ended is not revised"))
    return _stale(revision, version)


def objections_to_fields(revision: UseCaseRevision, fields: Mapping[str, Any]) -> Iterable[Refusal]:
    """Say which of these fields cannot be, whatever the state of the rest."""
    for name in sorted(set(fields) - EDITABLE):
        yield NotValid(
            _("A revision has no field “%(field)s”. Remove it.") % {"field": name[:60]},
            code="unknown_field",
            field=name[:60],
        )
    for name, most in TEXTS.items():
        if name in fields and not is_text(fields[name], most):
            yield _invalid(name, _("Write plain text of at most %(most)d signs.") % {"most": most})
    if "title_fr" in fields and isinstance(fields["title_fr"], str) and not fields["title_fr"].strip():
        yield _invalid("title_fr", _("Give a title of at most %(most)d signs.") % {"most": TITLE_LENGTH})
    for name, check, sentence in _CHECKS:
        if name in fields and not check(fields[name]):
            yield _invalid(name, str(sentence))
    yield from _of_links(revision, fields)
    if "purposes" in fields:
        yield from _of_purposes(fields["purposes"])
    if "segments" in fields:
        yield from _of_segments(revision, fields["segments"])


def _is_level(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in ScenarioLevel.values


def _is_count(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63)


def _is_priority(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 9


def _is_amount(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    exact = Decimal(value)
    return exact.is_finite() and 0 <= exact < 10**10 and exact == exact.quantize(Decimal("0.01"))


def _is_hypothesis(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and set(value) <= set(HYPOTHESIS)
        and all(is_text(part, LINE_LENGTH) for part in value.values())
    )


def _are_channels(value: Any) -> bool:
    return isinstance(value, list | tuple | set | frozenset) and all(
        isinstance(code, str) and code in evaluation.channels() for code in value
    )


def _is_journey(value: Any) -> bool:
    """A list of steps that can be kept and hashed; what is wrong with them is told at submit."""
    if not isinstance(value, list) or len(value) > 200:
        return False
    try:
        text = canonical.text(canonical.exact(value))
        text.encode()
    except (canonical.NotCanonical, UnicodeEncodeError, RecursionError):
        return False
    return len(text) <= 100_000 and "\\u0000" not in text


def _are_caps(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        channel in evaluation.channels()
        and isinstance(cap, Mapping)
        and set(cap) == {"n", "per"}
        and isinstance(cap["n"], int)
        and not isinstance(cap["n"], bool)
        and 1 <= cap["n"] <= grammar.MAX_CAP
        and is_duration(cap["per"])
        for channel, cap in value.items()
    )


def _are_hours(value: Any) -> bool:
    if not isinstance(value, list | tuple) or len(value) not in (0, 2):
        return False
    hours = [hour for hour in value if isinstance(hour, str) and HOUR.fullmatch(hour)]
    return len(set(hours)) == len(value)


def _is_retention(value: Any) -> bool:
    return value == "" or is_duration(value)


_CHECKS: tuple[tuple[str, Callable[[Any], bool], Any], ...] = (
    ("scenario_level", _is_level, gettext_lazy("Choose level 1, 2 or 3.")),
    (
        "audience_branch",
        lambda value: value in Branch.values,
        gettext_lazy("Say whom it addresses: prospects, customers, or both."),
    ),
    ("nature", lambda value: value in Nature.values, gettext_lazy("Choose marketing or service.")),
    (
        "hypothesis",
        _is_hypothesis,
        gettext_lazy("Write the hypothesis in three short parts: if, then, because."),
    ),
    ("channels", _are_channels, gettext_lazy("Choose channels of the list.")),
    ("journey", _is_journey, gettext_lazy("The journey cannot be read. Write it as a list of steps.")),
    ("budget_eur", _is_amount, gettext_lazy("Give the budget in euros, to the cent, zero or more.")),
    (
        "retention",
        _is_retention,
        gettext_lazy("Say how long the data are kept in figures, as 6 months or 90 days."),
    ),
    (
        "caps",
        _are_caps,
        gettext_lazy("Say for each channel how many contacts at most, and per which period."),
    ),
    (
        "quiet_hours",
        _are_hours,
        gettext_lazy("Give the quiet hours as two different times, from and to."),
    ),
    ("priority", _is_priority, gettext_lazy("Give a priority from 1, the highest, to 9.")),
    (
        "latency_needed",
        lambda value: value == "" or value in library.codes("latency_classes"),
        gettext_lazy("Choose how fast the data must arrive, from the list."),
    ),
    ("expected_volume", _is_count, gettext_lazy("Give the expected number of people, zero or more.")),
)


def _of_links(revision: UseCaseRevision, fields: Mapping[str, Any]) -> Iterable[Refusal]:
    for target in fields.get("targets", ()):
        if target.dossier_id != revision.usecase.dossier_id or target.closed_on is not None:
            yield _invalid(
                "targets",
                _("The target %(code)s is not an open target of this use case. Set one for it.")
                % {"code": target.code},
            )
    for objective in fields.get("objectives", ()):
        if objective.status == ObjectiveStatus.DROPPED:
            yield _invalid(
                "objectives",
                _("“%(objective)s” was given up. Choose an objective that still counts.")
                % {"objective": objective},
            )


def _of_purposes(purposes: Iterable[Mapping[str, Any]]) -> Iterable[Refusal]:
    seen: set[str] = set()
    known = {entry["code"]: entry for entry in library.vocabulary("purposes")}
    for one in purposes:
        code, basis = str(one.get("purpose")), str(one.get("legal_basis"))
        if code not in known:
            yield _invalid("purposes", _("Choose purposes of the list."))
            continue
        if code in seen:
            yield _invalid("purposes", _("A purpose is named once. Remove the second one."))
        seen.add(code)
        refused = objection_to_basis(code, basis)
        if refused:
            yield refused


def objection_to_basis(purpose: str, basis: str) -> Refusal | None:
    """Say whether a purpose may rest on this legal basis."""
    entry = library.entry("purposes", purpose)
    if basis in entry["bases"]:
        return None
    lang = _language()
    allowed = ", ".join(library.term("legal_bases", code, lang) for code in entry["bases"])
    return _invalid(
        "purposes",
        _("“%(purpose)s” cannot rest on this legal basis. Allowed: %(bases)s.")
        % {"purpose": library.term("purposes", purpose, lang), "bases": allowed},
        code="basis_not_allowed",
    )


def _language() -> str:
    return get_language() or "fr"


def _of_segments(revision: UseCaseRevision, pins: Iterable[Mapping[str, Any]]) -> Iterable[Refusal]:
    seen = set()
    for pin in pins:
        version: SegmentVersion = pin["segment_version"]
        yield from objections_to_pin(
            revision, version, role=pin["role"], apply=pin.get("apply", ""), channels=pin.get("channels", ())
        )
        key = (version.pk, pin["role"])
        if key in seen:
            yield _invalid("segments", _("A segment version is used once in a role. Remove the second one."))
        seen.add(key)


def objections_to_pin(
    revision: UseCaseRevision, version: SegmentVersion, *, role: str, apply: str, channels: Collection[str]
) -> Iterable[Refusal]:
    """Say what keeps a segment version from being used so."""
    segment = version.segment
    if segment.dossier.programme_id != revision.usecase.dossier.programme_id:
        yield _invalid("segments", _("Choose segments of this programme."))
    if role not in SegmentRole.values:
        yield _invalid("segments", _("Say what the segment is for: target, exclusion, seed or control."))
    elif apply not in ("", *Apply.values) or (apply and role != SegmentRole.EXCLUSION):
        yield _invalid("segments", _("Only an exclusion is applied, upstream or as an exported list."))
    elif role == SegmentRole.EXCLUSION and not apply:
        yield _invalid("segments", _("Say where the exclusion is applied: upstream, or as an exported list."))
    if not _are_channels(channels):
        yield _invalid("segments", _("Choose channels of the list."))


# ---------------------------------------------------------------- submitting
def objections_to_submit(person: Person, reading: Reading, version: int | None) -> list[Refusal]:
    """Say all that keeps this person from submitting a revision, rule by rule."""
    revision, usecase = reading.revision, reading.usecase
    refused = roles.objection(person, "usecase.submit", reading.programme, about=revision)
    if refused:
        return [refused]
    if not revision.is_draft:
        return [submitted_already()]
    stale = _stale(revision, version)
    if stale:
        return [stale]
    if usecase.status in (UseCaseStatus.IDEA, *ENDED):
        return [
            _not_in(usecase, _("An idea is framed before it is submitted, and what has ended stays as it is"))
        ]
    return objections_to_content(reading)


def objections_to_content(reading: Reading) -> list[Refusal]:
    """Say all that keeps what a revision says from being submitted, whoever asks: its authors mend it."""
    found = list(_objections_to_content(reading))
    for each in found:
        each.who_can = each.who_can or [_("Whoever edits the draft")]
    return found


def _objections_to_content(reading: Reading) -> Iterable[Refusal]:
    return [
        *_missing(reading),
        *filter(
            None,
            (
                facts.objection_to_circle(reading.around.blocks),
                facts.objection_to_level(reading.revision.scenario_level, reading.journey),
                facts.objection_to_branch(
                    reading.revision.audience_branch, reading.journey, [pin.role for pin in reading.pins]
                ),
                facts.objection_to_big_start(reading.revision.scenario_level, reading.around.earlier),
                definitions.objection_to_targets(
                    [kpis.as_typed(target) for target in reading.targets if target.is_open]
                ),
            ),
        ),
        *_purposes_at_submit(reading),
        *_segments_at_submit(reading),
        *_journey_at_submit(reading),
        *_policies_at_submit(reading),
    ]


def _missing(reading: Reading) -> Iterable[Refusal]:
    revision = reading.revision
    if not reading.objectives:
        yield _lacking("objectives", _("Name the objective that this use case serves."))
    if not all(str(revision.hypothesis.get(part, "")).strip() for part in HYPOTHESIS):
        yield _lacking(
            "hypothesis", _("Complete the hypothesis: if we do this, then that happens, because of this.")
        )
    if not revision.channels:
        yield _lacking("channels", _("Choose at least one channel."))
    served = {destination.channel for destination in reading.destinations}
    for code in revision.channels:
        if code not in served and code in evaluation.channels():
            yield _lacking(
                "destinations",
                _("%(channel)s has no destination: say whose account receives the audience.")
                % {"channel": evaluation.channels()[code].name},
            )
    if not reading.purposes:
        yield _lacking("purposes", _("Say for which purposes the data are used, and on which legal basis."))
    if not reading.pins:
        yield _lacking("segments", _("Choose at least one segment."))


def _lacking(field: str, sentence: str) -> Refusal:
    return NotPossible(sentence, code="required", field=field)


def _purposes_at_submit(reading: Reading) -> Iterable[Refusal]:
    lang = _language()
    for one in reading.purposes:
        refused = objection_to_basis(one.purpose, one.legal_basis)
        if refused:
            yield NotPossible(refused.detail, code=refused.code, field="purposes")
        lia = one.lia_evidence
        if one.legal_basis == "legitimate_interests" and (lia is None or lia.kind != EvidenceKind.DOCUMENT):
            yield NotPossible(
                _("“%(purpose)s” rests on legitimate interests: attach the balancing test, a document.")
                % {"purpose": library.term("purposes", one.purpose, lang)},
                code="lia_missing",
                field="purposes",
            )


def _segments_at_submit(reading: Reading) -> Iterable[Refusal]:
    """Pinned versions are frozen, and neither refused, expired nor out of use."""
    for pin in reading.pins:
        version = pin.segment_version
        said = {"segment": version.segment.dossier.name, "number": version.number}
        status = pin.status
        if status == SegmentStatus.DRAFT:
            yield NotPossible(
                _("Version %(number)d of “%(segment)s” is still a draft. Have it frozen first.") % said,
                code="E12",
                field="segments",
                status=409,
                who_can=[Role.DMP_OPERATOR.label, Role.ANALYST.label, Role.CORE_TEAM_LEAD.label],
            )
        elif status in (SegmentStatus.REJECTED, SegmentStatus.DEPRECATED, SegmentStatus.EXPIRED):
            yield NotPossible(
                _("Version %(number)d of “%(segment)s” may not be used: %(status)s. Choose another version.")
                % {**said, "status": status.label},
                code="E12",
                field="segments",
                status=409,
            )


def _journey_at_submit(reading: Reading) -> Iterable[Refusal]:
    for fault in grammar.check(
        reading.document,
        channels=reading.revision.channels,
        catalogue=reading.catalogue,
        references=reading.references,
    ):
        yield NotPossible(fault.detail, code=fault.code, field=place(fault.path), status=409)


def _policies_at_submit(reading: Reading) -> Iterable[Refusal]:
    """What the usage policies refuse (E16), what no channel reaches (I01), purposes that they ask for."""
    audiences = [pinned.audience for pinned in reading.pinned]
    revision = reading.revision
    faults = [
        *evaluation.faults(
            audiences, revision.channels, nature=revision.nature, clean_rooms=reading.clean_rooms
        ),
        *evaluation.missing_purposes(
            audiences,
            revision.channels,
            {one.purpose for one in reading.purposes},
            nature=revision.nature,
            clean_rooms=reading.clean_rooms,
        ),
    ]
    for fault in faults:
        yield NotPossible(fault.detail, code=fault.code, field=place(fault.path), status=409)


def place(pointer: str) -> str:
    """Name the field of a fault told as a JSON pointer: `/journey/2/channel` is `journey/2/channel`."""
    return pointer.lstrip("/")


def warnings(reading: Reading) -> list[str]:
    """Say what deserves a second look before submitting."""
    said = facts.warning_on_start(reading.revision.scenario_level, reading.revision.number)
    return [said] if said else []


class Submission:
    """A submitted revision, which is its submitter's to withdraw."""

    def __init__(self, revision: UseCaseRevision) -> None:
        self.revision = revision

    def belongs_to(self, person: Person) -> bool:
        """Say whether this person submitted it."""
        edition = self.revision.edition
        return edition is not None and edition.submitted_by_id == person.pk


def objection_to_withdraw(person: Person, revision: UseCaseRevision) -> Refusal | None:
    """Say what keeps this person from withdrawing a revision; the room of reviews says the rest."""
    refused = roles.objection(
        person, "usecase.withdraw", revision.usecase.dossier.programme, about=Submission(revision)
    )
    if refused:
        return refused
    if revision.edition is None:
        return NotPossible(
            _("This revision was not submitted: there is nothing to withdraw."), code="wrong_state"
        )
    return None


# ---------------------------------------------------------------- the life of a use case
def objection_to_pause(person: Person, usecase: UseCase, why: str) -> Refusal | None:
    """Say what keeps a use case from being paused: hardly anything, for whoever may."""
    refused = roles.objection(person, "usecase.pause", usecase.dossier.programme, about=usecase)
    if refused:
        return refused
    if usecase.status not in ACTIVE:
        return _not_in(usecase, _("Only an approved or running use case is paused"))
    return _reason(why)


def _reason(why: str) -> Refusal | None:
    if is_text(why, TEXT_LENGTH) and why.strip():
        return None
    return _invalid("reason", _("Say why: whoever reads it later has to understand."), code="reason_required")


PAUSES = {
    ReviewFunction.LEGAL: PauseReason.LEGAL,
    ReviewFunction.DPO: PauseReason.DPO,
    ReviewFunction.SECURITY: PauseReason.SECURITY,
}


def pause_reason(function: ReviewFunction | None) -> PauseReason:
    """Say in whose name a use case is paused; without a function of review, it is its owner's choice."""
    return PAUSES.get(function, PauseReason.OWNER) if function is not None else PauseReason.OWNER


def objection_to_resume(person: Person, usecase: UseCase) -> Refusal | None:
    """Say what keeps a use case from being resumed: the function that paused, or a sponsor, does it."""
    refused = roles.objection(person, "usecase.resume", usecase.dossier.programme, about=usecase)
    if refused:
        return refused
    if usecase.status != UseCaseStatus.PAUSED:
        return _not_in(usecase, _("Only a paused use case is taken up again"))
    return None


def objection_to_stop(person: Person, usecase: UseCase, why: str) -> Refusal | None:
    """Say what keeps a use case from being stopped for good."""
    refused = roles.objection(person, "usecase.stop", usecase.dossier.programme, about=usecase)
    if refused:
        return refused
    if usecase.status not in STOPPABLE:
        return _not_in(usecase, _("Pause what runs, or withdraw what is in review, before stopping it"))
    return _reason(why)


def objections_to_score(
    person: Person,
    usecase: UseCase,
    *,
    reach: Any,
    impact: Any,
    confidence: Any,
    effort_weeks: Any,
    version: int | None,
) -> list[Refusal]:
    """Say what keeps a use case from being scored so."""
    refused = roles.objection(person, "usecase.score", usecase.dossier.programme, about=usecase)
    if refused:
        return [refused]
    stale = _stale(usecase, version)
    if stale:
        return [stale]
    found: list[Refusal] = list(facts.objections_to_rice(reach, impact, confidence, effort_weeks))
    if not found and (reach >= 2**63 or effort_weeks >= 10000 or effort_weeks != round(effort_weeks, 1)):
        found.append(
            _invalid(
                "rice_effort_weeks",
                _("Give the effort in weeks, to one decimal at most."),
                code="invalid_score",
            )
        )
    return found


def objections_to_schedule(
    person: Person,
    usecase: UseCase,
    *,
    start: dt.date,
    end: dt.date,
    confidence: int | None,
    version: int | None,
) -> list[Refusal]:
    """Say what keeps a use case from standing there on the roadmap (within 24 months of framing)."""
    refused = roles.objection(person, "usecase.prioritise", usecase.dossier.programme, about=usecase)
    if refused:
        return [refused]
    stale = _stale(usecase, version)
    if stale:
        return [stale]
    found: list[Refusal] = []
    if end < start:
        found.append(_invalid("end", _("It would end before it starts. Choose a later end.")))
    limit = months_after(usecase.framed_on or usecase.created_on, ROADMAP_MONTHS)
    if start > limit:
        found.append(
            _invalid(
                "start",
                _("The roadmap looks 24 months ahead: choose a start until %(day)s.") % {"day": day(limit)},
            )
        )
    if confidence is not None and confidence not in (1, 2, 3):
        found.append(_invalid("confidence", _("Say how sure the dates are, from 1 to 3.")))
    return found


def months_after(start: dt.date, months: int) -> dt.date:
    """Count months by the calendar; a day that the month does not have becomes its last one."""
    year, month = divmod(start.month - 1 + months, 12)
    for last in (start.day, 30, 29, 28):
        try:
            return dt.date(start.year + year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def objection_to_depend(person: Person, one: UseCase, other: UseCase, kind: str) -> Refusal | None:
    """Say what keeps two use cases from being linked (INV-16)."""
    programme = one.dossier.programme
    refused = roles.objection(person, "usecase.prioritise", programme, about=one)
    if refused:
        return refused
    if kind not in DependencyKind.values:
        return _invalid("kind", _("Say how they hang together: blocks, enriches, or shares an exclusion."))
    if other.dossier.programme_id != programme.pk or one.pk == other.pk:
        return _invalid("other", _("Choose another use case of this programme."))
    if queries.are_linked(one, other, kind):
        return dependency_there()
    if kind == DependencyKind.BLOCKS:
        return facts.objection_to_circle({*queries.blocks(programme), (one.code, other.code)})
    return None


def objection_to_undepend(person: Person, one: UseCase, other: UseCase, kind: str) -> Refusal | None:
    """Say what keeps a link of a use case with another from being removed."""
    refused = roles.objection(person, "usecase.prioritise", one.dossier.programme, about=one)
    if refused or queries.are_linked(one, other, kind):
        return refused
    return NotPossible(_("These use cases are not linked so."), code="wrong_state", field="other")
