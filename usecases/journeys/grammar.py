"""The journey grammar journey/1: read, check, tell (domain.md 3.4). Pure: no table, no request.

A journey is a list of nodes: one entry, touches, waits, decisions, splits, exits. Whatever JSON comes in,
reading it never fails: what is wrong is told as faults, each with a code, a path and a sentence. Every
traversal is a loop over at most forty nodes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeGuard

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from governance import library
from usecases.catalogue.snapshot import Catalogue
from usecases.policies import evaluation
from usecases.policies.evaluation import Audience, Fault
from usecases.segments.segrule import analysis, sentence
from usecases.segments.segrule import document as segrule
from usecases.segments.segrule.sentence import Speaker

MAX_NODES = 40
STAGES = ("before", "during", "after")
EFFECTS = ("none", "significant", "exclusion_from_offer")
ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
MAX_TEXT = 160
MAX_CAP = 1000
SUCCESSORS = ("next", "yes", "no", "on_timeout")
MEMBERS: Mapping[str, frozenset[str]] = {
    "entry": frozenset({"next"}),
    "touch": frozenset({"channel", "message", "stage", "cap", "next"}),
    "wait": frozenset({"for", "until_event", "timeout", "next", "on_timeout"}),
    "decision": frozenset({"if", "yes", "no", "effect"}),
    "split": frozenset({"sample", "yes", "no"}),
    "exit": frozenset({"reason"}),
}


@dataclass(frozen=True)
class Node:
    """One step of a journey, as far as it could be read. `ways` are the successors it names, in order."""

    rank: int
    id: str
    type: str
    said: Mapping[str, Any]
    ways: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        """Where it stands in the document."""
        return f"/journey/{self.rank}"

    @property
    def name(self) -> str:
        """How people are told of it: by its rank."""
        return _("Step %(rank)d") % {"rank": self.rank + 1}

    @property
    def channel(self) -> str:
        """The channel of a touch; empty elsewhere or when it cannot be read."""
        return _text(self.said.get("channel")) if self.type == "touch" else ""


@dataclass(frozen=True)
class Journey:
    """The nodes that could be read, by id, in the order of the document."""

    nodes: Mapping[str, Node] = field(default_factory=dict)

    def of(self, kind: str) -> list[Node]:
        """Keep the nodes of one type."""
        return [node for node in self.nodes.values() if node.type == kind]

    @property
    def entry(self) -> Node | None:
        """The first entry, if there is one."""
        return next(iter(self.of("entry")), None)

    @property
    def decisions(self) -> list[tuple[Node, Any]]:
        """The decision nodes and what each asks, a segrule node."""
        return [(node, node.said.get("if")) for node in self.of("decision")]

    @property
    def touched(self) -> list[str]:
        """The channels it touches, each once, in order."""
        return list(dict.fromkeys(node.channel for node in self.of("touch") if node.channel))

    @property
    def effects(self) -> frozenset[str]:
        """The effects that its decisions have on people."""
        return frozenset(
            effect
            for node, _asked in self.decisions
            if (effect := _text(node.said.get("effect"))) in EFFECTS[1:]
        )

    @property
    def shown_level(self) -> int:
        """The level that the journey shows: 1 without decision; 3 orchestrated; else 2 (domain.md 3.4)."""
        if not self.decisions:
            return 1
        known = evaluation.channels()
        physical = any(known[channel].physical for channel in self.touched if channel in known)
        stages = {_text(node.said.get("stage")) for node in self.of("touch")}
        return 3 if len(self.touched) >= 3 and physical and len(stages) >= 2 else 2

    @property
    def caps(self) -> dict[str, dict[str, Any]]:
        """The cap that each channel promises: of several on one channel, the strictest."""
        found: dict[str, dict[str, Any]] = {}
        for node in self.of("touch"):
            cap = node.said.get("cap")
            if node.channel and _is_cap(cap):
                kept = found.get(node.channel)
                if kept is None or _days_per_contact(cap) > _days_per_contact(kept):
                    found[node.channel] = {"n": cap["n"], "per": cap["per"]}
        return found


# ---------------------------------------------------------------- reading


def parse(document: Any) -> tuple[Journey, list[Fault]]:
    """Read a journey, and say what in it cannot be read (J01)."""
    if not isinstance(document, list):
        return Journey(), [
            _fault("J01", "/journey", _("The journey cannot be read. Write it as a list of steps."))
        ]
    if not document:
        return Journey(), [
            _fault("J01", "/journey", _("The journey has no step. Begin with an entry and end with an exit."))
        ]
    if len(document) > MAX_NODES:
        sentence = _(
            "The journey has %(count)d steps; at most %(most)d fit. Split the use case, or simplify it."
        )
        return Journey(), [_fault("J01", "/journey", sentence % {"count": len(document), "most": MAX_NODES})]
    nodes: dict[str, Node] = {}
    faults: list[Fault] = []
    for rank, raw in enumerate(document):
        path, step = f"/journey/{rank}", _("Step %(rank)d") % {"rank": rank + 1}
        if not isinstance(raw, Mapping):
            faults.append(_fault("J01", path, _("%(step)s cannot be read. Write it again.") % {"step": step}))
            continue
        code, kind = _text(raw.get("id")), _text(raw.get("type"))
        if not ID.fullmatch(code):
            sentence = _("%(step)s has no name of its own. Give it a short one: letters, figures, dashes.")
            faults.append(_fault("J01", f"{path}/id", sentence % {"step": step}))
            continue
        if code in nodes:
            sentence = _("%(step)s has the same name as an earlier step. Give each step its own name.")
            faults.append(_fault("J01", f"{path}/id", sentence % {"step": step}))
            continue
        if kind not in MEMBERS:
            sentence = _(
                "%(step)s is of no known type. Choose entry, contact, wait, decision, split or exit."
            )
            faults.append(_fault("J01", f"{path}/type", sentence % {"step": step}))
            continue
        ways = tuple((way, target) for way in SUCCESSORS if (target := _text(raw.get(way))))
        nodes[code] = Node(rank, code, kind, raw, ways)
    entries = sum(node.type == "entry" for node in nodes.values())
    if entries != 1 and not faults:
        faults.append(
            _fault(
                "J01",
                "/journey",
                _("The journey has no entry. Add one, from which every path starts.")
                if not entries
                else _("The journey has several entries. Keep one, from which every path starts."),
            )
        )
    return Journey(nodes), faults


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _fault(code: str, path: str, detail: str) -> Fault:
    return Fault(code, path, detail)


def _is_cap(value: Any) -> TypeGuard[Mapping[str, Any]]:
    return (
        isinstance(value, Mapping)
        and set(value) == {"n", "per"}
        and isinstance(value["n"], int)
        and not isinstance(value["n"], bool)
        and 1 <= value["n"] <= MAX_CAP
        and segrule.is_duration(value["per"])
    )


def _days_per_contact(cap: Mapping[str, Any]) -> Decimal:
    return segrule.days(cap["per"]) / int(cap["n"])


def _is_line(value: Any) -> bool:
    """One line of text that can be kept, shown and hashed."""
    return (
        isinstance(value, str)
        and 0 < len(value.strip()) <= len(value) <= MAX_TEXT
        and not segrule.objection_to_text(value)
    )


# ---------------------------------------------------------------- checking


def check(
    document: Any,
    *,
    channels: Collection[str],
    level: int | None = None,
    catalogue: Catalogue,
    references: analysis.Resolver = analysis.nothing_known,
    audiences: Sequence[Audience] = (),
) -> list[Fault]:
    """Say all that is wrong with a journey: J01 to J08, I01, and the faults of its conditions.

    `channels` are those that the use case declares; `level` the level it claims (J08, not asked when
    None); conditions are read against `catalogue` and `references`, as those of a segment; `audiences` are
    the segments it addresses.
    """
    journey, unread = parse(document)
    faults = list(unread)
    for node in journey.nodes.values():
        faults.extend(_faults_of(node, catalogue, references))
        if node.type == "touch":
            faults.extend(_faults_of_touch(node, channels, audiences))
    if unread:  # ways are judged once every step can be read: one fault is not told twice
        return faults
    faults.extend(_faults_of_ways(journey))
    faults.extend(_unreachable(journey))
    faults.extend(_cycle(journey))
    if level is not None:
        faults.extend(level_faults(journey, level))
    return faults


def _faults_of(node: Node, catalogue: Catalogue, references: analysis.Resolver) -> Iterator[Fault]:
    """What a node says, member by member."""
    step = {"step": node.name}
    allowed = MEMBERS[node.type] | {"id", "type"}
    for member in node.said:
        if member not in allowed and member not in SUCCESSORS:
            sentence = _("%(step)s says something that a step of its type does not have. Remove it.")
            yield _fault("J01", f"{node.path}/{str(member)[:32]}", sentence % step)
    if node.type == "touch":
        if not _is_line(node.said.get("message")):
            sentence = _(
                "%(step)s does not say what is sent. Name the message in one line of at most %(most)d signs."
            )
            yield _fault("J01", f"{node.path}/message", sentence % {**step, "most": MAX_TEXT})
        if _text(node.said.get("stage")) not in STAGES:
            sentence = _(
                "%(step)s does not say when it happens. Choose before, during or after the purchase."
            )
            yield _fault("J01", f"{node.path}/stage", sentence % step)
        if "cap" in node.said and not _is_cap(node.said["cap"]):
            sentence = _(
                "%(step)s has a cap that cannot be read. Say how many contacts at most, and per which period."
            )
            yield _fault("J01", f"{node.path}/cap", sentence % step)
    elif node.type == "wait":
        yield from _faults_of_wait(node, catalogue)
    elif node.type == "decision":
        if "effect" in node.said and _text(node.said["effect"]) not in EFFECTS:
            sentence = _(
                "%(step)s has an unknown effect on people. Choose none, significant, or loss of an offer."
            )
            yield _fault("J01", f"{node.path}/effect", sentence % step)
        yield from _faults_of_condition(node, "if", node.said.get("if"), catalogue, references)
    elif node.type == "split":
        yield from _faults_of_condition(
            node, "sample", {"sample": node.said.get("sample")}, catalogue, references
        )
    elif node.type == "exit" and "reason" in node.said and not _is_line(node.said["reason"]):
        sentence = _(
            "%(step)s has a reason that cannot be read. Write it in one line of at most %(most)d signs."
        )
        yield _fault("J01", f"{node.path}/reason", sentence % {**step, "most": MAX_TEXT})


def _faults_of_condition(
    node: Node, member: str, condition: Any, catalogue: Catalogue, references: analysis.Resolver
) -> Iterator[Fault]:
    """Read a condition as a segment rule is read, and tell its faults at their place in the journey."""
    rule = {"dsl": segrule.DIALECT, "where": condition}
    read = segrule.read(rule, catalogue)
    found = read.faults or [
        *analysis.contradictions(read.rule, catalogue),
        *analysis.reference_faults(read.rule, references),
    ]
    for fault in found:
        place = fault.path.removeprefix("/where").removeprefix(f"/{member}")
        detail = _("%(step)s has a condition to correct. %(why)s") % {"step": node.name, "why": fault.detail}
        yield _fault(fault.code, f"{node.path}/{member}{place}", detail)


def _faults_of_wait(node: Node, catalogue: Catalogue) -> Iterator[Fault]:
    step = {"step": node.name}
    if ("for" in node.said) == ("until_event" in node.said):
        sentence = _(
            "%(step)s waits neither for a time nor for an event, or for both. Choose one of the two."
        )
        yield _fault("J01", node.path, sentence % step)
    for member, asked in (("for", "for" in node.said), ("timeout", "until_event" in node.said)):
        if asked and not segrule.is_duration(node.said.get(member)):
            sentence = _("%(step)s waits for a time that cannot be read. Give hours, days, weeks or months.")
            yield _fault("E08", f"{node.path}/{member}", sentence % step)
    if "until_event" in node.said and _text(node.said["until_event"]) not in catalogue.events:
        sentence = _(
            "%(step)s waits for an event that the catalogue does not know. Choose one of its events."
        )
        yield _fault("E03", f"{node.path}/until_event", sentence % step)


def _faults_of_touch(node: Node, channels: Collection[str], audiences: Sequence[Audience]) -> Iterator[Fault]:
    if node.channel not in channels or node.channel not in evaluation.channels():
        sentence = _(
            "%(step)s uses a channel that the use case does not declare. Declare it, or choose another one."
        )
        yield _fault("J07", f"{node.path}/channel", sentence % {"step": node.name})
        return
    said = {"step": node.name, "channel": evaluation.channels()[node.channel].name}
    for audience in audiences:
        if audience.served_on([node.channel]) and evaluation.is_out_of_reach(audience, node.channel):
            sentence = _(
                "%(step)s cannot reach “%(segment)s” on %(channel)s: none of its identifiers is usable "
                "there. Add one that this channel accepts, or change the channel."
            )
            yield _fault("I01", f"{node.path}/channel", sentence % {**said, "segment": audience.name})


def _wanted(node: Node) -> tuple[str, ...]:
    """The successors a node must name."""
    if node.type in ("decision", "split"):
        return ("yes", "no")
    if node.type == "wait" and "until_event" in node.said:
        return ("next", "on_timeout")
    return () if node.type == "exit" else ("next",)


def _faults_of_ways(journey: Journey) -> Iterator[Fault]:
    """Successors: unknown (J02), after an exit (J05), missing (J06), or not those of the type (J01)."""
    for node in journey.nodes.values():
        step = {"step": node.name}
        wanted = _wanted(node)
        for way in SUCCESSORS:
            if way not in node.said:
                if way in wanted:
                    sentence = _("%(step)s leads nowhere on one of its ways. Say which step follows.")
                    yield _fault("J06", f"{node.path}/{way}", sentence % step)
            elif node.type == "exit":
                sentence = _(
                    "%(step)s ends the journey, yet names a step that follows. Remove that step’s name."
                )
                yield _fault("J05", f"{node.path}/{way}", sentence % step)
            elif way not in wanted:
                sentence = _("%(step)s says something that a step of its type does not have. Remove it.")
                yield _fault("J01", f"{node.path}/{way}", sentence % step)
            elif _text(node.said[way]) not in journey.nodes:
                sentence = _("%(step)s leads to a step that does not exist. Name a step of this journey.")
                yield _fault("J02", f"{node.path}/{way}", sentence % step)


def _reached(journey: Journey) -> list[str]:
    """The ids that a path from the entry meets, in the order of discovery."""
    entry = journey.entry
    seen: dict[str, None] = {}
    waiting = [entry.id] if entry else []
    while waiting:
        here = waiting.pop()
        if here in seen or here not in journey.nodes:
            continue
        seen[here] = None
        waiting.extend(target for _way, target in reversed(journey.nodes[here].ways))
    return list(seen)


def _unreachable(journey: Journey) -> Iterator[Fault]:
    if journey.entry is None:
        return
    reached = set(_reached(journey))
    for node in journey.nodes.values():
        if node.id not in reached:
            sentence = _("No path leads to %(step)s. Lead one there, or remove it.")
            yield _fault("J03", node.path, sentence % {"step": _lower(node.name)})


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _cycle(journey: Journey) -> Iterator[Fault]:
    """Find the first step that a path leads back to (J04)."""
    for node in journey.nodes.values():
        seen: set[str] = set()
        waiting = [target for _way, target in node.ways]
        while waiting:
            here = waiting.pop()
            if here in journey.nodes and here not in seen:
                seen.add(here)
                waiting.extend(target for _way, target in journey.nodes[here].ways)
        if node.id in seen:
            sentence = _(
                "%(step)s can come back to itself: the journey would never end. "
                "Lead it to a later step or to an exit."
            )
            yield _fault("J04", node.path, sentence % {"step": node.name})
            return


def level_faults(journey: Journey, level: int) -> list[Fault]:
    """Say whether the level claimed is more than what the journey shows, or level 1 decides (J08, INV-18)."""
    shown = journey.shown_level
    if level == 1 and journey.decisions:
        sentence = _(
            "The use case is declared at level 1, but its journey decides per person. "
            "Declare level %(shown)d, or remove the decisions."
        )
    elif shown < level:
        sentence = _(
            "The use case is declared at level %(level)d, but its journey shows level %(shown)d. "
            "Declare that level, or give the journey what is missing: decisions at level 2; at level 3 also "
            "three channels of which one physical, and contacts at two moments."
        )
    else:
        return []
    return [_fault("J08", "/scenario_level", sentence % {"level": level, "shown": shown})]


# ---------------------------------------------------------------- telling


@dataclass(frozen=True)
class Step:
    """One line of a journey told in words.

    `number` is the rank that faults name, 0 for a line that is no step of its own; `branch` says on which
    way of the decision above this line begins; `text` tells it. Lines of a branch are indented by one.
    """

    number: int
    kind: str
    indent: int
    branch: str
    text: str
    id: str = ""
    stage: str = ""


def reading(
    document: Any, catalogue: Catalogue, lang: str, references: analysis.Resolver = analysis.nothing_known
) -> list[Step]:
    """Tell a journey as a list of lines, branches indented, in French or English.

    A journey with faults is told as far as it can be read; each step is told once, and a way that joins
    an earlier one refers to it.
    """
    journey, _faults = parse(document)
    entry = journey.entry
    if entry is None:
        return []
    with translation.override(library.language(lang)):
        return list(_told(journey, entry.id, Speaker(catalogue, lang, references)))


def conditions(document: Any) -> list[dict[str, Any]]:
    """What the decisions of a journey ask, as rules: what they name is found in them."""
    return [{"where": asked} for _node, asked in parse(document)[0].decisions]


def _told(journey: Journey, start: str, speaker: Speaker) -> Iterator[Step]:
    joins = _joins(journey)
    told: set[str] = set()
    # What is left to tell: from where, up to which join, how deep, on which branch.
    waiting: list[tuple[str, str | None, int, str]] = [(start, None, 0, "")]
    while waiting:
        here, stop, indent, branch = waiting.pop()
        while True:
            if here == stop:
                if branch:
                    yield Step(0, "through", indent, branch, _("nothing more, go on"))
                break
            node = journey.nodes.get(here)
            if node is None:
                yield Step(0, "nowhere", indent, branch, _("leads nowhere yet"))
                break
            if here in told:
                yield Step(
                    0, "joined", indent, branch, _("go on with step %(rank)d") % {"rank": node.rank + 1}
                )
                break
            told.add(here)
            stage = _text(node.said.get("stage")) if node.type == "touch" else ""
            yield Step(node.rank + 1, node.type, indent, branch, _words(node, speaker), node.id, stage)
            branch = ""
            labels = _branches(node)
            if labels:
                join = joins.get(here)
                if join:
                    waiting.append((join, stop, indent, ""))
                waiting.extend(
                    (_text(node.said.get(way)), join, indent + 1, label) for way, label in reversed(labels)
                )
                break
            if node.type == "exit":
                break
            here = _text(node.said.get("next"))


def _branches(node: Node) -> list[tuple[str, str]]:
    """The ways of a node that splits, each with its label."""
    if node.type == "decision":
        return [
            ("yes", pgettext("branch of a journey", "Then")),
            ("no", pgettext("branch of a journey", "Otherwise")),
        ]
    if node.type == "split":
        return [
            ("yes", pgettext("branch of a journey", "For those drawn")),
            ("no", pgettext("branch of a journey", "For the others")),
        ]
    if node.type == "wait" and "until_event" in node.said:
        return [
            ("next", pgettext("branch of a journey", "If it happens")),
            ("on_timeout", pgettext("branch of a journey", "If not")),
        ]
    return []


def _joins(journey: Journey) -> dict[str, str]:
    """Say where the ways of each step meet again: its nearest post-dominator; absent when they do not."""
    reached = _reached(journey)
    end = ""
    after = {
        code: {target for _way, target in journey.nodes[code].ways if target in journey.nodes} or {end}
        for code in reached
    }
    behind: dict[str, set[str]] = {code: {*reached, end} for code in reached}
    behind[end] = {end}
    moved = True
    while moved:
        moved = False
        for code in reversed(reached):
            found = {code} | set.intersection(*(behind[target] for target in after[code]))
            if found != behind[code]:
                behind[code], moved = found, True
    joins = {}
    for code in reached:
        later = behind[code] - {code, end}
        if later:
            joins[code] = max(later, key=lambda other: (len(behind[other]), -journey.nodes[other].rank))
    return joins


def _words(node: Node, speaker: Speaker) -> str:
    """Tell one step."""
    if node.type == "entry":
        return _("People enter the journey")
    if node.type == "touch":
        return _words_of_touch(node, speaker)
    if node.type == "wait":
        return _words_of_wait(node, speaker)
    if node.type == "decision":
        return _("If %(condition)s") % {"condition": _condition(node.said.get("if"), speaker)}
    if node.type == "split":
        return _words_of_split(node)
    reason = _text(node.said.get("reason"))
    if reason in ("", "end"):
        return _("End of the journey")
    if reason == "suppressed":
        return _("End of the journey: nothing is sent")
    return _("End of the journey: %(reason)s") % {"reason": reason}


def _words_of_touch(node: Node, speaker: Speaker) -> str:
    known = evaluation.channels()
    said = {
        "channel": known[node.channel].name if node.channel in known else _("Channel to be chosen"),
        "message": library.message_term(_text(node.said.get("message")), speaker.lang),
    }
    cap = node.said.get("cap")
    if not _is_cap(cap):
        return _("%(channel)s “%(message)s”") % said
    return _("%(channel)s “%(message)s”, at most %(count)d per %(period)s") % {
        **said,
        "count": cap["n"],
        "period": _duration(cap["per"], speaker),
    }


def _words_of_wait(node: Node, speaker: Speaker) -> str:
    if "until_event" not in node.said:
        return _("Wait for %(time)s") % {"time": _duration(node.said.get("for"), speaker)}
    code = _text(node.said["until_event"])
    known = code in speaker.catalogue.events
    event = speaker.catalogue.name(code, speaker.lang) if known else _("an event to be chosen")
    return _("Wait for “%(event)s”, for %(time)s at most") % {
        "event": event,
        "time": _duration(node.said.get("timeout"), speaker),
    }


def _words_of_split(node: Node) -> str:
    sample = node.said.get("sample")
    low, high = (sample.get("from"), sample.get("to")) if isinstance(sample, Mapping) else (None, None)
    if isinstance(low, int) and isinstance(high, int) and 0 <= low < high <= 100:
        return _("Draw %(share)d %% of people at random") % {"share": high - low}
    return _("Draw some people at random")


def _condition(condition: Any, speaker: Speaker) -> str:
    """Say what a decision asks, when it can be said."""
    found = segrule.read({"dsl": segrule.DIALECT, "where": condition}, speaker.catalogue)
    if found.sound and found.legible:
        with suppress(sentence.Illegible):
            return sentence.clause(condition, speaker.catalogue, speaker.lang, speaker.references)
    return _("a condition holds that is still to be written")


def _duration(value: Any, speaker: Speaker) -> str:
    """Say a duration in words."""
    try:
        return speaker.duration(value, "duration")
    except sentence.Illegible:
        return _("a time to be chosen")
