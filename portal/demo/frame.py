"""Phases planned, the vision drafted, the operator chosen, objectives drafted and validated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from governance.charter import actions as charter
from governance.roles import actions as roles
from portal.demo import rows
from portal.demo.acts import Act, Entry, Section, act, business_day_before, day, day_or_none
from portal.demo.people import LEAD, SPONSOR


def acts(demo: Entry) -> Iterator[Act]:
    """Read what the programme wants, and when."""
    programme = demo["programme"]
    for said in demo["phases"]:
        start, end = said["planned"]
        yield act(
            day(programme["started_on"]),
            Section.FRAME,
            rows.person(SPONSOR),
            roles.plan_phase,
            rows.phase(said["phase"]),
            planned_start=day_or_none(start),
            planned_end=day_or_none(end),
        )
    draft = programme["vision_draft"]
    yield act(
        day(draft["date"]),
        Section.FRAME,
        rows.person(draft["by"]),
        roles.set_vision_draft,
        rows.programme(),
        draft["fr"],
    )
    if operator := programme.get("operator_chosen"):
        yield act(
            day(operator["date"]),
            Section.FRAME,
            rows.person(operator["by"]),
            roles.choose_operator,
            rows.programme(),
            mode=programme["operator_mode"],
            start_planned=day(programme["operator_start_planned"]),
        )
    yield from _objectives(demo)


def _objectives(demo: Entry) -> Iterator[Act]:
    """Drafted by the lead the day before, with the targets that measure them; validated by their owners."""
    targets = {said["id"]: said for said in demo["targets"]}
    for said in demo["objectives"]:
        yield act(
            set_on(demo),
            Section.FRAME,
            rows.person(LEAD),
            charter.draft_objective,
            rows.programme(),
            horizon=said["horizon"],
            statement_fr=said["fr"],
            statement_en=said["en"],
            owner=rows.person(said["owner"]),
            due_on=max(day(targets[code]["horizon"]) for code in said["targets"]),
            code=said["code"],
        )
        yield act(
            day(demo["objectives_validated_on"]),
            Section.FRAME,
            rows.person(said["owner"]),
            charter.validate,
            rows.objective(said["code"]),
        )


def set_on(demo: Entry) -> dt.date:
    """Give the day on which the targets of objectives are set: the one before these are validated."""
    return business_day_before(day(demo["objectives_validated_on"]))
