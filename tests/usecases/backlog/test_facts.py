"""What follows from the content of a revision."""

from decimal import Decimal
from itertools import pairwise

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from governance import library
from governance.dossiers.choices import ReviewFunction
from governance.reviews import policies
from tests import executable_reading
from usecases.backlog import facts
from usecases.backlog.facts import Earlier, PinnedSegment
from usecases.catalogue.snapshot import Catalogue
from usecases.journeys import grammar
from usecases.policies import evaluation
from usecases.segments.segrule import analysis

CATALOGUE = Catalogue.of_template()
TEMPLATES = library.usecase_templates()
DEMO = library.demo()
SETTINGS = DEMO["programme"]["settings"]
KNOWN = {"attr": "profile.crm_id", "op": "known"}


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def pinned(segment, rule=None, catalogue=CATALOGUE, references=analysis.shipped):
    return PinnedSegment(
        name=segment["name_en"],
        role=segment["role"],
        reading=analysis.facts(rule or segment["rule"], catalogue, references),
        identities=frozenset(segment.get("identity", ())),
        apply=segment.get("apply", ""),
    )


def of_template(template, **more):
    return facts.content_facts(
        segments=[pinned(segment) for segment in template["segments"]],
        channels=template["channels"],
        journey=template["journey"],
        catalogue=CATALOGUE,
        settings=SETTINGS,
        references=analysis.shipped,
        **more,
    )


# ---------------------------------------------------------------- flags of the library


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template["code"])
def test_the_flags_of_a_template_are_those_it_declares(template):
    assert of_template(template).flags == set(template["risk_flags"])


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template["code"])
def test_no_usage_policy_stands_against_a_template(template):
    audiences = [pinned(segment).audience for segment in template["segments"]]
    said = {"nature": template["nature"]}

    assert evaluation.faults(audiences, template["channels"], **said) == []
    assert evaluation.missing_purposes(audiences, template["channels"], template["purposes"], **said) == []


def test_there_are_25_templates():
    assert len(TEMPLATES) == 25


# ---------------------------------------------------------------- the demo


SEGMENTS = {segment["code"]: segment for segment in DEMO["segments"]}
RULES = {(e["code"], e["version"]): e["rule"] for e in DEMO["earlier_versions"]}
VERSIONS = {(v["code"], v["v"]): v for v in DEMO["segment_versions"]}
USE_CASES = {use_case["code"]: use_case for use_case in DEMO["usecases"]}
COUNTRIES = {organisation["code"]: organisation["country"] for organisation in DEMO["organisations"]}


def rule_of(code, number):
    return RULES.get((code, number), library.segment_template(SEGMENTS[code]["from"])["rule"])


def resolver(code, version):
    """Read `@pin` as the version that the demo pins."""
    for segment in SEGMENTS.values():
        pin = segment.get("pins", {}).get(code)
        if pin:
            template = library.segment_template(SEGMENTS[pin[0]]["from"])
            return analysis.Reference(pin[0], pin[1], code, code, True, template["role"], rule_of(*pin))
    return None


def of_revision(revision):
    use_case = USE_CASES[revision["uc"]]
    template = library.usecase_template(use_case["template"])
    channels = revision.get("channels", template["channels"])
    pins = [tuple(pin[:2]) for pin in revision.get("segments", use_case["segments"])]
    day = revision["submitted"] or DEMO["as_of"]
    return facts.content_facts(
        segments=[
            pinned(
                library.segment_template(SEGMENTS[code]["from"]), rule_of(code, number), references=resolver
            )
            for code, number in pins
        ],
        channels=channels,
        journey=revision.get("journey", template["journey"]),
        catalogue=CATALOGUE,
        settings=SETTINGS,
        sizes=[max((on, size) for on, size in VERSIONS[pin]["estimates"] if on <= day)[1] for pin in pins],
        recipient_countries=[COUNTRIES[d["org"]] for d in DEMO["destinations"] if d["channel"] in channels],
        budget_eur=use_case["budget_eur"],
    )


