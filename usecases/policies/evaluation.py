"""Usage policies: which label may serve which marketing action (domain.md 3.6 *Consent filters*, 6.6).

Pure: no table, no request. A `deny` refuses (E16); a `require` becomes a consent filter appended to the
rule of the segment, so that nobody types consent by hand and nobody forgets it. Rules about segments live
in a room above: here an audience says only what policies read of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from governance import library

# Denials that bind an exclusion even when nothing leaves the platform: contracts on the data, and free text.
BINDING_UPSTREAM = frozenset({"UP-05", "UP-07", "UP-15"})
# Waived for an exported exclusion when the destination learns nothing (usage_policies.yaml, exclusion_role).
WAIVED_IN_CLEAN_ROOM = frozenset({"UP-28"})
DEVICE_IDENTIFIERS = frozenset({"cookie_first_party", "cookie_third_party", "maid"})


@dataclass(frozen=True)
class Policy:
    """One usage policy: when these labels or events meet this action, deny, or require these purposes."""

    code: str
    effect: str
    actions: frozenset[str]
    labels_any: frozenset[str] = frozenset()
    labels_all: frozenset[str] = frozenset()
    events_any: frozenset[str] = frozenset()
    nature: str | None = None
    consents_all: tuple[str, ...] = ()
    consents_any: tuple[str, ...] = ()
    reason_en: str = ""
    reason_fr: str = ""

    @property
    def reason(self) -> str:
        """Why, in the reader's language."""
        return self.reason_fr if _reads_french() else self.reason_en

    def concerns(self, labels: Collection[str], events: Collection[str], *, action: str, nature: str) -> bool:
        """Say whether it speaks of this data serving this action."""
        return (
            action in self.actions
            and (self.nature is None or self.nature == nature)
            and (not self.labels_any or not self.labels_any.isdisjoint(labels))
            and self.labels_all.issubset(labels)
            and (not self.events_any or not self.events_any.isdisjoint(events))
        )


@dataclass(frozen=True)
class Channel:
    """A channel of the vocabulary, with the action it performs and the identifiers it can use."""

    code: str
    en: str
    fr: str
    action: str
    group: str
    export: str
    physical: bool
    identities: frozenset[str]

    @property
    def name(self) -> str:
        """The channel's name in the reader's language."""
        return self.fr if _reads_french() else self.en

    @property
    def exports(self) -> bool:
        """Say whether identifiers go to a third party."""
        return self.export == "third_party"


@dataclass(frozen=True)
class Audience:
    """What policies read of one pinned segment version in one revision.

    `labels` are the effective labels of the attributes and events of its closure, without identifiers;
    `channels` limits it to some of the revision's channels, empty means all of them.
    """

    name: str
    role: str
    labels: frozenset[str]
    events: frozenset[str] = frozenset()
    identities: frozenset[str] = frozenset()
    apply: str = ""
    lookalike: bool = False
    channels: frozenset[str] = frozenset()

    @property
    def stays_inside(self) -> bool:
        """Say whether it is subtracted inside the platform, so that nothing of it leaves."""
        return self.role == "exclusion" and self.apply == "upstream"

    def served_on(self, channels: Iterable[str]) -> list[str]:
        """Keep the channels it is used on."""
        return [channel for channel in channels if not self.channels or channel in self.channels]


@dataclass(frozen=True)
class Verdict:
    """What the policies say: what refuses, and what must be consented to."""

    denies: tuple[Policy, ...] = ()
    requires: tuple[Policy, ...] = ()

    def joined(self, other: Verdict) -> Verdict:
        """Hold both verdicts, each policy once."""
        return Verdict(
            tuple(dict.fromkeys((*self.denies, *other.denies))),
            tuple(dict.fromkeys((*self.requires, *other.requires))),
        )


@dataclass(frozen=True)
class Fault:
    """What stands against a content: a code, its place as a JSON pointer, a sentence for a person."""

    code: str
    path: str
    detail: str
    policy: str = ""

    def as_json(self) -> dict[str, str]:
        """Give the members that clients read."""
        return {"code": self.code, "path": self.path, "detail": self.detail}


