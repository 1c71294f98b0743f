"""Rules read aloud: exactly, in both languages, and never two rules alike."""

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from usecases.segments import segrule
from usecases.segments.segrule import canonical, sentence

from .rules import LEAVES, NODES, RICH, RULES, TEMPLATE, document, known

NARROW, WIDE = "\u202f", "\u00a0"


def said(node, lang="fr", catalogue=RICH):
    return (
        segrule.reading(document(node), catalogue, lang, known).text.replace(NARROW, " ").replace(WIDE, " ")
    )


def attr(code, op, value=None):
    return {"attr": code, "op": op} | ({} if value is None else {"value": value})


def mutated(node, data):
    """Change one thing of a node: a word, a number, an operator, a connective, what is there or not."""
    if isinstance(node, list):
        place = data.draw(st.integers(0, len(node) - 1))
        return [mutated(item, data) if at == place else item for at, item in enumerate(node)]
    if isinstance(node, dict):
        swap = {"all": "any", "any": "all"}
        for key in swap:
            if key in node and data.draw(st.booleans()):
                return {swap[key]: node[key]}
        key = data.draw(st.sampled_from(sorted(node)))
        if key in ("match", "max_age", "where", "count") and data.draw(st.booleans()):
            return {name: value for name, value in node.items() if name != key}
        return {**node, key: mutated(node[key], data)}
    if isinstance(node, bool):
        return not node
    if isinstance(node, str):
        twins = {
            "eq": "ne",
            "ne": "eq",
            "in": "not_in",
            "lt": "lte",
            "lte": "lt",
            "gt": "gte",
            "gte": "gt",
            "has_any": "has_all",
            "has_all": "has_any",
            "granted": "opposed",
            "out": "in",
            "sum": "max",
            "known": "unknown",
            "unknown": "known",
            "P12M": "P1Y",
            "P7D": "P1W",
            "P1D": "PT24H",
        }
        return twins.get(node, node + "»")
    return node + 1


@settings(max_examples=200)
@given(NODES, st.data())
def test_a_rule_and_its_neighbour_never_share_a_sentence(node, data):
    other = mutated(node, data)
    assume(canonical.text(other) != canonical.text(node))
    for lang in sentence.LANGUAGES:
        try:
            assert said(node, lang) != said(other, lang)
        except segrule.Illegible:
            assume(False)


@settings(max_examples=150)
@given(st.lists(LEAVES, min_size=2, max_size=4), st.data())
def test_the_same_conditions_grouped_otherwise_never_share_a_sentence(leaves, data):
    def grouped(items):
        if len(items) == 1:
            return {"not": items[0]} if data.draw(st.integers(0, 3)) == 0 else items[0]
        cut = data.draw(st.integers(1, len(items) - 1))
        group = {data.draw(st.sampled_from(["all", "any"])): [grouped(items[:cut]), grouped(items[cut:])]}
        return {"not": group} if data.draw(st.integers(0, 3)) == 0 else group

    one, other = grouped(leaves), grouped(leaves)
    assume(canonical.text(one) != canonical.text(other))
    for lang in sentence.LANGUAGES:
        assert said(one, lang) != said(other, lang)


@settings(max_examples=150)
@given(LEAVES, LEAVES)
def test_two_conditions_never_share_a_sentence(one, other):
    assume(canonical.text(one) != canonical.text(other))
    for lang in sentence.LANGUAGES:
        assert said(one, lang) != said(other, lang)


@settings(max_examples=100)
@given(RULES)
def test_equal_rules_read_alike_and_no_mould_is_left(rule):
    for lang in sentence.LANGUAGES:
        text = segrule.reading(rule, RICH, lang, known).text
        assert text == segrule.reading(canonical.canonical(rule), RICH, lang, known).text
        assert not re.search(
            r"\{(np|v|n|low|high|where|last|body|clause|items|one|other|noun|name)\}|None|Decimal", text
        )
        assert not re.search(r"\b(?:profile|score|web|order|crm|tcf|device)[._][a-z]", text)


