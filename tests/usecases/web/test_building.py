"""A rule built condition by condition: its lines, its buttons, and the same through pages."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from governance import clock
from tests.governance.web.panel import form_of
from usecases.catalogue.snapshot import Catalogue
from usecases.segments import queries, segrule
from usecases.web.building import Builder, ConditionForm, read

CATALOGUE = Catalogue.of_template()
TODAY = dt.date(2026, 11, 29)
GOLD = {"attr": "profile.loyalty_tier", "op": "in", "value": ["gold"]}
WEB = {"event": "order.web", "within": "P30D"}
OPTED = {"consent": {"purposes": ["crm_email"], "state": "granted"}}


def rule(where):
    return {"dsl": "segrule/1", "where": where}


def builder(where=None, **more):
    if where is None:
        return Builder(None, CATALOGUE, segrule.nothing_known, **more)
    faults = segrule.check(rule(where), CATALOGUE, today=TODAY).errors
    return Builder(read(json.dumps(rule(where))), CATALOGUE, segrule.nothing_known, faults, **more)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def test_a_rule_is_told_line_by_line():
    lines = builder({"all": [GOLD, {"not": {"any": [WEB, OPTED]}}]}).lines()
    assert [(line.at, line.depth, line.group) for line in lines] == [
        ("/where", 0, "all"),
        ("/where/all/0", 1, ""),
        ("/where/all/1", 1, "any"),
        ("/where/all/1/not/any/0", 2, ""),
        ("/where/all/1/not/any/1", 2, ""),
    ]
    assert [line.words for line in lines][::2][:2] == [
        "All of these conditions",
        "None of these conditions",
    ]
    assert lines[1].words == "their loyalty tier is only gold"
    assert builder().lines() == []


def test_a_fault_stands_on_its_line():
    wrong = {"attr": "profile.orders_count_12m", "op": "gte", "value": "two"}
    first, second, third = builder({"all": [GOLD, wrong]}).lines()
    assert (first.faults, second.faults) == ((), ())
    assert (third.words, third.faults) == (
        'Orders in 12 months is at least "two"',
        ("A whole number is expected here.",),
    )


NO_RULES = ["{", "[]", "7", '{"where": 3}', "[" * 5000, '{"where": ' + '{"not": ' * 200 + "1" + "}" * 201]
NO_RULES += ['{"where": {"attr": "\\ud800"}}', '{"where": {"attr": "a.b", "op": "lt", "value": 1e400}}']


@pytest.mark.parametrize("text", NO_RULES)
def test_what_is_no_rule_is_not_drawn(text):
    assert not Builder(read(text), CATALOGUE, segrule.nothing_known).is_readable


def test_lines_are_removed_and_empty_groups_go():
    made = builder({"all": [GOLD, {"not": {"any": [WEB]}}]})
    assert made.removed("/where/all/0") == rule({"all": [{"not": {"any": [WEB]}}]})
    assert made.removed("/where/all/1/not/any/0") == rule({"all": [GOLD]})
    assert made.removed("/where") is None
    assert builder({"all": [GOLD]}).removed("/where/all/0") is None
    assert builder(GOLD).removed("/where") is None


@pytest.mark.parametrize(
    "node",
    [
        GOLD,
        {"not": GOLD},
        WEB,
        {**WEB, "count": {"op": "between", "value": [2, 5]}},
        OPTED,
        {"attr": "profile.loyalty_tier", "op": "eq", "value": "gold"},
        {"attr": "profile.is_customer", "op": "eq", "value": False},
        {"attr": "profile.orders_count_12m", "op": "between", "value": [1, 3]},
        {"attr": "profile.last_purchase_date", "op": "within_last", "value": "P6M"},
        {"attr": "profile.last_purchase_date", "op": "known"},
    ],
)
def test_a_condition_is_taken_up_as_it_was_typed(node):
    made = builder({"all": [GOLD, node]})
    line = made.lines()[2]
    drawn = ConditionForm(None, builder=made, initial={**line.typed, "instead": line.at})
    data = {drawn[name].html_name: drawn[name].value() for name in drawn.fields if drawn[name].value()}
    form = ConditionForm({"c-unit": "D", **data}, builder=made)
    assert form.is_valid(), form.errors
    assert form.node() == node
    assert made.replaced(line.at, WEB) == rule({"all": [GOLD, WEB]})
    assert builder(GOLD).replaced("/where", WEB) == rule(WEB)


@pytest.mark.parametrize(
    "node",
    [
        {
            "event": "order.web",
            "within": "P30D",
            "agg": {"prop": "amount", "fn": "sum", "op": "gte", "value": 1},
        },
        {"lookalike": {"code": "SEG-01", "version": 1, "channel": "paid_social", "expansion": 0.02}},
        {"consent": {"purposes": ["crm_email", "crm_sms"], "match": "any", "state": "granted"}},
    ],
)
def test_what_has_no_fields_is_changed_in_the_text(node):
    assert builder({"all": [GOLD, node]}).lines()[2].typed is None


WORDS = st.sampled_from(
    ["all", "any", "not", "attr", "op", "value", "event", "within", "count", "consent", "purposes", "state",
     "segment", "code", "version", "profile.loyalty_tier", "order.web", "in", "within_last", "P30D", "x"]
)  # fmt: skip
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=300)
@given(where=st.dictionaries(WORDS, DOCUMENTS, max_size=3))
def test_whatever_is_written_is_drawn_and_every_button_answers(where):
    with translation.override("en"):
        made = builder(where)
        for line in made.lines():
            made.removed(line.at)
            made.replaced(line.at, GOLD)
            if line.group:
                made.turned(line.at)
            if line.typed is not None:
                str(ConditionForm(None, builder=made, initial={**line.typed, "instead": line.at}))
        for place, _words in made.places():
            made.added(GOLD, place)


def test_a_group_is_turned_round_and_back():
    made = builder({"all": [GOLD, {"not": {"any": [WEB, OPTED]}}]})
    assert made.turned("/where") == rule({"any": [GOLD, {"not": {"any": [WEB, OPTED]}}]})
    assert made.turned("/where/all/1")["where"]["all"][1] == {"not": {"all": [WEB, OPTED]}}


def test_a_condition_goes_where_it_is_put():
    assert builder().added(GOLD, "") == rule({"all": [GOLD]})
    assert builder(GOLD).added(WEB, "") == rule({"all": [GOLD, WEB]})
    made = builder({"all": [GOLD, {"any": [WEB]}]})
    assert [place for place, _words in made.places()] == ["/where", "/where/all/1", "new"]
    assert made.added(OPTED, "/where") == rule({"all": [GOLD, {"any": [WEB]}, OPTED]})
    assert made.added(OPTED, "/where/all/1") == rule({"all": [GOLD, {"any": [WEB, OPTED]}]})
    assert made.added(OPTED, "") == made.added(OPTED, "/where")  # drawn for no rule, the text has one since
    assert made.added(OPTED, "new") == rule({"all": [GOLD, {"any": [WEB]}, {"any": [OPTED]}]})


TIER, ORDERS = "profile.loyalty_tier", "profile.orders_count_12m"
BOUGHT, CUSTOMER = "profile.last_purchase_date", "profile.is_customer"
TYPED = [
    (TIER, {"op": "in", "value": ["gold", "silver"]}, {"op": "in", "value": ["gold", "silver"]}),
    (TIER, {"op": "eq", "value": ["gold"]}, {"op": "eq", "value": "gold"}),
    (TIER, {"op": "known"}, {"op": "known"}),
    (ORDERS, {"op": "gte", "value": "2"}, {"op": "gte", "value": 2}),
    (ORDERS, {"op": "gte", "value": "1\u202f000"}, {"op": "gte", "value": 1000}),
    ("profile.revenue_12m", {"op": "gte", "value": "12,5"}, {"op": "gte", "value": Decimal("12.5")}),
    (ORDERS, {"op": "between", "value": "1 ; 3"}, {"op": "between", "value": [1, 3]}),
    (CUSTOMER, {"op": "eq", "value": "false"}, {"op": "eq", "value": False}),
    (BOUGHT, {"op": "within_last", "count": "6", "unit": "M"}, {"op": "within_last", "value": "P6M"}),
    (BOUGHT, {"op": "after", "value": "31/01/2026"}, {"op": "after", "value": "2026-01-31"}),
    (BOUGHT, {"op": "before", "value": "2026-01-31"}, {"op": "before", "value": "2026-01-31"}),
    ("order.web", {"op": "gte", "count": "30"}, {"within": "P30D"}),
    (
        "order.web",
        {"op": "eq", "value": "0", "count": "2", "unit": "W"},
        {"within": "P2W", "count": {"op": "eq", "value": 0}},
    ),
]


def data_of(about, typed):
    return {"c-about": about, "c-unit": "D", **{f"c-{name}": value for name, value in typed.items()}}


@pytest.mark.parametrize("denied", [False, True])
@pytest.mark.parametrize(("code", "typed", "node"), TYPED)
def test_what_is_typed_becomes_a_condition_that_holds(code, typed, node, denied):
    kind = "attr" if code in CATALOGUE.attributes else "event"
    said = typed | ({"denied": "on"} if denied else {})
    form = ConditionForm(data_of(f"{kind}:{code}", said), builder=builder())
    assert form.is_valid(), form.errors
    made = {kind: code, **node}
    assert form.node() == ({"not": made} if denied else made)
    assert not segrule.check(rule(made), CATALOGUE, today=TODAY).errors


def test_a_consent_is_asked_for():
    form = ConditionForm(data_of("consent:crm_email", {"op": "granted"}), builder=builder())
    assert form.is_valid(), form.errors
    assert form.node() == OPTED


@pytest.mark.parametrize("text", ["NaN", "null", "[1]", "true", "1e400", "two"])
def test_what_is_no_number_stays_a_text_for_the_check(text):
    form = ConditionForm(data_of(f"attr:{ORDERS}", {"op": "gte", "value": text}), builder=builder())
    assert form.is_valid(), form.errors
    assert form.node()["value"] == text


@pytest.mark.parametrize(
    ("about", "typed", "field"),
    [
        ("attr:profile.orders_count_12m", {"op": "gte", "value": " ; "}, "value"),
        ("attr:profile.orders_count_12m", {"op": "has_any", "value": "1"}, "op"),
        ("attr:profile.loyalty_tier", {"op": "in", "value": ["platinum"]}, "value"),
        ("attr:profile.last_purchase_date", {"op": "within_last"}, "count"),
        ("event:order.web", {"op": "gte"}, "count"),
        ("attr:nobody.knows", {"op": "eq", "value": "1"}, "about"),
        ("event:nobody.knows", {"op": "gte", "count": "3"}, "about"),
        ("event:order.web", {"op": "lte", "count": "3"}, "value"),
        ("event:order.web", {"op": "gte", "count": "3", "value": "2;5"}, "value"),
        ("attr:profile.loyalty_tier", {"op": "eq", "value": ["gold", "silver"]}, "value"),
        ("attr:profile.orders_count_12m", {"op": "gte", "value": "5;7"}, "value"),
        ("segment:SEG-01:1", {"op": "in"}, "about"),
        ("", {}, "about"),
    ],
)
def test_what_lacks_is_said_at_its_field(about, typed, field):
    form = ConditionForm(data_of(about, typed), builder=builder())
    assert not form.is_valid()
    assert field in form.errors


# ---------------------------------------------------------------- pages
@pytest.mark.django_db
def test_a_segment_is_built_without_writing_json(stage, desk):
    analyst = desk(stage.cast.anna)
    typed = form_of(analyst.get("usecases:segment_new"), "")

    def press(build, **more):
        nonlocal typed
        answer = analyst.post("usecases:segment_new", **{**typed, "build": build, **more})
        typed = form_of(answer, "")
        return answer

    chosen = press("choose", **{"name_fr": "Fidèles", "c-about": "attr:profile.loyalty_tier"})
    assert 'name="c-op"' in chosen.content.decode()
    lacking = press("add", **{"c-op": "in"})
    assert lacking.status_code == 400
    assert "Say with what it is compared." in lacking.content.decode()
    press("add", **{"c-op": "in", "c-value": ["gold"]})
    pressed = press("choose", **{"c-about": "event:order.web"})
    assert "their loyalty tier is only gold" in pressed.content.decode()
    press("add", **{"c-op": "gte", "c-count": "90"})
    changed = press("change:/where/all/0")
    assert "Change the condition" in changed.content.decode()
    assert typed["c-instead"] == ["/where/all/0"]
    press("add", **{"c-value": ["gold", "silver"]})
    assert json.loads(typed["rule"][0])["where"]["all"][0]["value"] == ["gold", "silver"]
    press("change:/where/all/0")
    press("add", **{"c-value": ["gold"]})
    press("turn:/where")
    press("remove:/where/any/9")  # no such line: nothing moves
    assert json.loads(typed["rule"][0])["where"] == {"any": [GOLD, {"event": "order.web", "within": "P90D"}]}
    press("remove:/where/any/0")
    assert typed["name_fr"] == ["Fidèles"]
    assert not stage.programme.dossiers.filter(kind="segment").exists()

    ends = (clock.today().replace(day=1)).isoformat()
    wrong = analyst.post("usecases:segment_new", **{**typed, "valid_until": ends})
    assert wrong.status_code == 422
    until = {"valid_until": f"{clock.today().year + 1}-01-15"}
    made = analyst.post("usecases:segment_new", **{**typed, **until})
    assert made.status_code == 302, made.content.decode()
    draft = queries.draft(stage.programme.dossiers.get(kind="segment").segment)
    assert draft.document["where"] == {"event": "order.web", "within": "P90D"}


@pytest.mark.django_db
def test_another_segment_may_be_named_and_nobody_else_builds(stage, desk, one_refusal):
    segment = stage.segment()
    writer = desk(stage.cast.mehdi)
    text = writer.text("usecases:segment_new")
    assert f'value="segment:{segment.code}:1"' in text
    typed = {"rule": json.dumps(rule({"all": [GOLD]})), "build": "turn:/where"}
    assert "their loyalty tier is only gold" in writer.post("usecases:segment_new", **typed).content.decode()
    refused = desk(stage.cast.victor).post("usecases:segment_new", **typed)
    assert refused.status_code == 403
    assert "their loyalty tier" not in refused.content.decode()
    assert one_refusal() == ("segment.check", ["no_right"], "page")


@pytest.mark.django_db
def test_a_draft_being_built_costs_the_same_whatever_there_is(stage, desk):
    stage.segment(approved=False)
    writer = desk(stage.cast.anna)
    few = writer.statements("usecases:segment_edit", "SEG-01")
    for template in ("LIB-UC-04#0", "LIB-UC-09#0"):
        stage.segment(template)
    assert writer.statements("usecases:segment_edit", "SEG-01") == few <= 20
