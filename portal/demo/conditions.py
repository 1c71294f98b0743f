"""Conditions that signatures set: proved by their owners, verified by the function that set them."""

from __future__ import annotations

from collections.abc import Iterator

from governance.conditions import actions as conditions
from governance.roles import actions as roles
from portal.demo import rows
from portal.demo.acts import Act, Entry, Section, act, day
from portal.demo.data import piece


def acts(demo: Entry) -> Iterator[Act]:
    """Read how each was met; those of a gate wait until the gate sets them."""
    for said in demo["conditions"]:
        if not said["origin"].startswith("review") or "satisfied_on" not in said:
            continue
        on, owner = day(said["satisfied_on"]), rows.person(said["owner"])
        proof = f"EV-{said['code']}"
        yield act(
            on,
            Section.CONDITIONS,
            owner,
            roles.add_evidence,
            rows.programme(),
            **piece({"code": proof, "kind": "document", "title": said["text_fr"]}),
        )
        yield act(
            on,
            Section.CONDITIONS,
            owner,
            conditions.submit_evidence,
            rows.condition(said["code"]),
            rows.evidence(proof),
        )
        yield act(
            on,
            Section.CONDITIONS,
            rows.person(said["verified_by"]),
            conditions.verify,
            rows.condition(said["code"]),
        )
