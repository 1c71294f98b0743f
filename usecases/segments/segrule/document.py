"""Whether a value is a segment rule: all its faults, each with a code, the place and a sentence.

Any JSON value may come in, however deep or odd: nothing is raised, everything found is told. The sweep walks
without recursion and cuts what is too deep; the walk then reads the nodes one by one; the JSON Schema of
the dialect is asked last, so that nothing it refuses is ever let through.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

import jsonschema
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from governance import canonical as house
from governance import library
from governance.text import NOT_READABLE, holds_unseen
from usecases.catalogue.snapshot import Attribute, Catalogue, Property
from usecases.segments.segrule import canonical

DIALECT = "segrule/1"
MAX_DEPTH, MAX_NODES, MAX_LIST, MAX_ATTRIBUTES, MAX_CHILDREN, MAX_WHERE = 6, 100, 500, 30, 50, 10
JSON_DEPTH, JSON_VALUES = 40, 20_000
TOO_BIG = 10**11  # so that eleven digits and four decimals stay exact in every JSON reader
DURATION = re.compile(r"P(?:([1-9][0-9]{0,3})([DWMY])|T([1-9][0-9]{0,3})([HM]))", re.ASCII)
SEGMENT_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,31}", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII)
PIN = "@pin"

NUMBERS = frozenset({"eq", "ne", "lt", "lte", "gt", "gte", "between", "in", "not_in"})
COUNTS = frozenset({"eq", "lt", "lte", "gt", "gte", "between"})
OPERATORS: dict[str, frozenset[str]] = {
    "boolean": frozenset({"eq"}),
    "integer": NUMBERS,
    "decimal": NUMBERS,
    "money": NUMBERS,
    "score": frozenset({"lt", "lte", "gt", "gte", "between"}),
    "enum": frozenset({"eq", "ne", "in", "not_in"}),
    "set": frozenset({"has_any", "has_all", "has_none"}),
    "string": frozenset({"eq", "ne", "in", "not_in", "starts_with"}),
    "date": frozenset({"before", "after", "on", "between", "within_last", "within_next", "older_than"}),
    "datetime": frozenset({"before", "after", "between", "within_last", "within_next", "older_than"}),
    "area": frozenset({"within_area"}),
    "geopoint": frozenset({"within_km"}),
    "identifier": frozenset(),
}
NUMERIC = frozenset({"integer", "decimal", "money", "score"})
DURATIONS = frozenset({"within_last", "within_next", "older_than"})
PRESENCE = frozenset({"known", "unknown"})
NODES: dict[str, tuple[frozenset[str], frozenset[str]]] = {  # kind: members required, members allowed besides
    "all": (frozenset({"all"}), frozenset()),
    "any": (frozenset({"any"}), frozenset()),
    "not": (frozenset({"not"}), frozenset()),
    "attr": (frozenset({"attr", "op"}), frozenset({"value"})),
    "event": (frozenset({"event", "within"}), frozenset({"where", "count", "agg"})),
    "consent": (frozenset({"consent"}), frozenset()),
    "segment": (frozenset({"segment"}), frozenset()),
    "lookalike": (frozenset({"lookalike"}), frozenset()),
    "sample": (frozenset({"sample"}), frozenset()),
}
SHAPES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "consent": (frozenset({"purposes", "state"}), frozenset({"match", "max_age"})),
    "segment": (frozenset({"code", "version", "state"}), frozenset()),
    "lookalike": (frozenset({"code", "version", "channel", "expansion"}), frozenset()),
    "sample": (frozenset({"id", "salt", "from", "to"}), frozenset()),
    "count": (frozenset({"op", "value"}), frozenset()),
    "agg": (frozenset({"prop", "fn", "op", "value"}), frozenset()),
}
WHERE: tuple[frozenset[str], frozenset[str]] = (frozenset({"prop", "op"}), frozenset({"value"}))
DOCUMENT: tuple[frozenset[str], frozenset[str]] = (frozenset({"dsl", "where"}), frozenset())

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """What is wrong, or doubtful, at one place of a rule."""

    code: str
    path: str
    detail: str

    def as_json(self) -> dict[str, str]:
        """Give the members that clients read."""
        return {"code": self.code, "path": self.path, "detail": self.detail}


@dataclass
class Found:
    """What the walk found: faults in order, the rule with exact numbers, and how far it can be used."""

    faults: list[Fault] = field(default_factory=list)
    rule: Any = None
    sound: bool = True  # the canonical form exists
    legible: bool = True  # it can be said in words


def pointer(path: Path) -> str:
    """Write a place as a JSON pointer, fit to be printed whatever the keys."""
    return "".join("/" + printable(str(step)).replace("~", "~0").replace("/", "~1") for step in path)


def printable(value: Any, most: int = 60) -> str:
    """Quote what was given so that it can be shown: short, and without what cannot be printed."""
    shown = value[: most + 1] if isinstance(value, str) else _brief(value, most)
    shown = "".join(mark if mark.isprintable() else "\ufffd" for mark in shown)
    return shown if len(shown) <= most else shown[:most] + "…"


def _brief(value: Any, most: int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**most else "10…"
    if isinstance(value, Decimal | float):
        return str(value)
    return {dict: "{…}", list: "[…]", type(None): "null"}.get(type(value), "?")


def is_number(value: Any) -> bool:
    """Say whether a value is a number, which true and false are not."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    """Say whether a value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_duration(value: Any) -> bool:
    """Say whether a value is a duration of the dialect: P30D, P6M, PT4H."""
    return isinstance(value, str) and DURATION.fullmatch(value) is not None


