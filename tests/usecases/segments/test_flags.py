"""Risk flags of segment versions."""

import pytest

from governance import library
from governance.reviews import policies
from tests import executable_reading
from usecases.catalogue.snapshot import Catalogue
from usecases.segments.flags import data_flags, version_flags
from usecases.segments.segrule import analysis

CATALOGUE = Catalogue.of_template()
MINOR = {"attr": "profile.is_minor", "op": "eq", "value": True}


def flags_of(role, node):
    reading = analysis.facts({"dsl": "segrule/1", "where": node}, CATALOGUE)
    return version_flags(role, reading)


@pytest.mark.parametrize(
    ("labels", "domains", "raised"),
    [
        ({"SE_ART9"}, set(), {"special_category"}),
        ({"SE_ART10"}, set(), {"special_category"}),
        ({"SE_GEO_PRECISE"}, set(), {"precise_geo"}),
        ({"SE_GEO_AREA"}, set(), set()),
        ({"SE_COMPLAINT"}, set(), {"complaint_data"}),
        ({"OR_SECOND"}, set(), {"data_combination"}),
        ({"OR_THIRD"}, set(), {"data_combination"}),
        (set(), {"behaviour", "care"}, {"data_combination"}),
        (set(), {"behaviour", "relationship"}, {"data_combination"}),
        (set(), {"behaviour", "transaction"}, set()),
        (set(), {"relationship", "care"}, set()),
    ],
)
def test_data_raise_flags(labels, domains, raised):
    assert data_flags(labels, domains) == raised


@pytest.mark.parametrize(
    ("role", "node", "minors"),
    [
        ("target", MINOR, True),
        ("control", MINOR, True),
        ("exclusion", MINOR, False),
        ("target", {"not": MINOR}, False),
        (
            "target",
            {"all": [{"not": {"any": [MINOR, {"attr": "profile.is_customer", "op": "known"}]}}]},
            False,
        ),
        ("seed", {"all": [{"attr": "profile.is_customer", "op": "eq", "value": True}, MINOR]}, True),
    ],
)
def test_minors_are_aimed_at_when_read_outside_a_negation(role, node, minors):
    assert ("minors" in flags_of(role, node)) == minors


def versions():
    """The versions of the demo, with their roles and rules."""
    demo = library.demo()
    earlier = {(e["code"], e["version"]): e["rule"] for e in demo["earlier_versions"]}
    segments = {s["code"]: s for s in demo["segments"]}
    for version in demo["segment_versions"]:
        segment = segments[version["code"]]
        template = library.segment_template(segment["from"])
        yield version, template["role"], earlier.get((version["code"], version["v"]), template["rule"])


def test_the_demo_asks_the_dpo_where_its_data_are_delicate():
    asked = {}
    for version, role, rule in versions():
        reading = analysis.facts(rule, CATALOGUE, analysis.shipped)
        needed = policies.resolve("segment_version", version_flags(role, reading), "cadrage")
        asked[version["code"], version["v"]] = "dpo" in needed
        assert "technical" in needed

    assert {code for (code, _v), dpo in asked.items() if dpo} == {"SEG-03", "SEG-08", "SEG-10"}
    signed = {version["code"] for version, _role, _rule in versions() if "dpo" in version}
    assert signed == {"SEG-03", "SEG-08", "SEG-10"}


@executable_reading.needed
def test_the_demo_asks_what_the_executable_reading_asks():
    checker = executable_reading.checker()
    for version, role, rule in versions():
        reading = analysis.facts(rule, CATALOGUE, analysis.shipped)
        needed = policies.resolve("segment_version", version_flags(role, reading), "cadrage")
        told = {name: {"min": r.minimum, "days": r.days, "sla": r.sla} for name, r in needed.items()}
        assert told == checker.SEG_NEED[version["code"], version["v"]], version["code"]
