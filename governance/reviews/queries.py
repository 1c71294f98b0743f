"""Where each function stands on an edition, who is asked, what was signed: computed when it is read.

Standing is that of `reviews_standing` (a view): equality of scopes, events, dates, revocations. What
counts as enough is the stricter of what was frozen with the edition and what the policies ask today.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, Func, OuterRef, Prefetch, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce, JSONObject
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from governance import clock, library
from governance.conditions.choices import MET, Severity
from governance.conditions.models import Condition
from governance.dossiers import queries as dossiers
from governance.dossiers.choices import Facet, ReviewFunction
from governance.dossiers.kinds import kind_of
from governance.dossiers.models import Dossier, Edition, EditionAuthor, EditionRequirement, EditionScope
from governance.programmes.choices import PhaseKind
from governance.programmes.models import Phase, Programme
from governance.reviews import policies, registry
from governance.reviews.choices import POSITIVE, Standing
from governance.reviews.models import ExternalEvent, Review, ReviewCondition, ReviewRequest, StandingReview
from governance.reviews.policies import Requirement
from governance.roles.choices import ROLE_OF
from governance.roles.models import Delegation, RoleAssignment
from governance.stakeholders.models import Person
from governance.text import in_words

REQUIRED = ("function", "minimum", "days", "sla", "after", "checklist", "policies")
FROZEN = ("asked_then", "scopes_then", "authors_then", "phase_now")
FALLEN = (Standing.STALE, Standing.EXPIRED, Standing.REVOKED)


def edition_status(edition: str = "edition", *, lapses: bool = True) -> Func:
    """Where an edition stands as a whole (`choices.EditionStatus`), read beside a row; null without one.

    Without `lapses`, what no longer covers is still said to be approved.
    """
    return Func(F(edition), Value(lapses), function="edition_status", output_field=TextField())


class Owed(NamedTuple):
    """What is said of an unmet condition that holds a licence up."""

    text: str
    owner: str
    due_on: dt.date


@dataclass(frozen=True)
class Signature:
    """One signature seen from an edition: who, for whom, whether it stands there, and what holds it up."""

    review: Review
    state: str
    owed: Sequence[Owed] = ()

    @property
    def stands(self) -> bool:
        """Say whether it is positive and holds on this edition today."""
        return self.state == "standing"

    @property
    def principal_id(self) -> UUID:
        """Whose word it is: the signer's, or that of whom they signed for."""
        return self.review.on_behalf_of_id or self.review.reviewer_id

    @property
    def people(self) -> set[UUID]:
        """Everyone bound by it."""
        return {self.review.reviewer_id, self.principal_id}


