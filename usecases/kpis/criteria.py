"""What gates ask of objectives and their targets."""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from governance.charter.choices import Horizon, ObjectiveStatus
from governance.charter.models import Objective
from governance.gates.registry import Finding, criterion
from governance.programmes.models import Programme
from governance.roles.choices import Role
from usecases.kpis.models import KpiTarget


@criterion("G1-01")
def objectives_are_measured_on_three_horizons(programme: Programme) -> Finding:
    """Ask for a validated objective with a target on each horizon."""
    measured = set(
        Objective.objects.filter(
            Exists(KpiTarget.objects.filter(objectives=OuterRef("pk"))),
            programme=programme,
            status=ObjectiveStatus.VALIDATED,
        ).values_list("horizon", flat=True)
    )
    lacking = [horizon for horizon in Horizon if horizon not in measured]
    if lacking:
        explanation = _("No validated objective with a target on: %(horizons)s.") % {
            "horizons": ", ".join(str(horizon.label) for horizon in lacking)
        }
    else:
        explanation = _("Each horizon has a validated objective with a target.")
    return Finding(
        passes=not lacking,
        value=len(Horizon) - len(lacking),
        threshold=len(Horizon),
        explanation=explanation,
        who_can=[Role.SPONSOR.label, Role.CORE_TEAM_LEAD.label],
    )
