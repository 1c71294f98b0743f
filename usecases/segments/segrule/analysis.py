"""What a rule rests on: names, labels, windows, the segments it names, and what contradicts itself in it.

The closure of a rule is the rule and, by value, every pinned version it names, to three levels. Whoever
asks gives a resolver: it finds a version of a segment by code and number, and says whether it is approved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance import library
from usecases.catalogue.snapshot import Catalogue
from usecases.segments.segrule import canonical, document
from usecases.segments.segrule.document import PIN, Fault, Path, pointer

MAX_REFERENCES = 3
STALE_ESTIMATE_DAYS = 30
LOW_QUALITY, LOW_COMPLETENESS = 60, Decimal("0.70")
PURCHASES = "order."  # events that are a purchase
PURCHASE_DATES = frozenset({"profile.last_purchase_date", "profile.first_purchase_date"})
PURCHASE_COUNTS = frozenset({"profile.orders_count_12m", "profile.revenue_12m"})
CUSTOMER = "profile.is_customer"


@dataclass(frozen=True)
class Reference:
    """A version of a segment that a rule may name. In one programme no two segments share a name."""

    code: str
    version: int | str
    fr: str
    en: str
    approved: bool
    role: str
    rule: Any
    catalogue: Catalogue | None = None

    def name(self, lang: str) -> str:
        """Give its name in this language."""
        return self.fr if library.language(lang) == "fr" else self.en


Resolver = Callable[[str, int | str], Reference | None]


def nothing_known(code: str, version: int | str) -> Reference | None:
    """Resolve no reference: for a rule that names no segment, or a place where none exists."""
    return None


def shipped(code: str, version: int | str) -> Reference | None:
    """Resolve the segments that the templates of the library name, before a version is pinned."""
    for entry in library.shared_segments():
        if entry["code"] == code:
            template = library.segment_template(entry["segment"])
            return Reference(
                code, version, entry["name_fr"], entry["name_en"], True, entry["role"], template["rule"]
            )
    return None


@dataclass(frozen=True)
class Facts:
    """What a rule reads, itself and through the versions it names; everything sorted.

    `positive` attributes are read under an even number of negations, membership out of a segment counting as
    one. `references` are pairs of code and version, those of the rule itself first in `direct`.
    """

    attributes: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    positive_labels: tuple[str, ...] = ()
    direct: tuple[tuple[str, int | str], ...] = ()
    references: tuple[tuple[str, int | str], ...] = ()
    scores: tuple[str, ...] = ()
    lookalike: bool = False
    depth: int = 0
    nodes: int = 0


@dataclass
class _Gathered:
    attributes: dict[str, Catalogue] = field(default_factory=dict)
    positive: set[str] = field(default_factory=set)
    events: dict[str, Catalogue] = field(default_factory=dict)
    windows: set[str] = field(default_factory=set)
    direct: list[tuple[str, int | str]] = field(default_factory=list)
    references: list[tuple[str, int | str]] = field(default_factory=list)
    lookalike: bool = False


def named(rule: Any) -> Iterator[tuple[str, dict[str, Any], Path, int]]:
    """Give the references of a rule: kind (segment or lookalike), what it says, path, negations."""
    for node, path, _depth, negations in document.nodes(rule):
        for kind in ("segment", "lookalike"):
            reference = node.get(kind)
            if isinstance(reference, dict) and isinstance(reference.get("code"), str):
                version = reference.get("version")
                if version == PIN or document.is_whole(version):
                    out = kind == "segment" and reference.get("state") == "out"
                    yield kind, reference, (*path, kind), negations + out


def facts(rule: Any, catalogue: Catalogue, references: Resolver = nothing_known) -> Facts:
    """Gather what a rule rests on; names unknown to the catalogue are passed over."""
    found = _Gathered()
    _gather(rule, catalogue, references, found, negations=0, level=0, above=())
    places = [(node, depth) for node, _path, depth, _negations in document.nodes(rule)]
    things = {**found.attributes, **found.events}
    sources = {home.source_of(code).code: home.source_of(code) for code, home in things.items()}
    return Facts(
        attributes=tuple(sorted(found.attributes)),
        positive=tuple(sorted(found.positive)),
        events=tuple(sorted(found.events)),
        sources=tuple(sorted(sources)),
        domains=tuple(sorted({source.domain for source in sources.values()})),
        windows=tuple(sorted(found.windows)),
        labels=_labels(things),
        positive_labels=_labels({code: found.attributes[code] for code in found.positive}),
        direct=tuple(dict.fromkeys(found.direct)),
        references=tuple(sorted(set(found.references), key=lambda pair: (pair[0], str(pair[1])))),
        scores=tuple(
            sorted(code for code, home in found.attributes.items() if home.attributes[code].is_score)
        ),
        lookalike=found.lookalike,
        depth=max((depth for _node, depth in places), default=0),
        nodes=len(places),
    )


def _labels(things: dict[str, Catalogue]) -> tuple[str, ...]:
    return tuple(sorted({label for code, home in things.items() for label in home.effective_labels(code)}))


def _gather(
    rule: Any,
    catalogue: Catalogue,
    resolve: Resolver,
    found: _Gathered,
    *,
    negations: int,
    level: int,
    above: tuple[tuple[str, int | str], ...],
) -> None:
    for node, _path, _depth, here in document.nodes(rule):
        code = node.get("attr")
        if code is None and isinstance(node.get("sample"), dict):
            code = node["sample"].get("id")
        if isinstance(code, str) and code in catalogue.attributes:
            found.attributes.setdefault(code, catalogue)
            if (negations + here) % 2 == 0:
                found.positive.add(code)
        event = node.get("event")
        if isinstance(event, str) and event in catalogue.events:
            found.events.setdefault(event, catalogue)
            if document.is_duration(node.get("within")):
                found.windows.add(node["within"])
    for kind, said, _path, here in named(rule):
        pair = (said["code"], said["version"])
        found.lookalike |= kind == "lookalike"
        found.references.append(pair)
        if level == 0:
            found.direct.append(pair)
        target = resolve(*pair)
        if target is not None and pair not in above and level < MAX_REFERENCES:
            _gather(
                target.rule,
                _home(catalogue, target),
                resolve,
                found,
                negations=negations + here,
                level=level + 1,
                above=(*above, pair),
            )


def _home(catalogue: Catalogue, target: Reference) -> Catalogue:
    """Give the catalogue that says what a named version means: today's, completed by its own."""
    own = target.catalogue
    if own is None or own is catalogue:
        return catalogue
    return Catalogue(
        {**own.sources, **catalogue.sources},
        {**own.attributes, **catalogue.attributes},
        {**own.events, **catalogue.events},
        catalogue.purposes,
        catalogue.unconfirmed_notes,
    )


