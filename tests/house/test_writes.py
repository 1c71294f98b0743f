"""Governed rows are written by verbs, in `actions.py`, and nowhere else (house.md)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALWAYS = {"save", "create", "acreate", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
# Whole files that write, and why.
MAY_WRITE = {
    "governance/audit/trail.py": "the verb of the trail: every other verb calls it",
    "governance/audit/refusals.py": "the edge records a refusal after the rollback, outside any verb",
    "portal/races/scenarios.py": "an attack: it writes behind the verb's back, and must be refused",
    "portal/bench/yardsticks.py": "tables of its own, in a database that is dropped: no verb knows them",
    "portal/bench/pages.py": "a session, as signing in makes one",
    "governance/accounts/models.py": "Django's user manager makes users; accounts/actions.py calls it",
}
# Rows that no rule governs: they are written where they are read.
UNGOVERNED = ("ApiToken.", "IdempotencyKey.")
FILES = [
    path
    for wing in ("portal", "governance", "usecases")
    for path in sorted((ROOT / wing).rglob("*.py"))
    if path.name != "actions.py"
    and "migrations" not in path.parts
    and str(path.relative_to(ROOT)) not in MAY_WRITE
]


def writes_of(tree):
    """The calls that write rows: `update` with keywords only (a dict takes positions), `delete` with none."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        name, rows = node.func.attr, ast.unparse(node.func.value)
        if rows.startswith(UNGOVERNED) or rows.split(".")[-1].strip("_").endswith(
            "actions"
        ):  # a verb is called
            continue
        if name == "save" and len(node.args) > 1:  # no row's: a row is saved by keywords
            continue
        if name in ALWAYS and not rows.startswith(("forms.", "polib", "catalogue")):
            yield node.lineno, f"{rows}.{name}(…)"
        if name == "update" and node.keywords and not node.args and all(word.arg for word in node.keywords):
            yield node.lineno, f"{rows}.update(…)"
        if name == "delete" and not node.args and not node.keywords:
            yield node.lineno, f"{rows}.delete()"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_verbs_write(path):
    assert list(writes_of(ast.parse(path.read_text()))) == []


def test_the_reading_finds_what_it_must():
    found = list(
        writes_of(
            ast.parse(
                "thing.save()\nRow.objects.filter(a=1).update(b=2)\nrows.delete()\nx.reviews.create(a=1)"
            )
        )
    )
    assert len(found) == 4
    assert (
        list(
            writes_of(
                ast.parse(
                    "actions.create(by=her)\n{}.update({'a': 1})\ncache.delete('key')\ndigest.update(b'x')"
                )
            )
        )
        == []
    )


def test_no_excuse_outlives_its_file():
    assert [path for path in MAY_WRITE if not (ROOT / path).exists()] == []
