"""Segments, their versions with the rules they had, their sizes, freezing, and leaving use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from governance import library
from portal.demo import rows
from portal.demo.acts import Act, Entry, Section, act, day
from usecases.segments import actions as segments
from usecases.segments.rules import last_day

# What the file says of standing exclusions in words, beside the list of their codes.
EXCLUSIONS_FROZEN, EXCLUSIONS_REVIEWED = dt.date(2026, 8, 24), dt.date(2026, 8, 26)
EXCLUSIONS_IN_FORCE = dt.date(2026, 8, 28)
EXCLUSIONS_BY = "olivier.opere"


def acts(demo: Entry) -> Iterator[Act]:
    """Read the versions in their order: each is written, sized and frozen on one day."""
    named = {said["code"]: said for said in demo["segments"]}
    earlier = {(said["code"], said["version"]): said for said in demo["earlier_versions"]}
    for said in demo["segment_versions"]:
        yield from _version(said, named[said["code"]], earlier.get((said["code"], said["v"])))
    for code in demo["standing_exclusions"]:
        by = rows.person(EXCLUSIONS_BY)
        yield act(
            EXCLUSIONS_FROZEN,
            Section.SEGMENTS,
            by,
            segments.create_from_template,
            rows.programme(),
            code,
            code=code,
            valid_from=EXCLUSIONS_IN_FORCE,
            valid_until=last_day(EXCLUSIONS_IN_FORCE),
        )
        yield act(EXCLUSIONS_FROZEN, Section.SEGMENTS, by, segments.freeze, rows.version(code, 1))


def _version(said: Entry, segment: Entry, earlier: Entry | None) -> Iterator[Act]:
    """The first author writes it, the others edit it; sizes are noted by whoever freezes it."""
    code, number = said["code"], said["v"]
    template = library.segment_template(segment["from"])
    rule = earlier["rule"] if earlier else template["rule"]
    start, end = (earlier or segment)["validity"]
    valid = {"valid_from": day(start), "valid_until": day(end)}
    frozen_on, by = day(said["frozen"][0]), rows.person(said["frozen"][1])
    author, *others = said["authors"]
    if number == 1:
        yield act(
            frozen_on,
            Section.SEGMENTS,
            rows.person(author),
            segments.create_from_template,
            rows.programme(),
            segment["from"],
            code=code,
            name=segment["name"],
            rule=rule,
            pins={name: rows.version(*pin) for name, pin in segment.get("pins", {}).items()},
            **valid,
        )
    else:
        yield act(frozen_on, Section.SEGMENTS, rows.person(author), segments.revise, rows.segment(code))
        yield act(
            frozen_on,
            Section.SEGMENTS,
            rows.person(author),
            segments.edit,
            rows.version(code, number),
            rule=rule,
            **valid,
        )
    for other in others:
        yield act(
            frozen_on,
            Section.SEGMENTS,
            rows.person(other),
            segments.edit,
            rows.version(code, number),
            **valid,
        )
    for on, size in said["estimates"]:
        yield act(
            day(on),
            Section.SEGMENTS,
            by,
            segments.estimate,
            rows.version(code, number),
            size=size,
            on=day(on),
            method=said["method"],
        )
    yield act(frozen_on, Section.SEGMENTS, by, segments.freeze, rows.version(code, number))
    if number == segment["versions"] and "deprecated" in segment:
        yield act(
            day(segment["deprecated"]), Section.SEGMENTS, by, segments.deprecate, rows.version(code, number)
        )
