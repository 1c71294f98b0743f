"""The journey grammar: what is read, what is refused, what is told."""

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from governance import library
from tests import executable_reading
from usecases.catalogue.snapshot import Catalogue
from usecases.journeys import grammar
from usecases.policies.evaluation import Audience

CATALOGUE = Catalogue.of_template()
TEMPLATES = library.usecase_templates()
ENTRY = {"id": "n1", "type": "entry", "next": "n2"}
TOUCH = {"id": "n2", "type": "touch", "channel": "email", "message": "hello", "stage": "before", "next": "n3"}
EXIT = {"id": "n3", "type": "exit", "reason": "end"}
KNOWN = {"attr": "profile.crm_id", "op": "known"}
DECISION = {"id": "n2", "type": "decision", "if": KNOWN, "yes": "n3", "no": "n4"}


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def faults(*nodes, channels=("email", "push", "in_store"), **more):
    return grammar.check(list(nodes), channels=channels, catalogue=CATALOGUE, **more)


def codes(*nodes, **more):
    return [(fault.code, fault.path) for fault in faults(*nodes, **more)]


def changed(node, **said):
    return {key: value for key, value in {**node, **said}.items() if value is not ...}


# ---------------------------------------------------------------- the library


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template["code"])
def test_the_journeys_of_the_library_have_no_fault(template):
    found = grammar.check(
        template["journey"], channels=template["channels"], level=template["level"], catalogue=CATALOGUE
    )

    assert found == []


def test_the_journeys_of_the_demo_have_no_fault():
    demo = library.demo()
    use_cases = {use_case["code"]: use_case for use_case in demo["usecases"]}
    for revision in demo["revisions"]:
        template = library.usecase_template(use_cases[revision["uc"]]["template"])
        found = grammar.check(
            revision.get("journey", template["journey"]),
            channels=revision.get("channels", template["channels"]),
            level=revision["level"],
            catalogue=CATALOGUE,
        )
        assert found == [], revision


@executable_reading.needed
def test_the_level_shown_is_that_of_the_executable_reading():
    checker = executable_reading.checker()
    for template in TEMPLATES:
        journey, _faults = grammar.parse(template["journey"])
        assert journey.shown_level == checker.check_journey(
            template["code"], template["journey"], template["channels"], template["level"]
        )


# ---------------------------------------------------------------- faults, one by one


def test_a_sound_journey_has_no_fault():
    assert faults(ENTRY, TOUCH, EXIT) == []


