"""Rules for tests: those that the library ships, and any that hypothesis can think of."""

from decimal import Decimal

from hypothesis import strategies as st

from governance import library
from usecases.catalogue.snapshot import Attribute, Catalogue, EventType, Property, Source
from usecases.segments import segrule

TEMPLATE = Catalogue.of_template()


def shipped():
    """Give all rules of the library: name, role, rule."""
    for template in library.usecase_templates():
        for segment in template["segments"]:
            yield segment["code"], segment["role"], segment["rule"]
    for exclusion in library.standing_exclusions():
        yield exclusion["code"], "exclusion", exclusion["rule"]
    for version in library.demo()["earlier_versions"]:
        yield f"{version['code']} v{version['version']}", "target", version["rule"]


def rich():
    """Give the template catalogue with a thing of every type, words or not, and names that lay traps."""
    template = TEMPLATE.to_json()
    template["attributes"] += [
        {"code": "own.seen_at", "source": "DS-APP", "type": "datetime", "fr": "Vue le", "en": "Seen at"},
        {"code": "own.flag", "source": "DS-APP", "type": "boolean", "fr": "Signe", "en": "Sign"},
        {"code": "own.flag2", "source": "DS-APP", "type": "boolean", "fr": "Signe", "en": "Sign"},
        {
            "code": "own.tone",
            "source": "DS-APP",
            "type": "enum",
            "fr": "Ton » et qui",
            "en": "Tone” and who",
            "values": ["warm", "cold", "garden", "or « x »"],
        },
        {
            "code": "own.share",
            "source": "DS-APP",
            "type": "decimal",
            "unit": "ratio",
            "fr": "Part",
            "en": "Share",
        },
    ]
    template["events"] += [
        {
            "code": "own.thing",
            "source": "DS-APP",
            "fr": "Chose",
            "en": "Thing",
            "properties": {
                "length": {"type": "decimal"},
                "done": {"type": "boolean"},
                "on": {"type": "date"},
                "kind": {"type": "set", "values": ["a", "b"]},
            },
        },
    ]
    return Catalogue.from_json(template)


RICH = rich()
SEGMENTS = {("SEG-01", 1): "Acheteurs", ("SEG-01", 2): "Acheteurs", ("SEG-02", 1): "Graine « a »"}


def known(code, version):
    """Resolve the segments that generated rules name."""
    name = SEGMENTS.get((code, version))
    rule = {"dsl": "segrule/1", "where": {"attr": "profile.is_customer", "op": "eq", "value": True}}
    return name and segrule.Reference(code, version, name, name + " (en)", True, "seed", rule)


def document(where):
    return {"dsl": "segrule/1", "where": where}


def decimals(low, high, places=4):
    return st.decimals(low, high, allow_nan=False, allow_infinity=False, places=places).map(
        lambda number: int(number) if number == int(number) else number.normalize()
    )


WORDS = st.text(
    st.sampled_from(["a", "b", "é", "«", "»", "“", "”", ",", " ", "(", ")", ".", "1", "{", "}"]),
    min_size=1,
    max_size=6,
).filter(str.strip)
DURATIONS = st.one_of(
    st.builds("P{}{}".format, st.integers(1, 13), st.sampled_from("DWM")),
    st.builds("PT{}{}".format, st.integers(1, 90), st.sampled_from("HM")),
    st.just("P1Y"),
)
DATES = st.dates().map(str)
MOMENTS = st.one_of(
    DATES,
    st.builds(
        "{}T{}{}".format,
        DATES,
        st.sampled_from(["09:30", "09:30:15", "21:05"]),
        st.sampled_from(["", "Z", "+02:00", "-05:30"]),
    ),
)


def _intervals(values):
    return st.lists(values, min_size=2, max_size=2).map(sorted)


def _value(spec, op):
    kind = spec.type
    of_unit = {
        "ratio": decimals(0, 1),
        "eur": decimals(-5000, 5000, 2),
        "count": st.integers(0, 5000),
        "contacts": st.integers(0, 9),
    }
    of_type = {
        "integer": st.integers(0, 20),
        "decimal": decimals(0, 2000),
        "money": decimals(-5000, 5000, 2),
        "score": decimals(0, 1),
    }
    single = of_unit.get(spec.unit, of_type.get(kind))
    single = (
        single
        if single is not None
        else {
            "boolean": st.booleans(),
            "enum": st.sampled_from(spec.values or ("x",)),
            "set": st.sampled_from(spec.values or ("x",)),
            "string": WORDS,
            "area": st.sampled_from(["33", "2A", "974", "long area"]),
            "date": DATES,
            "datetime": MOMENTS,
        }.get(kind)
    )
    if kind == "geopoint":
        return st.fixed_dictionaries(
            {"lat": decimals(-90, 90), "lon": decimals(-180, 180), "km": decimals(Decimal("0.0001"), 200)}
        )
    if op in segrule.document.DURATIONS:
        return DURATIONS
    if op == "between":
        return _intervals(single)
    return st.lists(single, min_size=1, max_size=4) if op in segrule.analysis.canonical.LIST_OPS else single