# ---------------------------------------------------------------- faults of references
def reference_faults(
    rule: Any,
    references: Resolver,
    *,
    itself: tuple[str, int] | None = None,
    needs_pin: bool = True,
) -> list[Fault]:
    """Tell what is wrong with the segments a rule names: E11, E12, E17, E22."""
    found: list[Fault] = []
    for kind, said, path, _negations in named(rule):
        pair = (said["code"], said["version"])
        if said["version"] == PIN and needs_pin:
            found.append(
                Fault(
                    "E22",
                    pointer((*path, "version")),
                    _("No version of this segment is chosen yet: choose one."),
                )
            )
            continue
        target = references(*pair)
        if pair == itself:
            found.append(Fault("E11", pointer(path), _("The segment names itself: remove this condition.")))
        elif target is None:
            found.append(
                Fault(
                    "E12",
                    pointer((*path, "code")),
                    _("Version %(version)s of the segment “%(code)s” does not exist: choose another.")
                    % {"version": said["version"], "code": document.printable(said["code"])},
                )
            )
        else:
            found += _target_faults(kind, target, path)
            chain = _too_long(target, references, (itself, pair) if itself else (pair,))
            if chain:
                found.append(Fault("E11", pointer(path), chain))
    return found


def _target_faults(kind: str, target: Reference, path: Path) -> Iterator[Fault]:
    name = target.name(get_language() or "fr")
    if not target.approved:
        yield Fault(
            "E12",
            pointer((*path, "version")),
            _("“%(name)s” is not approved in this version: choose an approved one, or wait for its reviews.")
            % {"name": name},
        )
    if kind == "lookalike" and target.role != "seed":
        yield Fault(
            "E17",
            pointer((*path, "code")),
            _("“%(name)s” is no seed: a similar audience starts from a segment whose role is seed.")
            % {"name": name},
        )


