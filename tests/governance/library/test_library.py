"""The shipped content is read exactly, strictly, and in both languages."""

import re
from decimal import Decimal

import pytest
import yaml

from governance import library

FILES = sorted(path.stem for path in library.FOLDER.glob("*.yaml"))
READERS = {
    "gates": library.gates,
    "policies": library.policies,
    "external_triggers": library.external_triggers,
    "dpia": library.dpia,
    "checklists": library.checklists,
    "permissions": library.permissions,
    "usage_policies": library.usage_policies,
    "usecase_templates": library.usecase_templates,
    "standing_exclusions": library.standing_exclusions,
    "shared_segments": library.shared_segments,
    "kpis": library.kpis,
    "catalogue_template": library.catalogue_template,
    "bodies": library.bodies,
    "raci": library.raci,
    "skills": library.skills,
    "vendor_grid": library.vendor_grid,
}


def alike(exact, plain):
    """Compare with what a lenient reader finds: only the type of fractions may differ."""
    if isinstance(plain, dict):
        return list(exact) == list(plain) and all(alike(exact[key], plain[key]) for key in plain)
    if isinstance(plain, list):
        return len(exact) == len(plain) and all(map(alike, exact, plain))
    if isinstance(plain, float):
        return isinstance(exact, Decimal) and float(exact) == plain
    return type(exact) is type(plain) and exact == plain


def lonely(value, path=""):
    """Name the texts that have no twin in the other language."""
    if isinstance(value, dict):
        for key in value:
            twin = {"en": "fr", "fr": "en"}.get(key) or re.sub(
                "_(en|fr)$", lambda end: "_fr" if end[1] == "en" else "_en", str(key)
            )
            if twin != str(key) and not value.get(twin):
                yield f"{path}/{key}"
            yield from lonely(value[key], f"{path}/{key}")
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from lonely(item, f"{path}/{place}")


@pytest.mark.parametrize("name", FILES)
def test_the_strict_reader_finds_what_a_lenient_one_finds(name):
    plain = yaml.safe_load((library.FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))

    assert alike(library.load(name), plain)


@pytest.mark.parametrize("text", ["a: 1\na: 2", "a: {b: 1, b: 2}", "true: 1", "- {x: 1, x: 1}"])
def test_a_repeated_or_disguised_key_is_refused(text):
    with pytest.raises(library.Broken):
        library.read(text)


def test_countries_and_dates_are_text_and_fractions_are_exact():
    assert library.read("{a: NO, b: 2026-11-16, c: 0.1, d: 3, e: off}") == {
        "a": "NO",
        "b": "2026-11-16",
        "c": Decimal("0.1"),
        "d": 3,
        "e": "off",
    }
    assert isinstance(library.read("0.1"), Decimal)


def test_a_file_is_read_once():
    assert library.load("kpis") is library.load("kpis")


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_what_a_reader_gives_is_the_callers_and_in_both_languages(reader):
    first = reader()
    assert list(lonely(first)) == []

    first.clear()
    assert reader()