def days(duration: str) -> Decimal:
    """Turn a duration into days, months and years by their mean length."""
    match = DURATION.fullmatch(duration)
    if match is None:
        raise ValueError(f"not a duration: {duration}")
    number, unit, hours, small = match.groups()
    if number:
        return (
            int(number)
            * {"D": Decimal(1), "W": Decimal(7), "M": Decimal("30.4375"), "Y": Decimal("365.25")}[unit]
        )
    return Decimal(hours) / (24 if small == "H" else 1440)


def is_moment(value: Any, *, time: bool) -> bool:
    """Say whether a value is a calendar date, or with `time` also a moment in ISO form."""
    if not isinstance(value, str) or MOMENT.fullmatch(value) is None or ("T" in value and not time):
        return False
    try:
        dt.datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def nodes(rule: Any, *, most: int = 1000) -> Iterator[tuple[dict[str, Any], Path, int, int]]:
    """Walk the nodes of a rule, sound or not: each with its path, depth and number of negations above it."""
    if not isinstance(rule, dict):
        return
    waiting: list[tuple[Any, Path, int, int]] = [(rule.get("where"), ("where",), 1, 0)]
    while waiting and most:
        node, path, depth, negations = waiting.pop()
        if not isinstance(node, dict) or depth > JSON_DEPTH:
            continue
        most -= 1
        yield node, path, depth, negations
        children: list[tuple[Any, Path, int, int]] = []
        for group in ("all", "any"):
            if isinstance(node.get(group), list):
                children += [
                    (child, (*path, group, place), depth + 1, negations)
                    for place, child in enumerate(node[group])
                ]
        if "not" in node:
            children.append((node["not"], (*path, "not"), depth + 1, negations + 1))
        waiting.extend(reversed(children))


@cache
def _schema() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(house.exact(library.rule_schema()))  # 0.01 is no float here


def read(rule: Any, catalogue: Catalogue) -> Found:
    """Read a value as a rule over a catalogue, and tell all that is wrong with its form and its names."""
    found = Found()
    bad = _sweep(rule, found)
    if not found.sound and any(fault.code == "E09" for fault in found.faults):
        found.legible = False
        return found
    found.rule = _exact(rule, (), bad)
    _Walk(catalogue, found, bad).document(found.rule)
    if found.sound and not _schema().is_valid(found.rule):
        found.sound = found.legible = False
        if not found.faults:
            found.faults += [
                Fault(
                    "E02",
                    pointer(tuple(error.absolute_path)),
                    _("This part does not have the form of a condition: see the rule's schema."),
                )
                for error in _schema().iter_errors(found.rule)
            ]
    return found