def _too_long(target: Reference, resolve: Resolver, above: tuple[Any, ...], level: int = 1) -> str:
    """Say that what a segment names comes back to it, or stands more than three levels down."""
    for _kind, said, _path, _negations in named(target.rule):
        pair = (said["code"], said["version"])
        if pair in above:
            return _("This segment leads back to where the rule began: break the circle.")
        if level >= MAX_REFERENCES:
            return _("Segments name segments more than three levels deep here: name the last ones directly.")
        further = resolve(*pair)
        if further is not None and (detail := _too_long(further, resolve, (*above, pair), level + 1)):
            return detail
    return ""


# ---------------------------------------------------------------- contradictions
def contradictions(rule: Any, catalogue: Catalogue) -> list[Fault]:
    """Tell the groups that nobody can satisfy, in the simple cases (E19)."""
    found = []
    lang = get_language() or "fr"
    for node, path, _depth, _negations in document.nodes(rule):
        inside_all = len(path) > 2 and path[-2] == "all"
        if isinstance(node.get("all"), list) and not inside_all:
            what = _clash(_flat(node["all"]))
            if what is not None:
                known = what in catalogue.attributes or what in catalogue.events
                name = catalogue.name(what, lang) if known else ""
                found.append(
                    Fault(
                        "E19",
                        pointer((*path, "all")),
                        _("Nobody can meet these conditions on “%(name)s” together: change or remove one.")
                        % {"name": name}
                        if name
                        else _("Nobody can meet these conditions together: change or remove one."),
                    )
                )
    return found


def _flat(children: list[Any]) -> list[dict[str, Any]]:
    flat: list[dict[str, Any]] = []
    for child in children:
        if isinstance(child, dict):
            flat += _flat(child["all"]) if isinstance(child.get("all"), list) else [child]
    return flat


def _clash(children: list[dict[str, Any]]) -> str | None:
    """Name what two of these conditions deny each other; empty for two that are not about one name."""
    texts = {_key(child) for child in children}
    for child in children:
        if "not" in child and _key(child["not"]) in texts:
            inner = child["not"]
            return str(inner.get("attr") or inner.get("event") or "") if isinstance(inner, dict) else ""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for child in children:
        if isinstance(child.get("attr"), str):
            by_name.setdefault(child["attr"], []).append(child)
    for name, tests in by_name.items():
        if _attribute_clash(tests):
            return name
    counts: dict[str, list[dict[str, Any]]] = {}
    for child in children:
        if isinstance(child.get("event"), str) and "agg" not in child:
            same = _key({key: child[key] for key in ("event", "within", "where") if key in child})
            counts.setdefault(same, []).append({"attr": "", **child.get("count", {"op": "gte", "value": 1})})
            counts[same][-1]["event"] = child["event"]
    for tests in counts.values():
        if _empty_interval(tests, whole=True):
            return str(tests[0]["event"])
    states: dict[str, set[Any]] = {}
    for child in children:
        if isinstance(child.get("segment"), dict):
            said = child["segment"]
            states.setdefault(_key([said.get("code"), said.get("version")]), set()).add(said.get("state"))
    return "" if any({"in", "out"} <= found for found in states.values()) else None


def _key(node: Any) -> str:
    return canonical.text(node)


