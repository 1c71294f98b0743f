"""What gates ask of objectives and their targets."""

from __future__ import annotations

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _

from governance.charter.choices import Horizon, ObjectiveStatus
from governance.charter.models import Objective
from governance.gates.registry import Finding, criterion
from governance.programmes.models import Programme
from governance.roles.choices import Role
from usecases.kpis.models import KpiTarget


def measured_horizons() -> Combinable:
    """The horizons on which a programme has a validated objective with a target."""
    measured = Objective.objects.filter(
        Exists(KpiTarget.objects.filter(objectives=OuterRef("pk"))),
        programme=OuterRef("pk"),
        status=ObjectiveStatus.VALIDATED,
    )
    return ArraySubquery(measured.order_by().values("horizon").distinct())


@criterion("G1-01", reads=measured_horizons)
def objectives_are_measured_on_three_horizons(programme: Programme, measured: list[str]) -> Finding:
    """Ask for a validated objective with a target on each horizon."""
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
        who_can=[Role.SPONSOR, Role.CORE_TEAM_LEAD],
    )
