"""What a person may do in a programme now, by the matrix; and why not, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject
from django.utils.functional import lazystr
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance import clock, library
from governance.dossiers.choices import ReviewFunction
from governance.dossiers.models import Dossier
from governance.errors import NotAllowed, Refusal
from governance.programmes.choices import ENDED, LETTERS, PhaseKind
from governance.programmes.models import Phase, Programme
from governance.programmes.queries import letter_of_phases
from governance.roles import matrix, queries
from governance.roles.choices import FUNCTION_OF, Role
from governance.roles.models import RoleAssignment
from governance.stakeholders.models import Person
from governance.stakeholders.queries import interests_of

_PHASES = ArraySubquery(
    Phase.objects.filter(programme=OuterRef("programme")).values(
        json=JSONObject(kind="kind", status="status")
    )
)


_KINDS = {letter: kind for kind, letter in LETTERS.items()}


def _statuses(rows: Sequence[Any]) -> dict[str, str]:
    """The status of each phase, as read beside the roles; nothing where no role is held."""
    return {phase["kind"]: phase["status"] for phase in (rows[0].phases_now if rows else ())}


@dataclass(frozen=True)
class Rights:
    """What one person may do in one programme now; loaded in one statement, pure afterwards.

    `roles` are those held today in the phase the programme is in; `held` those held today in any phase:
    they give reading. `letter` is the phase's in the matrix, empty when only reading is left.
    """

    person: Person
    programme: Programme
    roles: frozenset[str]
    held: frozenset[str]
    letter: str
    is_able: bool
    handed_over: bool = False

    @classmethod
    def of(cls, person: Person, programme: Programme) -> Rights:
        """Load what a person may do in a programme now."""
        held = RoleAssignment.objects.active(clock.today()).filter(person=person, programme=programme)
        rows = list(held.annotate(phases_now=_PHASES, is_open=F("person__user__is_active")))
        is_able = all(one.is_open is not False for one in rows)
        return cls._read(person, programme, rows, _statuses(rows), is_able=is_able)

    @classmethod
    def within(cls, person: Person, code: str) -> Rights | None:
        """Load a programme by its code, with what a person may do in it now; nothing where they hold no role.

        The same people see it as by `queries.programmes_of`.
        """
        held = queries.seen_by(person).filter(programme__code=code).annotate(phases_now=_PHASES)
        rows = list(held.select_related("programme"))
        return cls._read(person, rows[0].programme, rows, _statuses(rows)) if rows else None

    @classmethod
    def everywhere(cls, person: Person) -> list[Rights]:
        """Load what a person may do in each programme that they see, by code, with its phases."""
        held = queries.seen_by(person).select_related("programme").prefetch_related("programme__phases")
        found = []
        for programme, rows in groupby(held.order_by("programme__code"), key=lambda one: one.programme):
            statuses = {phase.kind: phase.status for phase in programme.phases.all()}
            found.append(cls._read(person, programme, list(rows), statuses))
        return found

    @classmethod
    def _read(
        cls,
        person: Person,
        programme: Programme,
        rows: Sequence[RoleAssignment],
        statuses: dict[str, str],
        *,
        is_able: bool = True,
    ) -> Rights:
        letter = letter_of_phases(statuses) if rows and programme.status not in ENDED else ""
        here = {
            one.role
            for one in rows
            if not one.phases or letter in {LETTERS[PhaseKind(phase)] for phase in one.phases}
        }
        return cls(
            person=person,
            programme=programme,
            roles=frozenset(here),
            held=frozenset(one.role for one in rows),
            letter=letter,
            is_able=is_able,
        )

    @property
    def phase(self) -> PhaseKind:
        """The phase whose policies apply: the current one, framing before the first gate, then the run."""
        return _KINDS.get(self.letter, PhaseKind.RUN)

    @property
    def is_member(self) -> bool:
        """Whether the person holds a role in the programme today, with an account that is open."""
        return self.is_able and bool(self.held)

    @property
    def functions(self) -> frozenset[ReviewFunction]:
        """The review functions that the person's roles sign for."""
        return frozenset(FUNCTION_OF[Role(role)] for role in self.roles if Role(role) in FUNCTION_OF)

    @property
    def reads(self) -> bool:
        """Whether the person reads the open content of the programme, and not only what was shared."""
        return self.is_member and not self.held <= queries.READ_WHAT_IS_SHARED

    @cached_property
    def shared(self) -> frozenset[Any]:
        """The dossiers of this programme shared with the person, by key; read when first asked."""
        return frozenset(
            queries.shared_with(self.person).filter(programme=self.programme).values_list("pk", flat=True)
        )

    @cached_property
    def interests(self) -> set[object]:
        """The organisations in which the person declared an interest, by key; read when first asked."""
        return interests_of(self.person, clock.today())

    def may(self, action: str, about: Any = None) -> bool:
        """Say whether the person may do this now, about this thing."""
        return self.objection(action, about) is None

    def objection(self, action: str, about: Any = None) -> Refusal | None:
        """Say what keeps the person from doing this now, or nothing. KeyError for an unknown action."""
        row = matrix.cells()[action]
        if action in matrix.platform_actions():
            return objection_to_administer(self.person)
        if not self.held:
            return not_a_member()
        if not self.is_able:
            return account_closed()
        reading = action == "read.programme"
        letters = matrix.LETTERS if reading and not self.letter else self.letter
        hindrances = set()
        for role in self.held if reading else self.roles:
            qualifiers = {row[Role(role)][each] for each in letters if each in row.get(Role(role), {})}
            for qualifier in qualifiers:
                hindrance = self._hindrance(qualifier, Role(role), action, about)
                if hindrance is None:
                    return None
                hindrances.add(hindrance)
        return self._refusal(action, hindrances, about)

    def _hindrance(self, qualifier: str, role: Role, action: str, about: Any) -> str | None:
        """The qualifier that is not met, or nothing."""
        met = {
            "": True,
            "e": True,
            "h": not self.handed_over,
            "H": self.handed_over,
            "p": action in matrix.DRAFTS,
            "o": qualifier == "o" and self._owns(about, role),
            "f": qualifier == "f" and answers_for(role, about),
            "i": qualifier == "i" and self._is_free_of_interest(about),
        }
        return None if met[qualifier] else qualifier

    def _owns(self, about: Any, role: Role) -> bool:
        """Owner or author; for agency and creative, also what was shared."""
        belongs_to = getattr(about, "belongs_to", None)
        if belongs_to is not None and belongs_to(self.person):
            return True
        if role not in queries.READ_WHAT_IS_SHARED:
            return False
        key = about.pk if isinstance(about, Dossier) else getattr(about, "dossier_id", None)
        return key is not None and key in self.shared

    def _is_free_of_interest(self, about: Any) -> bool:
        organisation = getattr(about, "organisation_id", None)
        return organisation is not None and organisation not in self.interests

    def _refusal(self, action: str, hindrances: set[str], about: Any) -> Refusal:
        row = matrix.cells()[action]
        able = [role for role in row if _decides(row[role], self.letter)]
        if "f" in hindrances:  # of those who may, the ones who answer for this thing
            able = [role for role in able if answers_for(role, about)] or able
        return NotAllowed(
            _sentence(action, self.letter, hindrances, able),
            code="no_right",
            who_can=[role.label for role in able],
        )