def _attribute_clash(tests: list[dict[str, Any]]) -> bool:
    operators = {test["op"] for test in tests}
    if "unknown" in operators and operators != {"unknown"}:
        return True
    possible: set[str] | None = None
    refused: set[str] = set()
    for test in tests:
        value = test.get("value")
        listed = {_key(item) for item in value} if isinstance(value, list) else {_key(value)}
        if test["op"] in ("eq", "on", "in", "within_area"):
            possible = listed if possible is None else possible & listed
        elif test["op"] in ("ne", "not_in"):
            refused |= listed
    if possible is not None and not possible - refused:
        return True
    owned = {_key(item) for test in tests if test["op"] == "has_all" for item in test["value"]}
    barred = {_key(item) for test in tests if test["op"] == "has_none" for item in test["value"]}
    wished = [{_key(item) for item in test["value"]} for test in tests if test["op"] == "has_any"]
    if owned & barred or any(wish <= barred for wish in wished):
        return True
    return _empty_interval(tests, whole=False) or _empty_period(tests)


def _empty_interval(tests: list[dict[str, Any]], *, whole: bool) -> bool:
    """Say whether numeric bounds leave no value; counts are whole and not negative."""
    low: tuple[Any, bool] = (Decimal(0), False) if whole else (Decimal("-Infinity"), False)
    high: tuple[Any, bool] = (Decimal("Infinity"), False)
    for test in tests:
        op, value = test["op"], _value_of(test)
        bounds = value if op == "between" and isinstance(value, list) and len(value) == 2 else [value, value]
        if not all(document.is_number(bound) for bound in bounds):
            continue
        if op in ("eq", "gte", "between"):
            low = max(low, (bounds[0], False))
        if op in ("eq", "lte", "between"):
            high = min(high, (bounds[1], False), key=lambda bound: (bound[0], not bound[1]))
        if op == "gt":
            low = max(low, (bounds[0] + 1, False) if whole else (bounds[0], True))
        if op == "lt":
            high = min(
                high, (bounds[1] - 1, False) if whole else (bounds[1], True), key=lambda b: (b[0], not b[1])
            )
    return low[0] > high[0] or (low[0] == high[0] and (low[1] or high[1]))


def _empty_period(tests: list[dict[str, Any]]) -> bool:
    """Say whether dates or ages leave no day."""
    after: tuple[str, bool] = ("", False)
    before: tuple[str, bool] = ("9", False)
    within: list[str] = []
    older: list[str] = []
    future = False
    for test in tests:
        op, value = test["op"], _value_of(test)
        if op in ("after", "before", "on", "between"):
            low, high = value if op == "between" and isinstance(value, list) else (value, value)
            if not all(document.is_moment(bound, time=False) for bound in (low, high)):
                continue
            if op != "before":
                after = max(after, (low, op == "after"))
            if op != "after":
                before = min(before, (high, op == "before"), key=lambda bound: (bound[0], not bound[1]))
        elif document.is_duration(value):
            future |= op == "within_next"
            within += [value] if op == "within_last" else []
            older += [value] if op == "older_than" else []
    if after[0] > before[0] or (after[0] == before[0] and (after[1] or before[1])):
        return True
    return (future and bool(older)) or any(_covers(old, recent) for old in older for recent in within)


def _covers(longer: str, shorter: str) -> bool:
    """Say whether a duration is at least as long as another on any calendar."""
    one, other = _calendar(longer), _calendar(shorter)
    if one and other:
        return one >= other
    low = document.days(longer) * (Decimal(28) / Decimal("30.4375") if one else 1)
    high = document.days(shorter) * (Decimal(31) / Decimal("30.4375") if other else 1)
    return low >= high


def _value_of(test: dict[str, Any]) -> Any:
    return test.get("value")


def _calendar(duration: str) -> int:
    """Count the months of a duration in months or years, else 0."""
    match = document.DURATION.fullmatch(duration)
    number, unit = (match.group(1), match.group(2)) if match else ("", "")
    return int(number or 0) * {"M": 1, "Y": 12}.get(unit or "", 0)