@dataclass
class Case:
    """One edition with all that standing rests on: requirements, scopes, signatures."""

    edition: Edition
    frozen: dict[str, Requirement] = field(default_factory=dict)
    required: dict[str, Requirement] = field(default_factory=dict)
    scopes: dict[str, str] = field(default_factory=dict)
    authors: set[UUID] = field(default_factory=set)
    flags: frozenset[str] = frozenset()
    signatures: list[Signature] = field(default_factory=list)

    def of(self, function: str) -> list[Signature]:
        """The signatures of one function that concern this edition."""
        return [each for each in self.signatures if each.review.function == function]

    def standing(self, function: str) -> list[Signature]:
        """Those that stand."""
        return [each for each in self.of(function) if each.stands]

    def count(self, function: str) -> int:
        """How many people's words stand: two by, or for, one person are one."""
        stands = self.standing(function)
        return min(
            len({each.review.reviewer_id for each in stands}), len({each.principal_id for each in stands})
        )

    def negative(self, function: str) -> Signature | None:
        """The rejection of one function, if one stands."""
        return next((each for each in self.of(function) if each.state == Standing.NEGATIVE), None)

    def rejection(self) -> Signature | None:
        """The rejection of any function: while it stands nobody else signs."""
        return next((each for each in self.signatures if each.state == Standing.NEGATIVE), None)

    def covers(self, function: str) -> bool:
        """Say whether enough people's positive signatures stand: for order, approval and gates."""
        asked = self.required.get(function)
        if asked is None:
            return True
        if self.negative(function) is not None or self.count(function) < asked.minimum:
            return False
        departments = {each.review.department for each in self.standing(function)}
        return not asked.two_departments or len(departments) > 1

    def blocking(self, function: str) -> list[Owed]:
        """The conditions of standing signatures that hold a licence up."""
        return [condition for each in self.standing(function) for condition in each.owed]

    def clears(self, function: str) -> bool:
        """Say whether it covers and nothing open holds a licence up."""
        return self.covers(function) and not self.blocking(function)

    def is_covered(self) -> bool:
        """Say whether every function asked is covered."""
        return bool(self.required) and all(self.covers(function) for function in self.required)

    def waits_for(self, function: str) -> list[str]:
        """The functions that sign before this one and are not covered yet."""
        asked = self.required.get(function)
        return [name for name in asked.after if not self.covers(name)] if asked is not None else []

    def fallen(self, function: str) -> Signature | None:
        """The last signature that fell, of someone none of whose words stands."""
        standing = {each.principal_id for each in self.standing(function)}
        lost = [
            each for each in self.of(function) if each.state in FALLEN and each.principal_id not in standing
        ]
        return max(lost, key=lambda each: (each.review.signed_at, each.review.pk), default=None)

    def state(self, function: str) -> Standing:
        """Where a function stands (api.md)."""
        if self.negative(function) is not None:
            return Standing.NEGATIVE
        if self.covers(function) if function in self.required else self.standing(function):
            return Standing.BLOCKED if self.blocking(function) else Standing.VALID
        lost = self.fallen(function)
        return Standing(lost.state) if lost is not None else Standing.MISSING

    def missing(self, function: str) -> int:
        """How many signatures are still to come."""
        asked = self.required.get(function)
        return max(asked.minimum - self.count(function), 0) if asked is not None else 0

    def holds_through(self, function: str) -> dt.date | None:
        """The last day on which the function is covered, if nothing else happens."""
        asked = self.required.get(function)
        if not self.covers(function) or not self.standing(function):
            return None
        ends: dict[UUID, dt.date] = {}
        for each in self.standing(function):
            end = each.review.valid_through or dt.date.max
            ends[each.principal_id] = max(ends.get(each.principal_id, end), end)
        return sorted(ends.values(), reverse=True)[(asked.minimum if asked is not None else 1) - 1]


@dataclass(frozen=True)
class FunctionStanding:
    """Where one function stands on one edition, as the API tells it; `why` is a sentence for a person.

    `by` lists the signatures that make the state: those that stand, the rejection, or the last that fell.
    """

    function: str
    required: bool
    minimum: int
    signatures: int
    state: Standing
    covers: bool
    clears: bool
    by: list[Review]
    scope_fp: str
    valid_through: dt.date | None
    waits_for: list[str]
    renewable: bool
    why: str

    @property
    def label(self) -> str:
        """The function in words."""
        return str(ReviewFunction(self.function).label)


@dataclass(frozen=True)
class Forecast:
    """What submitting a draft would make of one function: what was signed stands, or it signs (again).

    Of a function that covers the edition that counts now, `moved` are the facets it answers for that differ
    there; `by_an_author` says that its signer has a part in the draft.
    """

    function: str
    stands: bool
    moved: list[Facet] = field(default_factory=list)
    by_an_author: bool = False


# ---------------------------------------------------------------- cases


def policy_of(dossier: Dossier) -> str:
    """The subject of the policies for a dossier; empty where nobody reviews."""
    try:
        return kind_of(dossier.kind).policy
    except KeyError:
        return ""