@pytest.mark.parametrize("document", [None, 3, "x", {}, {"nodes": []}, []])
def test_what_is_no_list_of_steps_is_refused(document):
    assert [(f.code, f.path) for f in grammar.check(document, channels=[], catalogue=CATALOGUE)] == [
        ("J01", "/journey")
    ]


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ([ENTRY, 7, EXIT], [("J01", "/journey/1")]),
        ([ENTRY, changed(TOUCH, id="n1"), EXIT], [("J01", "/journey/1/id")]),
        ([ENTRY, changed(TOUCH, id="né 2"), EXIT], [("J01", "/journey/1/id")]),
        ([ENTRY, changed(TOUCH, type="dance"), EXIT], [("J01", "/journey/1/type")]),
        ([TOUCH, EXIT], [("J01", "/journey")]),
        ([ENTRY, TOUCH, EXIT, changed(ENTRY, id="n9")], [("J01", "/journey")]),
        ([ENTRY, changed(TOUCH, mood="glad"), EXIT], [("J01", "/journey/1/mood")]),
        ([ENTRY, changed(TOUCH, message=...), EXIT], [("J01", "/journey/1/message")]),
        ([ENTRY, changed(TOUCH, message=" "), EXIT], [("J01", "/journey/1/message")]),
        ([ENTRY, changed(TOUCH, message="e\u0301"), EXIT], [("J01", "/journey/1/message")]),
        ([ENTRY, changed(TOUCH, message="a\nb"), EXIT], [("J01", "/journey/1/message")]),
        ([ENTRY, changed(TOUCH, stage="later"), EXIT], [("J01", "/journey/1/stage")]),
        ([ENTRY, changed(TOUCH, cap={"n": 0, "per": "P7D"}), EXIT], [("J01", "/journey/1/cap")]),
        ([ENTRY, changed(TOUCH, cap={"n": True, "per": "P7D"}), EXIT], [("J01", "/journey/1/cap")]),
        ([ENTRY, changed(TOUCH, cap={"n": 1, "per": "7 days"}), EXIT], [("J01", "/journey/1/cap")]),
        ([ENTRY, TOUCH, changed(EXIT, reason=4)], [("J01", "/journey/2/reason")]),
        ([ENTRY, changed(TOUCH, yes="n3"), EXIT], [("J01", "/journey/1/yes")]),
        ([ENTRY, changed(TOUCH, next="n9"), EXIT], [("J02", "/journey/1/next"), ("J03", "/journey/2")]),
        ([ENTRY, changed(TOUCH, next=["n3"]), EXIT], [("J02", "/journey/1/next"), ("J03", "/journey/2")]),
        ([ENTRY, TOUCH, EXIT, changed(TOUCH, id="n4")], [("J03", "/journey/3")]),
        ([ENTRY, changed(TOUCH, next="n2"), EXIT], [("J03", "/journey/2"), ("J04", "/journey/1")]),
        ([ENTRY, TOUCH, changed(EXIT, next="n2")], [("J05", "/journey/2/next"), ("J04", "/journey/1")]),
        ([ENTRY, changed(TOUCH, next=...), EXIT], [("J06", "/journey/1/next"), ("J03", "/journey/2")]),
        ([ENTRY, changed(DECISION, no=...), EXIT], [("J06", "/journey/1/no")]),
        ([ENTRY, changed(TOUCH, channel="sms"), EXIT], [("J07", "/journey/1/channel")]),
        ([ENTRY, changed(TOUCH, channel={"a": 1}), EXIT], [("J07", "/journey/1/channel")]),
        ([ENTRY, {"id": "n2", "type": "wait", "next": "n3"}, EXIT], [("J01", "/journey/1")]),
        (
            [ENTRY, {"id": "n2", "type": "wait", "for": "soon", "next": "n3"}, EXIT],
            [("E08", "/journey/1/for")],
        ),
        (
            [
                ENTRY,
                {"id": "n2", "type": "wait", "until_event": "moon.full", "next": "n3", "on_timeout": "n3"},
                EXIT,
            ],
            [("E08", "/journey/1/timeout"), ("E03", "/journey/1/until_event")],
        ),
        (
            [
                ENTRY,
                {"id": "n2", "type": "wait", "until_event": "order.web", "timeout": "P3D", "next": "n3"},
                EXIT,
            ],
            [("J06", "/journey/1/on_timeout")],
        ),
        ([ENTRY, changed(DECISION, effect="huge", no="n3"), EXIT], [("J01", "/journey/1/effect")]),
    ],
)
def test_each_fault_is_named_at_its_place(nodes, expected):
    assert codes(*nodes) == expected


def test_the_condition_of_a_decision_is_read_as_a_rule():
    unknown = changed(
        DECISION, no="n3", **{"if": {"all": [KNOWN, {"attr": "profile.zodiac", "op": "known"}]}}
    )
    absent = changed(DECISION, no="n3", **{"if": ...})

    assert codes(ENTRY, unknown, EXIT) == [("E03", "/journey/1/if/all/1/attr")]
    assert [code for code, _path in codes(ENTRY, absent, EXIT)] == ["E02"]


def test_a_split_draws_a_share_of_people():
    drawn = {"id": "profile.crm_id", "salt": "abc", "from": 0, "to": 20}
    split = {"id": "n2", "type": "split", "sample": drawn, "yes": "n3", "no": "n3"}

    assert faults(ENTRY, split, EXIT) == []
    assert codes(ENTRY, changed(split, sample={**drawn, "to": 0}), EXIT) == [("E18", "/journey/1/sample")]
    assert [code for code, _path in codes(ENTRY, changed(split, sample=...), EXIT)] == ["E02"]


def test_at_most_forty_steps():
    middle = [changed(TOUCH, id=f"t{n}", next=f"t{n + 1}") for n in range(38)]
    nodes = [changed(ENTRY, next="t0"), *middle, changed(EXIT, id="t38")]

    assert codes(*nodes) == []
    assert codes(*nodes, changed(EXIT, id="t39")) == [("J01", "/journey")]


