"""The canonical form of a segment rule (decisions.md 4), and its fingerprint.

Two rules that say the same by the same conditions have one canonical form: members sorted, nested groups of
one kind flattened, children and set-like lists sorted without doubles, groups of one and double negations
collapsed, numbers exact, empty members left out. `between` keeps its order; defaults are neither added
nor removed.
"""

from __future__ import annotations

from typing import Any

from governance import canonical as house

LIST_OPS = frozenset({"in", "not_in", "has_any", "has_all", "has_none", "within_area"})


def canonical(rule: Any) -> Any:
    """Give the canonical form of a rule or of one of its nodes. Raises NotCanonical where there is none."""
    return _canonical(house.exact(rule))


def text(rule: Any) -> str:
    """Write the canonical form: what is stored, compared and hashed."""
    return house.text(canonical(rule))


def fingerprint(rule: Any) -> str:
    """Fingerprint of a rule alone."""
    return house.fingerprint(canonical(rule))


def version_fingerprint(rule: Any, catalogue_fp: str) -> str:
    """Fingerprint of a segment version: its rule, and the catalogue that says what the rule's names mean."""
    return house.fingerprint({"rule": canonical(rule), "catalogue": catalogue_fp})


def _canonical(node: Any) -> Any:
    if isinstance(node, dict):
        for group in ("all", "any"):
            if group in node:
                return _group(group, node[group])
        if "not" in node:
            inner = _canonical(node["not"])
            return inner["not"] if isinstance(inner, dict) and "not" in inner else {"not": inner}
        members = {
            key: as_set(value) if _is_set(node, key) and isinstance(value, list) else _canonical(value)
            for key, value in node.items()
        }
        return {key: value for key, value in members.items() if not house.is_empty(value)}
    if isinstance(node, list):
        return [_canonical(item) for item in node]
    return house.plain(node)


def _group(group: str, children: Any) -> Any:
    flat: list[Any] = []
    for child in map(_canonical, children):
        flat.extend(child[group] if isinstance(child, dict) and group in child else [child])
    ordered = as_set(flat)
    return ordered[0] if len(ordered) == 1 else {group: ordered}


def _is_set(node: dict[str, Any], key: str) -> bool:
    return (
        key == "purposes"
        or (key == "where" and "event" in node)
        or (key == "value" and isinstance(node.get("op"), str) and node["op"] in LIST_OPS)
    )


def as_set(values: list[Any]) -> list[Any]:
    """Sort values by their canonical text, without doubles."""
    by_text = {house.text(value): value for value in map(_canonical, values)}
    return [by_text[key] for key in sorted(by_text)]
