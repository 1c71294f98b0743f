"""Use cases noted, scored, planned and framed; their revisions written and submitted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from governance import library
from portal.demo import rows
from portal.demo.acts import Act, Entry, Section, act, day
from portal.demo.people import LEAD
from usecases.backlog import actions as backlog

# What the file says in words of the one draft that is opened after its use case was framed (rule 9).
OPENED_LATER = {"UC-13": dt.date(2026, 10, 20)}
# From which start on the roadmap is less sure (defaults.roadmap_confidence, said in words).
LEAST_SURE, LESS_SURE = dt.date(2027, 4, 1), dt.date(2027, 1, 1)
# What a revision says under the name that the file has; the second author writes the last three.
WRITTEN_AS_READ = (
    *("title_fr", "title_en", "nature", "channels", "journey", "objectives", "targets", "budget_eur"),
    *("quiet_hours", "priority", "latency_needed"),
)
OF_SECOND_AUTHOR = ("retention", "notice_ref", "rights_process")


def acts(demo: Entry) -> Iterator[Act]:
    """Read the use cases, their links, and their revisions."""
    for said in demo["usecases"]:
        yield from _use_case(said, demo)
    framed = {said["code"]: day(said["framed"]) for said in demo["usecases"] if "framed" in said}
    for one, other, kind in demo["dependencies"]:
        yield act(
            max(framed[one], framed[other]),
            Section.REVISIONS,
            rows.person(LEAD),
            backlog.depend,
            rows.use_case(one),
            rows.use_case(other),
            kind,
        )
    use_cases = {said["code"]: said for said in demo["usecases"]}
    for said in demo["revisions"]:
        if said["submitted"] is not None:
            yield from _revision(said, use_cases[said["uc"]], demo)


def _use_case(said: Entry, demo: Entry) -> Iterator[Act]:
    """The owner notes it, the lead scores and plans it; with the template written, the lead frames it."""
    code, owner, lead = said["code"], rows.person(said["owner"]), rows.person(LEAD)
    template = library.usecase_template(said["template"])
    created = day(said["created"])
    reach, impact, confidence, effort = said["rice"]
    start, end = map(day, said["roadmap"])
    yield act(
        created,
        Section.REVISIONS,
        owner,
        backlog.create,
        rows.programme(),
        title_fr=template["title_fr"],
        title_en=template["title_en"],
        emblematic=said["emblematic"],
        branch=said["branch"],
        level=said["level"],
        code=code,
    )
    yield act(
        created,
        Section.REVISIONS,
        lead,
        backlog.score,
        rows.use_case(code),
        reach=reach,
        impact=impact,
        confidence=confidence,
        effort_weeks=effort,
    )
    yield act(
        created,
        Section.REVISIONS,
        lead,
        backlog.schedule,
        rows.use_case(code),
        start=start,
        end=end,
        confidence=1 if start >= LEAST_SURE else 2 if start >= LESS_SURE else 3,
    )
    if "framed" not in said:
        return
    framed, hypothesis = day(said["framed"]), _hypothesis(code, demo)
    opened = OPENED_LATER.get(code, framed)
    written = act(
        opened,
        Section.REVISIONS,
        owner,
        backlog.instantiate,
        rows.revision(code, 1),
        said["template"],
        hypothesis=hypothesis,
        audience_branch=said["branch"],
        scenario_level=said["level"],
    )
    if opened == framed:
        yield written
    else:
        yield act(
            framed, Section.REVISIONS, owner, backlog.edit, rows.revision(code, 1), hypothesis=hypothesis
        )
    yield act(framed, Section.REVISIONS, lead, backlog.frame, rows.use_case(code))
    if opened != framed:
        yield written


def _revision(said: Entry, use_case: Entry, demo: Entry) -> Iterator[Act]:
    """The owner writes it, other authors their part, and the owner submits it, all on one day (rule 2)."""
    code, number, on = said["uc"], said["r"], day(said["submitted"])
    owner = use_case["owner"]
    others = [key for key in said["authors"] if key != owner]
    content = _content(said, use_case, demo)
    theirs = {name: content.pop(name) for name in OF_SECOND_AUTHOR} if others else {}
    if number > 1:
        yield act(on, Section.REVISIONS, rows.person(owner), backlog.open_revision, rows.use_case(code))
    written = rows.revision(code, number)
    yield act(on, Section.REVISIONS, rows.person(owner), backlog.edit, written, **content)
    for other in others:
        yield act(on, Section.REVISIONS, rows.person(other), backlog.edit, written, **theirs)
    yield act(on, Section.REVISIONS, rows.person(owner), backlog.submit, written)


def _content(entry: Entry, use_case: Entry, demo: Entry) -> dict[str, Any]:
    """What a revision says: the entry, else the use case, else the defaults, else the template (rule 1)."""
    said = library.usecase_template(use_case["template"]) | demo["defaults"] | use_case | entry
    destinations = [each for each in demo["destinations"] if each["channel"] in said["channels"]]
    applied = {each["code"]: each.get("apply", "") for each in demo["segments"]}
    return {
        "scenario_level": said["level"],
        "audience_branch": said["branch"],
        "hypothesis": _hypothesis(said["uc"], demo),
        "destinations": [each["code"] for each in destinations],
        "recipients": sorted({each["org"] for each in destinations}),
        "purposes": [_purpose(code, said["legal_basis"], said["lia"]) for code in said["purposes"]],
        "segments": [
            {
                "segment_version": (code, number),
                "role": role,
                "apply": applied[code] if role == "exclusion" else "",
            }
            for code, number, role in said["segments"]
        ],
        "caps": said.get("caps") or {},
        "expected_volume": said["rice"][0],
        "change_summary": said.get("change") or "",
        **{name: said[name] for name in (*WRITTEN_AS_READ, *OF_SECOND_AUTHOR)},
    }


def _purpose(code: str, basis: str, lia: str) -> dict[str, Any]:
    """A purpose takes the template's basis if it allows it, else its own first one (rule 1)."""
    allowed = library.entry("purposes", code)["bases"]
    chosen = basis if basis in allowed else allowed[0]
    return {
        "purpose": code,
        "legal_basis": chosen,
        "lia_evidence": lia if chosen == "legitimate_interests" else None,
    }


def _hypothesis(code: str, demo: Entry) -> dict[str, str]:
    return dict(zip(("if", "then", "because"), demo["hypotheses"][code], strict=True))