@dataclass(frozen=True)
class Filter:
    """One group of consents that a policy adds to a rule.

    People are kept who agreed to `granted` (every one of them, or any of them with `any_of`), or, with
    `any_of`, who did not object to one of `not_opposed`.
    """

    policy: Policy
    granted: tuple[str, ...]
    not_opposed: tuple[str, ...] = ()
    any_of: bool = False

    @property
    def clause(self) -> dict[str, Any]:
        """Write it as a node of segrule/1."""
        nodes: list[dict[str, Any]] = []
        if self.granted:
            match = "any" if self.any_of and len(self.granted) > 1 else "all"
            nodes.append({"consent": {"purposes": sorted(self.granted), "match": match, "state": "granted"}})
        nodes.extend(
            {"not": {"consent": {"purposes": [code], "match": "all", "state": "opposed"}}}
            for code in sorted(self.not_opposed)
        )
        return nodes[0] if len(nodes) == 1 else {"any": nodes}

    @property
    def sentence(self) -> str:
        """Say who is kept, in the reader's language."""
        said = []
        if self.granted:
            purposes = _listed(self.granted, any_of=self.any_of)
            said.append(_("who agreed to %(purposes)s") % {"purposes": purposes})
        if self.not_opposed:
            purposes = _listed(self.not_opposed, any_of=self.any_of)
            said.append(_("who did not object to %(purposes)s") % {"purposes": purposes})
        return _("Only people %(who)s: %(reason)s.") % {
            "who": pgettext("joins two conditions on people", ", or ").join(said),
            "reason": self.policy.reason,
        }