def cases_of(
    editions: Collection[Edition], *, phase: str | None = None, conditions: bool = True, beside: Any = None
) -> dict[UUID, Case]:
    """Read what standing rests on, for many editions, in a constant number of statements.

    `phase` is for whoever read it already, under a lock; `beside` a row of the one edition that was read
    with `frozen`; without `conditions`, nothing tells what clears.
    """
    cases = {edition.pk: Case(edition) for edition in editions}
    if not cases:
        return {}
    flags = registry.flags_of(editions)
    rows: Iterable[Any] = (
        Edition.objects.filter(pk__in=cases).values_list("pk", *frozen("pk", "dossier__programme").values())
        if beside is None
        else [(next(iter(cases)), *(getattr(beside, name) for name in FROZEN))]
    )
    for key, asked, scopes, authors, here in rows:
        case = cases[key]
        case.frozen = {one["function"]: _requirement(one) for one in asked}
        case.scopes = {one["function"]: one["fp"] for one in scopes}
        case.authors = set(authors)
        case.flags = flags[key]
        current = policies.resolve(policy_of(case.edition.dossier), case.flags, phase or here)
        case.required = policies.strictest(case.frozen, current)
    read_signatures(cases, conditions=conditions)
    return cases


def _requirement(said: Mapping[str, Any]) -> Requirement:
    read: dict[str, Any] = {name: tuple(it) if isinstance(it, list) else it for name, it in said.items()}
    return Requirement(**read)


def frozen(edition: str, programme: str) -> dict[str, Any]:
    """What was frozen with an edition and the phase of its programme, read beside a row that names both.

    Before the first phase opens it is framing.
    """
    asked = EditionRequirement.objects.filter(edition=OuterRef(edition))
    scopes = EditionScope.objects.filter(edition=OuterRef(edition))
    authors = EditionAuthor.objects.filter(edition=OuterRef(edition))
    phase = Phase.objects.current().filter(programme=OuterRef(programme)).values("kind")
    told = (
        ArraySubquery(asked.values(json=JSONObject(**{name: name for name in REQUIRED}))),
        ArraySubquery(scopes.values(json=JSONObject(function="function", fp="fp"))),
        ArraySubquery(authors.values("person_id")),
        Coalesce(Subquery(phase), Value(PhaseKind.CADRAGE.value)),
    )
    return dict(zip(FROZEN, told, strict=True))


def read_signatures(cases: Mapping[UUID, Case], *, conditions: bool = False) -> None:
    """Read (again) the signatures that concern these editions, with the conditions that hold them up."""
    rows: Any = (
        StandingReview.objects.filter(edition__in=list(cases))
        .select_related("review__reviewer", "review__on_behalf_of")
        .defer("review__answers")  # nothing that stands or falls is read from them
        .order_by("review__signed_at", "review_id")
    )
    if conditions:
        rows = rows.annotate(owed=_owed())
    for case in cases.values():
        case.signatures = []
    for row in rows:
        owed = [_said_of(each) for each in row.owed] if conditions else []
        cases[row.edition_id].signatures.append(Signature(row.review, row.state, owed))


def _owed() -> ArraySubquery:
    """The unmet conditions of a signature that hold a licence up, read beside it."""
    unmet = ReviewCondition.objects.filter(review=OuterRef("review")).exclude(condition__status__in=MET)
    holding = unmet.filter(
        Q(condition__severity=Severity.BEFORE_START)
        | Q(condition__severity=Severity.AFTER_DUE, condition__due_on__lt=clock.today())
    )
    told = JSONObject(
        text="condition__text", owner="condition__owner__display_name", due_on="condition__due_on"
    )
    return ArraySubquery(holding.order_by("condition__due_on", "condition__code").values(json=told))


def _said_of(told: Mapping[str, str]) -> Owed:
    return Owed(told["text"], told["owner"], dt.date.fromisoformat(told["due_on"]))


def case_of(
    edition: Edition, *, phase: str | None = None, conditions: bool = False, beside: Any = None
) -> Case:
    """Read what standing on one edition rests on; without `conditions` nothing tells what clears."""
    return cases_of([edition], phase=phase, conditions=conditions, beside=beside)[edition.pk]


# ---------------------------------------------------------------- standing