@pytest.mark.parametrize(
    ("node", "french", "english"),
    [
        (attr("profile.is_customer", "eq", True), "qui sont clientes", "who are customers"),
        (attr("profile.is_customer", "eq", False), "qui ne sont pas clientes", "who are not customers"),
        (
            attr("profile.is_customer", "known"),
            "dont on connaît la qualité de client",
            "whose customer status is known",
        ),
        (
            attr("own.share", "lte", 0.25),
            "dont l’attribut « Part » est d’au plus 25 %",
            "whose “Share” attribute is at most 25%",
        ),
        (
            attr("profile.revenue_12m", "between", [1000, 12345.5]),
            "dont le chiffre d’affaires sur 12 mois se situe entre 1 000 € et 12 345,50 € inclus",
            "whose revenue in 12 months is between €1,000 and €12,345.50 inclusive",
        ),
        (
            attr("profile.birthday_month", "eq", 5),
            "dont le mois d’anniversaire est mai",
            "whose birthday month is May",
        ),
        (
            attr("profile.birthday_month", "gt", 5),
            "dont le mois d’anniversaire est de plus de 5",
            "whose birthday month is more than 5",
        ),
        (
            attr("profile.last_purchase_date", "before", "2026-03-01"),
            "dont la date du dernier achat tombe avant le 1er mars 2026",
            "whose last purchase date is before 1 March 2026",
        ),
        (
            attr("profile.last_purchase_date", "within_last", "P1M"),
            "dont la date du dernier achat tombe au cours du dernier mois",
            "whose last purchase date falls in the last month",
        ),
        (
            attr("profile.last_purchase_date", "older_than", "P2Y"),
            "dont la date du dernier achat remonte à plus de 2 ans",
            "whose last purchase date is more than 2 years ago",
        ),
        (
            attr("own.seen_at", "after", "2026-11-16T09:30+01:00"),
            "dont l’attribut « Vue le » tombe après le 16 novembre 2026 à 09:30 (UTC+01:00)",
            "whose “Seen at” attribute is after 16 November 2026 at 09:30 (UTC+01:00)",
        ),
        (
            attr("profile.declared_interests", "has_all", ["kitchen", "garden"]),
            "dont la liste des centres d’intérêt déclarés comprend à la fois jardin et cuisine",
            "whose list of declared interests includes both garden and kitchen",
        ),
        (
            attr("profile.loyalty_tier", "not_in", ["gold", "silver", "bronze"]),
            "dont le palier de fidélité n’est ni bronze, ni argent, ni or",
            "whose loyalty tier is neither bronze, nor silver, nor gold",
        ),
        (
            attr("profile.preferred_store", "starts_with", "Lille"),
            "dont le magasin de rattachement commence par « Lille »",
            "whose home store starts with “Lille”",
        ),
        (
            attr("profile.department_code", "within_area", ["33", "40"]),
            "dont le département est 33 ou 40",
            "whose French department is 33 or 40",
        ),
        (
            attr("device.position", "within_km", {"lat": 48.8566, "lon": -2.5, "km": 5}),
            "dont la position de l’appareil est à 5 km au plus du point 48,8566° N, 2,5° O",
            "whose device position is within 5 km of the point 48.8566° N, 2.5° W",
        ),
        (
            {"event": "web.page_view", "within": "P7D"},
            "qui comptent une page vue ou plusieurs au cours des 7 derniers jours",
            "who have one or more page views in the last 7 days",
        ),
        (
            {
                "event": "order.web",
                "within": "P1D",
                "count": {"op": "gt", "value": 1},
                "where": [
                    {"prop": "value", "op": "gte", "value": 40},
                    {"prop": "category", "op": "in", "value": ["diy", "garden"]},
                ],
            },
            "qui comptent plus de 1 commande web (dont le montant est d’au moins 40 € et dont la catégorie "
            "est "
            "jardin ou bricolage) au cours du dernier jour",
            "who have more than 1 web order (whose value is at least €40 and whose category is garden or "
            "DIY) "
            "in the "
            "last day",
        ),
        (
            {"event": "own.thing", "within": "PT4H", "count": {"op": "between", "value": [2, 3]}},
            "qui comptent de 2 à 3 événements « Chose » au cours des 4 dernières heures",
            "who have 2 to 3 “Thing” events in the last 4 hours",
        ),
        (
            {
                "event": "own.thing",
                "within": "PT1M",
                "agg": {"prop": "length", "fn": "avg", "op": "lt", "value": 2},
            },
            "dont la moyenne de la propriété « length » des événements « Chose » au cours de la "
            "dernière minute "
            "est de "
            "moins de 2",
            "whose average of the “length” property of “Thing” events in the last minute is less than 2",
        ),
        (
            {"consent": {"purposes": ["crm_sms"], "state": "granted", "max_age": "P6M"}},
            "qui ont consenti à « Prospection par SMS », choix exprimé au cours des 6 derniers mois",
            "who have consented to “Marketing SMS”, a choice made in the last 6 months",
        ),
        (
            {"consent": {"purposes": ["crm_sms", "crm_email"], "state": "opposed", "match": "any"}},
            "qui se sont opposées à au moins une de ces finalités : « Prospection par e-mail », « "
            "Prospection par SMS »",
            "who have objected to at least one of these purposes: “Marketing e-mail”, “Marketing SMS”",
        ),
        (
            {"segment": {"code": "SEG-01", "version": 2, "state": "out"}},
            "qui ne font pas partie du segment « Acheteurs », version 2",
            "who do not belong to segment “Acheteurs (en)”, version 2",
        ),
        (
            {"sample": {"id": "profile.crm_id", "salt": "exp-1", "from": 0, "to": 20}},
            "qui font partie d’un échantillon stable de 20 %, tranche de 0 % à 20 % du tirage « exp-1 » "
            "sur l’identifiant "
            "client",
            "who belong to a stable sample of 20%, slice from 0% to 20% of the draw “exp-1” on their "
            "customer identifier",
        ),
    ],
)
def test_each_kind_of_condition_is_said_in_both_languages(node, french, english):
    assert said(node) == f"Personnes {french}."
    assert said(node, "en") == f"People {english}."


