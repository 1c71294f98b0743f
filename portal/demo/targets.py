"""KPI targets, with their baselines, horizons and limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from portal.demo import rows
from portal.demo.acts import Act, Entry, Section, act, business_day_before, day, day_or_none
from portal.demo.frame import set_on
from portal.demo.people import LEAD
from usecases.kpis import actions as kpis

WHOLE_PROGRAMME = "programme"
# What the file says in words above the list: when the lead sets the targets of the programme.
PROGRAMME_SET_ON = dt.date(2026, 8, 24)
FIGURES = {"baseline": "baseline", "target": "target", "minimum": "min", "maximum": "max"}
BASELINE = dt.timedelta(weeks=8)


def acts(demo: Entry) -> Iterator[Act]:
    """Read the targets: those of objectives first, others before the first submission of their use case."""
    measures = {code: said["code"] for said in demo["objectives"] for code in said["targets"]}
    owners = {said["code"]: said["owner"] for said in demo["usecases"]}
    first = {said["uc"]: day(said["submitted"]) for said in reversed(demo["revisions"]) if said["submitted"]}
    for said in demo["targets"]:
        code, subject = said["id"], said["subject"]
        if code in measures:
            on, by = set_on(demo), LEAD
        elif subject == WHOLE_PROGRAMME:
            on, by = PROGRAMME_SET_ON, LEAD
        else:
            on, by = business_day_before(first[subject]), owners[subject]
        yield act(
            on,
            Section.TARGETS,
            rows.person(by),
            kpis.set_target,
            rows.programme(),
            kpi=said["kpi"],
            kind=said["kind"],
            dossier=None if subject == WHOLE_PROGRAMME else rows.dossier(subject),
            objectives=[rows.objective(measures[code])] if code in measures else [],
            code=code,
            **_figures(said, on),
        )


def _figures(said: Entry, on: dt.date) -> dict[str, Any]:
    """The values of a target; its baseline was measured over the eight weeks before it was set."""
    figures: dict[str, Any] = {name: Decimal(said[key]) for name, key in FIGURES.items() if key in said}
    if "baseline" in said:
        figures["baseline_from"], figures["baseline_to"] = on - BASELINE, on - dt.timedelta(days=1)
    return figures | {
        "start_on": day_or_none(said.get("start")),
        "horizon_on": day_or_none(said.get("horizon")),
    }
