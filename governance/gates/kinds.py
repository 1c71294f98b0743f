"""What this room tells the registry of kinds: a gate review is governed, and read on its gate's page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from governance.dossiers.choices import DossierKind
from governance.dossiers.kinds import Kind, register

register(Kind(DossierKind.GATE_REVIEW, _("Gate review"), "", "governance:gate"))