# Copied from the executable reading of the library, which replays the demo.
FLAGS = {
    ("UC-01", 1): {"large_scale", "platform_match", "third_party_export", "tracker_data"},
    ("UC-01", 2): {"large_scale", "platform_match", "third_party_export", "tracker_data"},
    ("UC-02", 1): {"tracker_data"},
    ("UC-02", 2): {"data_combination", "third_party_export", "tracker_data"},
    ("UC-03", 1): {"complaint_data"},
    ("UC-04", 1): set(),
    ("UC-05", 1): {"inferred_traits", "large_scale", "platform_match", "scoring", "third_party_export"},
    ("UC-06", 1): {"inferred_traits", "scoring"},
    ("UC-06", 2): {"inferred_traits", "scoring"},
    ("UC-07", 1): {"data_combination"},
    ("UC-08", 1): {"inferred_traits", "large_scale", "tracker_data"},
    ("UC-09", 1): {"data_combination", "platform_match", "third_party_export", "tracker_data"},
    ("UC-10", 1): {"data_combination", "large_scale", "tracker_data"},
    ("UC-11", 1): {"large_scale"},
    ("UC-12", 1): {
        "budget_over_threshold",
        "inferred_traits",
        "large_scale",
        "platform_match",
        "third_party_export",
        "tracker_data",
    },
    ("UC-13", 1): set(),
}


@pytest.mark.parametrize("revision", DEMO["revisions"], ids=lambda r: f"{r['uc']} r{r['r']}")
def test_the_flags_of_the_demo_are_those_of_its_replay(revision):
    assert of_revision(revision).flags == FLAGS[revision["uc"], revision["r"]]


@pytest.mark.parametrize(
    "revision", [r for r in DEMO["revisions"] if "sponsor" in r], ids=lambda r: f"{r['uc']} r{r['r']}"
)
def test_the_functions_that_signed_in_the_demo_are_those_asked(revision):
    needed = policies.resolve("usecase_revision", of_revision(revision).flags, "cadrage")

    assert set(needed) == {function for function in ReviewFunction.values if function in revision}


@executable_reading.needed
@pytest.mark.parametrize("revision", DEMO["revisions"], ids=lambda r: f"{r['uc']} r{r['r']}")
def test_the_content_of_the_demo_reads_what_the_executable_reading_reads(revision):
    expected = executable_reading.checker().CONTENT[revision["uc"], revision["r"]]

    found = of_revision(revision)

    assert found.flags == expected["flags"]
    assert found.sources == expected["sources"]
    assert found.labels == expected["labels"]
    assert found.attributes == expected["attrs"]
    assert found.windows == expected["windows"]
    assert found.size == expected["size"]


# ---------------------------------------------------------------- flags, one by one


def content(segments=(), channels=("email",), journey=(), **more):
    said = {"catalogue": CATALOGUE, "settings": SETTINGS, **more}
    return facts.content_facts(
        segments=list(segments), channels=list(channels), journey=list(journey), **said
    )


def segment(node, role="target", identities=(), apply="", channels=()):
    reading = analysis.facts({"dsl": "segrule/1", "where": node}, CATALOGUE)
    return PinnedSegment("Carts", role, reading, frozenset(identities), apply, frozenset(channels))


CUSTOMER = {"attr": "profile.is_customer", "op": "eq", "value": True}
MINOR = {"attr": "profile.is_minor", "op": "eq", "value": True}


def test_an_empty_content_raises_nothing():
    found = content(channels=(), journey="no journey")

    assert found == facts.ContentFacts(*[frozenset()] * 6, 0, frozenset())


def test_identifiers_count_where_they_are_used():
    here = segment(CUSTOMER, identities={"phone_clear", "cookie_first_party"})

    assert content([here], ["sms"]).flags == set()
    assert content([here], ["onsite"]).flags == {"tracker_data"}
    assert content([here], ["paid_search"]).flags == {"third_party_export", "platform_match", "tracker_data"}


