"""What a KPI target must say to be measured against (domain.md 3.7, INV-21). Pure: no table, no request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from governance.errors import NotPossible, NotValid

MAX_CONSECUTIVE = 8


@dataclass(frozen=True)
class Target:
    """The figures of one target, as typed."""

    kind: str
    baseline: Decimal | None = None
    baseline_from: dt.date | None = None
    baseline_to: dt.date | None = None
    target: Decimal | None = None
    start_on: dt.date | None = None
    horizon_on: dt.date | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    consecutive: int = 2
    severity: str = "suspend"


def objections_to_target(target: Target) -> list[NotValid]:
    """Say what is missing or cannot be in one target, each with the field at fault.

    The baseline may come later: it is asked when the use case is submitted (INV-21).
    """
    found: list[NotValid] = []

    def refuse(field: str, sentence: str) -> None:
        found.append(NotValid(sentence, code="invalid_target", field=field))

    if target.kind not in ("primary", "secondary", "guardrail"):
        refuse("kind", _("A target is primary, secondary or a guardrail. Choose one of the three."))
    elif target.kind == "guardrail":
        if target.minimum is None and target.maximum is None:
            refuse("maximum", _("A guardrail needs a limit. Give a minimum, a maximum, or both."))
    else:
        if target.target is None:
            refuse("target", _("The value aimed at is missing. Say what the indicator should reach."))
        if target.start_on is None:
            refuse("start_on", _("The start date is missing. Say from when progress is expected."))
        if target.horizon_on is None:
            refuse("horizon_on", _("The horizon is missing. Say by when the value must be reached."))
        if target.baseline is not None and target.baseline == target.target:
            refuse("target", _("The value aimed at equals the baseline. Aim at a change that can be seen."))
    if target.start_on and target.horizon_on and target.horizon_on <= target.start_on:
        refuse("horizon_on", _("The horizon comes before the start. Choose a later date."))
    if (target.baseline_from is None) != (target.baseline_to is None):
        refuse(
            "baseline_from",
            _("The baseline period has one end only. Give its first and last day, or neither."),
        )
    elif target.baseline_from and target.baseline_to and target.baseline_to < target.baseline_from:
        refuse("baseline_to", _("The baseline period ends before it begins. Correct one of its two days."))
    if target.minimum is not None and target.maximum is not None and target.minimum > target.maximum:
        refuse("minimum", _("The minimum is above the maximum. Correct one of the two limits."))
    if not 1 <= target.consecutive <= MAX_CONSECUTIVE:
        refuse(
            "consecutive",
            _("A guardrail acts after 1 to %(most)d periods in a row. Choose a number in this range.")
            % {"most": MAX_CONSECUTIVE},
        )
    if target.severity not in ("suspend", "alert"):
        refuse("severity", _("A guardrail either suspends activations or alerts. Choose one of the two."))
    return found


def objection_to_targets(targets: Iterable[Target]) -> NotPossible | None:
    """Say whether a use case has one primary target, baselines, and a guardrail (INV-21)."""
    listed = list(targets)
    primaries = sum(target.kind == "primary" for target in listed)
    lacking = []
    if not primaries:
        lacking.append(_("A primary target is missing: choose the one indicator that decides."))
    elif primaries > 1:
        lacking.append(
            _("There are several primary targets: keep the one that decides and make the others secondary.")
        )
    if any(target.kind != "guardrail" and target.baseline is None for target in listed):
        lacking.append(_("A target has no baseline: give the value measured before the change."))
    if not any(target.kind == "guardrail" for target in listed):
        lacking.append(_("A guardrail is missing: say which indicator must not get worse, and its limit."))
    if not lacking:
        return None
    return NotPossible(" ".join(lacking), code="INV-21", field="targets")
