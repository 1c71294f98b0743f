"""What this room tells the registry of kinds: a gate review's findings, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from governance.dossiers.choices import DossierKind
from governance.dossiers.kinds import Kind, register
from governance.dossiers.models import Dossier
from governance.gates.findings import thawed


def describe(
    _facet: Any, content: dict[str, Any], lang: str, _dossier: Dossier
) -> Iterable[tuple[str, str | list[str]]]:
    """Tell each criterion as it was found: its text, then what was found and why."""
    for each in thawed(content, lang):
        yield each.text, [str(each.value), each.explanation]


register(Kind(DossierKind.GATE_REVIEW, _("Gate review"), "", "governance:gate", describe))