@st.composite
def comparisons(draw, spec, name):
    operators = sorted(segrule.document.OPERATORS[spec.type] | segrule.document.PRESENCE)
    op = draw(st.sampled_from(operators))
    node = {**name, "op": op}
    if op not in segrule.document.PRESENCE:
        node["value"] = draw(_value(spec, op))
    return node


@st.composite
def attributes(draw):
    spec = draw(st.sampled_from(list(RICH.attributes.values())))
    return draw(comparisons(spec, {"attr": spec.code}))


@st.composite
def events(draw):
    spec = draw(st.sampled_from(list(RICH.events.values())))
    node = {"event": spec.code, "within": draw(DURATIONS)}
    numeric = [item for item in spec.properties if item.type in ("decimal", "money")]
    if spec.properties and draw(st.booleans()):
        props = draw(st.lists(st.sampled_from(spec.properties), min_size=1, max_size=2))
        node["where"] = [draw(comparisons(prop, {"prop": prop.code})) for prop in props]
    which = draw(st.sampled_from(["some", "count", "agg"] if numeric else ["some", "count"]))
    op = draw(st.sampled_from(sorted(segrule.document.COUNTS)))
    if which == "count":
        value = st.integers(0, 3)
        node["count"] = {"op": op, "value": draw(_intervals(value) if op == "between" else value)}
    elif which == "agg":
        value = decimals(0, 50, 2)
        node["agg"] = {
            "prop": draw(st.sampled_from(numeric)).code,
            "op": op,
            "fn": draw(st.sampled_from(["sum", "max", "min", "avg"])),
            "value": draw(_intervals(value) if op == "between" else value),
        }
    return node


@st.composite
def samples(draw):
    low, high = draw(st.lists(st.integers(0, 100), min_size=2, max_size=2, unique=True).map(sorted))
    identifiers = [code for code, spec in RICH.attributes.items() if spec.type == "identifier"]
    salt = draw(WORDS.filter(lambda text: len(text) >= 3))
    return {"sample": {"id": draw(st.sampled_from(identifiers)), "salt": salt, "from": low, "to": high}}


PURPOSES = st.lists(st.sampled_from(["tcf_p1", "tcf_p9", "crm_email", "crm_sms"]), min_size=1, unique=True)
VERSIONS = st.sampled_from(sorted(SEGMENTS))
CONSENTS = st.fixed_dictionaries(
    {"purposes": PURPOSES, "state": st.sampled_from(["granted", "opposed", "no_choice"])},
    optional={"match": st.sampled_from(["all", "any"]), "max_age": DURATIONS},
).map(lambda said: {"consent": said})
MEMBERSHIPS = st.builds(
    lambda pair, state: {"segment": {"code": pair[0], "version": pair[1], "state": state}},
    VERSIONS,
    st.sampled_from(["in", "out"]),
)
LOOKALIKES = st.builds(
    lambda pair, channel, share: {
        "lookalike": {"code": pair[0], "version": pair[1], "channel": channel, "expansion": share}
    },
    VERSIONS,
    st.sampled_from(["paid_social", "paid_search"]),
    decimals(Decimal("0.01"), Decimal("0.1")),
)
LEAVES = st.one_of(attributes(), events(), CONSENTS, MEMBERSHIPS, LOOKALIKES, samples())


def _deeper(children):
    return st.one_of(
        st.lists(children, min_size=1, max_size=4).map(lambda items: {"all": items}),
        st.lists(children, min_size=1, max_size=4).map(lambda items: {"any": items}),
        children.map(lambda child: {"not": child}),
    )


def depth(node):
    children = node.get("all") or node.get("any") or ([node["not"]] if "not" in node else [])
    return 1 + max(map(depth, children), default=0)


NODES = st.recursive(LEAVES, _deeper, max_leaves=8).filter(lambda node: depth(node) <= 6)
RULES = NODES.map(document)
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=8),
        st.decimals(),
        st.sampled_from(["P7D", "eq", "all", "@pin", "\ud800", "\x00", "e\u0301", "NaN", "order.web"]),
        st.sampled_from([10**400, Decimal("1e999999999"), Decimal("1e-999999999"), 1e308, 0.1 + 0.2]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(
                st.sampled_from(
                    [
                        "dsl",
                        "where",
                        "all",
                        "any",
                        "not",
                        "attr",
                        "op",
                        "value",
                        "event",
                        "within",
                        "count",
                        "agg",
                        "prop",
                        "fn",
                        "consent",
                        "purposes",
                        "state",
                        "match",
                        "max_age",
                        "segment",
                        "code",
                        "version",
                        "lookalike",
                        "channel",
                        "expansion",
                        "sample",
                        "id",
                        "salt",
                        "from",
                        "to",
                        "lat",
                        "lon",
                        "km",
                    ]
                ),
                st.text(max_size=4),
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=25,
)

__all__ = [
    "JSON",
    "LEAVES",
    "NODES",
    "RICH",
    "RULES",
    "TEMPLATE",
    "Attribute",
    "EventType",
    "Property",
    "Source",
]
