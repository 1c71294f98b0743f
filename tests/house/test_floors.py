"""Arrows go down: a file imports from its own room or from a lower floor (house.md)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Highest first; rooms on one line do not know each other.
FLOORS = """
portal
usecases.web  usecases.api
usecases.backlog
usecases.journeys  usecases.kpis
usecases.segments
usecases.policies
usecases.catalogue
governance.web  governance.api
governance.charter
governance.reviews
governance.gates
governance.conditions
governance.roles
governance.notices
governance.dossiers  governance.evidence
governance.programmes
governance.stakeholders
governance.accounts
governance.audit
governance.library governance.errors governance.clock governance.canonical governance.folding \
governance.keys governance.last governance.text
"""
LINES = [line.split() for line in FLOORS.strip().splitlines()]
HEIGHT = {room: len(LINES) - number for number, line in enumerate(LINES) for room in line}
LOWEST = set(LINES[-1])  # they may know each other: errors and keys are words, not rooms
FILES = [
    path for wing in ("portal", "governance", "usecases") for path in sorted((ROOT / wing).rglob("*.py"))
]
WEB = ("web", "api")
HTTP = (
    "django.http",
    "django.shortcuts",
    "django.views",
    "django.urls",
    "rest_framework",
    "django_htmx",
    "allauth.account.views",
)
# Rooms below the faces that may know HTTP, and why.
KNOWS_HTTP = {
    "governance/accounts/adapter.py": "allauth asks how people come in",
    "governance/accounts/proof.py": "allauth counts the tries of a request",
}


def room_of(module):
    """The room that a dotted name lies in, if it is ours."""
    parts = module.split(".")
    for length in (2, 1):
        if (name := ".".join(parts[:length])) in HEIGHT:
            return name
    return None


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.relative_to(ROOT)} imports relatively: name the room"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name_of(path):
    """The dotted name of a file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def test_every_folder_of_the_two_wings_stands_on_a_floor():
    rooms = {
        f"{wing}.{folder.name}"
        for wing in ("governance", "usecases")
        for folder in (ROOT / wing).iterdir()
        if folder.is_dir() and folder.name != "__pycache__"
    }
    files = {
        f"governance.{path.stem}" for path in (ROOT / "governance").glob("*.py") if path.stem != "__init__"
    }
    assert (rooms | files) - set(HEIGHT) == set()
    assert set(HEIGHT) - rooms - files - {"portal"} == set()


def test_the_settings_install_the_rooms_in_the_order_of_the_floors(settings):
    heights = [HEIGHT[room] for room in settings.ROOMS]
    assert heights == sorted(heights)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_go_down(path):
    here = room_of(name_of(path))
    for imported in imports_of(path):
        there = room_of(imported)
        if there is None or there == here or here is None:
            assert there is None or here is not None, (
                f"{path.relative_to(ROOT)} imports {imported} from nowhere"
            )
            continue
        down = HEIGHT[there] < HEIGHT[here] or {here, there} <= LOWEST
        assert down, f"{path.relative_to(ROOT)} imports {imported}, which is not below it"


@pytest.mark.parametrize("path", [p for p in FILES if name_of(p).split(".")[0] != "portal"], ids=name_of)
def test_below_the_faces_nobody_knows_http(path):
    relative = str(path.relative_to(ROOT))
    if name_of(path).split(".")[1] in WEB or relative in KNOWS_HTTP or path.name == "admin.py":
        return
    known = [name for name in imports_of(path) if name.startswith(HTTP)]
    assert known == [], f"{relative} knows HTTP: {known}"
