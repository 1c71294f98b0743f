"""What stands against the verbs of segments."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from governance import clock, library
from governance.dossiers.choices import DossierKind
from governance.dossiers.models import Dossier
from governance.errors import NotPossible, NotValid, Refusal, Stale
from governance.programmes.models import Programme
from governance.roles import queries as people
from governance.roles import rules as roles
from governance.roles.rights import Rights
from governance.stakeholders.models import Person
from usecases.catalogue.models import CatalogueVersion
from usecases.catalogue.snapshot import Catalogue
from usecases.segments import queries
from usecases.segments.choices import Apply, EstimationMethod, SegmentRole, SegmentStatus
from usecases.segments.models import Segment, SegmentVersion, SizeEstimate
from usecases.segments.segrule import Fault, Report
from usecases.segments.segrule.document import days, is_duration
from usecases.segments.wording import day

NAME_LENGTH = 160
CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,23}", re.ASCII)
EDITABLE = frozenset({
    "name_fr", "name_en", "role", "apply", "rule", "valid_from", "valid_until", "min_size", "identity_types",
    "retention", "refresh", "change_summary",
})  # fmt: skip

MOST_PEOPLE = 10**10  # more than there are


def code_sentence() -> str:
    """Say what a code looks like."""
    return _("Write the code in capital letters, figures and dashes, 24 signs at most.")


def one_draft() -> Refusal:
    """Say that a version is already being written."""
    return NotPossible(
        _("A version of this segment is already being written. Edit that one."), code="one_draft"
    )


def frozen_already() -> Refusal:
    """Say that a frozen version does not change."""
    return NotPossible(
        _("This version is frozen: what people sign does not change. Open a new version to change its rule."),
        code="version_frozen",
    )


CONSTRAINTS: dict[str, Callable[[], Refusal]] = {
    "one_draft_version": one_draft,
    "one_version_per_number": one_draft,
    "version_frozen": frozen_already,
}


def last_day(start: dt.date) -> dt.date:
    """Give the last day of a validity of twelve months that begins then."""
    try:
        return start.replace(year=start.year + 1) - dt.timedelta(days=1)
    except ValueError:  # 29 February
        return dt.date(start.year + 1, 2, 28)


# ---------------------------------------------------------------- fields
def objections_to_fields(
    programme: Programme, segment: Segment | None, fields: Mapping[str, Any]
) -> list[Refusal]:
    """Say which of these fields cannot be."""
    found: list[Refusal] = []
    unknown = sorted(set(fields) - EDITABLE)
    if unknown:
        found.append(
            NotValid(
                _("A segment has no field “%(field)s”. Remove it.") % {"field": unknown[0]},
                code="unknown_field",
                field=unknown[0],
            )
        )
    found += _of_names(programme, segment, fields)
    if "role" in fields and fields["role"] not in SegmentRole.values:
        found.append(_invalid("role", _("Say what the segment is for: target, exclusion, seed or control.")))
    role = fields.get("role", segment.role if segment else "")
    apply = fields.get("apply", segment.apply if segment else "")
    if apply not in ("", *Apply.values) or (apply and role != SegmentRole.EXCLUSION):
        found.append(_invalid("apply", _("Only an exclusion is applied, upstream or as an exported list.")))
    elif role == SegmentRole.EXCLUSION and not apply:
        found.append(
            _invalid("apply", _("Say where the exclusion is applied: upstream, or as an exported list."))
        )
    if "identity_types" in fields:
        known = library.codes("identity_types")
        if not isinstance(fields["identity_types"], list | tuple | set | frozenset) or any(
            code not in known for code in fields["identity_types"]
        ):
            found.append(_invalid("identity_types", _("Choose identifiers of the list.")))
    if "retention" in fields and not is_duration(fields["retention"]):
        found.append(
            _invalid("retention", _("Say how long the data are kept, in days, weeks, months or years."))
        )
    if "refresh" in fields and fields["refresh"] not in library.codes("latency_classes"):
        found.append(_invalid("refresh", _("Choose how fresh the audience must be, from the list.")))
    if "min_size" in fields and not _enough(fields["min_size"], programme):
        found.append(
            _invalid(
                "min_size",
                _("The smallest audience allowed in this programme has %(least)d people: do not go below.")
                % {"least": programme.setting("min_audience_size")},
            )
        )
    if "change_summary" in fields and not is_text(fields["change_summary"], 2000):
        found.append(
            _invalid("change_summary", _("Say what changes in at most %(most)d signs.") % {"most": 2000})
        )
    return found


def _of_names(programme: Programme, segment: Segment | None, fields: Mapping[str, Any]) -> Iterable[Refusal]:
    others = Dossier.objects.filter(programme=programme, kind=DossierKind.SEGMENT)
    if segment is not None:
        others = others.exclude(pk=segment.dossier_id)
    for name in ("name_fr", "name_en"):
        if name not in fields:
            continue
        given = fields[name]
        if not is_text(given, NAME_LENGTH) or (name == "name_fr" and not given.strip()):
            yield _invalid(name, _("Name the segment in at most %(most)d signs.") % {"most": NAME_LENGTH})
        elif given.strip() and others.filter(**{name: given.strip()}).exists():
            yield NotPossible(
                _("Another segment is called “%(name)s”. Choose a name that tells them apart.")
                % {"name": given},
                code="taken",
                field=name,
            )


def _invalid(field: str, sentence: str) -> Refusal:
    return NotValid(sentence, code="invalid_field", field=field)


def _enough(value: Any, programme: Programme) -> bool:
    return (
        isinstance(value, int)
        and not isinstance(value, bool)
        and programme.setting("min_audience_size") <= value < 2**31
    )


def is_text(value: Any, most: int) -> bool:
    """Say whether a value is text that can be kept, shown and hashed."""
    return (
        isinstance(value, str)
        and len(value) <= most
        and unicodedata.normalize("NFC", value) == value
        and all(sign.isprintable() or sign in "\n\r\t" for sign in value)
    )


def objection_to_dates(valid_from: Any, valid_until: Any) -> Refusal | None:
    """Say whether a validity has no end, no beginning, or more than twelve months."""
    if not isinstance(valid_from, dt.date) or not isinstance(valid_until, dt.date):
        return _invalid("valid_until", _("Say from which day until which day the segment may be used."))
    if valid_until < valid_from:
        return _invalid("valid_until", _("The segment would end before it begins. Choose a later end."))
    if valid_until > last_day(valid_from):
        return _invalid(
            "valid_until",
            _("A segment is valid for twelve months at most: choose %(day)s at the latest.")
            % {"day": day(last_day(valid_from))},
        )
    return None


def objections_to_rule(report: Report) -> list[Refusal]:
    """Say whether a rule is too broken to be kept, even as a draft."""
    return [] if report.canonical is not None else [fault_refused(fault) for fault in report.errors]


def fault_refused(fault: Fault, *, status: int | None = None) -> Refusal:
    """Turn a fault of a rule into a refusal, at its place."""
    return NotValid(fault.detail, code=fault.code, field=f"rule{fault.path}", status=status)


# ---------------------------------------------------------------- verbs
def objections_to_create(
    rights: Rights,
    fields: Mapping[str, Any],
    *,
    code: str,
    owner: Person,
    published: CatalogueVersion | None,
) -> list[Refusal]:
    """Say what keeps a segment from being created."""
    programme, refused = rights.programme, rights.objection("segment.edit", Owned(owner))
    if refused:
        return [refused]
    found: list[Refusal] = []
    if published is None:
        found.append(
            NotPossible(
                _("The catalogue is not published yet: a rule would rest on nothing. Publish it first."),
                code="catalogue_unpublished",
                who_can=[_("The core-team lead publishes the catalogue.")],
            )
        )
    if code and not CODE.fullmatch(code):
        found.append(_invalid("code", code_sentence()))
    elif code and Dossier.objects.filter(programme=programme, code=code).exists():
        found.append(
            NotPossible(_("This code is already taken. Choose another one."), code="taken", field="code")
        )
    if not people.active_assignments(programme).filter(person=owner).exists():
        found.append(
            NotPossible(
                _("%(person)s holds no role in this programme today, and cannot own a segment.")
                % {"person": owner},
                code="not_a_member",
                field="owner",
            )
        )
    return [*found, *objections_to_fields(programme, None, fields)]


class Owned:
    """What somebody is about to own."""

    def __init__(self, owner: Person) -> None:
        self.owner = owner

    def belongs_to(self, person: Person) -> bool:
        """Say whether it is this person's."""
        return self.owner.pk == person.pk