def standing(edition: Edition, case: Case | None = None) -> list[FunctionStanding]:
    """Say where each of the five functions stands on an edition, and why; `case` is for whoever read it."""
    return _standing_in({edition.pk: case or case_of(edition, conditions=True)})[edition.pk]


def forecast(
    draft: Edition,
    required: Mapping[str, Requirement],
    authors: Iterable[UUID],
    edition: Edition | None,
    found: Iterable[FunctionStanding],
    signed: Iterable[Any],
) -> list[Forecast]:
    """Say what submitting `draft` would make of each function that it asks, in their order.

    `edition` is the one that counts now, `found` where it stands, `signed` what `signatures` tells of the
    dossier. What was signed at any time stands for a draft whose scope is the same (decisions.md 3): a
    content that comes back to what it was asks nobody.
    """
    writers = set(authors)
    case = Case(draft, required=dict(required), signatures=_signed_alike(draft, writers, signed))
    moved = dossiers.changed_facets(edition, draft) if edition is not None else []
    covered = {one.function: one for one in found if one.covers and one.by}
    told = []
    for function in (name for name in ReviewFunction.values if name in required):
        before = covered.get(function)
        if case.covers(function) or before is None:
            told.append(Forecast(function, case.covers(function)))
            continue
        people = {key for review in before.by for key in (review.reviewer_id, review.on_behalf_of_id)}
        read = [facet for facet in moved if facet in policies.watched(function)]
        told.append(Forecast(function, False, read, bool(people & writers)))
    return told


def _signed_alike(draft: Edition, writers: set[UUID], signed: Iterable[Any]) -> list[Signature]:
    """The signatures that would stand for a draft, by its scopes; one person signs one function of it."""
    fps = dossiers.facet_fps(draft)
    scopes = {
        function: dossiers.scope_fp(draft.dossier, function, fps, policies.watched(function))
        for function in ReviewFunction.values
    }
    found: list[Signature] = []
    for review in sorted(signed, key=lambda one: (one.signed_at, one.pk)):
        one = Signature(review, "standing")
        others = {key for each in found if each.review.function != review.function for key in each.people}
        if (
            review.holds
            and scopes[review.function] == review.scope_fp
            and not one.people & (writers | others)
        ):
            found.append(one)
    return found


def standing_of(editions: Collection[Edition]) -> dict[UUID, list[FunctionStanding]]:
    """Say where each function stands on each edition, in a constant number of statements.

    Functions that are not asked are listed too, `required` false.
    """
    return _standing_in(cases_of(editions))


def _standing_in(cases: Mapping[UUID, Case]) -> dict[UUID, list[FunctionStanding]]:
    told = _Explanations(cases)
    return {
        key: [_standing(case, function, told) for function in ReviewFunction.values]
        for key, case in cases.items()
    }


def _standing(case: Case, function: str, told: _Explanations) -> FunctionStanding:
    asked = case.required.get(function)
    state = case.state(function)
    if state == Standing.NEGATIVE:
        by = [cast(Signature, case.negative(function)).review]
    elif (lost := case.fallen(function)) is not None and state in FALLEN:
        by = [lost.review]
    else:
        by = [each.review for each in case.standing(function)]
    through = case.holds_through(function)
    return FunctionStanding(
        function=function,
        required=asked is not None,
        minimum=asked.minimum if asked is not None else 0,
        signatures=case.count(function),
        state=state,
        covers=case.covers(function),
        clears=case.clears(function),
        by=by,
        scope_fp=case.scopes.get(function, ""),
        valid_through=through,
        waits_for=case.waits_for(function) if state != Standing.VALID else [],
        renewable=asked is not None and case.rejection() is None and _renewable(through),
        why=told.why(case, function, state),
    )


def _renewable(through: dt.date | None) -> bool:
    return through is None or policies.may_renew(through, on=clock.today())


