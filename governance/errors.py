"""Refusals: what is said when a verb is not done, and the status each one has at the edge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

from django.db import DatabaseError, OperationalError
from django.utils.translation import gettext_lazy as _

Given = TypeVar("Given")
PROBLEM = "application/problem+json"  # how the API says no (RFC 9457)
TRANSIENT = frozenset({"40001", "40P01", "55P03"})  # serialization failure, deadlock, lock timeout

# Codes whose status differs from that of their family (decisions.md 7).
STATUS: dict[str, int] = {
    # who are you (again)
    "not_authenticated": 401,
    "reauth_required": 401,
    "otp_reused": 401,
    "second_factor_required": 401,
    # what you may not see
    "not_found": 404,
    # who you are
    "no_right": 403,
    "no_role": 403,
    "interactive_required": 403,
    "conflict_of_interest": 403,
    # what is stored
    "SOD-04": 409,
    "SOD-08": 409,
    "SOD-09": 409,
    "DLG-00": 409,
    # what you saw
    "stale": 412,
    "stale_revision": 412,
    "precondition_required": 428,
    "fingerprint_required": 428,
    "idempotency_required": 428,
    # the meaning of this body
    "fingerprint_mismatch": 422,
    "key_reused": 422,
    # its shape
    "malformed": 400,
    "read_only_field": 400,
    "unknown_field": 400,
    "unknown_filter": 400,
    "too_many": 429,
}
FAMILIES: dict[str, int] = {
    "SOD": 403,
    "DLG": 403,
    "INV": 409,
    "LIC": 409,
    "E": 422,
    "J": 409,
    "I": 409,
}


class Refusal(Exception):
    """One reason why an act is not done: a rule's code, a sentence for a person, and who can lift it.

    `who_can` names people or roles in words; `since` is the date the obstacle began, if known; `field`
    is the field of the body or form at fault. `status` is the HTTP status the edge gives it. `others`
    holds further refusals found by the same rule, so that all are told and not only the first.
    """

    default_status = 409

    def __init__(
        self,
        detail: Any,
        *,
        code: str,
        who_can: Iterable[Any] = (),
        since: Any = None,
        field: str | None = None,
        status: int | None = None,
        others: Iterable[Refusal] = (),
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.who_can = list(who_can)
        self.since = since
        self.field = field
        self.others = list(others)
        self._status = status

    @property
    def status(self) -> int:
        """HTTP status: the one asked for, the code's, its family's, else that of the class."""
        if self._status is not None:
            return self._status
        if self.code in STATUS:
            return STATUS[self.code]
        family = self.code.split("-")[0] if "-" in self.code else self.code.rstrip("0123456789")
        if family in FAMILIES and family != self.code:
            return FAMILIES[family]
        return self.default_status

    @property
    def is_yours(self) -> bool:
        """Whether whoever is told can mend it here: what was said, seen or proved, not who they are."""
        return isinstance(self, NotValid | Stale) or self.status in (400, 401)

    @property
    def objections(self) -> list[Refusal]:
        """This refusal and all those told with it."""
        return [self, *self.others]

    def __str__(self) -> str:
        return str(self.detail)


class NotAllowed(Refusal):
    """Not you: rights, separation of duties, delegation."""

    default_status = 403


class NotPossible(Refusal):
    """Not now: the state, the content, what is stored."""

    default_status = 409


class NotValid(Refusal):
    """Not like this: the body is well formed but says something that cannot be."""

    default_status = 422


class Stale(Refusal):
    """Not on what you saw: the content moved since it was shown."""

    default_status = 412


def raise_if(objection: Refusal | Iterable[Refusal] | None) -> None:
    """Raise the objection, if there is one; of several, the first, carrying the others."""
    if objection is None:
        return
    if isinstance(objection, Refusal):
        raise objection
    found = list(objection)
    if found:
        raise_all(found)


def raise_all(objections: list[Refusal]) -> NoReturn:
    """Raise the first of these objections, carrying the others."""
    first, *others = objections
    first.others.extend(others)
    raise first


@contextmanager
def told(constraints: Mapping[str, Callable[[], Refusal]]) -> Iterator[None]:
    """Tell in words what the database refuses, by the name of its constraint.

    A verb checks first, with words; the loser of a race meets the constraint instead. Names that are not
    mapped pass unchanged, and so do deadlocks: the edge tries the whole act again (`retried`).
    """
    try:
        yield
    except DatabaseError as error:
        make = constraints.get(broken_constraint(error))
        if make is None:
            raise
        raise make() from error


def broken_constraint(error: BaseException) -> str:
    """The name of the constraint or guard that a database error breaks, or nothing."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


def is_transient(error: BaseException) -> bool:
    """Say whether the same act may succeed when tried again: a deadlock, a lock waited for too long."""
    return getattr(error.__cause__, "sqlstate", None) in TRANSIENT


def retried(act: Callable[[], Given], *, times: int = 3) -> Given:
    """Do an act, again after a deadlock, at most so many times; then say that too many write at once.

    For the edge: `act` opens its own transaction, and none is open around it.
    """
    for attempt in range(1, times + 1):
        try:
            return act()
        except OperationalError as error:
            if not is_transient(error):
                raise
            if attempt == times:
                raise NotPossible(
                    _("Several people are writing here at the same moment. Try again."), code="busy"
                ) from error
    raise AssertionError("an act is tried at least once")
