"""The library's rules, as they are canonised and read aloud: a change here is a change for people."""

import datetime as dt
import re
from pathlib import Path

import pytest
import yaml

from governance import library
from usecases.segments import segrule

from .rules import TEMPLATE, shipped

GOLDEN = Path(__file__).with_name("golden.yaml")
WRITTEN = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))
RULES = {name: (role, rule) for name, role, rule in shipped()}
OPERATORS = set().union(*segrule.document.OPERATORS.values()) | segrule.document.PRESENCE


def report(name):
    role, rule = RULES[name]
    return segrule.check(
        rule, TEMPLATE, references=segrule.shipped, today=dt.date(2026, 11, 16), role=role, needs_pin=False
    )


def test_all_rules_of_the_library_are_in_the_golden_file():
    assert set(WRITTEN) == set(RULES)
    assert len(RULES) == 34


@pytest.mark.parametrize("name", RULES)
def test_a_rule_of_the_library_is_sound_and_reads_as_written(name):
    found = report(name)

    assert found.errors == ()
    assert {"fingerprint": found.fingerprint, **found.sentence} == WRITTEN[name]


def test_the_published_vector_holds():
    published = "sha256:1d01bf98f7acbe2cb5afaef7c8ab3879b5173a79ae093c812062dd2195d0b75b"

    assert segrule.fingerprint(RULES["LIB-UC-04#0"][1]) == published
    assert WRITTEN["LIB-UC-04#0"]["fingerprint"] == published


def codes():
    catalogue = library.catalogue_template()
    for section in catalogue.values():
        for entry in section:
            yield entry["code"]
            yield from (value for value in entry.get("values", ()) if "_" in value)
    yield from library.codes("purposes")
    yield from (code for code in library.codes("channels") if "_" in code)
    yield from (operator for operator in OPERATORS if "_" in operator)


@pytest.mark.parametrize("name", RULES)
def test_no_code_operator_or_duration_stands_in_a_sentence(name):
    for text in report(name).sentence.values():
        assert not re.search(
            r"\bPT?\d+[DWMYH]\b|[a-z]_[a-z]|@|\bSEG-|\bLIB-|[{}\[\]=<>]|\b(eq|lte?|gte?)\b", text
        )
        assert not [code for code in codes() if re.search(rf"\b{re.escape(code)}\b", text)]


@pytest.mark.parametrize("name", RULES)
def test_french_sentences_keep_their_typography(name):
    text = re.sub("«[^»]*»", "«\u00a0\u00a0»", report(name).sentence["fr"])

    assert not re.search("[^\u00a0\u202f][;:%€»]|«[^\u00a0]|'|  ", text)
    assert text.startswith(("Personnes ", "Toutes les personnes"))
    assert text.endswith(".")
