"""A rule built condition by condition: its lines in words, and what each button of the page does to it.

The rule stays the text of the form; nothing is kept before the draft is. What cannot be said so (the details
of an event, a total, a lookalike, a sample) is written in that text.
"""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from governance import canonical, library
from governance.web.base import Form
from governance.web.forms import NONE_CHOSEN
from usecases.catalogue.snapshot import Attribute, Catalogue
from usecases.segments import segrule
from usecases.segments.models import SegmentVersion
from usecases.segments.segrule import Fault, Resolver
from usecases.segments.segrule.document import (
    DURATIONS,
    JSON_DEPTH,
    JSON_VALUES,
    NUMERIC,
    OPERATORS,
    PRESENCE,
    Path,
    pointer,
)
from usecases.web.vocabulary import terms

GROUPS = ("all", "any")
NEW_GROUP = "new"
UNREADABLE = object()
LENGTH = re.compile(r"P(\d+)([DWMY])", re.ASCII)
DAY = re.compile(r"\A(\d\d)/(\d\d)/(\d{4})\Z", re.ASCII)
NUMBER = re.compile(r"-?\d{1,15}(?:[.,]\d{1,9})?", re.ASCII)
OPERATIONS = {
    "eq": gettext_lazy("is"),
    "ne": gettext_lazy("is not"),
    "lt": gettext_lazy("is less than"),
    "lte": gettext_lazy("is at most"),
    "gt": gettext_lazy("is more than"),
    "gte": gettext_lazy("is at least"),
    "between": gettext_lazy("is between two values"),
    "in": gettext_lazy("is one of"),
    "not_in": gettext_lazy("is none of"),
    "has_any": gettext_lazy("holds at least one of"),
    "has_all": gettext_lazy("holds all of"),
    "has_none": gettext_lazy("holds none of"),
    "before": gettext_lazy("is before the"),
    "after": gettext_lazy("is after the"),
    "on": gettext_lazy("is on the"),
    "within_last": gettext_lazy("falls within the last"),
    "within_next": gettext_lazy("falls within the next"),
    "older_than": gettext_lazy("is longer ago than"),
    "starts_with": gettext_lazy("starts with"),
    "within_area": gettext_lazy("lies in"),
    "within_km": gettext_lazy("lies around a point"),
    "known": gettext_lazy("is known"),
    "unknown": gettext_lazy("is not known"),
}
TIMES = {
    "gte": gettext_lazy("at least this many times"),
    "eq": gettext_lazy("exactly this many times"),
    "lte": gettext_lazy("at most this many times"),
    "gt": gettext_lazy("more than this many times"),
    "lt": gettext_lazy("fewer than this many times"),
    "between": gettext_lazy("between two numbers of times"),
}
CONSENTS = {
    "granted": gettext_lazy("agreed to"),
    "opposed": gettext_lazy("objected to"),
    "no_choice": gettext_lazy("not chosen yet"),
}
MEMBERSHIP = {"in": gettext_lazy("in the segment"), "out": gettext_lazy("outside the segment")}
UNITS = {
    "D": gettext_lazy("days"),
    "W": gettext_lazy("weeks"),
    "M": gettext_lazy("months"),
    "Y": gettext_lazy("years"),
}
MANY = frozenset({"in", "not_in", "has_any", "has_all", "has_none", "within_area"})
LISTS = MANY | {"between"}


@dataclass(frozen=True)
class Line:
    """One line of the tree: a group or a condition, in words, with what is wrong with it.

    `typed` is what the form of a condition holds to say it; nothing where only the text can.
    """

    at: str
    depth: int
    words: str
    group: str = ""
    faults: tuple[str, ...] = ()
    typed: dict[str, Any] | None = None


