"""Sources with their owners and quality, the catalogue, destinations, notes on data, evidence."""

from __future__ import annotations

from collections.abc import Iterator

from governance import library
from governance.roles import actions as roles
from portal.demo import rows
from portal.demo.acts import Act, Entry, Section, act, day
from portal.demo.people import LEAD
from usecases.catalogue import actions as catalogue


def acts(demo: Entry) -> Iterator[Act]:
    """Read what is known of the data."""
    for code, owner in demo["source_owners"].items():
        yield act(
            day(demo["programme"]["started_on"]),
            Section.DATA,
            rows.person(LEAD),
            catalogue.set_owner,
            rows.source(code),
            rows.person(owner),
        )
    for said in demo["knowledge_notes"]:
        on = day(said["date"])
        yield act(
            on,
            Section.DATA,
            rows.person(said["author"]),
            catalogue.add_note,
            rows.source(said["source"]),
            text=said["fr"],
            severity=said["severity"],
        )
        yield act(
            on,
            Section.DATA,
            rows.person(said["confirmed_by"]),
            catalogue.confirm_note,
            rows.note(said["source"], said["fr"]),
        )
    yield from _catalogue(demo)
    for said in demo["evidence"]:
        yield act(
            day(said["date"]),
            Section.DATA,
            rows.person(said["by"]),
            roles.add_evidence,
            rows.programme(),
            **piece(said),
        )


def _catalogue(demo: Entry) -> Iterator[Act]:
    """Quality is noted, destinations are declared, and the catalogue is published, on one day."""
    if not demo["catalogue"]:
        return
    shipped = library.catalogue_template()
    scores, figures = dict(demo["source_quality"]), dict(demo["attribute_quality"])
    score, figure = scores.pop("default"), figures.pop("default")
    first, *others = demo["catalogue"]
    if others:
        raise ValueError("the demo publishes one version of its catalogue")
    on, lead = day(first["published"]), rows.person(first["by"])
    yield act(
        on,
        Section.DATA,
        lead,
        catalogue.assess,
        rows.programme(),
        sources={each["code"]: scores.get(each["code"], score) for each in shipped["sources"]},
        attributes={each["code"]: figures.get(each["code"], figure) for each in shipped["attributes"]},
    )
    for said in demo["destinations"]:
        yield act(
            on,
            Section.DATA,
            lead,
            catalogue.add_destination,
            rows.programme(),
            code=said["code"],
            channel=said["channel"],
            organisation=rows.organisation(said["org"]),
            country=said["country"],
            supports_exclusion=said["supports_exclusion"],
        )
    yield act(on, Section.DATA, lead, catalogue.publish, rows.programme())


def piece(said: Entry) -> Entry:
    """Read a piece of evidence: its file is its note, else its code (reading rule 8)."""
    text = said["note"] if "note" in said else said["code"]
    title = said.get("title") or said.get("note") or f"{said['code']}, {said['subject']}"
    tested = {"outcome": said["outcome"], "tested_on": day(said["date"])} if "outcome" in said else {}
    return {
        "title": title[:1].upper() + title[1:],
        "kind": said["kind"],
        "data": text.encode(),
        "filename": f"{said['code']}.txt",
        "code": said["code"],
        **tested,
    }
