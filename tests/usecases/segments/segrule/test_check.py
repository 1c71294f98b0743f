"""Every error and warning, each beside a twin that passes; and nothing raises, whatever comes in."""

import dataclasses
import datetime as dt
import json
import time
from decimal import Decimal

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance import library
from usecases.catalogue.snapshot import Catalogue
from usecases.segments import segrule

from .rules import JSON, RICH, RULES, TEMPLATE, document, known

TODAY = dt.date(2026, 11, 16)
CUSTOMER = {"attr": "profile.is_customer", "op": "eq", "value": True}
ORDER = {"event": "order.web", "within": "P30D"}
SCHEMA = jsonschema.Draft202012Validator(library.rule_schema())


def check(rule, catalogue=RICH, **more):
    return segrule.check(rule, catalogue, **{"references": known, "today": TODAY, **more})


def attr(code, op, *value):
    return document({"attr": code, "op": op} | ({"value": value[0]} if value else {}))


def event(**more):
    return document({**ORDER, **more})


def count(op, value):
    return event(count={"op": op, "value": value})


def agg(**more):
    return event(agg={"prop": "value", "fn": "max", "op": "gte", "value": 40, **more})


def consent(**more):
    return document({"consent": {"purposes": ["crm_sms"], "state": "granted", **more}})


def segment(code="SEG-01", version=1, state="in", **more):
    return document({"segment": {"code": code, "version": version, "state": state, **more}})


def lookalike(**more):
    return document(
        {"lookalike": {"code": "SEG-01", "version": 1, "channel": "paid_social", "expansion": 0.02, **more}}
    )


def sample(**more):
    return document({"sample": {"id": "profile.crm_id", "salt": "exp-1", "from": 0, "to": 20, **more}})


def nest(times, kind="not"):
    node = CUSTOMER
    for _ in range(times):
        node = {"not": node} if kind == "not" else {kind: [node, ORDER]}
    return document(node)


def everything(*conditions):
    return document({"all": list(conditions)})


def of(code, op, *value):
    return attr(code, op, *value)["where"]


LOADED = document({"any": [{"attr": code, "op": "known"} for code in RICH.attributes]})
POINT = {"lat": 48.85, "lon": 2.35, "km": 5}
DATE = "profile.last_purchase_date"

