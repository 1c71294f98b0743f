"""Which room each criterion waits for, while it is not loaded (decisions.md 6): it counts for nothing."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Those whose facts have a room: copied into programmes when they are founded.
LOADED = frozenset(
    {
        *("G0-01", "G0-02", "G0-03", "G0-04", "G0-05", "G0-07", "G0-08", "G0-09"),
        *("G1-01", "G1-03", "G1-04", "G1-05", "G1-09", "G1-13", "G1-14"),
    }
)

_ROOMS: list[tuple[Promise, tuple[str, ...]]] = [
    (_("Committees and meetings"), ("G0-06", "G1-10", "G1-11", "G2-14", "G3-07", "G4-10")),
    (_("Target vision"), ("G1-02",)),
    (_("Data protection"), ("G1-06", "G2-06", "GX-05")),
    (_("Vendors"), ("G1-07", "G1-08", "G2-04", "GX-08", "GX-10")),
    (_("Data sources"), ("G1-12", "G2-01", "G2-02", "G2-03", "G2-05", "G2-12", "G3-12")),
    (_("Measurements"), ("G2-10", "G3-03", "G3-05", "G3-10", "G4-05", "GX-11")),
    (_("Tests"), ("G2-09", "G3-01", "G3-02", "G3-14", "GX-06")),
    (_("Skills"), ("G2-08", "G2-13", "G3-08", "G3-13", "G4-09")),
    (_("Hand-over"), ("G3-06", "G4-01", "G4-02", "G4-04", "G4-06", "G4-07")),
    (_("Activation"), ("G2-07", "G2-11", "G3-04", "G3-09", "G3-11", "G4-03", "G4-08", "G4-11")),
    (_("Exit of the programme"), ("GX-01", "GX-02", "GX-03", "GX-04", "GX-07", "GX-09", "GX-12")),
]
ROOM_OF: dict[str, Promise] = {code: room for room, codes in _ROOMS for code in codes}
