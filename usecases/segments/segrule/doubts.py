"""What is allowed in a rule and yet deserves a second look: the warnings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from usecases.catalogue.snapshot import Attribute, Catalogue, EventType
from usecases.segments.segrule import analysis, document
from usecases.segments.segrule.analysis import Resolver
from usecases.segments.segrule.document import Fault, Path, pointer

TARGET = "target"
NOT_BUYERS = {"profile.lifecycle_stage": frozenset({"suspect", "prospect", "lapsed", "former"})}


def of_rule(rule: Any, catalogue: Catalogue) -> list[Fault]:
    """Tell the doubts that the rule and its catalogue raise: W01, W02, W06, W07."""
    lang = get_language() or "fr"
    found: list[Fault] = []
    for node, path, _depth, negations in document.nodes(rule):
        thing: Attribute | EventType | None = None
        code, at = node.get("attr"), (*path, "attr")
        if isinstance(code, str):
            thing = catalogue.attributes.get(code)
        elif isinstance(node.get("event"), str):
            code, at = node["event"], (*path, "event")
            thing = catalogue.events.get(node["event"])
        if thing is None:
            continue
        name = {"name": catalogue.name(thing.code, lang)}
        if isinstance(thing, Attribute):
            found += _attribute(rule, thing, node, path, negations, name)
        else:
            for place, condition in enumerate(node.get("where") or []):
                prop = thing.property(condition["prop"])
                if prop and prop.type == "string" and condition["op"] not in document.PRESENCE:
                    found.append(_as_written((*path, "where", place), name))
        if catalogue.unconfirmed_notes & {thing.code, thing.source}:
            found.append(
                Fault(
                    "W07",
                    pointer(at),
                    _("A knowledge note on “%(name)s” is not confirmed yet: ask the data owner about it.")
                    % name,
                )
            )
    return found


def _attribute(
    rule: Any, thing: Attribute, node: dict[str, Any], path: Path, negations: int, name: dict[str, str]
) -> Iterator[Fault]:
    compared = node["op"] not in document.PRESENCE
    if compared and negations % 2 and not _known_beside(rule, thing.code, path):
        yield Fault(
            "W01",
            pointer(path),
            _("This negation keeps the people whose “%(name)s” is unknown: ask that it be known too.") % name,
        )
    if (thing.quality is not None and thing.quality < analysis.LOW_QUALITY) or (
        thing.completeness is not None and thing.completeness < analysis.LOW_COMPLETENESS
    ):
        yield Fault(
            "W02",
            pointer((*path, "attr")),
            _("“%(name)s” is often missing or doubtful: the audience may be smaller or other than meant.")
            % name,
        )
    if compared and thing.type == "string":
        yield _as_written(path, name)


def _as_written(path: Path, name: dict[str, str]) -> Fault:
    return Fault(
        "W06",
        pointer(path),
        _("“%(name)s” is compared letter by letter: another spelling of the same thing is missed.") % name,
    )


def _known_beside(rule: Any, code: str, path: Path) -> bool:
    """Say whether a conjunction above, itself not negated, asks that the attribute be known."""
    node: Any = rule
    for step in path:
        if isinstance(node, dict):
            if step == "not":
                break
            if step == "all" and {"attr": code, "op": "known"} in node["all"]:
                return True
        node = node[step]
    else:
        return False
    return isinstance(node, dict) and {"attr": code, "op": "known"} in node.get("all", [])


def of_size(estimated_on: dt.date | None, today: dt.date) -> Iterator[Fault]:
    """Tell that an estimate is too old to be trusted: W03."""
    age = (today - estimated_on).days if estimated_on else 0
    if age > analysis.STALE_ESTIMATE_DAYS:
        yield Fault(
            "W03",
            "",
            ngettext(
                "The size was estimated %(count)d day ago: estimate it again.",
                "The size was estimated %(count)d days ago: estimate it again.",
                age,
            )
            % {"count": age},
        )


def of_solicitation(rule: Any, references: Resolver) -> Iterator[Fault]:
    """Tell that people who just bought would be solicited: W05."""
    if not _spares_buyers(rule["where"], references):
        yield Fault(
            "W05",
            "/where",
            _("Nothing removes the people who bought recently: exclude them, or say why not."),
        )


def _spares_buyers(node: dict[str, Any], references: Resolver) -> bool:
    if "all" in node:
        return any(_spares_buyers(child, references) for child in node["all"])
    if "any" in node:
        return all(_spares_buyers(child, references) for child in node["any"])
    if "not" in node:
        return _bought(node["not"])
    if "event" in node:
        count = node.get("count", {})
        nobody = [("eq", 0), ("lt", 1), ("lte", 0)]
        return (
            node["event"].startswith(analysis.PURCHASES) and (count.get("op"), count.get("value")) in nobody
        )
    if "attr" in node:
        return _is_no_recent_buyer(node)
    if "segment" in node and node["segment"]["state"] == "out":
        target = references(node["segment"]["code"], node["segment"]["version"])
        return target is not None and isinstance(target.rule, dict) and _bought(target.rule.get("where", {}))
    return False


def _is_no_recent_buyer(node: dict[str, Any]) -> bool:
    code, op = node["attr"], node["op"]
    value: Any = node.get("value")
    if code in analysis.PURCHASE_DATES:
        return op in ("older_than", "unknown")
    if code in analysis.PURCHASE_COUNTS:
        return (op, value) in [("eq", 0), ("lte", 0), ("lt", 1)]
    if code == analysis.CUSTOMER:
        return op == "eq" and value is False
    listed = value if op == "in" else [value] if op == "eq" else []
    return bool(listed) and code in NOT_BUYERS and set(listed) <= NOT_BUYERS[code]


def _bought(node: dict[str, Any]) -> bool:
    """Say whether a condition gathers those who bought, recently or ever."""
    if "any" in node:
        return any(_bought(child) for child in node["any"])
    if "event" in node:
        count = node.get("count", {"op": "gte", "value": 1})
        return node["event"].startswith(analysis.PURCHASES) and (count["op"], count["value"]) in [
            ("gte", 1),
            ("gt", 0),
        ]
    if "attr" in node:
        code, op, value = node["attr"], node["op"], node.get("value")
        return (code in analysis.PURCHASE_DATES and op in ("within_last", "known")) or (
            code == analysis.CUSTOMER and op == "eq" and value is True
        )
    return False