FAULTS = [
    # (code, path, what is wrong, its twin that passes)
    ("E01", "", [CUSTOMER], document(CUSTOMER)),
    ("E01", "", "segrule/1", document(CUSTOMER)),
    ("E01", "", {"dsl": "segrule/1"}, document(CUSTOMER)),
    ("E01", "/dsl", {"dsl": "segrule/2", "where": CUSTOMER}, document(CUSTOMER)),
    ("E01", "/note", {**document(CUSTOMER), "note": "x"}, document(CUSTOMER)),
    ("E01", "/where/consent/state", consent(state="granted\x00"), consent()),
    ("E01", "/where/a\ufffd", document({**CUSTOMER, "a\ud800": 1}), document(CUSTOMER)),
    ("E02", "/where", document("profile.is_customer"), document(CUSTOMER)),
    ("E02", "/where", document({}), document(CUSTOMER)),
    ("E02", "/where", document({**CUSTOMER, "not": CUSTOMER}), document(CUSTOMER)),
    ("E02", "/where", document({"attr": "profile.is_customer"}), document(CUSTOMER)),
    ("E02", "/where/extra", document({**CUSTOMER, "extra": 1}), document(CUSTOMER)),
    ("E02", "/where/all", document({"all": CUSTOMER}), document({"all": [CUSTOMER]})),
    ("E02", "/where/all/1", everything(CUSTOMER, 3), everything(CUSTOMER)),
    ("E02", "/where/attr", document({"attr": 3, "op": "eq", "value": 1}), document(CUSTOMER)),
    ("E02", "/where/event", event(event=None), event()),
    ("E02", "/where", event(count={"op": "eq", "value": 1}, agg=agg()["where"]["agg"]), agg()),
    ("E02", "/where/count", event(count=3), count("gte", 3)),
    ("E02", "/where/agg", event(agg=[]), agg()),
    ("E02", "/where/agg/fn", agg(fn="median"), agg(fn="avg")),
    ("E02", "/where/where", event(where={}), event()),
    ("E02", "/where/where/0", event(where=["value"]), event()),
    ("E02", "/where/consent", document({"consent": []}), consent()),
    ("E02", "/where/consent/purposes", consent(purposes="crm_sms"), consent()),
    ("E02", "/where/consent/purposes/1", consent(purposes=["crm_sms", "crm_sms"]), consent()),
    ("E02", "/where/consent/state", consent(state="given"), consent(state="opposed")),
    ("E02", "/where/consent/match", consent(match="some"), consent(match="any")),
    ("E02", "/where/segment/state", segment(state="inside"), segment(state="in")),
    ("E03", "/where/attr", attr("profile.nothing", "eq", 1), document(CUSTOMER)),
    ("E03", "/where/event", event(event="order.none"), event()),
    (
        "E03",
        "/where/where/0/prop",
        event(where=[{"prop": "colour", "op": "known"}]),
        event(where=[{"prop": "value", "op": "known"}]),
    ),
    ("E03", "/where/agg/prop", agg(prop="colour"), agg(prop="value")),
    (
        "E03",
        "/where/consent/purposes/1",
        consent(purposes=["crm_sms", "tcf_p99"]),
        consent(purposes=["crm_sms", "tcf_p9"]),
    ),
    ("E04", "/where/op", attr("profile.is_customer", "gte", True), document(CUSTOMER)),
    ("E04", "/where/op", attr("profile.is_customer", "like", True), document(CUSTOMER)),
    ("E04", "/where/op", attr("profile.is_customer", ["eq"], True), document(CUSTOMER)),
    ("E04", "/where/op", attr("score.churn_90d", "eq", 0.5), attr("score.churn_90d", "gte", 0.5)),
    ("E04", "/where/count/op", count("ne", 1), count("eq", 1)),
    ("E04", "/where/agg/op", agg(op="in"), agg(op="lt")),
    ("E05", "/where/value", attr("profile.is_customer", "eq", 1), document(CUSTOMER)),
    (
        "E05",
        "/where/value",
        attr("profile.orders_count_12m", "eq", 1.5),
        attr("profile.orders_count_12m", "eq", 1.0),
    ),
    (
        "E05",
        "/where/value",
        attr("profile.orders_count_12m", "eq", True),
        attr("profile.orders_count_12m", "eq", 1),
    ),
    ("E05", "/where/value", attr("profile.revenue_12m", "gte", "40"), attr("profile.revenue_12m", "gte", 40)),
    (
        "E05",
        "/where/value",
        attr("profile.nearest_store_km", "lt", 0.12345),
        attr("profile.nearest_store_km", "lt", 0.1234),
    ),
    (
        "E05",
        "/where/value",
        attr("profile.revenue_12m", "gte", float("nan")),
        attr("profile.revenue_12m", "gte", 4),
    ),
    (
        "E05",
        "/where/value",
        attr("profile.revenue_12m", "gte", Decimal("1e999999999")),
        attr("profile.revenue_12m", "gte", Decimal("1e9")),
    ),
    (
        "E05",
        "/where/value",
        attr("profile.revenue_12m", "gte", 10**400),
        attr("profile.revenue_12m", "gte", 10**9),
    ),
    ("E05", "/where/value", attr("score.churn_90d", "gte", 1.5), attr("score.churn_90d", "gte", 1)),
    (
        "E05",
        "/where/value",
        attr("profile.loyalty_tier", "eq", 3),
        attr("profile.loyalty_tier", "eq", "gold"),
    ),
    (
        "E05",
        "/where/value",
        attr("profile.loyalty_tier", "in", "gold"),
        attr("profile.loyalty_tier", "in", ["gold"]),
    ),
    (
        "E05",
        "/where/value",
        attr("profile.loyalty_tier", "in", []),
        attr("profile.loyalty_tier", "in", ["gold"]),
    ),
    (
        "E05",
        "/where/value",
        attr("profile.preferred_store", "eq", ""),
        attr("profile.preferred_store", "eq", "Lille"),
    ),
    (
        "E05",
        "/where/value",
        attr("profile.preferred_store", "eq", "e\u0301"),
        attr("profile.preferred_store", "eq", "é"),
    ),
    (
        "E05",
        "/where/value/1",
        attr("profile.preferred_store", "in", ["a", "\u202eb"]),
        attr("profile.preferred_store", "in", ["a", "b"]),
    ),
    (
        "E05",
        "/where/value",
        attr("profile.preferred_store", "eq", "\ud800"),
        attr("profile.preferred_store", "eq", "x"),
    ),
    ("E05", "/where/value", attr(DATE, "on", "2026-02-30"), attr(DATE, "on", "2026-02-28")),
    (
        "E05",
        "/where/value",
        attr(DATE, "on", "2026-02-28T09:00"),
        attr("own.seen_at", "after", "2026-02-28T09:00"),
    ),
    (
        "E05",
        "/where/value",
        attr(DATE, "between", ["2026-02-28"]),
        attr(DATE, "between", ["2026-02-28", "2026-03-01"]),
    ),
    (
        "E05",
        "/where/value",
        attr("own.seen_at", "after", "2026-02-28 09:00"),
        attr("own.seen_at", "after", "2026-02-28"),
    ),
    ("E05", "/where/value", attr("profile.is_customer", "known", True), attr("profile.is_customer", "known")),
    ("E05", "/where", attr("profile.is_customer", "eq"), document(CUSTOMER)),
    (
        "E05",
        "/where/value",
        attr("device.position", "within_km", "Lille"),
        attr("device.position", "within_km", POINT),
    ),
    (
        "E05",
        "/where/value/km",
        attr("device.position", "within_km", {**POINT, "km": 201}),
        attr("device.position", "within_km", {**POINT, "km": 200}),
    ),
    (
        "E05",
        "/where/value/km",
        attr("device.position", "within_km", {**POINT, "km": 0}),
        attr("device.position", "within_km", {**POINT, "km": 0.5}),
    ),
    (
        "E05",
        "/where/value",
        attr("device.position", "within_km", {"lat": 1, "lon": 1}),
        attr("device.position", "within_km", POINT),
    ),
    ("E05", "/where/count/value", count("gte", -1), count("gte", 0)),
    ("E05", "/where/count/value", count("gte", 1.5), count("gte", 2.0)),
    ("E05", "/where/count/value", count("between", 2), count("between", [2, 2])),
    ("E05", "/where/agg/value", agg(value="40"), agg(value=40)),
    ("E05", "/where/agg/prop", agg(prop="category"), agg(prop="value")),
    (
        "E05",
        "/where/where/0/value",
        event(where=[{"prop": "value", "op": "gte", "value": True}]),
        event(where=[{"prop": "value", "op": "gte", "value": 1}]),
    ),
    (
        "E06",
        "/where/value",
        attr("profile.loyalty_tier", "eq", "platinum"),
        attr("profile.loyalty_tier", "eq", "gold"),
    ),
    (
        "E06",
        "/where/value/1",
        attr("profile.declared_interests", "has_any", ["garden", "boats"]),
        attr("profile.declared_interests", "has_any", ["garden"]),
    ),
    (
        "E06",
        "/where/where/0/value",
        event(where=[{"prop": "category", "op": "eq", "value": "boats"}]),
        event(where=[{"prop": "category", "op": "eq", "value": "diy"}]),
    ),
    (
        "E07",
        "/where/value",
        attr("profile.return_rate_12m", "lt", 30),
        attr("profile.return_rate_12m", "lt", 0.3),
    ),
    (
        "E07",
        "/where/value",
        attr("profile.revenue_12m", "lt", 0.125),
        attr("profile.revenue_12m", "lt", 0.12),
    ),
    (
        "E07",
        "/where/value",
        attr("profile.loyalty_points", "lt", -1),
        attr("profile.loyalty_points", "lt", 1),
    ),
    ("E07", "/where/agg/value", agg(value=40.125), agg(value=40.12)),
    ("E08", "/where/within", event(within="30 days"), event(within="P30D")),
    ("E08", "/where/within", event(within="P7D\n"), event(within="P7D")),
    ("E08", "/where/within", event(within="P37M"), event(within="P36M")),
    (
        "E08",
        "/where/within",
        event(event="web.search", within="P2Y"),
        event(event="web.search", within="P1Y"),
    ),
    ("E08", "/where/value", attr(DATE, "older_than", "P0D"), attr(DATE, "older_than", "P1D")),
    ("E08", "/where/value", attr(DATE, "within_next", 7), attr(DATE, "within_next", "P7D")),
    ("E08", "/where/consent/max_age", consent(max_age="6 months"), consent(max_age="P6M")),
    ("E09", "/where" + "/not" * 6, nest(6), nest(5)),
    ("E09", "/where/not/not/not/not/not/not/not/not/not/not/not", nest(60), nest(5)),
    ("E09", "/where/not/not/not/not/not/not/not/not/not/not/not", nest(100_000), nest(4)),
    ("E09", "/where/all", everything(*[ORDER] * 51), everything(*[ORDER] * 50)),
    (
        "E09",
        "/where/any/1/any/48",
        document({"any": [{"any": [ORDER] * 49}, {"any": [ORDER] * 50}]}),
        document({"any": [{"any": [ORDER] * 48}, {"any": [ORDER] * 49}]}),
    ),
    (
        "E09",
        "/where/value",
        attr("profile.loyalty_points", "in", list(range(501))),
        attr("profile.loyalty_points", "in", list(range(500))),
    ),
    (
        "E09",
        "/where",
        document({"any": [{"any": LOADED["where"]["any"][:16]}, {"any": LOADED["where"]["any"][16:31]}]}),
        document({"any": LOADED["where"]["any"][:30]}),
    ),
    (
        "E09",
        "/where/where",
        event(where=[{"prop": "value", "op": "gt", "value": n} for n in range(11)]),
        event(where=[{"prop": "value", "op": "gt", "value": n} for n in range(10)]),
    ),
    ("E10", "/where/all", document({"all": []}), document({"all": [CUSTOMER]})),
    ("E10", "/where/any/0/any", document({"any": [{"any": []}]}), document({"any": [{"any": [CUSTOMER]}]})),
    ("E10", "/where/where", event(where=[]), event()),
    ("E10", "/where/consent/purposes", consent(purposes=[]), consent()),
    ("E12", "/where/segment/code", segment(code="SEG-99"), segment()),
    ("E12", "/where/segment/code", segment(code="seg 1"), segment()),
    ("E12", "/where/segment/version", segment(version="latest"), segment(version=2)),
    ("E12", "/where/segment/version", segment(version=0), segment(version=1)),
    ("E12", "/where/segment/version", segment(version=True), segment(version=1)),
    ("E13", "/where/op", attr("profile.crm_id", "eq", "C-1"), attr("profile.crm_id", "known")),
    ("E13", "/where/op", attr("profile.email_sha256", "in", ["a"]), attr("profile.email_sha256", "unknown")),
    ("E17", "/where/lookalike/expansion", lookalike(expansion=0.2), lookalike(expansion=0.1)),
    ("E17", "/where/lookalike/expansion", lookalike(expansion="2 %"), lookalike(expansion=0.01)),
    (
        "E17",
        "/where/lookalike/channel",
        lookalike(channel="carrier_pigeon"),
        lookalike(channel="paid_search"),
    ),
    ("E17", "/where/lookalike/channel", lookalike(channel="email"), lookalike(channel="paid_social")),
    ("E18", "/where/sample/id", sample(id="profile.is_customer"), sample(id="profile.email_sha256")),
    ("E18", "/where/sample/id", sample(id=["profile.crm_id"]), sample()),
    ("E18", "/where/sample/salt", sample(salt="ab"), sample(salt="abc")),
    ("E18", "/where/sample", sample(**{"from": 20, "to": 20}), sample(**{"from": 19, "to": 20})),
    ("E18", "/where/sample", sample(to=101), sample(to=100)),
    ("E18", "/where/sample", sample(**{"from": "0"}), sample()),
    (
        "E19",
        "/where/value",
        attr("profile.loyalty_points", "between", [5, 4]),
        attr("profile.loyalty_points", "between", [4, 5]),
    ),
    (
        "E19",
        "/where/value",
        attr(DATE, "between", ["2026-03-01", "2026-02-01"]),
        attr(DATE, "between", ["2026-02-01", "2026-02-01"]),
    ),
    ("E19", "/where/count/value", count("between", [3, 2]), count("between", [2, 3])),
    ("E19", "/where/all", everything(ORDER, {"not": ORDER}), document({"any": [ORDER, {"not": ORDER}]})),
    ("E19", "/where/all", everything(CUSTOMER, {**CUSTOMER, "value": False}), everything(CUSTOMER, CUSTOMER)),
    ("E19", "/where/all", everything(of(DATE, "known"), of(DATE, "unknown")), everything(of(DATE, "known"))),
    (
        "E19",
        "/where/all",
        everything(CUSTOMER, of("profile.is_customer", "unknown")),
        everything(CUSTOMER, of("profile.is_customer", "known")),
    ),
    (
        "E19",
        "/where/all",
        everything(of("profile.loyalty_points", "gt", 5), of("profile.loyalty_points", "lt", 5)),
        everything(of("profile.loyalty_points", "gte", 5), of("profile.loyalty_points", "lte", 5)),
    ),
    (
        "E19",
        "/where/all",
        everything(of("profile.loyalty_points", "gt", 5), of("profile.loyalty_points", "eq", 5)),
        everything(of("profile.loyalty_points", "gte", 5), of("profile.loyalty_points", "eq", 5)),
    ),
    (
        "E19",
        "/where/all",
        everything(
            of("profile.loyalty_tier", "in", ["gold", "silver"]),
            of("profile.loyalty_tier", "not_in", ["silver", "gold"]),
        ),
        everything(
            of("profile.loyalty_tier", "in", ["gold", "silver"]), of("profile.loyalty_tier", "ne", "gold")
        ),
    ),
    (
        "E19",
        "/where/all",
        everything(
            of("profile.owned_categories", "has_any", ["diy"]),
            of("profile.owned_categories", "has_none", ["diy", "garden"]),
        ),
        everything(
            of("profile.owned_categories", "has_any", ["diy"]),
            of("profile.owned_categories", "has_none", ["garden"]),
        ),
    ),
    (
        "E19",
        "/where/all",
        everything(
            of("profile.owned_categories", "has_all", ["diy", "garden"]),
            of("profile.owned_categories", "has_none", ["garden"]),
        ),
        everything(
            of("profile.owned_categories", "has_all", ["diy"]),
            of("profile.owned_categories", "has_none", ["garden"]),
        ),
    ),
    (
        "E19",
        "/where/all",
        everything(of(DATE, "before", "2026-03-01"), of(DATE, "after", "2026-03-01")),
        everything(of(DATE, "before", "2026-03-01"), of(DATE, "after", "2026-01-01")),
    ),
    (
        "E19",
        "/where/all",
        everything(of(DATE, "older_than", "P12M"), of(DATE, "within_last", "P1Y")),
        everything(of(DATE, "older_than", "P12M"), of(DATE, "within_last", "P13M")),
    ),
    (
        "E19",
        "/where/all",
        everything(of(DATE, "older_than", "P8W"), of(DATE, "within_last", "P1M")),
        everything(of(DATE, "older_than", "P4W"), of(DATE, "within_last", "P1M")),
    ),
    (
        "E19",
        "/where/all",
        everything(of(DATE, "older_than", "P1M"), of(DATE, "within_next", "P1M")),
        everything(of(DATE, "within_last", "P1M"), of("profile.points_expiry_date", "within_next", "P1M")),
    ),
    (
        "E19",
        "/where/all",
        everything(count("eq", 0)["where"], count("gte", 1)["where"]),
        everything(count("eq", 0)["where"], {**count("gte", 1)["where"], "within": "P60D"}),
    ),
    (
        "E19",
        "/where/all",
        everything(count("lt", 1)["where"], ORDER),
        everything(count("lt", 2)["where"], ORDER),
    ),
    (
        "E19",
        "/where/all",
        everything(segment()["where"], segment(state="out")["where"]),
        everything(segment()["where"], segment(version=2, state="out")["where"]),
    ),
    (
        "E19",
        "/where/any/0/all",
        document({"any": [{"all": [ORDER, {"all": [{"not": ORDER}]}]}, CUSTOMER]}),
        document({"any": [{"all": [ORDER, CUSTOMER]}, {"not": ORDER}]}),
    ),
    ("E22", "/where/segment/version", segment(version="@pin"), segment(version=1)),
    ("E22", "/where/lookalike/version", lookalike(version="@pin"), lookalike(version=2)),
]


