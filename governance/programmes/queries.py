"""Which phase a programme is in."""

from __future__ import annotations

from governance.programmes.choices import LETTERS, PhaseKind, PhaseStatus
from governance.programmes.models import Phase, Programme


def phase(programme: Programme, kind: str) -> Phase:
    """One of the four phases of a programme."""
    return programme.phases.get(kind=kind)


def letter_of_phases(statuses: dict[str, str]) -> str:
    """The letter of the matrix for phases in these states.

    The current phase; before the first gate, framing; between two phases, the one last closed; after the
    run is closed, none.
    """
    for kind in PhaseKind:
        status = statuses.get(kind, PhaseStatus.NOT_STARTED)
        if status not in (PhaseStatus.NOT_STARTED, PhaseStatus.CLOSED):
            return LETTERS[kind]
    closed = [kind for kind in PhaseKind if statuses.get(kind) == PhaseStatus.CLOSED]
    if not closed:
        return LETTERS[PhaseKind.CADRAGE]
    return "" if closed[-1] == PhaseKind.RUN else LETTERS[closed[-1]]
