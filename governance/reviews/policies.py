"""Who must review what: requirements, facets, questions, validity, meaning (domain.md 3.9, 6). No table here.

Everything is read from the shipped library; a shipped policy changes by a new version of the library,
never in place (decisions.md 3).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.utils import translation
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from governance import library
from governance.dossiers.choices import Facet, ReviewFunction
from governance.errors import NotValid
from governance.text import NOT_READABLE, holds_unseen, in_words

FACETS: tuple[str, ...] = tuple(Facet.values)
ANSWERS: tuple[str, ...] = ("yes", "no", "na")
COMMENT_LENGTH = 2000


@dataclass(frozen=True)
class Requirement:
    """What one function owes a subject: how many signatures, good for how long, asked in how many days.

    `after` names the functions that must be covered first; `checklist` the lists of questions to answer;
    `policies` the rules that ask for it.
    """

    function: str
    minimum: int
    days: int
    sla: int
    after: tuple[str, ...] = ()
    checklist: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()

    @property
    def two_departments(self) -> bool:
        """Say whether its signatures come from different departments (RP-06, SOD-08)."""
        return self.function == "sponsor" and self.minimum > 1


@dataclass(frozen=True)
class Question:
    """One item of a checklist; *no* to a blocking one forbids a plain approval (domain.md 6.5)."""

    code: str
    en: str
    fr: str
    source_en: str
    source_fr: str
    blocking: bool

    @property
    def text(self) -> str:
        """The question in the reader's language."""
        return self.fr if _reads_french() else self.en

    @property
    def source(self) -> str:
        """What the question rests on, in the reader's language."""
        return self.source_fr if _reads_french() else self.source_en


@dataclass(frozen=True)
class Answer:
    """What a reviewer answered to one question."""

    answer: str
    comment: str = ""

    def plain(self) -> dict[str, str]:
        """Write it as the signature keeps it."""
        return {"answer": self.answer, "comment": self.comment}


def _reads_french() -> bool:
    return library.language(get_language() or "fr") == "fr"


# ---------------------------------------------------------------- requirements


@cache
def _policies() -> tuple[Mapping[str, Any], ...]:
    return tuple(library.policies())


def _flags_of(policy: Mapping[str, Any]) -> frozenset[str]:
    kind, _colon, names = policy["trigger"].partition(":")
    return frozenset(names.split(",")) if kind == "any" else frozenset()


def _holds(policy: Mapping[str, Any], flags: Collection[str], phase: str | None) -> bool:
    kind, _colon, value = policy["trigger"].partition(":")
    if kind == "phase":
        return bool(value == phase)
    return kind == "always" or not _flags_of(policy).isdisjoint(flags)


def resolve(kind: str, flags: Collection[str], phase: str | None) -> dict[str, Requirement]:
    """Say what each function owes a subject of this kind with these flags in this phase (domain.md 3.9, 6.1).

    `kind` is a subject of the library: usecase_revision, segment_version, data_source, vendor, experiment.
    Policies whose trigger holds are kept, overridden ones leave; per function the largest minimum, the
    shortest validity and delay, the union of checklists; `after` names required functions only.
    """
    live = [policy for policy in _policies() if policy["subject"] == kind and _holds(policy, flags, phase)]
    overridden = {policy["overrides"] for policy in live if "overrides" in policy}
    found: dict[str, Requirement] = {}
    for policy in live:
        if policy["code"] in overridden or not policy["min"]:
            continue
        asked = Requirement(
            function=policy["function"],
            minimum=policy["min"],
            days=policy["validity_days"],
            sla=policy["sla"],
            after=tuple(policy.get("after", ())),
            checklist=(policy["checklist"],),
            policies=(policy["code"],),
        )
        found[asked.function] = stricter(found.get(asked.function), asked)
    return _ordered(found)


def stricter(one: Requirement | None, other: Requirement) -> Requirement:
    """Join two requirements of one function: at use, the stricter of frozen and current (decisions.md 3)."""
    if one is None:
        return other
    return Requirement(
        function=one.function,
        minimum=max(one.minimum, other.minimum),
        days=min(one.days, other.days),
        sla=min(one.sla, other.sla),
        after=_union(one.after, other.after),
        checklist=_union(one.checklist, other.checklist),
        policies=_union(one.policies, other.policies),
    )


def strictest(
    frozen: Mapping[str, Requirement], current: Mapping[str, Requirement]
) -> dict[str, Requirement]:
    """Join what was frozen with the edition and what the policies ask today, function by function."""
    joined = dict(frozen)
    for function, requirement in current.items():
        joined[function] = stricter(joined.get(function), requirement)
    return _ordered(joined)