# ---------------------------------------------------------------- the sweep
def _sweep(rule: Any, found: Found) -> set[Path]:
    """Look at every text and number, without recursion; give the places that have no canonical form."""
    bad: set[Path] = set()

    def fault(code: str, path: Path, detail: str) -> None:
        bad.add(path)
        found.sound = found.legible = False
        found.faults.append(Fault(code, pointer(path), detail))

    waiting: list[tuple[Any, Path]] = [(rule, ())]
    seen = 0
    while waiting:
        value, path = waiting.pop()
        seen += 1
        if len(path) > JSON_DEPTH:
            place = path[: 2 * MAX_DEPTH]
            fault("E09", place, _too_deep())
            return bad
        if seen > JSON_VALUES:
            fault("E09", (), _("The rule is too large to be read: shorten its lists and its groups."))
            return bad
        in_value = path[-1:] == ("value",) or path[-2:-1] == ("value",)
        if isinstance(value, str):
            if detail := objection_to_text(value):
                fault("E05" if in_value else "E01", path, detail)
        elif isinstance(value, float | Decimal) or is_whole(value):
            if detail := _objection_to_number(value):
                fault("E05", path, detail)
        elif isinstance(value, dict):
            for key in value:
                if not isinstance(key, str) or objection_to_text(key):
                    fault(
                        "E01",
                        (*path, str(key)),
                        _("The name of this member holds characters that are not text."),
                    )
            waiting.extend((item, (*path, str(key))) for key, item in reversed(value.items()))
        elif isinstance(value, list):
            waiting.extend((value[place], (*path, place)) for place in range(len(value) - 1, -1, -1))
        elif value is not None and not isinstance(value, bool):
            fault(
                "E01",
                path,
                _("This value is not JSON: only text, numbers, true, false, lists and objects are."),
            )
    return bad


def objection_to_text(value: str) -> str:
    """Say why a text cannot be hashed, stored or read by a person, or nothing."""
    if holds_unseen(value, lines=False):
        return str(NOT_READABLE)
    if unicodedata.normalize("NFC", value) != value:
        return _("The accents of this text are written in pieces (not in form NFC): type it again.")
    return ""


def _objection_to_number(value: int | float | Decimal) -> str:
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        if not value.is_finite():
            return _("This is not a number: write it in figures.")
        if value and value.adjusted() >= 11:
            return _("This number is too large: write one below one hundred billion.")
        if value and decimals(value) > 4:
            return _("This number has more than four decimals: round it.")
    elif abs(value) >= TOO_BIG:
        return _("This number is too large: write one below one hundred billion.")
    return ""


def decimals(value: Decimal) -> int:
    """Count the decimals of a number as written, final zeros left out; a context would round them away."""
    _sign, digits, exponent = value.as_tuple()
    written = "".join(map(str, digits))
    return -(int(exponent) + len(written) - len(written.rstrip("0")))


def _exact(value: Any, path: Path, bad: set[Path]) -> Any:
    """Copy a swept value with short exact numbers: 40.0 is 40."""
    if isinstance(value, dict):
        return {str(key): _exact(item, (*path, str(key)), bad) for key, item in value.items()}
    if isinstance(value, list):
        return [_exact(item, (*path, place), bad) for place, item in enumerate(value)]
    if isinstance(value, float | Decimal) and path not in bad:
        return canonical.canonical(value)
    return value


def _too_deep() -> str:
    return _(
        "Groups stand more than six deep here: put this part in a segment of its own, and name that segment."
    )


