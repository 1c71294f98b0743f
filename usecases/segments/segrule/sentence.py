"""A segment rule read aloud, in French and in English, so that a marketer recognises the audience.

The sentence is made of the canonical form: rules that are equal read alike, rules that differ never do.
Names come from the catalogue, words and moulds from the shipped `reading.yaml`; numbers and dates are
those of the language. Short rules read in one breath; others list their conditions under letters, (c1)
standing under (c), so that what belongs to what is never in doubt.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from governance import library
from governance.canonical import NotCanonical
from usecases.catalogue.snapshot import Attribute, Catalogue, EventType, Property
from usecases.segments.segrule import canonical, document
from usecases.segments.segrule.analysis import Resolver, nothing_known

IN_ONE_BREATH = 3
LANGUAGES = ("fr", "en")


class Illegible(ValueError):
    """The rule names what the catalogue does not hold, or compares what cannot be compared."""


@dataclass(frozen=True)
class Part:
    """One condition in words; a group says its connective and holds its conditions, lettered."""

    text: str
    label: str = ""
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Reading:
    """A whole rule in words: one sentence; for a page, its opening and its conditions one by one."""

    text: str
    intro: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class _Clause:
    """A condition on people: `who` do or are something, or `whose` thing is something."""

    lead: str
    body: str
    intro: str = ""  # of a group: its body without the conditions
    parts: tuple[Part, ...] = ()


def reading(rule: Any, catalogue: Catalogue, lang: str, references: Resolver = nothing_known) -> Reading:
    """Read a rule aloud. Raises Illegible for one that `check` would not give a sentence."""
    try:
        return aloud(canonical.canonical(rule), catalogue, lang, references)
    except (TypeError, AttributeError, NotCanonical) as error:
        raise Illegible(str(error)) from error


def aloud(form: Any, catalogue: Catalogue, lang: str, references: Resolver = nothing_known) -> Reading:
    """Read a rule that is already in canonical form. Raises Illegible as `reading` does."""
    try:
        return Speaker(catalogue, lang, references).whole(form["where"])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Illegible(str(error)) from error


def clause(node: Any, catalogue: Catalogue, lang: str, references: Resolver = nothing_known) -> str:
    """Read one condition aloud, as under a letter: for a difference, or a decision of a journey."""
    try:
        return Speaker(catalogue, lang, references).listed(canonical.canonical(node))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Illegible(str(error)) from error


class Speaker:
    """Someone who reads rules over one catalogue, in one language."""

    def __init__(self, catalogue: Catalogue, lang: str, references: Resolver = nothing_known) -> None:
        self.catalogue = catalogue
        self.lang = library.language(lang)
        self.references = references
        self.words = library.load("reading")
        self.say: dict[str, Any] = self.words["phrases"][self.lang]

    # ------------------------------------------------------------ sentences
    def whole(self, node: Any) -> Reading:
        """Read a whole condition."""
        made = self.clause(node, "")
        intro = self.lead(made, "relative", made.intro)
        parts = made.parts or (Part(self.lead(made, "listed")),)
        if "not" in node and self.is_leaf(node["not"]):
            text = str(self.say["everyone_but"]).format(clauses=self.relative(node["not"]))
        else:
            text = str(self.say["whole"]).format(clause=self.breath(node) or self.lead(made, "relative"))
        return Reading(
            text, str(self.say["whole"]).format(clause=intro).rstrip(".") if made.parts else "", parts
        )

    def listed(self, node: Any) -> str:
        """Read a condition as under a letter."""
        return self.lead(self.clause(node, ""), "listed")

    def relative(self, node: Any, label: str = "") -> str:
        """Read a condition as what follows “people”."""
        return self.lead(self.clause(node, label), "relative")

    def lead(self, made: _Clause, form: str, body: str = "") -> str:
        """Join a condition to the people before it, or let it stand alone."""
        return str(self.say[made.lead][form]).format(body=body or made.body)

    def is_leaf(self, node: Any) -> bool:
        """Say whether a node holds no other node."""
        return not {"all", "any", "not"} & node.keys()

    def breath(self, node: Any) -> str:
        """Read a short flat group in one breath, or give nothing."""
        group = next((name for name in ("all", "any") if name in node), "")
        children = node.get(group, [])
        simple = [child for child in children if self.is_leaf(child)]
        denied = [child["not"] for child in children if "not" in child and self.is_leaf(child["not"])]
        if not group or len(children) > IN_ONE_BREATH or len(simple) + len(denied) < len(children):
            return ""
        if group == "any":
            return self.series([self.relative(child) for child in children], self.say["or"])
        if not simple:
            return ""
        kept = self.series([self.relative(child) for child in simple], self.say["and"])
        if not denied:
            return kept
        clauses = str(self.say["and_those"]).join(self.relative(child) for child in denied)
        return kept + str(self.say["except"]).format(clauses=clauses)

    def series(self, items: list[str], last: str) -> str:
        """Join items by commas, the last by a word."""
        if len(items) == 1:
            return items[0]
        return str(self.say["comma"]).join(items[:-1]) + last + items[-1]

    # ------------------------------------------------------------ nodes
    def clause(self, node: Any, label: str) -> _Clause:
        """Turn a canonical node into a condition on people; `label` is that of the place where it stands."""
        for group in ("all", "any"):
            if group in node:
                return self.group(group, node[group], label)
        if "not" in node:
            inner = self.clause(node["not"], label)
            mould = str(self.say["not_among"])
            intro = mould.format(clause=self.lead(inner, "relative", inner.intro)) if inner.parts else ""
            return _Clause("who", mould.format(clause=self.lead(inner, "relative")), intro, inner.parts)
        kind = next((name for name in document.NODES if name in node), "")
        if not kind:
            raise Illegible("no known kind of condition")
        made: _Clause = getattr(self, kind)(node)
        return made

    def group(self, group: str, children: list[Any], label: str) -> _Clause:
        """List the conditions of a group under letters and numbers in turn; plain ones first."""
        if not children:
            raise Illegible("an empty group")
        ordered = sorted(children, key=lambda child: not self.is_leaf(child))
        parts, items = [], []
        for place, child in enumerate(ordered):
            mark = label + _mark(place, letters=not label or label[-1].isdigit())
            made = self.clause(child, mark)
            said = self.lead(made, "listed")
            parts.append(Part(self.lead(made, "listed", made.intro), mark, made.parts))
            items.append(f"({mark}) {said}")
        intro = str(self.say[group])
        body = str(self.say["listing"]).format(intro=intro, items=str(self.say["semicolon"]).join(items))
        return _Clause("who", body, intro, tuple(parts))

    def attr(self, node: dict[str, Any]) -> _Clause:
        """Say a comparison of an attribute."""
        spec = self.catalogue.attributes[node["attr"]]
        word = self.word("attributes", spec)
        if spec.type == "boolean" and node["op"] == "eq" and "true" in word:
            return _Clause("who", word["true" if self.truth(node) else "false"])
        np = word.get("np") or str(self.say["attribute"]).format(name=self.escaped(self.name(spec.code)))
        shown_as = self.words["attributes"].get(spec.code, {}).get("as", "") if word else ""
        return _Clause("whose", self.comparison(spec, np, node, shown_as))

    def event(self, node: dict[str, Any]) -> _Clause:
        """Say occurrences of an event."""
        spec = self.catalogue.events[node["event"]]
        word = self.word("events", spec)
        if not word:
            name = self.escaped(self.name(spec.code))
            word = {key: str(text).format(name=name) for key, text in self.say["event"].items()}
        last = self.duration(node["within"], "last")
        where = self.where(spec, node.get("where", []))
        if "agg" in node:
            return self.aggregate(spec, word, node["agg"], where, last)
        return _Clause("who", self.counted(word, node.get("count"), where, last))

    def counted(self, word: dict[str, str], count: dict[str, Any] | None, where: str, last: str) -> str:
        """Say how many times."""
        said, gender = self.say["count"], word.get("gender", "m")
        common = {"one": word["one"], "other": word["other"], "where": where, "last": last}
        if count is None:
            return str(said["some"][gender]).format(**common)
        op, value = count["op"], count["value"]
        if op == "eq" and value == 0:
            return str(said["none"][gender]).format(**common)
        low, high = value if op == "between" else (value, value)
        in_words = op in ("eq", "gte", "lte")
        shown = [said["unit"][gender] if n == 1 and in_words else self.number(n) for n in (low, high)]
        noun = word["one" if self.is_one(high) else "other"]
        return str(said[op]).format(n=shown[0], low=shown[0], high=shown[1], noun=noun, **common)

    def aggregate(
        self, spec: EventType, word: dict[str, str], agg: dict[str, Any], where: str, last: str
    ) -> _Clause:
        """Say a total, a maximum, a minimum or an average over the window."""
        prop = self.prop(spec, agg["prop"])
        said = self.prop_words(prop)
        fn = said.get(agg["fn"]) or str(self.say[agg["fn"]]).format(np=self.prop_np(prop))
        np = str(self.say["aggregate"]).format(fn=fn, other=word["other"], where=where, last=last)
        return _Clause("whose", self.numeric(prop, np, agg["op"], agg["value"], ""))

    def where(self, spec: EventType, conditions: list[dict[str, Any]]) -> str:
        """Say what the details of an event must be."""
        if not conditions:
            return ""
        said = []
        for condition in conditions:
            prop = self.prop(spec, condition["prop"])
            said.append(self.comparison(prop, self.prop_np(prop), condition, ""))
        return str(self.say["where"]).format(conditions=str(self.say["where_and"]).join(said))

    def consent(self, node: dict[str, Any]) -> _Clause:
        """Say a condition on consents."""
        said, phrases = node["consent"], self.say["consent"]
        names = [self.quoted(library.term("purposes", code, self.lang)) for code in said["purposes"]]
        if "match" in said:
            purposes = str(phrases[said["match"]]).format(list=str(self.say["comma"]).join(names))
        else:
            purposes = self.series(names, self.say["and"])
        age = ""
        if "max_age" in said:
            age = str(phrases["age"]).format(last=self.duration(said["max_age"], "last"))
        return _Clause("who", str(phrases[said["state"]]).format(purposes=purposes, age=age))

    def segment(self, node: dict[str, Any]) -> _Clause:
        """Say the membership of another segment."""
        said = node["segment"]
        body = str(self.say["segment"][said["state"]]).format(**self.reference(said))
        return _Clause("who", body)

    def lookalike(self, node: dict[str, Any]) -> _Clause:
        """Say a similarity to a seed."""
        said = node["lookalike"]
        channel = self.quoted(library.term("channels", said["channel"], self.lang))
        share = self.percent(said["expansion"])
        body = str(self.say["lookalike"]).format(share=share, channel=channel, **self.reference(said))
        return _Clause("who", body)

    def sample(self, node: dict[str, Any]) -> _Clause:
        """Say a stable sample."""
        said = node["sample"]
        spec = self.catalogue.attributes[said["id"]]
        low, high = (Decimal(said[end]) / 100 for end in ("from", "to"))
        np = self.word("attributes", spec).get("np") or str(self.say["attribute"]).format(
            name=self.escaped(self.name(spec.code))
        )
        body = str(self.say["sample"]).format(
            share=self.percent(high - low),
            **{"from": self.percent(low), "to": self.percent(high)},
            salt=self.quoted(said["salt"]),
            np=np,
        )
        return _Clause("who", body)

    def reference(self, said: dict[str, Any]) -> dict[str, str]:
        """Name a version of a segment."""
        target = self.references(said["code"], said["version"])
        phrases = self.say["segment"]
        version = (
            phrases["pin"]
            if said["version"] == document.PIN
            else str(phrases["version"]).format(n=int(said["version"]))
        )
        return {"name": self.quoted(target.name(self.lang) if target else said["code"]), "version": version}

    # ------------------------------------------------------------ comparisons
    def comparison(self, spec: Attribute | Property, np: str, node: dict[str, Any], shown_as: str) -> str:
        """Say how a thing compares with a value."""
        op, kind = node["op"], spec.type
        if op not in document.OPERATORS[kind] | document.PRESENCE or ("value" in node) == (
            op in document.PRESENCE
        ):
            raise Illegible("this thing is not compared so")
        if op in document.PRESENCE:
            return str(self.say[op]).format(np=np)
        value = node["value"]
        if kind == "boolean":
            return str(self.say["true" if self.truth(node) else "false"]).format(np=np)
        if kind in document.NUMERIC:
            return self.numeric(spec, np, op, value, shown_as)
        if kind in ("date", "datetime"):
            return self.dated(np, op, value, time=kind == "datetime")
        if kind == "geopoint":
            return self.near(np, value)
        if kind in ("enum", "set"):
            return self.chosen(
                np, op, self.in_order(spec, value), self.term(spec, quoted=shown_as == "quoted")
            )
        return self.chosen(np, op, value, self.area if kind == "area" else self.quoted)

    def in_order(self, spec: Attribute | Property, value: Any) -> Any:
        """Put listed values in the order of the catalogue, which means something; unknown ones stay last."""
        if not isinstance(value, list):
            return value
        known = [item for item in spec.values if item in value]
        return known + [item for item in value if item not in spec.values]

    def numeric(self, spec: Attribute | Property, np: str, op: str, value: Any, shown_as: str) -> str:
        """Say a comparison with numbers, in their unit."""
        if op in ("in", "not_in"):
            if not all(map(document.is_number, value)):
                raise Illegible("numbers are expected")
            return self.chosen(np, op, sorted(value), lambda item: self.measure(spec, item, shown_as))
        if shown_as == "month" and op in ("eq", "ne") and self.is_month(value):
            return self.chosen(np, op, value, lambda item: self.measure(spec, item, shown_as))
        low, high = value if op == "between" else (value, value)
        plain = "" if shown_as == "month" and op != "between" else shown_as
        shown = [self.measure(spec, bound, plain) for bound in (low, high)]
        return str(self.say["number"][op]).format(np=np, v=shown[0], low=shown[0], high=shown[1])

    def chosen(self, np: str, op: str, value: Any, told: Callable[[Any], str]) -> str:
        """Say a comparison with one value or a list of them."""
        mould = self.say["choice"][op]
        if not isinstance(mould, dict):
            return str(mould).format(np=np, v=told(value))
        if not isinstance(value, list) or not value:
            raise Illegible("a list is expected")
        names = [told(item) for item in value]
        if len(names) == 1:
            return str(mould["one"]).format(np=np, v=names[0])
        neither = (
            str(self.say["neither"]).join(names[:-1])
            + self.say["neither_last" if len(names) == 2 else "neither"]
            + names[-1]
        )
        return str(mould["many"]).format(
            np=np,
            any=self.series(names, self.say["or"]),
            all=self.series(names, self.say["and"]),
            neither=neither,
        )

    def dated(self, np: str, op: str, value: Any, *, time: bool) -> str:
        """Say a comparison with dates or durations."""
        mould = str(self.say["date_is"][op])
        if op in document.DURATIONS:
            return mould.format(
                np=np,
                last=self.duration(value, "last"),
                next=self.duration(value, "next"),
                duration=self.duration(value, "duration"),
            )
        low, high = value if op == "between" else (value, value)
        shown = [self.moment(bound, time=time) for bound in (low, high)]
        return mould.format(np=np, v=shown[0], low=shown[0], high=shown[1])

    def near(self, np: str, value: Any) -> str:
        """Say a distance to a point."""
        lat, lon = value["lat"], value["lon"]
        return str(self.say["within_km"]).format(
            np=np,
            km=str(self.say["km"]).format(n=self.number(value["km"])),
            lat=str(self.say["latitude"][lat < 0]).format(n=self.number(abs(lat))),
            lon=str(self.say["longitude"][lon < 0]).format(n=self.number(abs(lon))),
        )

    # ------------------------------------------------------------ words
    def name(self, code: str) -> str:
        """Name an attribute or event of the catalogue."""
        return self.catalogue.name(code, self.lang)

    def word(self, section: str, thing: Attribute | EventType) -> dict[str, str]:
        """Give the shipped words for a thing, as long as it keeps the name it was shipped with."""
        said = self.words[section].get(thing.code)
        if said is None or self.name(thing.code) != shipped_name(section, thing.code, self.lang):
            return {}
        words: dict[str, str] = said[self.lang]
        return words

    def prop(self, spec: EventType, code: str) -> Property:
        """Find a detail of an event."""
        prop = spec.property(code)
        if prop is None:
            raise Illegible(f"no property {code}")
        return prop

    def prop_words(self, prop: Property) -> dict[str, str]:
        """Give the shipped words for a detail, unless the catalogue names it itself."""
        if getattr(prop, self.lang):
            return {}
        words: dict[str, str] = self.words["properties"].get(prop.code, {}).get(self.lang, {})
        return words

    def prop_np(self, prop: Property) -> str:
        """Name a detail inside a sentence."""
        name = getattr(prop, self.lang) or prop.code
        return self.prop_words(prop).get("np") or str(self.say["property"]).format(name=self.escaped(name))

    def truth(self, node: dict[str, Any]) -> bool:
        """Give the yes or no of a comparison."""
        value = node["value"]
        if not isinstance(value, bool) or node["op"] != "eq":
            raise Illegible("yes or no is expected")
        return value

    def term(self, spec: Attribute | Property, *, quoted: bool) -> Callable[[Any], str]:
        """Say the values of a list in words; those without words are quoted, or all of them."""
        code = spec.code

        def told(value: Any) -> str:
            if not isinstance(value, str):
                raise Illegible("a value of the list is expected")
            words = library.value_term(value, self.lang, of=code)
            return words if words and not quoted else self.quoted(words or value)

        return told

    def area(self, value: Any) -> str:
        """Say an area by its number, as people know it."""
        plain = isinstance(value, str) and value.isascii() and value.isalnum() and len(value) <= 5
        return str(value) if plain else self.quoted(value)

    def quoted(self, text: Any) -> str:
        """Quote a text so that where it ends is never in doubt."""
        return str(self.say["quoted"]).format(text=self.escaped(text))

    def escaped(self, text: Any) -> str:
        """Double the quotation marks inside a text."""
        if not isinstance(text, str):
            raise Illegible("a text is expected")
        for mark in self.say["quotes"]:
            text = text.replace(mark, mark * 2)
        return text

    def number(self, value: Any) -> str:
        """Say a number, exact, as the language writes it."""
        if not document.is_number(value):
            raise Illegible("a number is expected")
        whole, _point, rest = format(
            canonical.canonical(value), "f" if isinstance(value, Decimal) else "d"
        ).partition(".")
        sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
        groups: list[str] = []
        while len(digits) > 3:
            digits, group = digits[:-3], digits[-3:]
            groups.insert(0, group)
        shown = sign + str(self.say["thousands"]).join([digits, *groups])
        return shown + (self.say["decimal"] + rest if rest else "")

    def percent(self, ratio: Any) -> str:
        """Say a share."""
        if not document.is_number(ratio):
            raise Illegible("a share is expected")
        return str(self.say["percent"]).format(n=self.number(canonical.canonical(Decimal(ratio) * 100)))

    def measure(self, spec: Attribute | Property, value: Any, shown_as: str) -> str:
        """Say a number in the unit of what it measures."""
        if shown_as == "month" and self.is_month(value):
            return str(self.say["months"][value - 1])
        if spec.type == "money" or spec.unit == "eur":
            return str(self.say["money"]).format(n=self.cents(value))
        if spec.unit == "ratio":
            return self.percent(value)
        if spec.type == "score":
            return str(self.say["score"]).format(n=self.number(value))
        if shown_as == "km":
            return str(self.say["km"]).format(n=self.number(value))
        return self.number(value)

    def cents(self, value: Any) -> str:
        """Say an amount: two decimals when there are any."""
        said = self.number(value)
        mark = str(self.say["decimal"])
        return said + "0" if mark in said and len(said.rpartition(mark)[2]) == 1 else said

    def is_month(self, value: Any) -> bool:
        """Say whether a number is that of a month."""
        return document.is_whole(value) and 1 <= value <= 12

    def is_one(self, number: int) -> bool:
        """Say whether a count takes the singular in this language."""
        return number < 2 if self.lang == "fr" else number == 1

    def duration(self, value: Any, mould: str) -> str:
        """Say a duration: on its own, or as the last or the next days, weeks, months, years."""
        match = document.DURATION.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise Illegible("a duration is expected")
        number, unit, hours, small = match.groups()
        count = int(number or hours)
        key = unit or {"H": "H", "M": "MIN"}[small]
        return str(self.say[mould][key]["one" if count == 1 else "other"]).format(n=self.number(count))

    def moment(self, value: Any, *, time: bool) -> str:
        """Say a date, with its time if it has one."""
        if not document.is_moment(value, time=time):
            raise Illegible("a date is expected")
        day = dt.date.fromisoformat(value[:10])
        shown = str(self.say["date"]).format(
            day=self.say["first_day"] if day.day == 1 else day.day,
            month=self.say["months"][day.month - 1],
            year=f"{day.year:04d}",
        )
        if "T" not in value:
            return shown
        clock, zone = value[11:], ""
        for sign in ("Z", "+", "-"):
            if sign in clock:
                clock, zone = clock[: clock.index(sign)], clock[clock.index(sign) :]
        shown = str(self.say["moment"]).format(date=shown, time=clock)
        return str(self.say["in_zone"]).format(moment=shown, zone=zone.strip("Z")) if zone else shown


def shipped_name(section: str, code: str, lang: str) -> str | None:
    """Give the name with which the library ships an attribute or event."""
    return _shipped_names(section).get((code, lang))


@cache
def _shipped_names(section: str) -> dict[tuple[str, str], str]:
    return {
        (entry["code"], lang): entry[lang]
        for entry in library.load("attributes")[section]
        for lang in LANGUAGES
    }


def _mark(place: int, *, letters: bool) -> str:
    """Give a letter or a number for a place; after z comes aa."""
    if not letters:
        return str(place + 1)
    mark, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        mark = chr(ord("a") + rest) + mark
    return mark