class _Explanations:
    """The sentences that say why a function stands where it stands, for many editions at once."""

    def __init__(self, cases: Mapping[UUID, Case]) -> None:
        self.before = _signed_before(cases)
        self.events = _events(cases)
        self.fps: dict[UUID, dict[Facet, str]] = {}

    def why(self, case: Case, function: str, state: Standing) -> str:
        """Say why."""
        if state == Standing.NEGATIVE:
            return self._negative(cast(Signature, case.negative(function)).review)
        if state == Standing.BLOCKED:
            return self._blocked(case, function)
        if state == Standing.VALID:
            return self._valid(case, function)
        if state == Standing.MISSING:
            return self._missing(case, function)
        return self._fallen(case, function, cast(Signature, case.fallen(function)))

    def _valid(self, case: Case, function: str) -> str:
        said = _("Signed by %(who)s. It holds until %(day)s.") % {
            "who": _signers([each.review for each in case.standing(function)]),
            "day": _day(case.holds_through(function)),
        }
        through = case.holds_through(function)
        if through is not None and policies.may_renew(through, on=clock.today()):
            said += " " + _("It may be signed again already.")
        return said

    def _blocked(self, case: Case, function: str) -> str:
        first, *others = case.blocking(function)
        said = {"text": first.text, "owner": first.owner, "day": _day(first.due_on)}
        if first.due_on < clock.today():
            told = (
                _("Signed, but the condition “%(text)s” is overdue since %(day)s; %(owner)s owes it.") % said
            )
        else:
            told = (
                _(
                    "Signed, but nothing starts before the condition “%(text)s” is met; "
                    "%(owner)s owes it by %(day)s."
                )
                % said
            )
        if others:
            told += " " + ngettext(
                "%(count)d other condition is open.", "%(count)d other conditions are open.", len(others)
            ) % {"count": len(others)}
        return told

    def _negative(self, review: Review) -> str:
        return _("Rejected by %(who)s: “%(comment)s” Nobody else signs until the next draft is opened.") % {
            "who": _signers([review]),
            "comment": review.public_comment,
        }

    def _fallen(self, case: Case, function: str, lost: Signature) -> str:
        said = {"who": _signers([lost.review])}
        if lost.state == Standing.REVOKED:
            by = lost.review.revoked_by
            return _("The signature of %(who)s was revoked by %(by)s on %(day)s: “%(reason)s”") % {
                **said,
                "by": by.display_name if by is not None else "",
                "day": _day(clock.day_of(cast(dt.datetime, lost.review.revoked_at))),
                "reason": lost.review.revoke_reason,
            }
        if lost.state == Standing.EXPIRED:
            return _("The signature of %(who)s ended on %(day)s: the same content is to be signed again.") % {
                **said,
                "day": _day(lost.review.valid_through),
            }
        event = self._event(case, function, lost.review)
        return _("The signature of %(who)s fell on %(day)s: %(event)s. The function is to sign again.") % {
            **said,
            "day": _day(event.stales_on if event is not None else None),
            "event": _event_in_words(event),
        }

    def _event(self, case: Case, function: str, review: Review) -> ExternalEvent | None:
        return next(
            (
                event
                for event in self.events.get(case.edition.dossier_id, [])
                if function in event.functions
                and cast(dt.datetime, review.signed_at) < event.at
                and event.reviewer_id in (None, review.reviewer_id)
            ),
            None,
        )

    def _missing(self, case: Case, function: str) -> str:
        asked = case.required.get(function)
        if asked is None:
            return _("This function is not asked for this content.")
        if function not in case.frozen:
            return _(
                "This function became required after the submission: "
                "submit a new edition so that it can sign."
            )
        if case.rejection() is not None and not case.standing(function):
            return _("Refused by another function: nobody else signs until the next draft is opened.")
        waits = case.waits_for(function)
        if waits:
            return _("It signs after %(functions)s.") % {"functions": _functions(waits)}
        if case.standing(function):
            signed = _signers([each.review for each in case.standing(function)])
            if case.missing(function):
                return ngettext(
                    "Signed by %(who)s; %(count)d signature is still to come.",
                    "Signed by %(who)s; %(count)d signatures are still to come.",
                    case.missing(function),
                ) % {"who": signed, "count": case.missing(function)}
            return _("Signed by %(who)s; the other signature comes from another department.") % {
                "who": signed
            }
        before = self.before.get((case.edition.pk, function))
        if before is None:
            return _("Nobody has signed for this function yet.")
        return self._changed(case, function, before)

    def _changed(self, case: Case, function: str, before: Review) -> str:
        """Name what moved since the function last signed."""
        old, new = self._fps(before.edition), self._fps(case.edition)
        moved = [facet for facet in policies.watched(function) if old[Facet(facet)] != new[Facet(facet)]]
        said = {
            "who": _signers([before]),
            "number": before.edition.number,
            "day": _day(clock.day_of(cast(dt.datetime, before.signed_at))),
        }
        if not moved:
            return (
                _(
                    "Edition %(number)d was signed by %(who)s on %(day)s, who has a part in this one: "
                    "someone else signs."
                )
                % said
            )
        said["facets"] = ", ".join(str(Facet(facet).label) for facet in moved)
        return (
            _(
                "What this function watches has changed since %(who)s signed edition %(number)d "
                "on %(day)s: %(facets)s."
            )
            % said
        )

    def _fps(self, edition: Edition) -> dict[Facet, str]:
        if edition.pk not in self.fps:
            self.fps[edition.pk] = dossiers.facet_fps(edition)
        return self.fps[edition.pk]