@pytest.mark.parametrize(("code", "path", "wrong", "right"), FAULTS)
def test_a_fault_is_told_where_it_stands_and_its_twin_passes(code, path, wrong, right):
    found = check(wrong)

    assert (code, path) in [(fault.code, fault.path) for fault in found.errors]
    assert {fault.code for fault in found.errors} - {"E01"} == {code} - {"E01"} or code == "E01"
    assert all(fault.detail.endswith(".") and len(fault.detail) > 20 for fault in found.errors)
    assert not any(fault.code in fault.detail for fault in found.errors)
    assert check(right).errors == ()
    SCHEMA.validate(json.loads(segrule.text(right)))


def test_every_fault_of_the_dialect_has_its_twin():
    tested = {fault[0] for fault in FAULTS} | {"E11", "E14", "E16", "E21"}

    assert tested == {f"E{number:02}" for number in range(1, 23)} - {"E15", "E20"}


def test_all_faults_are_told_at_once():
    rule = everything(
        {"attr": "profile.nothing", "op": "eq", "value": 1},
        count("gte", -1)["where"],
        {"any": []},
        {"attr": "profile.loyalty_tier", "op": "in", "value": ["gold", "tin", 3]},
    )

    assert [(fault.code, fault.path) for fault in check(rule).errors] == [
        ("E03", "/where/all/0/attr"),
        ("E05", "/where/all/1/count/value"),
        ("E10", "/where/all/2/any"),
        ("E06", "/where/all/3/value/1"),
        ("E05", "/where/all/3/value/2"),
    ]


