"""What the file is read into: dated acts in their order."""

import dataclasses
import datetime as dt

import pytest

from governance import clock, library
from portal.demo import replay
from portal.demo.acts import Later, Section, act, business_day_before, found


@pytest.fixture(scope="module")
def script():
    return replay.script()


def test_acts_run_by_day_then_from_the_lowest_facts_to_the_highest(script):
    places = {demo["programme"]["code"]: place for place, demo in enumerate(library.demos())}
    keys = [(each.day, places[each.programme], each.section) for each in script]
    assert keys == sorted(keys)
    assert script[0].day == dt.date(2026, 1, 12)
    assert script[-1].day <= dt.date(2026, 11, 16)


def test_programmes_of_the_demo_have_one_shape_and_one_day():
    """A reader asks the same of each file; what TALV alone says has no room yet, or is of a later phase."""
    first, *others = library.demos()
    for other in others:
        assert set(other) <= set(first)
        assert set(other["programme"]) <= set(first["programme"])
        assert other["as_of"] == first["as_of"]
        assert other["programme"]["code"] > first["programme"]["code"]  # people land on the first one


def test_every_use_case_segment_revision_and_target_of_the_file_is_there(script):
    file = library.demo()
    said = {(each.verb.__name__, each.said.get("code")) for each in script}
    assert {code for verb, code in said if verb == "set_target"} == {each["id"] for each in file["targets"]}
    assert {code for verb, code in said if verb == "create"} == {each["code"] for each in file["usecases"]}
    assert {code for verb, code in said if verb == "create_from_template"} == {
        *(each["code"] for each in file["segments"]),
        *file["standing_exclusions"],
    }
    assert sum(
        each.verb.__name__ == "submit" and each.section == Section.REVISIONS for each in script
    ) == sum(each["submitted"] is not None for each in file["revisions"])


def test_each_signature_of_the_file_is_an_act_on_its_day(script):
    signed = sorted(
        (each.day, str(each.actor))
        for each in script
        if each.verb.__name__ == "sign" and each.section == Section.REVIEWS
    )
    file = library.demo()
    told = [
        (dt.date.fromisoformat(said[function][1]), said[function][0])
        for said in file["revisions"]
        for function in ("legal", "dpo", "security", "technical", "sponsor")
        if function in said
    ]
    told += [
        (dt.date.fromisoformat(on), who)
        for said in file["revisions"]
        for _f, who, on in said.get("renewals", [])
    ]
    readers = {"technical": "thomas.connecteur", "dpo": "diane.protection"}
    for said in file["segment_versions"]:
        for function, who in readers.items():
            if function in said:
                told += [
                    (dt.date.fromisoformat(said[key]), who) for key in (function, "renewed") if key in said
                ]
    assert signed == sorted(told)


def test_what_waits_for_its_room_is_no_act(script):
    verbs = {
        each.verb.__module__.rpartition(".")[0]
        for each in script
        if each.verb.__module__.endswith(".actions")
    }
    assert verbs == {
        "portal.library",
        *(f"governance.{room}" for room in ("roles", "charter", "conditions", "gates", "reviews")),
        *(f"usecases.{room}" for room in ("catalogue", "segments", "kpis", "backlog")),
    }
    assert {str(each.args[0]) for each in script if each.verb.__name__ == "prepare"} == {"G0", "G1"}


def test_an_act_finds_what_it_names_when_it_is_done():
    rows = iter([1, 2])
    later = Later("row", lambda programme: (programme, next(rows)))
    assert found({"a": [later], "b": (later, "text")}, "P") == {"a": [("P", 1)], "b": [("P", 2), "text"]}


def test_an_act_says_itself():
    later = Later("UC-01 r1", lambda programme: None)
    said = act(
        dt.date(2026, 3, 10),
        Section.REVISIONS,
        Later("mehdi.media", lambda programme: None),
        business_day_before,
        later,
    )
    told = "portal.demo.acts.business_day_before(UC-01 r1)"
    assert str(said) == f"2026-03-10, mehdi.media: {told}"
    assert str(dataclasses.replace(said, programme="TALV")) == f"2026-03-10, TALV mehdi.media: {told}"


def test_the_business_day_before_jumps_over_weekends_and_holidays():
    assert business_day_before(dt.date(2026, 5, 11)) == dt.date(2026, 5, 7)  # the 8th is a holiday
    assert clock.is_business_day(business_day_before(dt.date(2026, 8, 24)))
