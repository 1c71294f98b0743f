"""Rules that say the same have one form and one fingerprint."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance import canonical as house
from usecases.segments import segrule
from usecases.segments.segrule import canonical

from .rules import RULES, document

A = {"attr": "profile.is_customer", "op": "eq", "value": True}
B = {"attr": "profile.loyalty_member", "op": "eq", "value": True}
C = {"attr": "profile.open_complaint", "op": "eq", "value": True}


def shuffled(node, chance):
    """Say the same otherwise: members, children and sets in another order, doubled, nested, negated twice."""
    if isinstance(node, list):
        return [shuffled(item, chance) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: shuffled(value, chance) for key, value in node.items()}
    for key in ("all", "any"):
        if key in made:
            made[key] += chance.choices(made[key], k=chance.randrange(2))
            chance.shuffle(made[key])
    sets = [(made, "value")] if made.get("op") in canonical.LIST_OPS else []
    sets += [(made, "where")] if "event" in made and "where" in made else []
    sets += [(made["consent"], "purposes")] if "consent" in made else []
    for holder, key in sets:
        chance.shuffle(holder[key])
        if key != "purposes":
            holder[key] += chance.choices(holder[key], k=chance.randrange(2))
    members = list(made.items())
    chance.shuffle(members)
    made = dict(members)
    if {"all", "any", "not", "attr", "consent", "segment"} & made.keys() and not made.keys() & {
        "prop",
        "dsl",
    }:
        wrap = chance.randrange(6)
        made = {1: {"all": [made]}, 2: {"any": [made]}, 3: {"not": {"not": made}}}.get(wrap, made)
    return made


@given(RULES, st.integers(0, 10**6))
def test_saying_the_same_otherwise_changes_nothing(rule, seed):
    again = shuffled(rule, random.Random(seed))

    assert segrule.text(again) == segrule.text(rule)
    assert segrule.fingerprint(again) == segrule.fingerprint(rule)


@given(RULES)
def test_the_canonical_form_is_its_own(rule):
    once = canonical.canonical(rule)

    assert house.text(canonical.canonical(once)) == house.text(once) == segrule.text(rule)


@given(RULES)
def test_the_canonical_form_survives_json(rule):
    assert segrule.text(house.parse(segrule.text(rule))) == segrule.text(rule)
    assert segrule.text(json.loads(segrule.text(rule))) == segrule.text(rule)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"all": [A, B]}, {"all": [B, A, A]}),
        ({"all": [A, {"all": [B, C]}]}, {"all": [A, B, C]}),
        ({"any": [A, {"any": [B, {"any": [C]}]}]}, {"any": [C, B, A]}),
        ({"all": [{"any": [{"all": [A, B]}]}, C]}, {"all": [A, B, C]}),
        ({"not": {"not": {"not": A}}}, {"not": A}),
        ({"any": [A]}, A),
        ({"attr": "a.b", "op": "gte", "value": 40.0}, {"attr": "a.b", "op": "gte", "value": 40}),
        (
            {"attr": "a.b", "op": "in", "value": ["x", "y", "x"]},
            {"attr": "a.b", "op": "in", "value": ["y", "x"]},
        ),
        ({"attr": "a.b", "op": "known", "value": None}, {"attr": "a.b", "op": "known"}),
    ],
)
def test_two_writings_are_one_rule(one, other):
    assert segrule.text(document(one)) == segrule.text(document(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"all": [A, B]}, {"any": [A, B]}),
        ({"all": [A, {"any": [B, C]}]}, {"any": [{"all": [A, B]}, C]}),
        ({"not": A}, {**A, "value": False}),
        (
            {"attr": "a.b", "op": "between", "value": [1, 2]},
            {"attr": "a.b", "op": "between", "value": [2, 1]},
        ),
        ({"event": "a.b", "within": "P12M"}, {"event": "a.b", "within": "P1Y"}),
        (
            {"event": "a.b", "within": "P1D"},
            {"event": "a.b", "within": "P1D", "count": {"op": "gte", "value": 1}},
        ),
        ({"attr": "a.b", "op": "in", "value": ["x"]}, {"attr": "a.b", "op": "eq", "value": "x"}),
    ],
)
def test_two_rules_stay_two(one, other):
    assert segrule.fingerprint(document(one)) != segrule.fingerprint(document(other))


def test_a_version_is_its_rule_and_its_catalogue():
    rule = document(A)
    expected = house.fingerprint({"rule": canonical.canonical(rule), "catalogue": "sha256:1"})

    assert segrule.version_fingerprint(rule, "sha256:1") == expected
    assert segrule.version_fingerprint(rule, "sha256:2") != expected


def test_what_has_no_canonical_form_is_refused():
    for value in (1.00001, "e\u0301"):
        with pytest.raises(house.NotCanonical):
            segrule.text(document({"attr": "a.b", "op": "eq", "value": value}))