def test_what_the_schema_refuses_never_passes_even_if_the_catalogue_allows_it():
    content = RICH.to_json()
    content["attributes"].append(
        {"code": "Profile.Odd", "source": "DS-CRM", "type": "boolean", "fr": "Drôle", "en": "Odd"}
    )
    found = check(attr("Profile.Odd", "eq", True), Catalogue.from_json(content))

    assert [(fault.code, fault.path) for fault in found.errors] == [("E02", "/where")]
    assert found.canonical is None


# ---------------------------------------------------------------- references
def world(**segments):
    """Resolve segments described as code=(approved, role, condition)."""

    def resolve(code, version):
        described = segments.get(code.replace("-", "_")) if version == 1 else None
        return described and segrule.Reference(
            code, version, f"Nom {code}", f"Name {code}", described[0], described[1], document(described[2])
        )

    return resolve


def member(code, state="in"):
    return {"segment": {"code": code, "version": 1, "state": state}}


def test_segments_may_name_segments_three_levels_deep_and_no_more():
    deep = world(
        A1=(True, "target", member("A2")), A2=(True, "target", member("A3")), A3=(True, "target", CUSTOMER)
    )
    deeper = world(
        A1=(True, "target", member("A2")),
        A2=(True, "target", member("A3")),
        A3=(True, "target", member("A4")),
        A4=(True, "target", CUSTOMER),
    )

    assert check(document(member("A1")), references=deep).errors == ()
    assert [(f.code, f.path) for f in check(document(member("A1")), references=deeper).errors] == [
        ("E11", "/where/segment")
    ]


