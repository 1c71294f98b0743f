"""What changed between two rules, in words: conditions added, removed, changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from usecases.catalogue.snapshot import Catalogue
from usecases.segments.segrule import canonical, sentence
from usecases.segments.segrule.analysis import Resolver, nothing_known

ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@dataclass(frozen=True)
class Change:
    """One difference: `before` is empty for what was added, `after` for what was removed."""

    kind: str
    before: str
    after: str


def difference(
    old: Any,
    new: Any,
    catalogue: Catalogue,
    lang: str,
    references: Resolver = nothing_known,
    *,
    old_catalogue: Catalogue | None = None,
) -> list[Change]:
    """Tell what changed between two sound rules, condition by condition; nothing for two that are equal.

    The older rule is read over `old_catalogue`, the one it was written for, where that is given.
    """
    before, after = (canonical.canonical(rule["where"]) for rule in (old, new))
    home = old_catalogue or catalogue

    def said_before(node: Any) -> str:
        return sentence.clause(node, home, lang, references)

    def said_after(node: Any) -> str:
        return sentence.clause(node, catalogue, lang, references)

    if canonical.text(before) == canonical.text(after):
        return []
    group = _common_group(before, after)
    if group is None:
        return [
            Change(
                CHANGED,
                sentence.reading(old, home, lang, references).text,
                sentence.reading(new, catalogue, lang, references).text,
            )
        ]
    gone, come = _left_over(_children(before, group), _children(after, group))
    changes = []
    for node in list(gone):
        twin = next((other for other in come if subject(other) == subject(node)), None)
        if twin is not None:
            gone.remove(node)
            come.remove(twin)
            changes.append(Change(CHANGED, said_before(node), said_after(twin)))
    changes += [Change(REMOVED, said_before(node), "") for node in gone]
    changes += [Change(ADDED, "", said_after(node)) for node in come]
    return changes


def _common_group(before: dict[str, Any], after: dict[str, Any]) -> str | None:
    """Give the connective under which both rules list their conditions, if there is one."""
    own = [next((group for group in ("all", "any") if group in node), None) for node in (before, after)]
    if own[0] == own[1]:
        return own[0] or "all"
    return (own[0] or own[1]) if None in own else None


def _children(node: dict[str, Any], group: str) -> list[Any]:
    return list(node[group]) if group in node else [node]


def _left_over(before: list[Any], after: list[Any]) -> tuple[list[Any], list[Any]]:
    """Take away what stands on both sides."""
    texts = [{canonical.text(node) for node in side} for side in (before, after)]
    return (
        [node for node in before if canonical.text(node) not in texts[1]],
        [node for node in after if canonical.text(node) not in texts[0]],
    )


def subject(node: Any) -> tuple[str, ...]:
    """Say what a condition is about, so that its two states can be set side by side."""
    if "not" in node:
        return ("not", *subject(node["not"]))
    for group in ("all", "any"):
        if group in node:
            return (group,)
    for kind in ("attr", "event"):
        if kind in node:
            return (kind, node[kind])
    for kind in ("segment", "lookalike"):
        if kind in node:
            return (kind, node[kind]["code"])
    return (next(iter(node)),)
