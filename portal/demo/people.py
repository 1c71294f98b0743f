"""Organisations with their engagements, people with their accounts, roles, deputies, delegations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.hashers import make_password

from governance.roles import actions as roles
from governance.roles.choices import APPOINTED_BY_SPONSORS
from portal.demo import rows
from portal.demo.acts import ADMINISTRATOR, Act, Entry, Section, act, day, day_or_none
from portal.library import actions as library

SPONSOR, LEAD, JURIST = "helene.marque", "paul.pilote", "aude.juriste"
# The frame given when the programme is founded; the rest of the section comes in its own acts.
FRAME = ("code", "platform_kind", "currency", "settings")


def acts(demo: Entry) -> Iterator[Act]:
    """Read who is there, for whom they work, and what they may do."""
    start = day(demo["programme"]["started_on"])
    shared = make_password(settings.DEMO_PASSWORD)  # once: argon2 takes a third of a second on purpose
    yield from _founding(demo, start, shared)
    yield from _organisations(demo)
    yield from _assignments(demo, start, shared)
    for function, deputies in demo["deputies"].items():
        for key in deputies:
            yield act(
                start,
                Section.PEOPLE,
                rows.person(SPONSOR),
                roles.name_deputy,
                rows.programme(),
                rows.person(key),
                function,
            )
    yield from _delegations(demo)


def _founding(demo: Entry, start: dt.date, password: str) -> Iterator[Act]:
    """The administrator founds the programme with its first sponsor (rule 7).

    With the file that writes the advertiser down, they install themselves first; so with the sponsor.
    """
    frame = demo["programme"]
    advertiser = next(each for each in demo["organisations"] if each["code"] == frame["advertiser"])
    if "name" in advertiser:
        yield act(
            start,
            Section.PEOPLE,
            None,
            roles.install_administrator,
            email=rows.email(ADMINISTRATOR),
            display_name="Admin Jalon",
            organisation={name: advertiser[name] for name in ("code", "name", "kind", "country")},
            password_hash=password,
        )
    for said in demo["people"]:
        if said["key"] == SPONSOR:
            yield from _newcomer(said, start, by=ADMINISTRATOR, password=password)
    yield act(
        start,
        Section.PEOPLE,
        rows.person(ADMINISTRATOR),
        library.found,
        sponsor=rows.person(SPONSOR),
        name_fr=frame["fr"],
        name_en=frame["en"],
        advertiser=rows.organisation(frame["advertiser"]),
        started_on=start,
        **{name: frame[name] for name in FRAME},
    )


def _newcomer(said: Entry, on: dt.date, *, by: str, password: str) -> Iterator[Act]:
    """A person is written down, then the administrator opens their account."""
    yield act(
        on,
        Section.PEOPLE,
        rows.person(by),
        roles.add_person,
        programme=None if by == ADMINISTRATOR else rows.programme(),
        organisation=rows.organisation(said["org"]),
        department=said["department"],
        display_name=said["name"],
        email=rows.email(said["key"]),
        locale="fr",
        qualified_jurist=said.get("qualified_jurist", False),
    )
    yield act(
        on,
        Section.PEOPLE,
        rows.person(ADMINISTRATOR),
        roles.open_account,
        rows.email(said["key"]),
        password_hash=password,
    )


def _organisations(demo: Entry) -> Iterator[Act]:
    """Each is engaged on its first day, or earlier where a destination is its own; it signs on its day."""
    declared = [day(said["published"]) for said in demo["catalogue"]]
    receiving = {each["org"] for each in demo["destinations"]}
    for said in demo["organisations"]:
        starts_on, signed_on = day(said["starts_on"]), day_or_none(said.get("signed_on"))
        on = min([starts_on, *declared]) if said["code"] in receiving else starts_on
        if "name" in said and said["code"] != demo["programme"]["advertiser"]:
            yield act(
                on,
                Section.PEOPLE,
                rows.person(SPONSOR),
                roles.add_organisation,
                programme=rows.programme(),
                **{name: said[name] for name in ("code", "name", "kind", "country")},
            )
        agreement = {
            "dpa_status": said.get("dpa_status", "none"),
            "dpa_signed_on": signed_on,
            "dpa_expires_on": day_or_none(said.get("dpa_expires_on")),
        }
        signed = signed_on is not None and signed_on <= on
        yield act(
            on,
            Section.PEOPLE,
            rows.person(SPONSOR),
            roles.engage,
            rows.programme(),
            rows.organisation(said["code"]),
            gdpr_role=said["gdpr_role"],
            starts_on=starts_on,
            ends_on=day_or_none(said.get("ends_on")),
            **(agreement if signed else {}),
        )
        if signed_on is not None and not signed:
            yield act(
                signed_on,
                Section.PEOPLE,
                rows.person(JURIST),
                roles.edit_engagement,
                rows.engagement(said["code"]),
                **agreement,
            )


def _assignments(demo: Entry, start: dt.date, password: str) -> Iterator[Act]:
    """Roles are given on their first day, a future one on the day of the demo; people arrive with theirs."""
    to_come = {each["key"]: each for each in demo["people"] if each["key"] != SPONSOR}
    for key, role, from_, to, share in demo["assignments"]:
        starts_on = day(from_)
        on = min(starts_on, day(demo["as_of"]))
        if (key, role, starts_on) == (SPONSOR, "sponsor", start):
            continue  # given when the programme was founded
        by = SPONSOR if role in APPOINTED_BY_SPONSORS else LEAD
        if key in to_come:
            yield from _newcomer(to_come.pop(key), on, by=by, password=password)
        yield act(
            on,
            Section.PEOPLE,
            rows.person(by),
            roles.assign,
            rows.programme(),
            rows.person(key),
            role,
            starts_on=starts_on,
            ends_on=day_or_none(to),
            allocation_pct=share,
        )


def _delegations(demo: Entry) -> Iterator[Act]:
    """A delegation is asked and accepted on the day of its acceptance."""
    for said in demo["delegations"]:
        on = day(said["accepted_on"])
        yield act(
            on,
            Section.PEOPLE,
            rows.person(said["from"]),
            roles.delegate,
            rows.programme(),
            delegate=rows.person(said["to"]),
            function=said["function"],
            starts_on=day(said["starts"]),
            ends_on=day(said["ends"]),
            reason=said["reason_fr"],
            subject_kinds=["usecase_revision"],
            excludes_high_risk=said["excludes"] == "high_risk",
            code=said["code"],
        )
        yield act(on, Section.PEOPLE, rows.person(said["to"]), roles.accept, rows.delegation(said["code"]))