def test_a_circle_of_segments_is_told():
    circle = world(A1=(True, "target", member("A2")), A2=(True, "target", member("A1")))
    home = world(A1=(True, "target", member("A9")), A9=(True, "target", CUSTOMER))

    assert [fault.code for fault in check(document(member("A1")), references=circle).errors] == ["E11"]
    assert [
        fault.code for fault in check(document(member("A9")), references=home, itself=("A9", 1)).errors
    ] == ["E11"]
    assert [
        fault.code for fault in check(document(member("A1")), references=home, itself=("A9", 1)).errors
    ] == ["E11"]
    assert check(document(member("A1")), references=home, itself=("A8", 1)).errors == ()


def test_a_segment_that_is_not_approved_cannot_be_named():
    some = world(A1=(False, "target", CUSTOMER), A2=(True, "target", CUSTOMER))

    assert [(f.code, f.path) for f in check(document(member("A1")), references=some).errors] == [
        ("E12", "/where/segment/version")
    ]
    assert check(document(member("A2")), references=some).errors == ()


def test_a_similar_audience_starts_from_a_seed():
    def like(code):
        return lookalike(code=code)

    some = world(A1=(True, "target", CUSTOMER), A2=(True, "seed", CUSTOMER))
    assert [(f.code, f.path) for f in check(like("A1"), references=some).errors] == [
        ("E17", "/where/lookalike/code")
    ]
    assert check(like("A2"), references=some).errors == ()
    assert check(document(member("A1")), references=some).errors == ()


