"""Refusals: what is said when a verb is not done, and the status each one has at the edge."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

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