def test_the_level_claimed_is_at_most_what_the_journey_shows():
    decided = [ENTRY, changed(DECISION, no="n3"), EXIT]

    assert codes(ENTRY, TOUCH, EXIT, level=1) == []
    assert codes(ENTRY, TOUCH, EXIT, level=2) == [("J08", "/scenario_level")]
    assert codes(*decided, level=2) == []
    assert codes(*decided, level=1) == [("J08", "/scenario_level")]
    assert codes(*decided, level=3) == [("J08", "/scenario_level")]


def test_level_3_needs_decisions_three_channels_one_of_them_physical_and_two_moments():
    def journey(*touches):
        steps = [
            changed(TOUCH, id=f"t{n}", channel=channel, stage=stage, next=f"t{n + 1}")
            for n, (channel, stage) in enumerate(touches)
        ]
        last = changed(EXIT, id=f"t{len(touches)}")
        return grammar.parse([ENTRY, changed(DECISION, yes="t0", no=last["id"]), *steps, last])[0].shown_level

    assert journey(("email", "before"), ("push", "before"), ("in_store", "during")) == 3
    assert journey(("email", "before"), ("push", "before"), ("in_store", "before")) == 2
    assert journey(("email", "before"), ("push", "after"), ("sms", "during")) == 2
    assert journey(("email", "before"), ("in_store", "after")) == 2


def test_a_contact_reaches_the_segments_it_addresses():
    phones = Audience("Phones", "target", frozenset(), identities=frozenset({"phone_clear"}))

    assert codes(ENTRY, TOUCH, EXIT, audiences=[phones]) == [("I01", "/journey/1/channel")]
    elsewhere = Audience("Phones", "target", frozenset(), channels=frozenset({"sms"}))
    assert codes(ENTRY, TOUCH, EXIT, audiences=[elsewhere]) == []


def test_caps_are_those_of_the_contacts_the_strictest_of_each_channel():
    journey, _faults = grammar.parse(
        [
            ENTRY,
            changed(TOUCH, cap={"n": 2, "per": "P7D"}, next="t3"),
            changed(TOUCH, id="t3", cap={"n": 1, "per": "P1W"}, next="t4"),
            changed(TOUCH, id="t4", channel="push", cap={"n": 3, "per": "PT12H"}, next="t5"),
            changed(TOUCH, id="t5", channel="in_store", next="n3"),
            EXIT,
        ]
    )

    assert journey.caps == {"email": {"n": 1, "per": "P1W"}, "push": {"n": 3, "per": "PT12H"}}
    assert journey.touched == ["email", "push", "in_store"]


# ---------------------------------------------------------------- telling


def told(document, lang="en"):
    return [
        f"{'  ' * step.indent}{step.branch + ': ' if step.branch else ''}{step.text}"
        for step in grammar.reading(document, CATALOGUE, lang)
    ]


def test_a_journey_is_told_in_english():
    assert told(library.usecase_template("LIB-UC-04")["journey"]) == [
        "People enter the journey",
        "Wait for 4 hours",
        "If their customer identifier is known",
        "  Then: E-mail “your cart is waiting”, at most 1 per 7 days",
        "  Otherwise: Programmatic display “cart banner”, at most 3 per 3 days",
        "End of the journey",
    ]


def test_ways_that_meet_again_are_told_once_after_their_branches():
    assert [
        (step.number, step.kind, step.indent)
        for step in grammar.reading(library.usecase_template("LIB-UC-21")["journey"], CATALOGUE, "en")
    ] == [
        (1, "entry", 0),
        (2, "touch", 0),
        (3, "wait", 0),
        (4, "touch", 1),
        (5, "decision", 1),
        (6, "touch", 2),
        (0, "through", 2),
        (0, "through", 1),
        (7, "exit", 0),
    ]


def test_a_way_that_joins_another_branch_refers_to_its_step():
    def go(code, to):
        return changed(TOUCH, id=code, next=to)

    crossing = [
        changed(ENTRY, next="a"),
        changed(DECISION, id="a", yes="b", no="c"),
        changed(DECISION, id="b", yes="d", no="x"),
        go("c", "d"),
        go("d", "y"),
        changed(EXIT, id="x"),
        changed(EXIT, id="y"),
    ]

    steps = grammar.reading(crossing, CATALOGUE, "en")

    assert [step.id for step in steps if step.id] == ["n1", "a", "b", "d", "y", "x", "c"]
    assert [step.text for step in steps if step.kind == "joined"] == ["go on with step 5"]