def test_a_template_keeps_its_place_for_a_version():
    rule = document({"segment": {"code": "LIB-BUYERS-180", "version": "@pin", "state": "out"}})

    assert [fault.code for fault in check(rule, references=segrule.shipped).errors] == ["E22"]
    found = check(rule, references=segrule.shipped, needs_pin=False)
    assert found.errors == ()
    assert found.references == (("LIB-BUYERS-180", "@pin"),)
    assert found.events == ("order.web",)
    assert (
        check(segment(code="LIB-NONE", version="@pin"), references=segrule.shipped, needs_pin=False)
        .errors[0]
        .code
        == "E12"
    )


def test_what_a_rule_rests_on_counts_the_segments_it_names():
    minor = {"attr": "profile.is_minor", "op": "eq", "value": True}
    some = world(A1=(True, "target", {"all": [member("A2", "out"), ORDER]}), A2=(True, "exclusion", minor))
    inside = check(document(member("A1")), references=some).facts
    outside = check(document({"not": member("A1")}), references=some).facts

    assert inside.attributes == ("profile.is_minor",)
    assert inside.events == ("order.web",)
    assert inside.references == (("A1", 1), ("A2", 1))
    assert inside.direct == (("A1", 1),)
    assert inside.sources == ("DS-CRM", "DS-ECOM")
    assert inside.domains == ("relationship", "transaction")
    assert inside.windows == ("P30D",)
    assert inside.labels == ("OR_FIRST", "SE_MINOR")
    assert inside.positive_labels == ()
    assert outside.positive == ("profile.is_minor",)
    assert outside.positive_labels == ("OR_FIRST", "SE_MINOR")


def test_a_named_version_is_read_with_its_own_catalogue_where_todays_lost_a_name():
    old = Catalogue.from_json(RICH.to_json())
    content = TEMPLATE.to_json()
    rule = document({"attr": "own.flag", "op": "eq", "value": True})

    def resolve(code, version):
        return segrule.Reference(code, version, "n", "n", True, "target", rule, catalogue=old)

    assert check(segment(), Catalogue.from_json(content), references=resolve).labels == (
        "OR_FIRST",
        "TR_CONSENT",
    )


def test_facts_of_one_rule():
    rule = everything(
        {"not": {"not": CUSTOMER}},
        sample()["where"],
        {"attr": "score.churn_90d", "op": "gte", "value": 0.7},
        {"not": {"attr": "device.area_code", "op": "known"}},
    )
    facts = segrule.facts(rule, RICH)

    assert facts.attributes == (
        "device.area_code",
        "profile.crm_id",
        "profile.is_customer",
        "score.churn_90d",
    )
    assert facts.positive == ("profile.crm_id", "profile.is_customer", "score.churn_90d")
    assert facts.scores == ("score.churn_90d",)
    assert (facts.depth, facts.nodes, facts.lookalike) == (4, 8, False)
    assert segrule.facts(lookalike(), RICH).lookalike


# ---------------------------------------------------------------- catalogue, policies, sizes
def changed(code, **more):
    """Give the catalogue with one attribute or event changed."""
    things = {"attributes": dict(RICH.attributes), "events": dict(RICH.events)}
    section = "attributes" if code in RICH.attributes else "events"
    things[section][code] = dataclasses.replace(things[section][code], **more)
    return dataclasses.replace(RICH, **things)