def _signed_before(cases: Mapping[UUID, Case]) -> dict[tuple[UUID, str], Review]:
    """The last positive signature of each function on an older edition of the same dossier."""
    wanted = {
        case.edition.dossier_id
        for case in cases.values()
        for function in case.required
        if case.edition.number > 1 and not case.of(function)
    }
    if not wanted:
        return {}
    signed = (
        Review.objects.filter(dossier__in=wanted, decision__in=POSITIVE, revoked_at__isnull=True)
        .select_related("edition", "reviewer", "on_behalf_of")
        .order_by("signed_at", "id")
    )
    listed = list(signed)
    found: dict[tuple[UUID, str], Review] = {}
    for case in cases.values():
        for review in listed:
            if review.dossier_id == case.edition.dossier_id and review.edition.number < case.edition.number:
                found[case.edition.pk, review.function] = review
    return found


def _events(cases: Mapping[UUID, Case]) -> dict[UUID, list[ExternalEvent]]:
    """The events that made signatures of these dossiers fall, the last first."""
    fallen = {
        case.edition.dossier_id
        for case in cases.values()
        if any(each.state == Standing.STALE for each in case.signatures)
    }
    found: dict[UUID, list[ExternalEvent]] = {}
    if fallen:
        for event in ExternalEvent.objects.filter(dossier__in=fallen, stales_on__lte=clock.today()).order_by(
            "-at"
        ):
            found.setdefault(event.dossier_id, []).append(event)
    return found


def trigger(code: str) -> dict[str, Any]:
    """The event of the library that bears this code (XT-nn). Raises KeyError for another."""
    for known in library.external_triggers():
        if known["code"] == code:
            return known
    raise KeyError(code)


def _event_in_words(event: ExternalEvent | None) -> str:
    if event is None:
        return ""
    said = trigger(event.code)[library.language(get_language() or "fr")]
    return f"{said} ({event.note})" if event.note else str(said)


def signer(review: Review) -> str:
    """Both names of a signature: who signed, and on behalf of whom."""
    if review.on_behalf_of is None:
        return str(review.reviewer.display_name)
    return _("%(who)s on behalf of %(whom)s") % {
        "who": review.reviewer.display_name,
        "whom": review.on_behalf_of.display_name,
    }


def _signers(reviews: Iterable[Review]) -> str:
    return ", ".join(dict.fromkeys(map(signer, reviews)))


def _functions(functions: Iterable[str]) -> str:
    return ", ".join(str(ReviewFunction(function).label) for function in functions)


def _day(day: dt.date | None) -> str:
    return in_words(day) if day is not None else ""