def test_an_unfinished_journey_is_told_as_far_as_it_goes():
    assert told([ENTRY, changed(TOUCH, channel="owl", next="n9")]) == [
        "People enter the journey",
        "Channel to be chosen “hello”",
        "leads nowhere yet",
    ]
    assert told([ENTRY, changed(TOUCH, next="n1")])[-1] == "go on with step 1"
    assert told("no journey") == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template["code"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_step_of_the_library_is_told_without_a_code(template, lang):
    steps = grammar.reading(template["journey"], CATALOGUE, lang)

    assert sorted(step.id for step in steps if step.id) == sorted(node["id"] for node in template["journey"])
    for step in steps:
        assert not set("_{}%") & set(step.text.replace("\u202f%", "").replace(" %", "")), step.text
        assert step.text


# ---------------------------------------------------------------- any JSON

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
IDS = st.sampled_from(["n1", "n2", "n3", "n4", "n5", ""]) | SCALARS
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
NODE = st.fixed_dictionaries(
    {"id": IDS, "type": st.sampled_from(sorted(grammar.MEMBERS)) | JSON},
    optional={
        "next": IDS,
        "yes": IDS,
        "no": IDS,
        "on_timeout": IDS,
        "channel": st.sampled_from(["email", "in_store"]) | JSON,
        "message": JSON,
        "stage": st.sampled_from(grammar.STAGES) | JSON,
        "cap": st.fixed_dictionaries({"n": JSON, "per": st.just("P7D") | JSON}) | JSON,
        "for": st.just("P1D") | JSON,
        "until_event": st.just("order.web") | JSON,
        "timeout": JSON,
        "if": st.just(KNOWN) | JSON,
        "effect": JSON,
        "sample": JSON,
        "reason": JSON,
        "other": JSON,
    },
)


def test_a_condition_nested_beyond_reason_is_a_fault_like_any_other():
    deep = KNOWN
    for _level in range(5000):
        deep = {"not": deep}
    nodes = [ENTRY, changed(DECISION, no="n3", **{"if": deep}), EXIT]

    assert [code for code, _path in codes(*nodes)] == ["E09"]
    assert "If a condition holds that is still to be written" in told(nodes)


@settings(max_examples=300)
@given(st.lists(NODE, max_size=8) | JSON, st.sampled_from([None, 1, 2, 3]))
def test_no_document_makes_reading_fail(document, level):
    found = grammar.check(document, channels=["email"], level=level, catalogue=CATALOGUE)
    journey, unread = grammar.parse(document)
    steps = grammar.reading(document, CATALOGUE, "fr")

    assert set(map(repr, unread)) <= set(map(repr, found))
    assert journey.shown_level in (1, 2, 3)
    assert journey.caps.keys() <= set(journey.touched)
    assert len({step.id for step in steps if step.id}) == sum(1 for step in steps if step.id)
    for fault in found:
        assert fault.detail
        assert fault.path.startswith("/")


@settings(max_examples=100)
@given(st.data())
def test_what_is_accepted_ends_whatever_the_way(data):
    """Random journeys of forward links: those without a fault lead every walk to an exit."""
    count = data.draw(st.integers(2, 12))
    nodes = [{"id": "s0", "type": "entry", "next": "s1"}]
    for rank in range(1, count - 1):
        later = st.integers(rank + 1, count - 1).map(lambda n: f"s{n}")
        if data.draw(st.booleans()):
            nodes.append(
                {
                    "id": f"s{rank}",
                    "type": "decision",
                    "if": KNOWN,
                    "yes": data.draw(later),
                    "no": data.draw(later),
                }
            )
        else:
            nodes.append(changed(TOUCH, id=f"s{rank}", next=data.draw(later)))
    nodes.append({"id": f"s{count - 1}", "type": "exit", "reason": "end"})

    found = grammar.check(nodes, channels=["email"], catalogue=CATALOGUE)
    by_id = {node["id"]: node for node in nodes}
    here = set()
    waiting = ["s0"]
    while waiting:
        node = by_id[waiting.pop()]
        here.add(node["id"])
        waiting += [node[way] for way in ("next", "yes", "no") if way in node and node[way] not in here]

    assert {fault.path for fault in found} == {
        f"/journey/{rank}" for rank, node in enumerate(nodes) if node["id"] not in here
    }
    assert {fault.code for fault in found} <= {"J03"}
    assert {step.id for step in grammar.reading(nodes, CATALOGUE, "en") if step.id} == here