def test_an_exclusion_upstream_exports_nothing_and_an_exported_one_does():
    upstream = segment(CUSTOMER, "exclusion", {"email_sha256"}, "upstream")
    exported = segment(CUSTOMER, "exclusion", {"email_sha256"}, "exported")

    assert content([upstream], ["paid_social"]).flags == set()
    assert content([exported], ["paid_social"]).flags == {"third_party_export", "platform_match"}
    assert content([upstream, exported], ["retail_media"]).flags == {"third_party_export"}


def test_a_segment_limited_to_a_channel_does_not_leave_by_another():
    home = segment(CUSTOMER, identities={"cookie_first_party"}, channels={"onsite"})

    assert content([home], ["onsite", "paid_search"]).flags == {"tracker_data"}


def test_minors_large_scale_transfers_and_budget():
    assert content([segment(MINOR)]).flags == {"minors"}
    assert content([segment({"not": MINOR})]).flags == set()
    assert content(sizes=[99_999]).flags == set()
    assert content(sizes=[5, 100_000]).flags == {"large_scale"}
    assert content(recipient_countries=["FR", "IE", "NO"]).flags == set()
    assert content(recipient_countries=["FR", "US"]).flags == {"non_eea_transfer"}
    assert content(budget_eur=150_000).flags == set()
    assert content(budget_eur=Decimal("150000.01")).flags == {"budget_over_threshold"}


def decision(node, effect=None):
    said = {"id": "n2", "type": "decision", "if": node, "yes": "n3", "no": "n3"}
    return [
        {"id": "n1", "type": "entry", "next": "n2"},
        said | ({"effect": effect} if effect else {}),
        {"id": "n3", "type": "exit", "reason": "end"},
    ]


def test_the_decisions_of_the_journey_are_read_too():
    scored = content(journey=decision({"attr": "score.churn_90d", "op": "gte", "value": Decimal("0.5")}))

    assert scored.flags >= {"scoring", "inferred_traits"}
    assert scored.attributes == {"score.churn_90d"}
    assert scored.sources == {"DS-SCO"}
    assert content(journey=decision(KNOWN, "significant")).flags == {"automated_effect"}
    assert content(journey=decision(KNOWN, "exclusion_from_offer")).flags == {"exclusion_effect"}
    assert content(journey=decision(KNOWN, "none")).flags == set()


def test_what_the_catalogue_does_not_know_raises_nothing():
    assert content(journey=decision({"attr": "profile.zodiac", "op": "known"})).flags == set()
    assert content([segment(CUSTOMER)], ["telepathy"]).flags == set()


@given(st.sets(st.sampled_from(library.codes("channels"))), st.sampled_from(TEMPLATES))
def test_flags_are_in_the_vocabulary_and_never_those_without_a_room(channels, template):
    found = of_template({**template, "channels": sorted(channels)})

    assert found.flags <= set(library.codes("risk_flags")) - {"new_vendor", "high_pressure"}


# ---------------------------------------------------------------- score


@pytest.mark.parametrize(
    ("code", "score"),
    [("UC-01", "240000.00"), ("UC-02", "24000.00"), ("UC-06", "11428.57"), ("UC-08", "70000.00")],
)
def test_the_score_is_exact_to_the_cent(code, score):
    reach, impact, confidence, effort = (Decimal(str(value)) for value in USE_CASES[code]["rice"])

    assert facts.rice_score(int(reach), impact, confidence, effort) == Decimal(score)


def test_figures_of_the_score_are_on_their_scales():
    def fields(*figures):
        return [refusal.field for refusal in facts.objections_to_rice(*figures)]

    assert fields(0, Decimal("0.25"), Decimal("1.0"), Decimal("0.5")) == []
    assert fields(-1, Decimal(4), Decimal("0.7"), Decimal(0)) == [
        "rice_reach",
        "rice_impact",
        "rice_confidence",
        "rice_effort_weeks",
    ]
    assert fields(None, None, None, None) == fields(-1, Decimal(4), Decimal("0.7"), Decimal(0))