@pytest.mark.parametrize(
    ("code", "rule", "path"),
    [
        ("profile.is_customer", document(CUSTOMER), "/where/attr"),
        ("order.web", event(), "/where/event"),
        ("profile.crm_id", sample(), "/where/sample/id"),
    ],
)
def test_what_was_withdrawn_from_the_catalogue_is_not_used(code, rule, path):
    found = check(rule, changed(code, status="deprecated"))

    assert [(fault.code, fault.path) for fault in found.errors] == [("E14", path)]
    assert found.sentence["fr"]
    assert check(rule).errors == ()


def test_usage_policies_are_asked_on_the_closure():
    asked = []

    def refuse(labels, events):
        asked.append((labels, events))
        return [segrule.policy_fault("Exempt data serve statistics only")] if "order.web" in events else []

    assert [fault.code for fault in check(event(), policy_faults=refuse).errors] == ["E16"]
    assert check(document(CUSTOMER), policy_faults=refuse).errors == ()
    assert asked == [(("OR_FIRST",), ("order.web",)), (("OR_FIRST",), ())]


@pytest.mark.parametrize(
    ("size", "least", "codes"),
    [
        (999, 1000, ["E21"]),
        (1000, 1000, []),
        (None, 1000, []),
        (0, None, []),
    ],
)
def test_an_audience_has_a_least_size(size, least, codes):
    assert [fault.code for fault in check(document(CUSTOMER), size=size, min_size=least).errors] == codes


# ---------------------------------------------------------------- warnings
def doubts(rule, catalogue=RICH, **more):
    found = check(rule, catalogue, **more)
    assert found.errors == ()
    return [(fault.code, fault.path) for fault in found.warnings]


NOT_BUYER = {"not": {"attr": DATE, "op": "within_last", "value": "P30D"}}
WARNINGS = [
    # (code, path, what is doubtful, its twin, how the check is asked)
    (
        "W01",
        "/where/all/1/not",
        everything(ORDER, {"not": CUSTOMER}),
        everything(ORDER, {"attr": "profile.is_customer", "op": "eq", "value": False}),
        {},
    ),
    (
        "W01",
        "/where/all/1/not",
        everything(ORDER, {"not": CUSTOMER}),
        everything(of("profile.is_customer", "known"), {"not": CUSTOMER}),
        {},
    ),
    (
        "W01",
        "/where/not/all/1",
        document({"not": {"all": [of("profile.is_customer", "known"), CUSTOMER]}}),
        document({"not": {"not": CUSTOMER}}),
        {},
    ),
    (
        "W06",
        "/where",
        attr("profile.preferred_store", "starts_with", "Lille"),
        attr("profile.preferred_store", "known"),
        {},
    ),
    (
        "W06",
        "/where/where/0",
        event(event="web.search", where=[{"prop": "term_group", "op": "eq", "value": "sofa"}]),
        event(event="web.search", where=[{"prop": "term_group", "op": "known"}]),
        {},
    ),
    ("W05", "/where", event(event="web.page_view"), count("eq", 0), {"role": "target"}),
    ("W05", "/where", everything(CUSTOMER), everything(CUSTOMER, {"not": ORDER}), {"role": "target"}),
    (
        "W05",
        "/where",
        document({"any": [NOT_BUYER, ORDER]}),
        document({"any": [count("lt", 1)["where"], of(DATE, "older_than", "P6M")]}),
        {"role": "target"},
    ),
    (
        "W05",
        "/where",
        attr("profile.lifecycle_stage", "in", ["prospect", "active_customer"]),
        attr("profile.lifecycle_stage", "in", ["prospect", "lapsed"]),
        {"role": "target"},
    ),
    ("W05", "/where", segment(), document({"not": CUSTOMER}), {"role": "target"}),
    ("W05", "/where", segment(), segment(state="out"), {"role": "target"}),
    (
        "W05",
        "/where",
        attr("profile.orders_count_12m", "gte", 1),
        attr("profile.orders_count_12m", "eq", 0),
        {"role": "target"},
    ),
]


@pytest.mark.parametrize(("code", "path", "wrong", "right", "asked"), WARNINGS)
def test_a_doubt_is_told_and_its_twin_is_not(code, path, wrong, right, asked):
    assert (code, path) in doubts(wrong, **asked)
    assert code not in [found for found, _path in doubts(right, **asked)]


def test_only_targets_that_are_solicited_must_spare_buyers():
    rule = event(event="web.page_view")

    assert doubts(rule, role="target") == [("W05", "/where")]
    assert doubts(rule, role="target", solicits=False) == []
    assert doubts(rule, role="exclusion") == []
    assert doubts(rule) == []


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"quality": 59}, ["W02"]),
        ({"quality": 60}, []),
        ({"completeness": Decimal("0.6999")}, ["W02"]),
        ({"completeness": Decimal("0.70")}, []),
        ({}, []),
    ],
)
def test_poor_data_are_told(change, codes):
    assert [
        code for code, _path in doubts(document(CUSTOMER), changed("profile.is_customer", **change))
    ] == codes


