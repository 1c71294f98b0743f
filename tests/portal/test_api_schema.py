"""The published schema: OpenAPI 3.1 without a warning, every operation whole."""

import io

import pytest
from django.core.management import call_command

from tests.governance.api.door import schema
from tests.governance.web.conftest import BACKEND

METHODS = {"get", "post", "put", "patch", "delete"}


def test_the_schema_is_published_without_a_warning(tmp_path):
    errors = io.StringIO()
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml"), stderr=errors
    )
    assert errors.getvalue() == ""
    assert (tmp_path / "schema.yaml").stat().st_size > 100_000


def operations():
    return [
        (path, method, operation)
        for path, methods in schema()["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_every_operation_is_whole():
    assert schema()["openapi"].startswith("3.1")
    told = operations()
    assert len(told) > 110
    names = [operation["operationId"] for _path, _method, operation in told]
    assert len(set(names)) == len(names)
    for path, method, operation in told:
        where = f"{method} {path}"
        answers = operation["responses"]
        assert operation["description"].strip(), where
        assert operation["security"], where
        good = [answer for status, answer in answers.items() if status.startswith("2")]
        assert len(good) == 1, where
        assert "204" in answers or good[0]["content"], where
        for status in ("400", "401", "403", "404"):
            assert list(answers[status]["content"]) == ["application/problem+json"], where
        headers = {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}
        assert "Accept-Language" in headers, where
        assert ("Idempotency-Key" in headers) == (method == "post"), where
        if method == "patch":
            assert "If-Match" in headers, where
        if method in ("post", "patch"):
            assert {"409", "412", "413", "415", "422", "428"} <= set(answers), where


@pytest.mark.parametrize("name", ["PageUseCaseRow", "ReadinessShape"])
def test_shapes_that_clients_rely_on_stay(name):
    wanted = {
        "PageUseCaseRow": {"count", "next", "previous", "results"},
        "ReadinessShape": {"gate", "as_of", "outcomes_offered", "should_score", "criteria"},
    }[name]
    found = next(
        shape
        for title, shape in schema()["components"]["schemas"].items()
        if title.startswith(name.replace("Shape", ""))
    )
    assert wanted <= set(found["properties"])


CRITERION = {"code", "level", "kind", "outcome", "value", "threshold", "explanation", "who_can", "acts"}
FUNCTION = {"function", "required", "minimum", "state", "by", "scope_fingerprint", "valid_through", "why"}
REQUEST = {"subject", "function", "fingerprint", "scope_fingerprint", "facets", "checklist"}
REPORT = {"errors", "warnings", "canonical", "fingerprint", "sentence", "labels", "attributes"}


@pytest.mark.parametrize(
    ("shape", "members"),
    [("Criterion", CRITERION), ("Function", FUNCTION), ("Request", REQUEST), ("Report", REPORT)],
)
def test_the_members_of_api_md_are_there(shape, members):
    shapes = schema()["components"]["schemas"]
    found = [
        body for title, body in shapes.items() if title in (shape, f"{shape}Shape") and "properties" in body
    ]
    assert found, sorted(shapes)
    assert members <= set(found[0]["properties"])


@pytest.mark.django_db
def test_the_pages_of_the_api_hold_nothing_that_their_policy_refuses(client, cast):
    client.force_login(cast.paul.user, BACKEND)
    page = client.get("/api/v1/docs/")
    text = page.content.decode()
    assert "jalon/api.css" in text
    assert "<style" not in text
    assert "<script>" not in text
    assert "img-src 'self' data:" in page.headers["Content-Security-Policy"]
    assert "data:" not in client.get("/p/TALV/").headers["Content-Security-Policy"]
