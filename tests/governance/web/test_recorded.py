"""Every field that a verb records has a word in both languages, and codes among the values are said."""

import ast
from pathlib import Path

import pytest
from django.utils.translation import override

from governance.web import recorded

ROOT = Path(__file__).resolve().parents[3]


def recorded_fields():
    """The names that verbs give to what they record, where they are written out."""
    for wing in ("governance", "usecases", "portal"):
        for path in (ROOT / wing).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "record":
                    for given in node.keywords:
                        if given.arg == "payload":
                            yield from names_in(given.value)


def names_in(value):
    if isinstance(value, ast.Dict):
        yield from (key.value for key in value.keys if isinstance(key, ast.Constant))


def test_every_field_that_is_recorded_has_a_word():
    names = set(recorded_fields())
    assert len(names) > 60
    assert names - set(recorded.FIELDS) == set()


@pytest.mark.parametrize(
    ("name", "value", "french", "english"),
    [
        ("functions", ["legal", "dpo"], "Juridique, DPO", "Legal, DPO"),
        ("outcome", "go", "Go", "Go"),
        ("outcome", "unheard_of", "unheard_of", "unheard_of"),
        ("flags", ["large_scale"], "Large échelle", "Large scale"),
        ("for_cause", True, "oui", "yes"),
        ("due_on", None, "", ""),
        ("due_on", "2026-12-01", "1er décembre 2026", "1 December 2026"),
        (
            "signed_at",
            "2026-11-16T13:12:00Z",
            "16 novembre 2026 à 14\u00a0h\u00a012",
            "16 November 2026 at 14:12",
        ),
        ("signed_at", "2026-11-16", "16 novembre 2026", "16 November 2026"),
        ("title", "2026-02-28", "2026-02-28", "2026-02-28"),  # what somebody wrote
        ("due_on", "2026-02-30", "2026-02-30", "2026-02-30"),
        ("due_on", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("text", "2026, une année", "2026, une année", "2026, une année"),
        (
            "answers",
            {"DP-01": "yes", "DP-02": "na"},
            "DP-01 oui, DP-02 sans objet",
            "DP-01 yes, DP-02 not concerned",
        ),
        ("role", "exclusion", "Exclusion", "Exclusion"),
        ("role", "dmp_operator", "Opérateur DMP", "DMP operator"),
        ("severity", "high", "Forte", "High"),
        (
            "fields",
            ["budget_eur", "caps", "rule"],
            "Budget, €, Plafonds par canal, Règle",
            "Budget, €, Caps by channel, Rule",
        ),
        ("criteria", [{"code": "G0-01"}], '[\n  {\n    "code": "G0-01"\n  }\n]', None),
    ],
)
def test_codes_are_said_and_the_rest_stays(name, value, french, english):
    with override("fr"):
        assert recorded.value_in_words(name, value) == french
    if english is not None:
        with override("en"):
            assert recorded.value_in_words(name, value) == english


def test_a_field_without_a_word_keeps_its_name():
    assert recorded.field_in_words("unheard_of") == "unheard_of"
