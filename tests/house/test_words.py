"""Modules are named by what they hold (house.md, "Words"), and each app says itself in one line."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WINGS = ("portal", "governance", "usecases", "tests")
FORBIDDEN = {
    "utils",
    "util",
    "helpers",
    "helper",
    "services",
    "service",
    "common",
    "misc",
    "managers",
    "signals",
}
APPS = [
    path
    for wing in WINGS[:3]
    for path in sorted((ROOT / wing).rglob("__init__.py"))
    if "migrations" not in path.parts
]


def test_no_module_is_named_after_nothing():
    named = [
        str(path.relative_to(ROOT))
        for wing in WINGS
        for path in (ROOT / wing).rglob("*")
        if (path.suffix == ".py" or path.is_dir()) and path.stem in FORBIDDEN
    ]
    assert named == []


@pytest.mark.parametrize("path", APPS, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_each_package_says_itself_in_its_first_line(path):
    first = (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]
    assert first.endswith(".")


def senders(text):
    """What a file imports to send or hear signals."""
    for node in ast.walk(ast.parse(text)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        whence = getattr(node, "module", None) or ""
        if "signals" in names or any(
            name == "django.dispatch" or name.endswith(".signals") for name in [*names, whence]
        ):
            yield node.lineno


def test_business_uses_no_signals():
    found = {
        str(path.relative_to(ROOT)): list(senders(path.read_text()))
        for wing in ("governance", "usecases")
        for path in (ROOT / wing).rglob("*.py")
    }
    assert found
    assert {path: lines for path, lines in found.items() if lines} == {}
    for told in ("from django.db.models.signals import post_save", "from django.dispatch import receiver",
                 "from django.db.models import signals", "import django.db.models.signals"):  # fmt: skip
        assert list(senders(told)) == [1]