def covered(edition: Edition, functions: Iterable[str] | None = None) -> bool:
    """Say whether every function asked (or those named) is covered on an edition."""
    case = case_of(edition)
    return case.is_covered() if functions is None else all(case.covers(name) for name in functions)


# ---------------------------------------------------------------- requests and signatures


def requests_open_to(person: Person, programme: Programme | None = None) -> QuerySet[ReviewRequest]:
    """The open requests of a person's functions, held or by a delegation in force; nothing else."""
    today = clock.today()
    if person.user is not None and not person.user.is_active:
        return ReviewRequest.objects.none()
    mine = Q(pk__in=[])
    for function, role in ROLE_OF.items():
        held = RoleAssignment.objects.active(today).filter(
            person=person, role=role, programme=OuterRef("edition__dossier__programme")
        )
        lent = Delegation.objects.active(today).filter(
            delegate=person, function=function, programme=OuterRef("edition__dossier__programme")
        )
        mine |= Q(function=function) & (Exists(held) | Exists(lent))
    found = ReviewRequest.objects.open().filter(mine, edition__closed_at__isnull=True)
    if programme is not None:
        found = found.filter(edition__dossier__programme=programme)
    return found.select_related(
        "edition__dossier__programme", "edition__submitted_by", "asked_by", "assigned_to"
    ).defer("edition__content")  # what is signed is read in its file


def ready(requests: Iterable[ReviewRequest]) -> list[ReviewRequest]:
    """Keep the requests whose turn has come: nothing before them waits, nobody has rejected."""
    listed = list(requests)
    waiting = waits(listed)
    return [asked for asked in listed if asked.pk not in waiting]


@dataclass(frozen=True)
class Wait:
    """Why a request is not to be answered yet: functions that sign before it, or the one that rejected."""

    functions: list[str]
    rejected: bool


def waits(requests: Collection[ReviewRequest]) -> dict[UUID, Wait]:
    """What each request waits for, by its key; those whose turn has come are left out."""
    cases = cases_of(list({asked.edition_id: asked.edition for asked in requests}.values()), conditions=False)
    found = {}
    for asked in requests:
        case = cases[asked.edition_id]
        rejection = case.rejection()
        if rejection is not None:
            found[asked.pk] = Wait([rejection.review.function], rejected=True)
        elif before := case.waits_for(asked.function):
            found[asked.pk] = Wait(before, rejected=False)
    return found


def ending_soon(programme: Programme, on: dt.date) -> list[Review]:
    """The signatures on approved contents that end within the renewal window and were not renewed."""
    last = on + dt.timedelta(days=library.renewal_window_days())
    found: dict[tuple[UUID, str], Review] = {}
    ends = Review.objects.filter(
        dossier=OuterRef("dossier"), decision__in=POSITIVE, revoked_at__isnull=True, valid_through__lte=last
    )
    editions = list(_current(programme).filter(Exists(ends)))
    for case in cases_of(editions, conditions=False).values():
        for function in case.required:
            through = case.holds_through(function)
            if through is not None and through <= last:
                review = next(
                    each.review for each in case.standing(function) if each.review.valid_through == through
                )
                found[case.edition.pk, function] = review
                review.edition = case.edition
    return sorted(found.values(), key=lambda review: cast(dt.date, review.valid_through))


def current_editions(programme: Programme | None = None, dossier: Dossier | None = None) -> list[Edition]:
    """The editions that matter now: those in review, and the last approved one of each dossier in service."""
    return list(_current(programme, dossier))


def _current(programme: Programme | None = None, dossier: Dossier | None = None) -> QuerySet[Edition]:
    last = Edition.objects.filter(
        dossier=OuterRef("dossier"), approval__isnull=False, number__gt=OuterRef("number")
    )
    found = Edition.objects.open().filter(requirements__isnull=False).annotate(outdated=Exists(last))
    found = found.filter(Q(approval__isnull=True) | Q(outdated=False))
    if programme is not None:
        found = found.filter(dossier__programme=programme)
    if dossier is not None:
        found = found.filter(dossier=dossier)
    for over in registry.ended():
        found = found.exclude(pk__in=over)
    return (
        found.select_related("dossier__programme", "submitted_by__user", "approval")
        .order_by("dossier__programme__code", "dossier__code", "number")
        .distinct()
    )


