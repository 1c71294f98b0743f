"""The rights matrix of permissions.yaml, read once: action, role, phase letter, qualifier."""

from __future__ import annotations

from functools import cache

from governance import library
from governance.roles.choices import Role

# What may be written as a proposal (qualifier p): drafts that someone else submits, frees or freezes.
DRAFTS = frozenset(
    {
        "objective.edit",
        "usecase.create",
        "usecase.edit_draft",
        "segment.edit",
        "dpia.edit",
        "experiment.design",
        "activation.draft",
    }
)
LETTERS = "CSTR"

Cell = dict[str, str]


@cache
def _roles() -> dict[str, Role]:
    return {entry["abbr"]: Role(entry["code"]) for entry in library.vocabulary("roles")}


@cache
def cells() -> dict[str, dict[Role, Cell]]:
    """Every action, with each role's cell: a qualifier (or none) per phase letter."""
    return {
        action["code"]: {_roles()[abbr]: _cell(text) for abbr, text in action["cells"].items()}
        for action in library.permissions()["actions"]
    }


def _cell(text: str) -> Cell:
    found: Cell = {}
    for group in text.split():
        letters, _colon, qualifier = group.partition(":")
        found.update(dict.fromkeys(letters, qualifier))
    return found


@cache
def platform_actions() -> frozenset[str]:
    """What platform administrators do, and nobody else."""
    return frozenset(
        action["code"] for action in library.permissions()["actions"] if action.get("platform_admin")
    )


@cache
def titles() -> dict[str, dict[str, str]]:
    """What each action is called, in both languages."""
    return {
        action["code"]: {"fr": action["fr"], "en": action["en"]}
        for action in library.permissions()["actions"]
    }


@cache
def pairs() -> dict[frozenset[str], str]:
    """The roles that nobody holds at once, and the rule that says so (SOD-03 to SOD-07)."""
    found: dict[frozenset[str], str] = {}
    for rule in library.permissions()["sod_rules"]:
        for one, other in rule.get("pairs", []):
            for each in Role.values if other == "*" else [other]:
                if each != one:
                    found.setdefault(frozenset({one, each}), rule["code"])
    return found