def test_negations_read_as_exclusions():
    buyers, customers = {"event": "order.web", "within": "P7D"}, attr("profile.is_customer", "eq", True)

    assert said({"not": customers}) == "Toutes les personnes, à l’exclusion de celles qui sont clientes."
    assert said({"all": [buyers, {"not": customers}]}) == (
        "Personnes qui comptent une commande web ou plusieurs au cours des 7 derniers jours, à l’exclusion "
        "de celles "
        "qui sont clientes."
    )
    assert said({"any": [customers, {"not": {"all": [buyers, attr("own.flag", "eq", True)]}}]}, "en") == (
        "People who meet at least one of these conditions: (a) they are customers; (b) they are not "
        "among those who "
        "meet all of these conditions: (b1) their “Sign (App behaviour (SDK))” attribute is true; (b2) they "
        "have "
        "one "
        "or more web orders in the last 7 days."
    )


def test_a_page_gets_the_conditions_one_by_one():
    inner = {"any": [attr("own.flag", "eq", True), attr("profile.is_minor", "eq", True)]}
    rule = document({"all": [attr("profile.is_customer", "eq", True), {"not": inner}]})
    reading = segrule.reading(rule, RICH, "en")

    assert reading.intro == "People who meet all of these conditions"
    assert [(part.label, part.text) for part in reading.parts] == [
        ("a", "they are customers"),
        ("b", "they are not among those who meet at least one of these conditions"),
    ]
    assert [part.label for part in reading.parts[1].parts] == ["b1", "b2"]
    alone = segrule.reading(document(attr("profile.is_minor", "eq", True)), RICH, "fr")
    assert (alone.intro, [part.text for part in alone.parts]) == ("", ["elles sont mineures"])


def test_a_renamed_attribute_is_called_by_its_new_name():
    content = TEMPLATE.to_json()
    for item in content["attributes"]:
        if item["code"] == "profile.is_customer":
            item["fr"] = "Compte professionnel"
    renamed = type(TEMPLATE).from_json(content)

    assert said(attr("profile.is_customer", "eq", True), catalogue=renamed) == (
        "Personnes dont l’attribut « Compte professionnel » vaut oui."
    )
    assert said(attr("profile.is_customer", "eq", True), "en", renamed) == "People who are customers."


def test_one_condition_is_read_for_a_journey():
    node = {"event": "app.open", "within": "P30D", "count": {"op": "gte", "value": 2}}

    assert segrule.clause(node, TEMPLATE, "fr") == (
        "elles comptent au moins 2 ouvertures de l’application au cours des 30 derniers jours"
    )


@pytest.mark.parametrize(
    "node",
    [
        attr("profile.nothing", "eq", 1),
        attr("profile.is_customer", "eq", "yes"),
        attr("profile.crm_id", "eq", "x"),
        attr("profile.revenue_12m", "gte", "40"),
        attr("profile.revenue_12m", "in", ["40"]),
        attr("profile.last_purchase_date", "within_last", "7 days"),
        attr("profile.last_purchase_date", "on", "2026-02-30"),
        {"event": "order.none", "within": "P1D"},
        {"event": "order.web", "within": "P0D"},
        {},
        {"all": []},
        {"event": "order.web", "within": "P1D", "where": [{"prop": "colour", "op": "known"}]},
    ],
)
def test_what_cannot_be_said_is_illegible(node):
    with pytest.raises(segrule.Illegible):
        said(node)