def _union(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _ordered(found: Mapping[str, Requirement]) -> dict[str, Requirement]:
    """Sort by function, and keep in `after` the functions that are required (security is often not)."""
    ordered = {}
    for function in ReviewFunction.values:
        if function in found:
            asked = found[function]
            after = tuple(name for name in ReviewFunction.values if name in asked.after and name in found)
            ordered[function] = replace(asked, after=after)
    return ordered


@cache
def high_risk_flags() -> frozenset[str]:
    """The flags of RP-07, whose reviews are never delegated (DLG-05)."""
    return next(_flags_of(policy) for policy in _policies() if policy["code"] == "RP-07")


def is_high_risk(flags: Collection[str]) -> bool:
    """Say whether these flags forbid a delegated signature."""
    return not high_risk_flags().isdisjoint(flags)


# ---------------------------------------------------------------- facets


@cache
def watched(function: str) -> tuple[str, ...]:
    """The facets that a function signs, in the order of the ten (domain.md 6.2)."""
    seen = library.watched()[function]
    return tuple(facet for facet in FACETS if facet in seen)


def _facet_in_a_sentence(facet: str) -> str:
    return {
        "WORDING": pgettext("facet in a sentence", "the wording"),
        "BUSINESS": pgettext("facet in a sentence", "the business case"),
        "AUDIENCE": pgettext("facet in a sentence", "the audience"),
        "DATA": pgettext("facet in a sentence", "the data"),
        "PRIVACY": pgettext("facet in a sentence", "the purposes"),
        "CHANNEL": pgettext("facet in a sentence", "the channels"),
        "PRESSURE": pgettext("facet in a sentence", "the contact pressure"),
        "JOURNEY": pgettext("facet in a sentence", "the journey"),
        "TECH": pgettext("facet in a sentence", "the technical set-up"),
        "TEST": pgettext("facet in a sentence", "the test plan"),
    }[facet]


# ---------------------------------------------------------------- questions


@cache
def _questions() -> Mapping[str, tuple[Question, ...]]:
    return {name: tuple(Question(**item) for item in items) for name, items in library.checklists().items()}


def questions(checklists: Iterable[str], *, also_blocking: Collection[str] = ()) -> list[Question]:
    """List the questions of these checklists, in order.

    `also_blocking` makes questions blocking for one subject: SP-05 when a use case starts at level 2
    (INV-20).
    """
    listed: dict[str, Question] = {}
    for name in checklists:
        for question in _questions()[name]:
            if question.code in also_blocking:
                question = replace(question, blocking=True)
            listed.setdefault(question.code, question)
    return list(listed.values())


def read_answers(
    checklists: Iterable[str], answers: Any, *, complete: bool = True
) -> tuple[dict[str, Answer], list[NotValid]]:
    """Read what was answered, and say what is wrong with it.

    Each answer is `yes`, `no` or `na`, alone or as `{"answer": …, "comment": …}`. An unknown code is
    refused; a question that may block is set aside only with a note; every question must be answered
    when `complete`.
    """
    asked = {question.code: question for question in questions(checklists)}
    if not isinstance(answers, Mapping):
        return {}, [
            NotValid(
                _("The answers cannot be read. Give one answer to each question of the list."),
                code="malformed",
                field="answers",
                status=400,
            )
        ]
    read: dict[str, Answer] = {}
    faults: list[NotValid] = []
    for code, given in answers.items():
        if code not in asked:
            faults.append(
                NotValid(
                    _(
                        "An answer was given to a question that is not asked here. "
                        "Remove it, or load the list again."
                    ),
                    code="unknown_question",
                    field=f"answers.{str(code)[:32]}",
                )
            )
            continue
        value, comment = _told(given)
        if value not in ANSWERS or not isinstance(comment, str) or len(comment) > COMMENT_LENGTH:
            faults.append(
                NotValid(
                    _(
                        "“%(question)s”: answer yes, no or not applicable, "
                        "with a comment of at most %(length)d characters."
                    )
                    % {"question": asked[code].text, "length": COMMENT_LENGTH},
                    code="invalid_answer",
                    field=f"answers.{code}",
                )
            )
            continue
        if value == "na" and asked[code].blocking and not comment.strip():
            faults.append(
                NotValid(
                    _("“%(question)s” may block: say in its note why it does not apply here.")
                    % {"question": asked[code].text},
                    code="reason_required",
                    field=f"answers.{code}",
                )
            )
            continue
        if holds_unseen(comment):
            faults.append(NotValid(NOT_READABLE, code="not_readable", field=f"answers.{code}.comment"))
            continue
        read[code] = Answer(value, comment)
    if complete:
        faults.extend(
            NotValid(
                _("“%(question)s” has no answer. Answer yes, no or not applicable before signing.")
                % {"question": question.text},
                code="unanswered",
                field=f"answers.{code}",
            )
            for code, question in asked.items()
            if code not in answers
        )
    return read, faults


def _told(given: Any) -> tuple[Any, Any]:
    """The answer and its comment, whatever form they came in."""
    if isinstance(given, Answer):
        return given.answer, given.comment
    if isinstance(given, Mapping):
        return given.get("answer"), given.get("comment", "")
    return given, ""


def blocking_noes(
    checklists: Iterable[str], answers: Mapping[str, Any], *, also_blocking: Collection[str] = ()
) -> list[Question]:
    """List the blocking questions answered *no*: with one of them, a plain approval is not offered."""
    found = []
    for question in questions(checklists, also_blocking=also_blocking):
        value, _comment = _told(answers.get(question.code))
        if question.blocking and value == "no":
            found.append(question)
    return found


# ---------------------------------------------------------------- validity


def valid_through(signed_on: dt.date, days: int) -> dt.date:
    """The last day a signature of that day holds, both ends included (decisions.md 2)."""
    return signed_on + dt.timedelta(days=days)


def renewal_opens_on(ends_on: dt.date) -> dt.date:
    """The first day a signature that ends then may be renewed."""
    return ends_on - dt.timedelta(days=library.renewal_window_days())


def may_renew(ends_on: dt.date, *, on: dt.date) -> bool:
    """Say whether a standing signature is close enough to its end to be signed again."""
    return on >= renewal_opens_on(ends_on)


# ---------------------------------------------------------------- meaning


def meaning(
    *,
    person: str,
    function: str,
    decision: str,
    title: str,
    code: str,
    number: int,
    kind: str,
    holds_through: dt.date,
    lang: str,
    on_behalf_of: str = "",
    conditions: int = 0,
    facets: Sequence[str] | None = None,
) -> str:
    """Write what a signer reads before signing, and what the signature keeps (domain.md 3.9, trust P4).

    They name the person (and whom they sign for), the function, the facets read, the dossier and its
    edition, what is decided and until when it holds.
    """
    with translation.override(lang):
        read = watched(function) if facets is None else facets
        said = {
            "person": person,
            "principal": on_behalf_of,
            "function": _function_in_a_sentence(function),
            "facets": _joined([_facet_in_a_sentence(facet) for facet in read]),
            "dossier": _("“%(title)s” (%(code)s, %(edition)s)")
            % {"title": title, "code": code, "edition": _edition(kind, number)},
        }
        if on_behalf_of:
            opening = _(
                "I, %(person)s, on behalf of %(principal)s, %(function)s, have read %(facets)s of %(dossier)s"
            )
        else:
            opening = _("I, %(person)s, %(function)s, have read %(facets)s of %(dossier)s")
        decided = _decided(function, decision, conditions)
        return f"{opening % said}{decided} {_holding(decision, holds_through, len(read))}"


def _function_in_a_sentence(function: str) -> str:
    return {
        "legal": pgettext("I, …, <for the legal review>, have read", "for the legal review"),
        "dpo": pgettext(
            "I, …, <for the DPO opinion>, have read", "for the data protection officer’s opinion"
        ),
        "security": pgettext("I, …, <for the security review>, have read", "for the security review"),
        "technical": pgettext("I, …, <for the technical review>, have read", "for the technical review"),
        "sponsor": pgettext("I, …, <as sponsor>, have read", "as sponsor"),
    }[function]


def _edition(kind: str, number: int) -> str:
    if kind == "usecase_revision":
        return _("revision %(number)d") % {"number": number}
    if kind == "segment_version":
        return _("version %(number)d") % {"number": number}
    return _("edition %(number)d") % {"number": number}


def _decided(function: str, decision: str, conditions: int) -> str:
    """The end of the first sentence, with what joins it and its full stop."""
    if decision == "approve":
        return _(", and I approve what I read.")
    if decision == "approve_with_conditions":
        return ngettext(
            ", and I approve what I read under the %(count)d condition stated with this signature.",
            ", and I approve what I read under the %(count)d conditions stated with this signature.",
            conditions,
        ) % {"count": conditions}
    if function == "dpo":
        return _(", and I give an unfavourable opinion.")
    return _(", and I do not approve what I read.")


def _holding(decision: str, holds_through: dt.date, facets: int) -> str:
    if decision == "reject":
        return _("My refusal stands until its author opens a new draft.")
    return ngettext(
        "My signature holds until %(day)s, as long as this facet does not change.",
        "My signature holds until %(day)s, as long as none of these %(count)d facets changes.",
        facets,
    ) % {"day": in_words(holds_through), "count": facets}


def _joined(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return pgettext("end of a list", "%(first)s and %(last)s") % {
        "first": ", ".join(names[:-1]),
        "last": names[-1],
    }