def objection_to_revise(person: Person, segment: Segment, last: SegmentVersion) -> Refusal | None:
    """Say what keeps a new version from being opened."""
    refused = roles.objection(person, "segment.edit", segment.dossier.programme, about=last)
    if refused:
        return refused
    if last.is_draft:
        return one_draft()
    if queries.status_of(last) == SegmentStatus.IN_REVIEW:
        return NotPossible(
            _("Version %(number)d is being reviewed: wait for its reviews, then open a new version.")
            % {"number": last.number},
            code="in_review",
        )
    return None


def objections_to_edit(
    person: Person, draft: SegmentVersion, fields: Mapping[str, Any], version: int | None
) -> list[Refusal]:
    """Say what keeps a draft from being changed so."""
    programme = draft.segment.dossier.programme
    refused = roles.objection(person, "segment.edit", programme, about=draft)
    if refused:
        return [refused]
    if not draft.is_draft:
        return [frozen_already()]
    if version is not None and version != draft.version:
        return [Stale(_("This version was changed meanwhile: read it again, then save."), code="stale")]
    found = objections_to_fields(programme, draft.segment, fields)
    if draft.number > 1 and any(
        fields.get(name, getattr(draft.segment, name)) != getattr(draft.segment, name)
        for name in ("role", "apply")
    ):
        found.append(
            NotPossible(
                _("What a segment is for does not change once a version is frozen. Create another one."),
                code="role_fixed",
                field="role",
            )
        )
    return found


