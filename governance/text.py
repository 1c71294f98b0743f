"""Text that people type: what is kept is what can be read (trust.md A34)."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext_lazy as _

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
NOT_READABLE = _("This text holds characters that cannot be seen: type it again.")


def holds_unseen(value: str, *, lines: bool = True) -> bool:
    """Say whether a text holds marks that nobody sees: controls, zero widths, turns of direction.

    With `lines`, tabs and ends of lines are fine.
    """
    fine = "\t\n\r" if lines else ""
    return any(unicodedata.category(mark) in UNSEEN and mark not in fine for mark in value)