@pytest.mark.parametrize("name", [name for name in library.load("vocabularies") if name != "version"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_code_of_every_vocabulary_is_said_in_words(name, lang):
    entries = library.vocabulary(name)
    words = [library.term(name, code, lang) for code in library.codes(name)]

    assert list(lonely(entries)) == []
    assert len(set(words)) == len(entries)
    assert all(words)


def test_the_french_of_a_regional_reader_is_french():
    assert library.term("phases", "setup", "fr-ca") == "Set-up (mise en place)"
    assert library.term("phases", "setup", "de") == "Set-up"
    with pytest.raises(KeyError):
        library.term("phases", "nowhere", "fr")


def test_every_value_of_an_attribute_or_property_is_said_without_doubles():
    catalogue = library.catalogue_template()
    lists = [(item["code"], item["values"]) for item in catalogue["attributes"] if "values" in item]
    lists += [
        (f"{event['code']}.{name}", spec["values"])
        for event in catalogue["events"]
        for name, spec in event["properties"].items()
        if "values" in spec
    ]

    assert len(lists) > 15
    for code, values in lists:
        for lang in ("fr", "en"):
            words = [library.value_term(value, lang, of=code) for value in values]
            assert None not in words, code
            assert len(set(words)) == len(values), code
            assert not any("," in word or " ou " in word or " or " in word for word in words)


def test_an_unknown_value_has_no_words():
    assert library.value_term("chartreuse", "fr", of="profile.main_channel") is None


def test_one_code_may_mean_two_things():
    assert library.value_term("none", "fr", of="profile.loyalty_tier") == "sans palier"
    assert library.value_term("none", "fr", of="profile.contract_type") == "sans contrat"


def test_nothing_in_our_texts_is_left_over():
    ours = library.load("fr")
    asked = {
        "usage_policies": {item["code"] for item in library.usage_policies()},
        "checklists": {item["code"] for items in library.checklists().values() for item in items},
        "permissions": {item["code"] for item in library.permissions()["actions"]},
        "sod_rules": {item["code"] for item in library.permissions()["sod_rules"]},
        "external_triggers": {item["code"] for item in library.external_triggers()},
        "typical": {kpi["typical_en"] for item in library.usecase_templates() for kpi in item["kpis"]},
        "messages": {
            node["message"]
            for item in library.usecase_templates()
            for node in item["journey"]
            if "message" in node
        },
    }
    for name, section in ours["vocabularies"].items():
        assert set(section) == set(library.codes(name)), name
    for name, wanted in asked.items():
        assert set(ours[name]) == wanted, name


def test_journey_messages_are_said_in_english_and_typed_ones_kept():
    assert library.message_term("remerciement", "en") == "thank you"
    assert library.message_term("remerciement", "fr") == "remerciement"
    assert library.message_term("Soldes d'hiver", "en") == "Soldes d'hiver"


def test_segments_of_templates_are_found_by_their_place():
    assert library.segment_template("LIB-UC-02#1")["name_en"] == "Lookalike 2 %"
    assert library.segment_template("LIB-STD-MINORS")["apply"] == "upstream"
    for missing in ("LIB-UC-02#2", "LIB-UC-99#0", "LIB-STD-NONE"):
        with pytest.raises(KeyError):
            library.segment_template(missing)


def test_shared_segments_point_at_the_segment_that_defines_them():
    found = {item["code"]: item["segment"] for item in library.shared_segments()}

    assert found == {"LIB-SEED-BEST": "LIB-UC-02#0", "LIB-BUYERS-180": "LIB-UC-01#0"}


def test_the_library_is_whole():
    assert len(library.usecase_templates()) == 25
    assert len(library.kpis()) == 25
    assert sum(len(gate["criteria"]) for gate in library.gates()) == 74
    assert len(library.permissions()["sod_rules"]) == 17
    assert library.checklist("legal")[0]["blocking"] is True
    assert library.question("SP-06")["fr"].startswith("Qu’est-ce qui")
    assert library.renewal_window_days() == 45
    assert library.watched()["sponsor"] == ["BUSINESS", "CHANNEL", "PRESSURE", "TEST"]
    assert library.gate_settings()["should_threshold"] == Decimal("0.7")
    assert library.exclusion_role()["exported_skips"] == ["UP-24", "UP-25", "UP-26", "UP-27", "UP-29"]
    assert library.demo()["programme"]["code"] == "TALV"
    assert library.rule_schema()["title"].startswith("Segment rule")
    assert set(library.field_groups()) >= {"AUDIENCE", "DATA"}
    assert library.entry("channels", "email")["identities"] == ["crm_id", "loyalty_id", "email_clear"]


def test_french_texts_keep_their_typography():
    """A French text has no straight apostrophe, and no breaking space before a double sign."""
    wrong = []
    for section, texts in library.load("fr").items():
        if section in ("messages", "values", "version"):
            continue
        stack = [texts]
        while stack:
            value = stack.pop()
            if isinstance(value, dict):
                stack += [item for key, item in value.items() if not str(key).endswith("en")]
            elif re.search("'| [:;?!%»]|« ", str(value)):
                wrong.append(value)
    assert wrong == []


def test_every_attribute_and_event_has_words_of_its_own_in_both_languages():
    words, catalogue = library.load("reading"), library.catalogue_template()
    for lang in ("fr", "en"):
        said = {code: word[lang] for code, word in words["attributes"].items()}
        events = {code: word[lang] for code, word in words["events"].items()}
        assert set(said) == {item["code"] for item in catalogue["attributes"]}
        assert set(events) == {item["code"] for item in catalogue["events"]}
        assert len({word["np"] for word in said.values()}) == len(said)
        for form in ("one", "other"):
            assert len({word[form] for word in events.values()}) == len(events)
        yes_or_no = {item["code"] for item in catalogue["attributes"] if item["type"] == "boolean"}
        assert {code for code, word in said.items() if {"true", "false"} <= word.keys()} == yes_or_no
        carried = {name for event in catalogue["events"] for name in event["properties"]}
        assert {code for code, word in words["properties"].items() if word[lang]["np"]} == carried


def test_both_languages_have_the_same_moulds():
    def shape(value):
        return {key: shape(item) for key, item in value.items()} if isinstance(value, dict) else type(value)

    phrases = library.load("reading")["phrases"]
    assert shape(phrases["fr"]) == shape(phrases["en"])


def test_no_two_values_share_their_words():
    for lang in ("fr", "en"):
        shared = [said[lang] for said in library.load("fr")["values"]["shared"].values()]
        assert len(set(shared)) == len(shared)