class Builder:
    """The rule of a form that is being filled in, and the condition that is being added to it."""

    def __init__(
        self,
        rule: Any,
        catalogue: Catalogue,
        references: Resolver,
        faults: Iterable[Fault] = (),
        versions: Iterable[SegmentVersion] = (),
    ) -> None:
        self.rule, self.is_readable = rule, rule is not UNREADABLE
        self.catalogue, self.references = catalogue, references
        self.faults, self.versions = list(faults), list(versions)
        self.lang = get_language() or "fr"

    # ------------------------------------------------------------ the tree
    @property
    def where(self) -> Any:
        """The condition at the root; nothing before there is one."""
        return self.rule["where"] if isinstance(self.rule, dict) else None

    @property
    def is_grouped(self) -> bool:
        """Whether the condition at the root is a group, to which others are added."""
        return any(line.group and not line.depth for line in self.lines())

    def lines(self) -> list[Line]:
        """Tell the rule line by line; each fault stands on the innermost line that it concerns."""
        found = list(self._lines(self.where, ("where",), 0)) if self.where is not None else []
        told: dict[str, list[str]] = {}
        for fault in self.faults:
            homes = [at for at, _line in found if fault.path == at or fault.path.startswith(at + "/")]
            if homes:
                told.setdefault(max(homes, key=len), []).append(fault.detail)
        return [replace(line, faults=tuple(told.get(at, ()))) for at, line in found]

    def _lines(self, node: Any, path: Path, depth: int) -> Iterator[tuple[str, Line]]:
        at, step = pointer(path), min(depth, 3)
        inner, denied = node, False
        while isinstance(inner, dict) and inner.keys() == {"not"}:
            inner, denied, path = inner["not"], not denied, (*path, "not")
        group = next((name for name in GROUPS if isinstance(inner, dict) and inner.keys() == {name}), "")
        if not group or not isinstance(inner[group], list):
            yield at, Line(at, step, self._words(node), typed=_typed(inner, denied))
            return
        yield at, Line(at, step, _heading(group, denied), group)
        for place, child in enumerate(inner[group]):
            yield from self._lines(child, (*path, group, place), depth + 1)

    def _words(self, node: Any) -> str:
        try:
            return segrule.clause(node, self.catalogue, self.lang, self.references)
        except segrule.Illegible:
            about = node.get("attr") or node.get("event") if isinstance(node, dict) else None
            if isinstance(about, str) and about in {*self.catalogue.attributes, *self.catalogue.events}:
                op = OPERATIONS.get(str(node.get("op")), "")
                said = json.dumps(node["value"], ensure_ascii=False, default=str) if "value" in node else ""
                return f"{self.catalogue.name(about, self.lang)} {op} {said}".strip()
            return json.dumps(node, ensure_ascii=False, default=str)[:200]

    def places(self) -> list[tuple[str, str]]:
        """Where a condition may be added: in each group, or in a new one."""
        if not self.is_grouped:
            return [("", _("with the condition above") if self.where is not None else _("as the first one"))]
        listed = [
            (line.at, f"{'· ' * line.depth}{line.words}" if line.depth else _("with the conditions above"))
            for line in self.lines()
            if line.group
        ]
        return [*listed, (NEW_GROUP, _("in a new group: at least one of"))]

    # ------------------------------------------------------------ what may be asked
    def subjects(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What a condition may be about: the catalogue by source, consents, segments of the programme."""
        sources: dict[str, list[tuple[str, str]]] = {}
        for kind, things in (("attr", self.catalogue.attributes), ("event", self.catalogue.events)):
            for thing in things.values():
                if thing.status == "active":
                    home = self.catalogue.source_of(thing.code)
                    name = home.fr if library.language(self.lang) == "fr" else home.en
                    option = (f"{kind}:{thing.code}", self.catalogue.name(thing.code, self.lang))
                    sources.setdefault(name, []).append(option)
        found = [(name, sorted(options, key=lambda option: option[1])) for name, options in sources.items()]
        if self.versions:
            segments = [
                (
                    f"segment:{one.segment.code}:{one.number}",
                    _("%(segment)s, version %(n)s") % {"segment": one.segment.dossier, "n": one.number},
                )
                for one in self.versions
            ]
            found.append((_("Segments of the programme"), segments))
        consents = [(f"consent:{code}", words) for code, words in terms("purposes")]
        return [*sorted(found), (_("Consents"), consents)]

    # ------------------------------------------------------------ the buttons
    def removed(self, at: str) -> Any:
        """The rule without one of its lines; groups that are left empty go too."""
        rule = copy.deepcopy(self.rule)
        steps = _steps(at)
        while len(steps) > 1:
            above = _find(rule, steps[:-1])
            if isinstance(above, list):
                del above[int(steps[-1])]
                if above:
                    return rule
            steps = steps[:-1]
        return None

    def replaced(self, at: str, node: dict[str, Any]) -> Any:
        """The rule with another condition in the place of one of its lines."""
        rule = copy.deepcopy(self.rule)
        *above, last = _steps(at)
        home = _find(rule, above)
        home[int(last) if isinstance(home, list) else last] = node
        return rule

    def turned(self, at: str) -> Any:
        """The rule with a group turned from all to at least one, or back."""
        rule = copy.deepcopy(self.rule)
        node = _find(rule, _steps(at))
        while "not" in node:
            node = node["not"]
        name = next(name for name in GROUPS if name in node)
        node[GROUPS[1 - GROUPS.index(name)]] = node.pop(name)
        return rule

    def added(self, node: dict[str, Any], place: str) -> Any:
        """The rule with one more condition, in a group of it or in a new one."""
        rule = copy.deepcopy(self.rule)
        if self.where is None:
            return {"dsl": "segrule/1", "where": {"all": [node]}}
        if not self.is_grouped:
            return {**rule, "where": {"all": [rule["where"], node]}}
        home = _find(rule, _steps("/where" if place in ("", NEW_GROUP) else place))
        while "not" in home:
            home = home["not"]
        children = next(home[name] for name in GROUPS if name in home)
        children.append({"any": [node]} if place == NEW_GROUP else node)
        return rule


def _typed(node: Any, denied: bool) -> dict[str, Any] | None:
    """What the form of a condition holds to say this one; nothing for what it has no fields for."""
    if not isinstance(node, dict):
        return None
    said: dict[str, Any] = {"denied": denied, "op": node.get("op")}
    if node.keys() <= {"attr", "op", "value"}:
        return said | {"about": f"attr:{node.get('attr')}"} | _typed_value(node.get("op"), node.get("value"))
    count = node.get("count", {"op": "gte", "value": ""})
    if "event" in node and node.keys() <= {"event", "within", "count"} and isinstance(count, dict):
        said |= {"about": f"event:{node['event']}", "op": count.get("op")}
        return said | _typed_value("", count.get("value")) | _typed_value("within_last", node.get("within"))
    match node:
        case {"consent": {"purposes": [purpose], "state": state, **more}, **rest} if not more and not rest:
            return said | {"about": f"consent:{purpose}", "op": state}
        case {"segment": {"code": code, "version": version, "state": state}, **rest} if not rest:
            return said | {"about": f"segment:{code}:{version}", "op": state}
    return None


def _typed_value(op: Any, value: Any) -> dict[str, Any]:
    """A value as the fields of the form hold it: a length of time in two, all else in one."""
    if isinstance(op, str) and op in DURATIONS:
        length = LENGTH.fullmatch(str(value))
        return {"count": length.group(1), "unit": length.group(2)} if length else {}
    if isinstance(value, bool):
        return {"value": "true" if value else "false"}
    if isinstance(value, dict):
        value = list(value.values())
    return {"value": value if isinstance(value, list) else "" if value is None else value}


def _heading(group: str, denied: bool) -> str:
    if group == "all":
        return _("Not all of these conditions together") if denied else _("All of these conditions")
    return _("None of these conditions") if denied else _("At least one of these conditions")


def read(text: str) -> Any:
    """A rule as typed; nothing where none is, UNREADABLE where it cannot be told line by line."""
    if not text.strip():
        return None
    try:
        rule = canonical.parse(text)
        as_text(rule).encode()
    except (ValueError, RecursionError, OverflowError):
        return UNREADABLE
    is_rule = isinstance(rule, dict) and isinstance(rule.get("where"), dict) and _is_shallow(rule)
    return rule if is_rule else UNREADABLE


def _is_shallow(rule: Any) -> bool:
    """Say whether a rule is one that the language takes: deeper and longer ones are not drawn."""
    level, seen = [rule], 0
    for _depth in range(JSON_DEPTH):
        level = [
            child
            for one in level
            for child in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
        ]
        seen += len(level)
        if not level or seen > JSON_VALUES:
            return not level
    return False


def _steps(at: str) -> tuple[str, ...]:
    return tuple(at.split("/")[1:])


def _find(rule: Any, steps: Iterable[str]) -> Any:
    for step in steps:
        rule = rule[int(step)] if isinstance(rule, list) else rule[step]
    return rule


def as_text(rule: Any) -> str:
    """A rule as the text of the form. Raises ValueError for a number that no JSON holds."""
    return (
        json.dumps(rule, ensure_ascii=False, indent=2, default=_float, allow_nan=False)
        if rule is not None
        else ""
    )


def _float(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("a number too long")
    return number


class ValueField(forms.CharField):
    """One value, or several parted by semicolons."""

    def prepare_value(self, value: Any) -> Any:
        """Show several values in one line."""
        return " ; ".join(map(str, value)) if isinstance(value, list) else value


class ConditionForm(Form):
    """One more condition: what it is about, how it compares, with what, and where it goes."""

    use_required_attribute = False

    about = forms.ChoiceField(label=gettext_lazy("About"))
    op = forms.ChoiceField(label=gettext_lazy("Compared how"))
    value = ValueField(label=gettext_lazy("With"), required=False, max_length=400)
    count = forms.IntegerField(
        label=gettext_lazy("Within the last, or for"), required=False, min_value=1, max_value=9999
    )
    unit = forms.ChoiceField(label=gettext_lazy("Unit of time"), choices=list(UNITS.items()))
    denied = forms.BooleanField(
        label=gettext_lazy("Turn it round: those of whom this is not true"), required=False
    )
    place = forms.ChoiceField(label=gettext_lazy("Where"), required=False)
    instead = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, builder: Builder, initial: Any = None) -> None:
        super().__init__(data, prefix="c", initial=dict(initial or {}))
        self.builder = builder
        self.fields["about"].choices = [*NONE_CHOSEN, *builder.subjects()]  # type: ignore[attr-defined]
        self.fields["place"].choices = builder.places()  # type: ignore[attr-defined]
        self.kind, _colon, self.code = str(self["about"].value() or "").partition(":")
        things = {"attr": builder.catalogue.attributes, "event": builder.catalogue.events}
        self.thing: Any = things.get(self.kind, {}).get(self.code)
        self._shape()

    def _shape(self) -> None:
        """Keep the fields that what was chosen asks for."""
        asked = {"about", "op", "denied", "instead"}
        if not self["instead"].value():
            asked.add("place")
        operations: dict[str, Any] = {}
        if isinstance(self.thing, Attribute):
            kind = self.thing.type
            allowed = OPERATORS[kind] | PRESENCE
            operations = {op: words for op, words in OPERATIONS.items() if op in allowed}
            asked |= self._valued(self.thing)
        elif self.thing is not None:
            operations = dict(TIMES)
            asked |= {"value", "count", "unit"}
            self.fields["value"].help_text = _("A number; empty: at least once.")
        elif self.kind == "consent":
            operations = CONSENTS
        elif self.kind == "segment":
            operations = MEMBERSHIP
        else:
            asked = {"about", "instead"}
        self.fields["op"].choices = list(operations.items())  # type: ignore[attr-defined]
        for name in set(self.fields) - asked:
            del self.fields[name]

    def _valued(self, thing: Attribute) -> set[str]:
        """Shape the value of an attribute by its type; gives the fields that it takes."""
        kind, field = thing.type, self.fields["value"]
        if kind in ("enum", "set") and not isinstance(self.initial.get("value"), list):
            self.initial["value"] = [self.initial["value"]] if self.initial.get("value") else []
        if kind in ("enum", "set"):
            words = [
                (one, library.value_term(one, self.builder.lang, of=thing.code) or one)
                for one in thing.values
            ]
            self.fields["value"] = forms.MultipleChoiceField(
                label=field.label, required=False, choices=words, widget=forms.CheckboxSelectMultiple
            )
        elif kind == "boolean":
            self.fields["value"] = forms.ChoiceField(
                label=field.label, choices=[("true", _("yes")), ("false", _("no"))]
            )
        elif kind == "identifier":
            return set()
        elif kind in ("date", "datetime"):
            field.help_text = _("A day as 31/01/2026; two, parted by a semicolon, for “between”.")
            return {"value", "count", "unit"}
        elif kind == "geopoint":
            field.help_text = _("Latitude; longitude; kilometres, as 48.85; 2.35; 10.")
        elif kind == "score":
            field.help_text = _("A number from 0 to 1, as 0.7.")
        elif kind in NUMERIC:
            field.help_text = _("A number; several are parted by semicolons.")
        else:
            field.help_text = _("Several values are parted by semicolons.")
        return {"value"}

    def node(self) -> dict[str, Any]:
        """The condition as the rule language writes it; of a form that is valid."""
        given = self.cleaned_data
        op = given["op"]
        node: dict[str, Any]
        if self.kind == "consent":
            node = {"consent": {"purposes": [self.code], "state": op}}
        elif self.kind == "segment":
            code, _colon, number = self.code.rpartition(":")
            node = {"segment": {"code": code, "version": int(number), "state": op}}
        elif self.kind == "event":
            node = {"event": self.code, "within": self._duration()}
            if counted := [_number(one) for one in _parted(given["value"])]:
                node["count"] = {"op": op, "value": counted if op == "between" else counted[0]}
        else:
            node = {"attr": self.code, "op": op}
            if op not in PRESENCE:
                node["value"] = self._value(op)
        return {"not": node} if given["denied"] else node

    def clean(self) -> dict[str, Any]:
        """What a comparison lacks, or would lose, is said here; the rest by the check of the rule."""
        given: dict[str, Any] = super().clean() or {}
        op, values = given.get("op", ""), _parted(given.get("value"))
        is_event = self.kind == "event" and "count" in self.fields
        if (is_event or op in DURATIONS) and not given.get("count") and "count" not in self.errors:
            self.add_error("count", _("Give a number of days, weeks, months or years."))
        if "value" not in self.fields or op in DURATIONS | PRESENCE or not op:
            return given
        if not values and not (is_event and op == "gte"):
            self.add_error("value", _("Say with what it is compared."))
        elif op == "within_km" and len(values) != 3:
            self.add_error("value", _("Give the latitude, the longitude and the kilometres."))
        elif len(values) > (3 if op == "within_km" else 2 if op == "between" else 1) and op not in MANY:
            self.add_error("value", _("Too many values for this comparison: “is one of” takes several."))
        return given

    def _duration(self) -> str:
        return f"P{self.cleaned_data['count']}{self.cleaned_data['unit']}"

    def _value(self, op: str) -> Any:
        given = self.cleaned_data.get("value")
        if op in DURATIONS:
            return self._duration()
        kind = self.thing.type if isinstance(self.thing, Attribute) else ""
        if kind == "boolean":
            return given == "true"
        values: list[Any] = _parted(given)
        if kind in NUMERIC or kind == "geopoint":
            values = [_number(one) for one in values]
        elif kind in ("date", "datetime"):
            values = [DAY.sub(r"\3-\2-\1", one) for one in values]
        if kind == "geopoint":
            return dict(zip(("lat", "lon", "km"), values, strict=False))
        return values if op in LISTS else values[0]


def _parted(given: Any) -> list[str]:
    """The values given: those ticked, or those of a text, parted by semicolons."""
    if isinstance(given, list):
        return given
    return [part.strip() for part in str(given or "").split(";") if part.strip()]


def _number(text: str) -> Any:
    """A number as people type it; what is none stays a text, which the check of the rule refuses in words."""
    plain = "".join(text.split())
    return canonical.parse(plain.replace(",", ".")) if NUMBER.fullmatch(plain) else text