def last_signed(signed: Iterable[Any], edition: Edition, function: str) -> Edition | None:
    """Of the `signatures` of a dossier: the last edition before this one that a function signed.

    A signature that was revoked counts for nothing.
    """
    found = (
        one.edition
        for one in signed
        if one.function == function and one.revoked_at is None and one.edition.number < edition.number
    )
    return max(found, key=lambda one: int(one.number), default=None)


def signatures(
    dossier: Dossier, current: Edition | None, function: str | None = None, *, conditions: bool = True
) -> list[Any]:
    """Every signature given on a dossier, the newest first, each with where it stands today.

    `current` is the edition that counts (`dossiers.queries.counting_edition`). `state` is where a signature
    stands on its own edition, `holds` says whether it does. One that holds there and no longer covers the
    current edition is `stale`: `outrun_by` is that edition, `moved` the facets of its function that changed
    since; where none did, its signer has a part in that edition (`by_an_author`), or signed another function
    of it first. With `conditions`, those that it set come with it.
    """
    signer_wrote = EditionAuthor.objects.filter(
        Q(person=OuterRef("reviewer")) | Q(person=OuterRef("on_behalf_of")), edition=current
    )
    stands = StandingReview.objects.filter(review=OuterRef("pk")).filter(
        Q(edition=OuterRef("edition")) | Q(edition=current)
    )
    listed = Review.objects.filter(dossier=dossier)
    if function is not None:
        listed = listed.filter(function=function)
    found: Any = (
        listed.select_related("reviewer", "on_behalf_of", "revoked_by", "edition", "request")
        .annotate(
            by_an_author=Exists(signer_wrote),
            stands=ArraySubquery(stands.values(json=JSONObject(number="edition__number", state="state"))),
        )
        .order_by("-signed_at", "-id")
    )
    if conditions:
        own = Condition.objects.select_related("owner", "programme")
        found = found.prefetch_related(Prefetch("conditions", own))
    fps: dict[UUID, dict[Facet, str]] = {}
    for review in found:
        review.dossier = review.edition.dossier = dossier
        review.request.edition = review.edition
        _place(review, current, fps)
    return list(found)


def _place(review: Any, current: Edition | None, fps: dict[UUID, dict[Facet, str]]) -> None:
    """Tell where one signature stands, on its own edition and before the current one."""
    states = {one["number"]: one["state"] for one in review.stands}
    state = states.get(review.edition.number, Standing.MISSING.value)
    review.holds = state == "standing"
    review.state = Standing.VALID.value if review.holds else state
    review.outrun_by, review.moved = None, []
    if not review.holds or current is None or current.number in states:
        return
    review.state, review.outrun_by = Standing.STALE.value, current
    for edition in (review.edition, current):
        if edition.pk not in fps:
            fps[edition.pk] = dossiers.facet_fps(edition)
    review.moved = [
        Facet(name)
        for name in policies.watched(review.function)
        if fps[review.edition_id][Facet(name)] != fps[current.pk][Facet(name)]
    ]


def request_by_code(programme: Programme, code: str) -> ReviewRequest | None:
    """The request of this code (dossier, edition, function, round), if there is one."""
    parts = code.rsplit("-", 3)
    if len(parts) != 4 or not (parts[1].isdecimal() and parts[3].isdecimal()):
        return None
    return (
        ReviewRequest.objects.filter(
            edition__dossier__programme=programme,
            edition__dossier__code=parts[0],
            edition__number=int(parts[1]),
            function=parts[2],
            round=int(parts[3]),
        )
        .select_related("edition__dossier__programme", "edition__submitted_by", "asked_by", "assigned_to")
        .first()
    )