# ---------------------------------------------------------------- levels, branches, dependencies


def journey_of(code):
    return grammar.parse(library.usecase_template(code)["journey"])[0]


def test_the_level_is_at_most_what_the_journey_shows():
    assert facts.objection_to_level(2, journey_of("LIB-UC-04")) is None
    assert facts.objection_to_level(3, journey_of("LIB-UC-21")) is None
    for level, code in [(3, "LIB-UC-04"), (1, "LIB-UC-04"), (2, "LIB-UC-01")]:
        refusal = facts.objection_to_level(level, journey_of(code))
        assert (refusal.code, refusal.status, refusal.field) == ("INV-18", 409, "scenario_level")


def test_both_branches_need_a_decision_or_two_targets():
    decided, plain = journey_of("LIB-UC-04"), journey_of("LIB-UC-01")

    assert facts.objection_to_branch("both", decided, ["target"]) is None
    assert facts.objection_to_branch("both", plain, ["target", "target"]) is None
    assert facts.objection_to_branch("prospects", plain, []) is None
    assert facts.objection_to_branch("both", plain, ["target", "exclusion"]).code == "INV-19"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template["code"])
def test_the_templates_keep_level_and_branch(template):
    journey = journey_of(template["code"])
    roles = [segment["role"] for segment in template["segments"]]

    assert facts.objection_to_level(template["level"], journey) is None
    assert facts.objection_to_branch(template["branch"], journey, roles) is None


@pytest.mark.parametrize(
    ("level", "earlier", "refused"),
    [
        (1, [], False),
        (2, [], False),
        (3, [], True),
        (3, [Earlier(2)], True),
        (3, [Earlier(2, "stop")], True),
        (3, [Earlier(1, "scale")], True),
        (3, [Earlier(1, "scale"), Earlier(2, "scale")], False),
        (3, [Earlier(2, "iterate")], False),
    ],
)
def test_level_3_comes_after_a_proven_level_2(level, earlier, refused):
    refusal = facts.objection_to_big_start(level, earlier)

    assert (refusal is not None and refusal.code == "INV-20") == refused


def test_a_start_at_level_2_is_warned_of_and_asks_the_sponsor():
    assert facts.warning_on_start(2, 1).startswith("This use case starts at level 2.")
    assert facts.also_blocking(2, 1) == {"SP-05"}
    for level, number in [(1, 1), (2, 2), (3, 4)]:
        assert facts.warning_on_start(level, number) == ""
        assert facts.also_blocking(level, number) == set()


def test_use_cases_that_block_each_other_are_named_in_order():
    assert facts.blocking_circle([("A", "B"), ("B", "C"), ("A", "C")]) == []
    assert facts.blocking_circle([("A", "B"), ("B", "C"), ("C", "B")]) == ["B", "C", "B"]
    assert facts.blocking_circle([("A", "A")]) == ["A", "A"]
    refusal = facts.objection_to_circle([("UC-01", "UC-05"), ("UC-05", "UC-01")])
    assert (refusal.code, refusal.status) == ("INV-16", 409)
    assert "UC-01 → UC-05 → UC-01" in refusal.detail
    assert facts.objection_to_circle([("UC-01", "UC-05")]) is None


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_a_circle_is_found_when_there_is_one(pairs):
    edges = {(str(a), str(b)) for a, b in pairs}
    left = set(edges)
    while removable := {edge for edge in left if edge[1] not in {a for a, _b in left}}:
        left -= removable

    circle = facts.blocking_circle(edges)

    assert bool(circle) == bool(left)
    assert all(edge in edges for edge in pairwise(circle))
    assert not circle or circle[0] == circle[-1]


def test_a_long_ladder_is_walked_once():
    ladder = [(f"{n:03}", f"{m:03}") for n in range(300) for m in (n + 1, n + 2)]

    assert facts.blocking_circle(ladder) == []
