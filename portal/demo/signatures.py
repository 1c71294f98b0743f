"""Who is asked, who signs what and when, on revisions and on segment versions; renewals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from governance.dossiers.choices import ReviewFunction
from governance.programmes.models import Programme
from governance.reviews import actions as reviews
from governance.reviews.choices import Decision
from governance.reviews.models import Review, ReviewRequest
from governance.stakeholders.models import Person
from portal.demo import rows
from portal.demo.acts import Act, Entry, Section, act, day
from portal.demo.people import LEAD
from portal.demo.segments import EXCLUSIONS_REVIEWED

# The conditions that a signature sets, by use case, revision and function.
Set = dict[tuple[str, int, str], list[Entry]]
# Who signs segment versions, as the file says in words above their list.
READERS = {"technical": "thomas.connecteur", "dpo": "diane.protection"}


def acts(demo: Entry) -> Iterator[Act]:
    """Read the signatures of segment versions, then those of revisions."""
    for said in demo["segment_versions"]:
        yield from _of_version(said)
    for code in demo["standing_exclusions"]:
        for function, key in READERS.items():
            yield act(
                EXCLUSIONS_REVIEWED,
                Section.REVIEWS,
                rows.person(key),
                sign_if_asked,
                rows.programme(),
                code=code,
                function=function,
            )
    conditions = _conditions(demo)
    owners = {said["code"]: said["owner"] for said in demo["usecases"]}
    for said in demo["revisions"]:
        if said["submitted"] is not None:
            yield from _of_revision(said, owners[said["uc"]], conditions)


def _of_version(said: Entry) -> Iterator[Act]:
    code, number = said["code"], said["v"]
    asked = {function: key for function, key in READERS.items() if function in said}
    for function, key in asked.items():
        yield _signature(day(said[function]), code, number, function, key, Decision.APPROVE)
    if "renewed" in said:
        for function, key in asked.items():
            yield from _renewal(
                day(said["renewed"]), code, number, function, key, asked_by=said["authors"][0]
            )


def _of_revision(said: Entry, owner: str, conditions: Set) -> Iterator[Act]:
    """A request is assigned, the day it is asked, to whoever signs it (rule 8)."""
    code, number, asked_on = said["uc"], said["r"], day(said["submitted"])
    signers = {function: said[function][0] for function in ReviewFunction.values if function in said}
    waiting = {function: wait["assigned"] for function, wait in said.get("pending", {}).items()}
    for function, key in (signers | waiting).items():
        yield act(
            asked_on,
            Section.REVIEWS,
            rows.person(LEAD),
            assign_to,
            rows.request(code, number, function),
            rows.person(key),
        )
    for function in signers:
        key, on, decision = said[function]
        yield _signature(
            day(on),
            code,
            number,
            function,
            key,
            decision,
            answers=said.get("answers", {}).get(function, {}),
            conditions=conditions.get((code, number, function), []),
            comment=said["reason_fr"] if decision == Decision.REJECT else "",
        )
    for function, key, on in said.get("renewals", []):
        yield from _renewal(day(on), code, number, function, key, asked_by=owner)


def _signature(
    on: dt.date,
    code: str,
    number: int,
    function: str,
    key: str,
    decision: str,
    *,
    answers: dict[str, str] | None = None,
    conditions: list[Entry] | None = None,
    comment: str = "",
) -> Act:
    return act(
        on,
        Section.REVIEWS,
        rows.person(key),
        reviews.sign,
        rows.request(code, number, function),
        decision,
        fingerprint=rows.fingerprint(code, number),
        reauth_age_s=0,
        answers=rows.answers(code, number, function, answers or {}),
        conditions=conditions or [],
        public_comment=comment,
    )


def _renewal(on: dt.date, code: str, number: int, function: str, key: str, *, asked_by: str) -> Iterator[Act]:
    """The same function is asked again, by who wrote it, and signs the same scope again."""
    yield act(
        on, Section.REVIEWS, rows.person(asked_by), reviews.ask_again, rows.edition(code, number), function
    )
    yield _signature(on, code, number, function, key, Decision.APPROVE)


def _conditions(demo: Entry) -> Set:
    """The conditions that signatures set, by use case, revision and function (`review UC-01 r1 dpo`)."""
    found: Set = {}
    for said in demo["conditions"]:
        kind, *where = said["origin"].split()
        if kind == "review":
            code, number, function = where
            found.setdefault((code, int(number[1:]), function), []).append(
                {
                    "text": said["text_fr"],
                    "owner": rows.person(said["owner"]),
                    "due_on": day(said["due"]),
                    "severity": said["severity"],
                    "code": said["code"],
                }
            )
    return found


def assign_to(request: ReviewRequest, person: Person, *, by: Person) -> ReviewRequest:
    """Assign a request, unless it went by itself to the only person who may answer."""
    return request if request.assigned_to_id == person.pk else reviews.assign(request, person, by=by)


def sign_if_asked(programme: Programme, *, by: Person, code: str, function: str) -> Review | None:
    """Approve the first version of a segment where its data ask for this function (RP-10)."""
    asked = ReviewRequest.objects.open().filter(edition__dossier__programme=programme, function=function)
    if not asked.filter(edition__dossier__code=code).exists():
        return None
    return reviews.sign(
        rows.request(code, 1, function).find(programme.code),
        Decision.APPROVE,
        by=by,
        fingerprint=rows.fingerprint(code, 1).find(programme.code),
        reauth_age_s=0,
        answers=rows.answers(code, 1, function, {}).find(programme.code),
    )
