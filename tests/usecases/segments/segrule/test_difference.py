"""What changed between two rules, told in words."""

import pytest
from hypothesis import given, settings

from usecases.segments import segrule
from usecases.segments.segrule.difference import ADDED, CHANGED, REMOVED

from .rules import RICH, RULES, TEMPLATE, document, known

CART = {
    "event": "web.cart_abandon",
    "within": "P3D",
    "agg": {"prop": "value", "fn": "max", "op": "gte", "value": 40},
}
DEARER = {**CART, "agg": {**CART["agg"], "value": 60}}
NO_ORDER = {"event": "order.web", "within": "P3D", "count": {"op": "eq", "value": 0}}
TIER = {"attr": "profile.loyalty_tier", "op": "in", "value": ["silver", "gold"]}
VIEWS = {"event": "web.page_view", "within": "P7D", "count": {"op": "gte", "value": 5}}
CUSTOMER = {"attr": "profile.is_customer", "op": "eq", "value": True}


def told(old, new, lang="fr"):
    changes = segrule.difference(document(old), document(new), TEMPLATE, lang)
    return [
        (
            change.kind,
            *(text.replace("\u00a0", " ").replace("\u202f", " ") for text in (change.before, change.after)),
        )
        for change in changes
    ]


def test_a_change_names_what_moved_and_what_came():
    old, new = {"all": [CART, NO_ORDER]}, {"all": [DEARER, NO_ORDER, {"any": [TIER, VIEWS]}]}
    amount = (
        "le montant le plus haut des abandons de panier au cours des 3 derniers jours est d’au moins {} €"
    )

    assert told(old, new) == [
        (CHANGED, amount.format(40), amount.format(60)),
        (
            ADDED,
            "",
            "elles remplissent au moins une de ces conditions : (a) le palier de fidélité est argent ou or ; "
            "(b) elles comptent au moins 5 pages vues au cours des 7 derniers jours",
        ),
    ]
    assert [change[0] for change in told(new, old, "en")] == [CHANGED, REMOVED]
    assert told(new, old, "en")[1][2] == ""


def test_one_condition_becoming_two_is_an_addition():
    assert told(TIER, {"any": [TIER, CUSTOMER]}, "en") == [(ADDED, "", "they are customers")]
    assert told({"all": [TIER, CUSTOMER]}, TIER, "en") == [(REMOVED, "they are customers", "")]


def test_another_connective_is_told_as_a_whole():
    assert told({"all": [TIER, CUSTOMER]}, {"any": [TIER, CUSTOMER]}, "en") == [
        (
            CHANGED,
            "People who are customers and whose loyalty tier is silver or gold.",
            "People who are customers or whose loyalty tier is silver or gold.",
        )
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"not": CUSTOMER}, {"not": {**CUSTOMER, "value": False}}),
        ({"all": [TIER, {"any": [CUSTOMER, VIEWS]}]}, {"all": [TIER, {"any": [CUSTOMER, CART]}]}),
        (
            {"segment": {"code": "LIB-BUYERS-180", "version": 1, "state": "in"}},
            {"segment": {"code": "LIB-BUYERS-180", "version": 2, "state": "in"}},
        ),
        (
            {"sample": {"id": "profile.crm_id", "salt": "abc", "from": 0, "to": 10}},
            {"sample": {"id": "profile.crm_id", "salt": "abc", "from": 0, "to": 20}},
        ),
    ],
)
def test_two_states_of_one_condition_stand_side_by_side(one, other):
    changes = segrule.difference(document(one), document(other), TEMPLATE, "fr", segrule.shipped)

    assert [change.kind for change in changes] == [CHANGED]
    assert changes[0].before != changes[0].after


def test_equal_rules_have_no_difference():
    assert told({"all": [TIER, CUSTOMER]}, {"all": [CUSTOMER, {"all": [TIER]}]}) == []


def test_the_older_rule_is_read_with_the_catalogue_it_was_written_for():
    old, new = document({"attr": "own.flag", "op": "eq", "value": True}), document(CUSTOMER)
    changes = segrule.difference(old, new, TEMPLATE, "en", old_catalogue=RICH)

    assert [(change.kind, change.after) for change in changes] == [
        (REMOVED, ""),
        (ADDED, "they are customers"),
    ]
    with pytest.raises(segrule.Illegible):
        segrule.difference(old, new, TEMPLATE, "en")


@settings(max_examples=60)
@given(RULES, RULES)
def test_any_two_rules_can_be_compared(old, new):
    changes = segrule.difference(old, new, RICH, "fr", known)

    assert bool(changes) == (segrule.text(old) != segrule.text(new))
    assert all(change.before != change.after for change in changes)
