"""The check of a rule, as api.md has it, and the life of a version."""

import pytest

from tests.governance.api.door import Api

pytestmark = pytest.mark.django_db
P = "programmes/TALV/"
RULE = {
    "dsl": "segrule/1",
    "where": {
        "any": [
            {"event": "order.web", "within": "P180D", "count": {"op": "gte", "value": 1}},
            {"attr": "profile.last_purchase_date", "op": "within_last", "value": "P180D"},
        ]
    },
}


def test_any_well_formed_document_is_answered(stage):
    api = Api(stage.cast.mehdi)
    for rule in (
        [],
        {},
        "x",
        1,
        None,
        True,
        [[[]]],
        {"dsl": "segrule/9"},
        {"dsl": "segrule/1", "where": {"all": [{}, 1]}},
    ):
        answer = api.post(P + "segments/check/", rule)
        assert answer.status == 200, rule
        assert answer["errors"] != []
        assert set(answer["errors"][0]) == {"code", "path", "detail"}
        assert answer["sentence"].keys() == {"fr", "en"}
    assert api.post(P + "segments/check/", data=b"{").status == 400


def test_a_sound_rule_is_said_in_both_languages(stage):
    answer = Api(stage.cast.mehdi).post(P + "segments/check/", RULE)
    assert (answer.status, answer["errors"]) == (200, [])
    assert answer["fingerprint"].startswith("sha256:")
    assert "180" in answer["sentence"]["fr"]
    assert "180" in answer["sentence"]["en"]
    assert answer["sentence"]["fr"] != answer["sentence"]["en"]
    assert "profile.last_purchase_date" in answer["attributes"]
    assert answer["labels"] != []
    # the order of what is listed does not count
    turned = {**RULE, "where": {"any": RULE["where"]["any"][::-1]}}
    again = Api(stage.cast.mehdi).post(P + "segments/check/", turned)
    assert (again["fingerprint"], again["canonical"]) == (answer["fingerprint"], answer["canonical"])


def test_figures_keep_their_digits(stage):
    asked = {"kpi": "cpa", "kind": "guardrail", "maximum": "123456789012.123456"}
    api = Api(stage.cast.paul)
    made = api.post(P + "kpi-targets/", asked)
    assert made.status == 201, made
    assert b'"maximum":123456789012.123456' in made.raw
    precise = api.post(P + "kpi-targets/", data=b'{"kpi":"cpa","kind":"guardrail","maximum":0.1234567}')
    assert (precise.status, precise.fields) == (400, ["maximum"])


def test_freezing_and_submitting_are_one_act(stage):
    mehdi, anna = Api(stage.cast.mehdi), Api(stage.cast.anna)
    made = mehdi.post(P + "segments/", {"name_fr": "Acheteurs", "role": "target", "rule": RULE})
    assert (made.status, made["number"], made["status"]) == (201, 1, "draft")
    version = P + f"segments/{made['code']}/versions/1/"
    assert mehdi.post(version + "freeze/", version=1).status == 403
    refused = anna.post(version + "freeze/", version=1)
    assert refused.status == 409  # nobody counted it yet
    assert anna.post(version + "estimates/", {"size": 455_000}).status == 201
    frozen = anna.post(version + "submit/", version=anna.get(version).version)
    assert (frozen["status"], frozen["edition_fingerprint"][:7]) == ("in_review", "sha256:")
    again = anna.post(version + "freeze/", version=frozen.version)
    assert (again.status, again.code) == (409, "version_frozen")
    listed = anna.get(P + "segments/?search=acheteurs&ordering=-valid_until")["results"]
    assert [(one["code"], one["status"], one["estimate"]["size"]) for one in listed] == [
        (made["code"], "in_review", 455_000)
    ]


def test_an_unknown_template_or_a_missing_rule_is_told(stage):
    api = Api(stage.cast.mehdi)
    assert api.post(P + "segments/", {"template": "LIB-NO"}).fields == ["template"]
    assert set(api.post(P + "segments/", {}).fields) == {"name_fr", "role", "rule"}
    assert api.post(P + "use-cases/", {"template": "LIB-NO"}).fields == ["template"]
    assert api.post(P + "use-cases/", {}).fields == ["title_fr"]