def _decides(cell: matrix.Cell, letter: str) -> bool:
    """Whether a role does this itself in a phase: proposals and rights after the hand-over do not count."""
    return letter in cell and cell[letter] not in ("p", "H")


def _sentence(action: str, letter: str, hindrances: set[str], able: list[Role]) -> Any:
    """Why not, in words; made when it is read, in the reader's language."""
    roles, title = _Roles(able), _Title(action)
    if not letter:
        return _said(
            _("“%(act)s” is no longer possible: the programme has ended and is only read."), act=title
        )
    if "f" in hindrances:
        return _said(
            _("“%(act)s” is for another function than yours: %(roles)s may."), act=title, roles=roles
        )
    if "o" in hindrances:
        return _said(
            _("“%(act)s” is possible on what is yours, and this is not: %(roles)s may."),
            act=title,
            roles=roles,
        )
    if "i" in hindrances:
        return _said(
            _("“%(act)s” is refused where you declared an interest: %(roles)s may."), act=title, roles=roles
        )
    if "p" in hindrances:
        return _said(
            _("“%(act)s”: you may propose, the decision is another's: %(roles)s may."), act=title, roles=roles
        )
    if able:
        return _said(
            _("“%(act)s” is not among your rights in this phase: %(roles)s may."), act=title, roles=roles
        )
    return _said(_("“%(act)s” is not possible in this phase, for anybody."), act=title)


def _said(pattern: Any, **parts: Any) -> Any:
    """A sentence with its parts, put together in the language of whoever reads it."""
    return lazystr(_Said(pattern, parts))


class _Said:
    """A pattern and what goes into it."""

    def __init__(self, pattern: Any, parts: dict[str, Any]) -> None:
        self.pattern, self.parts = pattern, parts

    def __str__(self) -> str:
        return str(self.pattern) % {name: str(part) for name, part in self.parts.items()}


class _Title:
    """What an action is called."""

    def __init__(self, action: str) -> None:
        self.action = action

    def __str__(self) -> str:
        return matrix.titles()[self.action][library.language(get_language() or "fr")]


class _Roles:
    """Names of roles, for a sentence."""

    def __init__(self, roles: Iterable[Role]) -> None:
        self.roles = list(roles)

    def __str__(self) -> str:
        return ", ".join(str(role.label) for role in self.roles)


def answers_for(role: Role, about: Any) -> bool:
    """Whether a role is the one asked: by the function of the thing, or by the role that attests it."""
    named = getattr(about, "attest_role", "")
    if named:
        return role == named
    return role in FUNCTION_OF and getattr(about, "function", None) == FUNCTION_OF[role]


def objection(person: Person, action: str, programme: Programme, about: Any = None) -> Refusal | None:
    """Say what keeps a person from doing this now, about this thing, or nothing."""
    return Rights.of(person, programme).objection(action, about)


def not_a_member() -> Refusal:
    """Whoever holds no role in a programme does not learn that it exists."""
    return NotAllowed(_("There is no such page, or it is not yours to see."), code="not_found")


def account_closed() -> Refusal:
    """A deactivated account does nothing, whatever the roles."""
    return NotAllowed(
        _("This account is deactivated: a platform administrator can open it again."), code="no_role"
    )


def objection_to_administer(person: Person | None) -> Refusal | None:
    """Say what keeps a person from the acts of platform administrators: accounts, founding programmes."""
    if person is None or person.user is None or not person.user.is_platform_admin:
        return NotAllowed(
            _("Accounts and new programmes are the business of platform administrators."),
            code="no_right",
            who_can=[_("Platform administrator")],
        )
    return objection_to_act(person)


def objection_to_act(person: Person) -> Refusal | None:
    """Say what keeps a person from acting at all: an account closed, or they left; read as it is now."""
    known = Person.objects.filter(pk=person.pk).values_list("user__is_active", "left_on").first()
    is_active, left_on = known if known is not None else (False, None)
    if is_active is False:
        return account_closed()
    if left_on is not None and left_on <= clock.today():
        return NotAllowed(_("%(person)s has left.") % {"person": person}, code="no_role")
    return None