def objections_to_estimate(
    person: Person, version: SegmentVersion, *, size: Any, on: dt.date, method: str
) -> list[Refusal]:
    """Say what keeps a size from being noted: those who edit or freeze segments type it in."""
    programme = version.segment.dossier.programme
    refused = roles.objection(person, "segment.edit", programme, about=version)
    if refused and roles.objection(person, "segment.freeze", programme, about=version):
        return [refused]
    found: list[Refusal] = []
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= MOST_PEOPLE:
        found.append(_invalid("size", _("Give the number of people, from zero to ten billion.")))
    if on > clock.today():
        found.append(
            _invalid("estimated_on", _("A size is noted once it is known: choose today or an earlier day."))
        )
    if method not in EstimationMethod.values:
        found.append(
            _invalid("method", _("Say how the size was estimated: counted, on a sample, or by a model."))
        )
    return found


def objections_to_freeze(
    person: Person,
    version: SegmentVersion,
    *,
    expected: int | None,
    report: Report,
    known: SizeEstimate | None,
    published: CatalogueVersion | None,
    home: Catalogue,
) -> list[Refusal]:
    """Say all that keeps a version from being frozen (L9): rights, faults of the rule, size, dates."""
    programme = version.segment.dossier.programme
    refused = roles.objection(person, "segment.freeze", programme, about=version)
    if refused:
        return [refused]
    if not version.is_draft:
        return [frozen_already()]
    if expected is not None and expected != version.version:
        return [Stale(_("This version was changed meanwhile: read it again, then freeze it."), code="stale")]
    return objections_to_content(version, report=report, known=known, published=published, home=home)


def objections_to_content(
    version: SegmentVersion,
    *,
    report: Report,
    known: SizeEstimate | None,
    published: CatalogueVersion | None,
    home: Catalogue,
) -> list[Refusal]:
    """Say all that keeps what a version says from being frozen, whoever asks."""
    programme = version.segment.dossier.programme
    found: list[Refusal] = [fault_refused(fault, status=409) for fault in report.errors]
    if published is None:
        found.append(NotPossible(_("The catalogue is not published yet."), code="catalogue_unpublished"))
    most = programme.setting("size_estimate_max_age_days")
    if known is None and is_counted(version.segment):
        found.append(
            NotPossible(
                _("The size of the audience is not known. Note how many people there are, and since when."),
                code="E21",
                field="size",
                status=409,
            )
        )
    elif known is not None and (clock.today() - known.estimated_on).days > most:
        found.append(
            NotPossible(
                _("The size was estimated on %(day)s, more than %(most)d days ago. Note a new one.")
                % {"day": day(known.estimated_on), "most": most},
                code="W03",
                field="size",
                status=409,
            )
        )
    if version.valid_until < clock.today():
        found.append(
            NotPossible(
                _("The validity of this version ended on %(day)s. Choose a later end.")
                % {"day": day(version.valid_until)},
                code="expired",
                field="valid_until",
            )
        )
    kept = min(
        (home.sources[code].retention for code in report.sources if code in home.sources),
        key=days,
        default="",
    )
    if kept and days(version.retention) > days(kept):
        found.append(
            NotPossible(
                _("The data would be kept longer than one of their sources allows. Keep them for less long."),
                code="retention_too_long",
                field="retention",
            )
        )
    for each in found:
        each.who_can = each.who_can or [_("Whoever edits the draft")]
    return found


def is_counted(segment: Segment) -> bool:
    """Say whether freezing asks how many people there are (E21): not of who is only kept out, upstream.

    What is never sent anywhere cannot be too small to hide one person.
    """
    return segment.apply != Apply.UPSTREAM


def objection_to_deprecate(person: Person, version: SegmentVersion) -> Refusal | None:
    """Say what keeps a version from being taken out of use."""
    refused = roles.objection(person, "segment.freeze", version.segment.dossier.programme, about=version)
    if refused:
        return refused
    status = queries.status_of(version)
    if status not in (SegmentStatus.APPROVED, SegmentStatus.EXPIRED):
        return NotPossible(
            _("Only an approved version is taken out of use; this one is: %(status)s.")
            % {"status": status.label},
            code="not_approved",
        )
    return None


def objection_to_writing(rights: roles.Rights) -> Refusal | None:
    """Say what keeps a person from writing segments of their own, and from having rules checked (C23)."""
    return rights.objection("segment.edit", Owned(rights.person))