@dataclass(frozen=True)
class ConsentFilter:
    """All that the policies add to one segment's rule on one channel."""

    filters: tuple[Filter, ...] = ()

    @property
    def clauses(self) -> list[dict[str, Any]]:
        """The nodes to append, each once."""
        nodes: list[dict[str, Any]] = []
        for item in self.filters:
            if item.clause not in nodes:
                nodes.append(item.clause)
        return nodes

    @property
    def sentences(self) -> list[str]:
        """What each of them says to a person."""
        return [item.sentence for item in self.filters]

    def applied_to(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give the effective rule: the segment's own node and the mandatory clauses."""
        return {"all": [node, *self.clauses]} if self.filters else node


# ---------------------------------------------------------------- the shipped vocabulary and policies


def _reads_french() -> bool:
    return library.language(get_language() or "fr") == "fr"


@cache
def channels() -> Mapping[str, Channel]:
    """The channels of the vocabulary."""
    return {
        item["code"]: Channel(
            code=item["code"],
            en=item["en"],
            fr=item["fr"],
            action=item["action"],
            group=item["group"],
            export=item["export"],
            physical=item["physical"],
            identities=frozenset(item["identities"]),
        )
        for item in library.vocabulary("channels")
    }


@cache
def identity_labels() -> Mapping[str, str]:
    """The label that each identity type brings when it leaves."""
    return {item["code"]: item["label"] for item in library.vocabulary("identity_types")}


def actions_named(spec: str | Sequence[str]) -> frozenset[str]:
    """Read the actions of a policy: `all`, `solicitation`, `all_except:…`, or a list."""
    actions = {item["code"]: item["solicitation"] for item in library.vocabulary("marketing_actions")}
    if not isinstance(spec, str):
        return frozenset(spec)
    if spec == "all":
        return frozenset(actions)
    if spec == "solicitation":
        return frozenset(code for code, solicits in actions.items() if solicits)
    return frozenset(actions) - frozenset(spec.removeprefix("all_except:").split(","))


@cache
def shipped() -> tuple[Policy, ...]:
    """The usage policies of the library, in its order."""
    return tuple(
        Policy(
            code=item["code"],
            effect=item["effect"],
            actions=actions_named(item["actions"]),
            labels_any=frozenset(item.get("labels_any", ())),
            labels_all=frozenset(item.get("labels_all", ())),
            events_any=frozenset(item.get("events_any", ())),
            nature=item.get("nature"),
            consents_all=tuple(item.get("consents", ())),
            consents_any=tuple(item.get("consents_any", ())),
            reason_en=item["reason_en"],
            reason_fr=item["reason_fr"],
        )
        for item in library.usage_policies()
    )


@cache
def _skipped(apply: str) -> frozenset[str]:
    skips = library.exclusion_role()
    return frozenset(skips["upstream_skips" if apply == "upstream" else "exported_skips"])


# ---------------------------------------------------------------- evaluation


def evaluate(
    labels: Collection[str],
    events: Collection[str],
    *,
    action: str,
    role: str,
    apply: str = "",
    nature: str = "marketing",
    clean_room: bool = False,
) -> Verdict:
    """Say what the policies answer to data with these labels serving this action.

    An exclusion skips the policies that protect those who would be solicited; applied upstream, nothing
    leaves and only contract rules and free text still refuse; pushed to a clean room, the third party
    learns nothing and its matching needs no consent.
    """
    exclusion = role == "exclusion"
    upstream = exclusion and apply == "upstream"
    skipped = _skipped("upstream" if upstream else "exported") if exclusion else frozenset()
    if exclusion and clean_room:
        skipped = skipped | WAIVED_IN_CLEAN_ROOM
    denies, requires = [], []
    for policy in shipped():
        if policy.code in skipped or not policy.concerns(labels, events, action=action, nature=nature):
            continue
        if policy.effect == "require":
            requires.append(policy)
        elif not upstream or policy.code in BINDING_UPSTREAM:
            denies.append(policy)
    return Verdict(tuple(denies), tuple(requires))


def usable_identities(audience: Audience, channel: str) -> frozenset[str]:
    """The identifiers of this audience that the channel can use."""
    return audience.identities & channels()[channel].identities


def is_out_of_reach(audience: Audience, channel: str) -> bool:
    """Say whether a target has no identifier that the channel can use (I01); a lookalike needs none."""
    return audience.role == "target" and not audience.lookalike and not usable_identities(audience, channel)


def labels_on_channel(audience: Audience, channel: str) -> frozenset[str]:
    """The labels that count on a channel: those of the data, and those of the identifiers it uses.

    Device identifiers bring TR_CONSENT; an identifier's own label counts when it leaves to a third party;
    an exclusion applied upstream sends no identifier at all.
    """
    if audience.apply == "upstream":
        return audience.labels
    usable = usable_identities(audience, channel)
    brought = set()
    if usable & DEVICE_IDENTIFIERS:
        brought.add("TR_CONSENT")
    if channels()[channel].exports:
        brought |= {identity_labels()[code] for code in usable}
    return audience.labels | brought


def actions_on(audience: Audience, channel: str) -> tuple[str, ...]:
    """The actions performed on this audience there: the channel's, and that of a seed."""
    action = channels()[channel].action
    return (action, "lookalike_seed") if audience.role == "seed" else (action,)


def verdict_on(
    audience: Audience,
    channel: str,
    *,
    nature: str = "marketing",
    clean_room: bool = False,
) -> Verdict:
    """Say what the policies answer to this audience on this channel."""
    labels = labels_on_channel(audience, channel)
    verdict = Verdict()
    for action in actions_on(audience, channel):
        verdict = verdict.joined(
            evaluate(
                labels,
                audience.events,
                action=action,
                role=audience.role,
                apply=audience.apply,
                nature=nature,
                clean_room=clean_room,
            )
        )
    return verdict


def consent_filter(
    audience: Audience,
    channel: str,
    *,
    bases: Mapping[str, str],
    nature: str = "marketing",
    clean_room: bool = False,
) -> ConsentFilter:
    """Derive the mandatory clauses of this audience on this channel (domain.md 3.6).

    `bases` gives the legal basis of each purpose of the revision. A policy that asks every purpose keeps
    those who agreed to all; one that offers a choice keeps, among the purposes the revision declares, those
    who agreed to one founded on consent or did not object to one founded on legitimate interests; a
    declared purpose founded on a contract or a legal obligation asks nothing of the person.
    """
    verdict = verdict_on(audience, channel, nature=nature, clean_room=clean_room)
    filters = []
    for policy in verdict.requires:
        if policy.consents_all:
            filters.append(Filter(policy, granted=policy.consents_all))
        if policy.consents_any:
            declared = [code for code in policy.consents_any if code in bases] or list(policy.consents_any)
            founded = {code: bases.get(code, "consent") for code in declared}
            if any(basis in ("contract", "legal_obligation") for basis in founded.values()):
                continue
            filters.append(
                Filter(
                    policy,
                    granted=tuple(code for code in declared if founded[code] == "consent"),
                    not_opposed=tuple(code for code in declared if founded[code] == "legitimate_interests"),
                    any_of=True,
                )
            )
    return ConsentFilter(tuple(filters))


# ---------------------------------------------------------------- what stands against a content


def _known(codes: Iterable[str]) -> list[str]:
    return [code for code in codes if code in channels()]


def _listed(purposes: Sequence[str], *, any_of: bool) -> str:
    """Name purposes in the reader's language, between quotation marks."""
    between = pgettext("joins two purposes", " or ") if any_of else pgettext("joins two purposes", " and ")
    names = (library.term("purposes", code, get_language() or "fr") for code in purposes)
    return between.join(
        pgettext("a name in quotation marks", "“%(name)s”") % {"name": name} for name in names
    )


def faults(
    audiences: Sequence[Audience],
    on_channels: Sequence[str],
    *,
    nature: str = "marketing",
    clean_rooms: Collection[str] = (),
) -> list[Fault]:
    """Say what is refused: a denied use (E16), or a target that a channel cannot reach (I01).

    `path` is the rank of the segment and the channel: `/segments/0/channels/email`.
    """
    found = []
    for rank, audience in enumerate(audiences):
        for channel in _known(audience.served_on(on_channels)):
            path = f"/segments/{rank}/channels/{channel}"
            said = {"segment": audience.name, "channel": channels()[channel].name}
            if is_out_of_reach(audience, channel):
                found.append(
                    Fault(
                        "I01",
                        path,
                        _(
                            "“%(segment)s” cannot be reached on %(channel)s: none of its identifiers is "
                            "usable there. Add one that this channel accepts, or remove the channel."
                        )
                        % said,
                    )
                )
            verdict = verdict_on(audience, channel, nature=nature, clean_room=channel in clean_rooms)
            found.extend(
                Fault(
                    "E16",
                    path,
                    _(
                        "“%(segment)s” may not be used on %(channel)s. %(reason)s. "
                        "Remove the data concerned from the rule, or the channel from the use case."
                    )
                    % {**said, "reason": policy.reason},
                    policy.code,
                )
                for policy in verdict.denies
            )
    return found


def missing_purposes(
    audiences: Sequence[Audience],
    on_channels: Sequence[str],
    declared: Collection[str],
    *,
    nature: str = "marketing",
    clean_rooms: Collection[str] = (),
) -> list[Fault]:
    """Say which purposes the use case must declare for these audiences to be used on these channels (E16)."""
    found = []
    for rank, audience in enumerate(audiences):
        for channel in _known(audience.served_on(on_channels)):
            verdict = verdict_on(audience, channel, nature=nature, clean_room=channel in clean_rooms)
            for policy in verdict.requires:
                lacking = [code for code in policy.consents_all if code not in declared]
                chosen = not policy.consents_any or not set(policy.consents_any).isdisjoint(declared)
                if not lacking and chosen:
                    continue
                asked = lacking or policy.consents_any
                found.append(
                    Fault(
                        "E16",
                        f"/segments/{rank}/channels/{channel}",
                        _(
                            "“%(segment)s” on %(channel)s needs a purpose that this use case does not "
                            "declare: %(purposes)s. %(reason)s. Add it with its legal basis, or remove the "
                            "channel."
                        )
                        % {
                            "segment": audience.name,
                            "channel": channels()[channel].name,
                            "purposes": _listed(asked, any_of=not lacking),
                            "reason": policy.reason,
                        },
                        policy.code,
                    )
                )
    return found