@pytest.mark.parametrize(
    ("day", "codes"),
    [
        (dt.date(2026, 10, 17), []),
        (dt.date(2026, 10, 16), ["W03"]),
        (None, []),
    ],
)
def test_an_estimate_ages_in_thirty_days(day, codes):
    assert [code for code, _path in doubts(document(CUSTOMER), estimated_on=day)] == codes


@pytest.mark.parametrize(
    ("noted", "paths"),
    [
        ({"profile.is_customer"}, ["/where/all/0/attr"]),
        ({"DS-ECOM"}, ["/where/all/1/event"]),
        ({"DS-CRM", "profile.is_customer"}, ["/where/all/0/attr"]),
        ({"DS-POS"}, []),
    ],
)
def test_an_unconfirmed_note_is_told(noted, paths):
    catalogue = dataclasses.replace(RICH, unconfirmed_notes=frozenset(noted))

    assert doubts(everything(CUSTOMER, ORDER), catalogue) == [("W07", path) for path in paths]


# ---------------------------------------------------------------- the report
def test_a_report_is_json_as_clients_read_it():
    found = check(agg(value=40.5), role="target")

    assert json.loads(json.dumps(found.as_json())) == {
        "errors": [],
        "warnings": [found.warnings[0].as_json()],
        "canonical": agg(value=40.5),
        "fingerprint": segrule.fingerprint(agg(value=40.5)),
        "sentence": found.sentence,
        "labels": ["OR_FIRST"],
        "attributes": [],
        "events": ["order.web"],
        "sources": ["DS-ECOM"],
        "windows": ["P30D"],
        "references": [],
    }
    assert found.ok
    broken = check({}).as_json()
    assert (broken["canonical"], broken["fingerprint"]) == (None, None)
    assert broken["sentence"] == {"fr": None, "en": None}


@pytest.mark.parametrize(
    ("rule", "canonised", "spoken"),
    [
        (document(CUSTOMER), True, True),
        (attr("profile.loyalty_tier", "eq", "platinum"), True, True),
        (event(within="P37M"), True, True),
        (attr("profile.nothing", "eq", 1), True, False),
        (attr("profile.is_customer", "eq", "yes"), True, False),
        (event(within="week"), False, False),
        (attr("profile.loyalty_tier", "eq", ""), True, False),
        (document({}), False, False),
        (document({"all": []}), False, False),
        (nest(8), False, False),
        (attr("profile.revenue_12m", "gte", 0.123456), False, False),
    ],
)
def test_a_faulty_rule_keeps_what_it_can(rule, canonised, spoken):
    found = check(rule)

    assert (found.fingerprint is not None, found.canonical is not None) == (canonised, canonised)
    assert (found.sentence is not None) == spoken


@settings(max_examples=400)
@given(JSON)
def test_no_value_raises_and_none_is_let_through(value):
    for rule in (value, document(value)):
        found = check(rule)
        shown = found.as_json()
        json.dumps(shown).encode()
        "".join(fault.path + fault.detail for fault in (*found.errors, *found.warnings)).encode()
        if found.ok:
            SCHEMA.validate(json.loads(segrule.text(rule)))


@settings(max_examples=100)
@given(RULES, st.data())
def test_a_sound_rule_broken_at_one_place_never_raises(rule, data):
    broken = json.loads(segrule.text(rule))
    place = broken
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            place[key] = data.draw(JSON)
            break
        place = place[key]
    found = check(broken)

    json.dumps(found.as_json()).encode()
    if found.ok:
        SCHEMA.validate(json.loads(segrule.text(broken)))


@settings(max_examples=200)
@given(RULES)
def test_a_well_made_rule_is_refused_for_its_sense_only(rule):
    found = check(rule)

    assert {fault.code for fault in found.errors} <= {"E08", "E19"}
    assert found.fingerprint == segrule.fingerprint(rule)
    assert set(found.sentence) == {"fr", "en"}


def test_a_very_deep_or_wide_value_is_cut_at_once():
    deep = []
    for _ in range(200_000):
        deep = [deep]
    assert [fault.code for fault in check(deep).errors] == ["E09"]
    assert [fault.code for fault in check([0] * 300_000).errors] == ["E09"]


def test_the_largest_rule_that_is_read_is_read_in_a_moment():
    full = {**ORDER, "where": [{"prop": "category", "op": "in", "value": ["diy"] * 490}]}
    rule = document({"any": [full] * 40})
    began = time.process_time()

    assert check(rule).errors == ()
    assert time.process_time() - began < 5


def test_faults_are_told_in_the_language_of_the_reader():
    from django.utils import translation

    with translation.override("fr"):
        shown = check(event(within="P37M")).errors[0].detail
    assert "Commande web" in shown
    with translation.override("en"):
        assert "Web order" in check(event(within="P37M")).errors[0].detail
