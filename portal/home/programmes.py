"""The programmes of a person: where one enters each, and where each stands, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from governance import clock
from governance.gates.ahead import Ahead, ahead_of_each
from governance.programmes.choices import CURRENT
from governance.roles.choices import Role
from governance.roles.rules import Rights
from governance.web.shown import day_of


def front_of(rights: Rights) -> str:
    """Where one enters a programme: its page, or the use cases for whoever reads only what was shared."""
    page = "governance:programme" if rights.reads else "usecases:list"
    return reverse(page, args=[rights.programme.code])


def roles_in(rights: Rights) -> str:
    """The roles that a person holds in a programme today, in words."""
    return ", ".join(str(role.label) for role in Role if role in rights.held)


def side_by_side(mine: Sequence[Rights]) -> list[dict[str, Any]]:
    """Each programme with its phase and, for whoever reads it, how far its next gate is.

    The number of statements does not depend on how many programmes there are.
    """
    ahead = ahead_of_each([each.programme for each in mine if each.reads])
    return [_row(each, ahead.get(each.programme.pk)) for each in mine]


def _row(rights: Rights, ahead: Ahead | None) -> dict[str, Any]:
    programme = rights.programme
    now = next((phase for phase in programme.phases.all() if phase.status in CURRENT), None)
    return {
        "programme": programme,
        "url": front_of(rights),
        "roles": roles_in(rights),
        "phase": now,
        "how_far": day_of(now, clock.today()) if now is not None else "",
        "ahead": ahead,
        "reads": rights.reads,
    }