# ---------------------------------------------------------------- the walk
class _Walk:
    """One reading of a document, node by node."""

    def __init__(self, catalogue: Catalogue, found: Found, bad: set[Path]) -> None:
        self.catalogue = catalogue
        self.found = found
        self.bad = bad
        self.count = 0
        self.attributes: set[str] = set()
        self.lang = get_language() or "fr"

    def fault(self, code: str, path: Path, detail: str, *, sound: bool = True, legible: bool = False) -> None:
        """Note a fault; by default the rule keeps its canonical form and loses its words."""
        self.found.sound &= sound
        self.found.legible &= legible
        self.found.faults.append(Fault(code, pointer(path), detail))

    def broken(self, path: Path, detail: str) -> None:
        self.fault("E02", path, detail, sound=False)

    def members(
        self,
        node: dict[str, Any],
        shape: tuple[frozenset[str], frozenset[str]],
        path: Path,
        code: str = "E02",
    ) -> bool:
        """Say whether an object has the members that its form needs, and tell those missing or too many."""
        required, more = shape
        missing, extra = sorted(required - node.keys()), sorted(node.keys() - required - more)
        for name in missing:
            self.fault(code, path, _("“%(name)s” is missing here: add it.") % {"name": name}, sound=False)
        for name in extra:
            self.fault(
                code,
                (*path, name),
                _("“%(name)s” has no place here: remove it.") % {"name": printable(name)},
                sound=False,
            )
        return not missing

    def document(self, rule: Any) -> None:
        """Read the whole."""
        if not isinstance(rule, dict):
            self.fault(
                "E01",
                (),
                _("A rule is an object with its dialect and its condition, not a bare value."),
                sound=False,
            )
            return
        self.members(rule, DOCUMENT, (), "E01")
        if "dsl" in rule and rule["dsl"] != DIALECT:
            self.fault(
                "E01",
                ("dsl",),
                _("“%(given)s” is not a dialect that is read here: write “%(known)s”.")
                % {"given": printable(rule["dsl"]), "known": DIALECT},
                sound=False,
            )
        if "where" in rule:
            self.node(rule["where"], ("where",), 1)
        if len(self.attributes) > MAX_ATTRIBUTES:
            self.fault(
                "E09",
                ("where",),
                _("The rule reads %(count)d attributes, and may read 30 at most: keep those that matter.")
                % {"count": len(self.attributes)},
                sound=False,
            )

    def node(self, node: Any, path: Path, depth: int) -> None:
        """Read one condition and what stands under it."""
        self.count += 1
        if self.count > MAX_NODES:
            if self.count == MAX_NODES + 1:
                self.fault(
                    "E09",
                    path,
                    _("The rule has more than 100 conditions: split it into several segments."),
                    sound=False,
                )
            return
        if depth > MAX_DEPTH:
            self.fault("E09", path, _too_deep(), sound=False)
            return
        if not isinstance(node, dict):
            self.broken(
                path, _("A condition is expected here, and “%(given)s” is none.") % {"given": printable(node)}
            )
            return
        kinds = [kind for kind in NODES if kind in node]
        if not kinds:
            self.broken(
                path,
                _("No known kind of condition stands here: name an attribute, an event or a segment."),
            )
            return
        if len(kinds) > 1:
            self.broken(path, _("Several kinds of condition are mixed here: keep one, or group them."))
            return
        kind = kinds[0]
        whole = self.members(node, NODES[kind], path)
        if kind in ("all", "any"):
            self.group(node[kind], (*path, kind), depth)
        elif kind == "not":
            self.node(node["not"], (*path, "not"), depth + 1)
        elif whole:
            reader = getattr(self, kind)
            if kind in SHAPES:
                if not isinstance(node[kind], dict):
                    self.broken((*path, kind), _("An object is expected here."))
                elif self.members(node[kind], SHAPES[kind], (*path, kind)):
                    reader(node[kind], (*path, kind))
            else:
                reader(node, path)

    def group(self, children: Any, path: Path, depth: int) -> None:
        """Read the conditions of a group."""
        if not isinstance(children, list):
            self.broken(path, _("A list of conditions is expected here."))
            return
        if not children:
            self.fault(
                "E10", path, _("This group is empty: add a condition, or remove the group."), sound=False
            )
        if len(children) > MAX_CHILDREN:
            self.fault(
                "E09",
                path,
                _("This group has more than 50 conditions: split it into several groups."),
                sound=False,
            )
            return
        for place, child in enumerate(children):
            self.node(child, (*path, place), depth + 1)

    # ------------------------------------------------------------ kinds of nodes
    def attr(self, node: dict[str, Any], path: Path) -> None:
        """Read a comparison of an attribute."""
        code = node["attr"]
        if not isinstance(code, str):
            self.broken((*path, "attr"), _("The name of an attribute is expected here."))
            return
        spec = self.catalogue.attributes.get(code)
        if spec is None:
            self.unknown((*path, "attr"), code)
            return
        self.attributes.add(code)
        if spec.status != "active":
            self.deprecated((*path, "attr"), code)
        self.comparison(spec, node, path, self.catalogue.name(code, self.lang))

    def event(self, node: dict[str, Any], path: Path) -> None:
        """Read occurrences of an event in a window."""
        code = node["event"]
        if not isinstance(code, str):
            self.broken((*path, "event"), _("The name of an event is expected here."))
            return
        spec = self.catalogue.events.get(code)
        if spec is None:
            self.unknown((*path, "event"), code)
            return
        name = self.catalogue.name(code, self.lang)
        if spec.status != "active":
            self.deprecated((*path, "event"), code)
        source = self.catalogue.sources[spec.source]
        if self.duration(node["within"], (*path, "within")) and days(node["within"]) > days(source.retention):
            self.fault(
                "E08",
                (*path, "within"),
                _("“%(name)s” is not kept that long: shorten the window to what “%(source)s” keeps.")
                % {"name": name, "source": source.fr if self.lang.startswith("fr") else source.en},
                legible=True,
            )
        if "count" in node and "agg" in node:
            self.broken(path, _("A count and an aggregate stand together: keep one of the two."))
        for place, condition, at in self.conditions(node, path):
            if not isinstance(condition, dict):
                self.broken(at, _("A condition on a detail of the event is expected here."))
            elif self.members(condition, WHERE, at):
                prop = self.property(spec.code, condition["prop"], (*path, "where", place, "prop"))
                if prop:
                    self.comparison(prop, condition, at, self.property_name(prop))
        if "count" in node:
            self.counted(node["count"], (*path, "count"))
        if "agg" in node:
            self.aggregate(spec.code, node["agg"], (*path, "agg"))

    def conditions(self, node: dict[str, Any], path: Path) -> list[tuple[int, Any, Path]]:
        """Give the conditions on an event's details, once their list is sound."""
        if "where" not in node:
            return []
        listed, at = node["where"], (*path, "where")
        if not isinstance(listed, list):
            self.broken(at, _("A list of conditions is expected here."))
            return []
        if not listed:
            self.fault(
                "E10", at, _("This list of conditions is empty: add one, or remove the list."), sound=False
            )
        if len(listed) > MAX_WHERE:
            self.fault(
                "E09",
                at,
                _("An event has ten conditions on its details at most: keep those that matter."),
                sound=False,
            )
            return []
        return [(place, condition, (*at, place)) for place, condition in enumerate(listed)]

    def property(self, event: str, code: Any, path: Path) -> Property | None:
        """Find a detail of an event, or tell that it has none of this name."""
        prop = self.catalogue.events[event].property(code) if isinstance(code, str) else None
        if prop is None:
            self.fault(
                "E03",
                path,
                _("“%(event)s” carries no detail named “%(given)s”: choose one from the catalogue.")
                % {"event": self.catalogue.name(event, self.lang), "given": printable(code)},
            )
        return prop

    def property_name(self, prop: Property) -> str:
        """Name a detail in the reader's language."""
        said = (
            library.load("reading")["properties"]
            .get(prop.code, {})
            .get(library.language(self.lang), {})
            .get("np")
        )
        return (prop.fr if self.lang.startswith("fr") else prop.en) or said or prop.code

    def counted(self, count: Any, path: Path) -> None:
        """Read how many occurrences are asked for."""
        if not isinstance(count, dict):
            self.broken(path, _("An object is expected here."))
            return
        if not self.members(count, SHAPES["count"], path) or not self.counting(count["op"], (*path, "op")):
            return
        for value, at in self.bounds(count["op"], count["value"], (*path, "value")):
            if at not in self.bad and (not is_whole(value) or value < 0):
                self.fault("E05", at, _("A number of times is a whole number, zero or more."))

    def aggregate(self, event: str, agg: Any, path: Path) -> None:
        """Read an aggregate of a detail over the window."""
        if not isinstance(agg, dict):
            self.broken(path, _("An object is expected here."))
            return
        if not self.members(agg, SHAPES["agg"], path):
            return
        if agg["fn"] not in ("sum", "max", "min", "avg"):
            self.broken((*path, "fn"), _("An aggregate is a sum, a maximum, a minimum or an average."))
        prop = self.property(event, agg["prop"], (*path, "prop"))
        if prop and prop.type not in ("integer", "decimal", "money"):
            self.fault(
                "E05",
                (*path, "prop"),
                _("“%(name)s” is not a number: an aggregate needs one.") % {"name": self.property_name(prop)},
            )
        if not self.counting(agg["op"], (*path, "op")):
            return
        for value, at in self.bounds(agg["op"], agg["value"], (*path, "value")):
            if at in self.bad:
                continue
            if not is_number(value):
                self.fault("E05", at, _("A number is expected here."))
            elif prop and agg["fn"] in ("max", "min"):
                self.unit(prop, value, at)

    def consent(self, node: dict[str, Any], path: Path) -> None:
        """Read a condition on consents."""
        purposes = node["purposes"]
        if not isinstance(purposes, list) or not all(isinstance(item, str) for item in purposes):
            self.broken((*path, "purposes"), _("A list of purposes is expected here."))
        elif not purposes:
            self.fault("E10", (*path, "purposes"), _("No purpose is named: name at least one."), sound=False)
        else:
            for place, code in enumerate(purposes):
                if code not in self.catalogue.purposes:
                    self.fault(
                        "E03",
                        (*path, "purposes", place),
                        _("“%(given)s” is no known purpose: choose one from the list.")
                        % {"given": printable(code)},
                    )
                elif code in purposes[:place]:
                    self.broken(
                        (*path, "purposes", place),
                        _("“%(name)s” is named twice: keep one.")
                        % {"name": library.term("purposes", code, self.lang)},
                    )
        if node["state"] not in ("granted", "opposed", "no_choice"):
            self.broken((*path, "state"), _("A consent is granted, opposed, or without a choice."))
        if "match" in node and node["match"] not in ("all", "any"):
            self.broken((*path, "match"), _("Say whether all of the purposes count, or any of them."))
        if "max_age" in node:
            self.duration(node["max_age"], (*path, "max_age"))

    def segment(self, node: dict[str, Any], path: Path) -> None:
        """Read the membership of another segment."""
        self.reference(node, path)
        if node["state"] not in ("in", "out"):
            self.broken((*path, "state"), _("People are in the segment, or out of it."))

    def lookalike(self, node: dict[str, Any], path: Path) -> None:
        """Read a similarity to a seed."""
        self.reference(node, path)
        channels = {entry["code"]: entry for entry in library.vocabulary("channels")}
        channel = node["channel"]
        if not isinstance(channel, str) or channel not in channels:
            self.fault(
                "E17",
                (*path, "channel"),
                _("“%(given)s” is no known channel: choose the platform that computes the similarity.")
                % {"given": printable(channel)},
            )
        elif channels[channel]["export"] != "third_party":
            self.fault(
                "E17",
                (*path, "channel"),
                _("“%(name)s” computes no similar audience: choose an advertising platform.")
                % {"name": library.term("channels", channel, self.lang)},
                legible=True,
            )
        expansion, at = node["expansion"], (*path, "expansion")
        if at in self.bad:
            return
        if not is_number(expansion):
            self.fault("E17", at, _("The width of a similar audience is a share, from 0.01 to 0.10."))
        elif not Decimal("0.01") <= expansion <= Decimal("0.1"):
            self.fault(
                "E17", at, _("The width of a similar audience is a share, from 0.01 to 0.10."), legible=True
            )

    def sample(self, node: dict[str, Any], path: Path) -> None:
        """Read a stable sample."""
        identifier = node["id"]
        spec = self.catalogue.attributes.get(identifier) if isinstance(identifier, str) else None
        if spec is None or spec.type != "identifier":
            self.fault(
                "E18", (*path, "id"), _("A sample is drawn on an identifier: choose one from the catalogue.")
            )
        else:
            self.attributes.add(spec.code)
            if spec.status != "active":
                self.deprecated((*path, "id"), spec.code)
        salt = node["salt"]
        if not isinstance(salt, str) or len(salt) < 3:
            self.fault("E18", (*path, "salt"), _("The key of a draw is a text of three characters or more."))
        low, high = node["from"], node["to"]
        if not (is_whole(low) and is_whole(high) and 0 <= low < high <= 100):
            self.fault(
                "E18", path, _("A sample goes from one percentage up to a higher one, between 0 and 100.")
            )

    def reference(self, node: dict[str, Any], path: Path) -> None:
        """Read which version of which segment is named."""
        code, version = node["code"], node["version"]
        if not isinstance(code, str) or not SEGMENT_CODE.fullmatch(code):
            self.fault(
                "E12",
                (*path, "code"),
                _("“%(given)s” is not the code of a segment: choose one from the list.")
                % {"given": printable(code)},
            )
        if version != PIN and not (is_whole(version) and version >= 1):
            self.fault(
                "E12", (*path, "version"), _("A segment is named with the number of one of its versions.")
            )

    # ------------------------------------------------------------ names, operators, values
    def unknown(self, path: Path, code: str) -> None:
        """Tell that the catalogue does not hold this name."""
        self.fault(
            "E03",
            path,
            _("“%(given)s” is not in the catalogue: choose a name from it.") % {"given": printable(code)},
        )

    def deprecated(self, path: Path, code: str) -> None:
        """Tell that a name of the catalogue is no longer to be used."""
        self.fault(
            "E14",
            path,
            _("“%(name)s” has been withdrawn from the catalogue: choose what replaces it.")
            % {"name": self.catalogue.name(code, self.lang)},
            legible=True,
        )

    def duration(self, value: Any, path: Path) -> bool:
        """Say whether this is a duration, or tell that it is none."""
        if is_duration(value):
            return True
        self.fault(
            "E08",
            path,
            _("“%(given)s” is no duration: give a number of hours, days, weeks, months or years.")
            % {"given": printable(value)},
        )
        return False

    def counting(self, op: Any, path: Path) -> bool:
        """Say whether counts and aggregates can be compared so."""
        if isinstance(op, str) and op in COUNTS:
            return True
        self.fault("E04", path, _("A count is compared by equal, less, more or between."))
        return False

    def bounds(self, op: str, value: Any, path: Path) -> list[tuple[Any, Path]]:
        """Give the value, or both bounds of an interval once they are in order."""
        if op != "between":
            return [(value, path)]
        if not isinstance(value, list) or len(value) != 2:
            self.fault("E05", path, _("An interval needs two bounds, the lower one first."))
            return []
        low, high = value
        comparable = (is_number(low) and is_number(high)) or (isinstance(low, str) and isinstance(high, str))
        if comparable and not {(*path, 0), (*path, 1)} & self.bad and low > high:
            self.fault(
                "E19",
                path,
                _("This interval ends before it begins: give the lower bound first."),
                legible=True,
            )
        return [(low, (*path, 0)), (high, (*path, 1))]

    def comparison(self, spec: Attribute | Property, node: dict[str, Any], path: Path, name: str) -> None:
        """Read an operator and its value against the type of what is compared."""
        op, given, at = node["op"], "value" in node, (*path, "value")
        if spec.type == "identifier" and isinstance(op, str) and op not in PRESENCE:
            self.fault(
                "E13",
                (*path, "op"),
                _("“%(name)s” identifies people: it can be known or unknown, never compared.")
                % {"name": name},
            )
            return
        if not isinstance(op, str) or (op not in PRESENCE and op not in OPERATORS[spec.type]):
            self.fault(
                "E04",
                (*path, "op"),
                _("“%(name)s” cannot be compared by “%(given)s”: choose a comparison made for it.")
                % {"name": name, "given": printable(op)},
            )
            return
        if op in PRESENCE:
            if given:
                self.fault("E05", at, _("Known and unknown take no value: remove it."))
            return
        if not given:
            self.fault("E05", path, _("“%(name)s” is compared with nothing: give a value.") % {"name": name})
            return
        value = node["value"]
        if op in canonical.LIST_OPS:
            if not isinstance(value, list) or not value:
                self.fault("E05", at, _("A list of at least one value is expected here."))
                return
            if len(value) > MAX_LIST:
                self.fault(
                    "E09",
                    at,
                    ngettext(
                        "The list has %(count)d value, and may have 500 at most.",
                        "The list has %(count)d values, and may have 500 at most.",
                        len(value),
                    )
                    % {"count": len(value)},
                    sound=False,
                )
                return
            items = [(item, (*at, place)) for place, item in enumerate(value)]
        else:
            items = self.bounds(op, value, at)
        for item, place in items:
            if place in self.bad:
                continue
            if op in DURATIONS:
                self.duration(item, place)
            else:
                self.value(spec, item, place, name)

    def value(self, spec: Attribute | Property, value: Any, path: Path, name: str) -> None:
        """Read one value against the type, the list and the unit of what it is compared with."""
        kind = spec.type
        if kind == "geopoint":
            self.point(value, path)
        elif detail := _objection_to_type(kind, value):
            self.fault("E05", path, detail)
        elif kind in ("enum", "set"):
            if value not in spec.values:
                self.fault(
                    "E06",
                    path,
                    _("“%(given)s” is no value of “%(name)s”: choose one from its list.")
                    % {"given": printable(value), "name": name},
                    legible=True,
                )
        elif kind in NUMERIC:
            self.unit(spec, value, path)

    def point(self, value: Any, path: Path) -> None:
        """Read a place on the map and a distance."""
        limits = {"lat": (-90, 90), "lon": (-180, 180), "km": (0, 200)}
        if not isinstance(value, dict):
            self.fault(
                "E05", path, _("A point with a latitude, a longitude and a distance is expected here.")
            )
            return
        if not self.members(value, (frozenset(limits), frozenset()), path, "E05"):
            return
        for name, (low, high) in limits.items():
            number, at = value[name], (*path, name)
            if at not in self.bad and (
                not is_number(number) or not low <= number <= high or (name == "km" and number == 0)
            ):
                self.fault(
                    "E05",
                    at,
                    _("A latitude is within 90 degrees, a longitude within 180, a distance up to 200 km."),
                )

    def unit(self, spec: Attribute | Property, value: int | Decimal, path: Path) -> None:
        """Read a number against its unit."""
        unit = spec.unit or ("eur" if spec.type == "money" else "")
        if unit not in library.codes("units"):
            return
        places = library.entry("units", unit)["decimals"]
        most = {"ratio": 1, "score": 100}.get(unit)
        least = None if unit in ("eur", "multiple") else 0
        if (least is not None and value < least) or (most is not None and value > most):
            detail = {
                "ratio": _("A share goes from 0 to 1: write 0.4 for forty percent."),
                "score": _("This score goes from 0 to 100."),
            }.get(unit, _("This number cannot be negative."))
            self.fault("E07", path, detail, legible=True)
        elif isinstance(value, Decimal) and decimals(value) > places:
            self.fault(
                "E07",
                path,
                _("In this unit (%(unit)s) a number has fewer decimals: round it.")
                % {"unit": library.term("units", unit, self.lang)},
                legible=True,
            )


def _objection_to_type(kind: str, value: Any) -> str:
    """Say why a value is not of this type, or nothing."""
    if kind == "boolean":
        return "" if isinstance(value, bool) else _("Yes or no is expected here.")
    if kind == "integer":
        return "" if is_whole(value) else _("A whole number is expected here.")
    if kind in ("decimal", "money"):
        return "" if is_number(value) else _("A number is expected here.")
    if kind == "score":
        return "" if is_number(value) and 0 <= value <= 1 else _("A score from 0 to 1 is expected here.")
    if kind in ("enum", "set"):
        return "" if isinstance(value, str) else _("A value of the list is expected here.")
    if kind == "date":
        return "" if is_moment(value, time=False) else _("A date is expected here: year, month and day.")
    if kind == "datetime":
        return "" if is_moment(value, time=True) else _("A date, with its time or not, is expected here.")
    return "" if isinstance(value, str) and value.strip() else _("A text is expected here.")
