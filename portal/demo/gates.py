"""Gates prepared, attested, submitted and decided, as far as their criteria are loaded."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext, override

from governance.gates import actions as gates
from governance.gates.choices import Outcome
from governance.gates.coming import LOADED
from portal.demo import rows
from portal.demo.acts import Act, Entry, Section, act, day
from portal.demo.people import LEAD


def acts(demo: Entry) -> Iterator[Act]:
    """Read the gates that criteria are loaded for: an attempt is prepared with its first attestation.

    The file decides on criteria whose rooms are still to come; on those there are, every one passes, so
    that the decision is `go` and sets no condition (docs/decisions/0007-what-the-demo-waits-for.md).
    """
    for said in demo["gates"]:
        code, number, on = said["gate"], said["attempt"], day(said["date"])
        if not any(name.startswith(f"{code}-") for name in LOADED):
            continue
        attested = [
            each
            for each in demo["attestations"]
            if each["criterion"].startswith(f"{code}-") and each["attempt"] == number
        ]
        prepared = min([on, *(day(each["date"]) for each in attested)])
        yield act(prepared, Section.GATES, rows.person(LEAD), gates.prepare, rows.gate(code))
        for each in attested:
            yield act(
                day(each["date"]),
                Section.GATES,
                rows.person(each["by"]),
                gates.attest,
                rows.attempt(code, number),
                rows.criterion(each["criterion"]),
                evidence=[rows.evidence(name) for name in each["evidence"]],
            )
        yield act(on, Section.GATES, rows.person(LEAD), gates.submit, rows.attempt(code, number))
        for key in said["by"]:
            yield act(
                on,
                Section.GATES,
                rows.person(key),
                gates.sign,
                rows.attempt(code, number),
                outcome=Outcome.GO,
                rationale=_rationale(),
                fingerprint=rows.terms_on_screen(code, number),
                reauth_age_s=0,
            )


def _rationale() -> str:
    with override("fr"):
        return gettext("Criteria met.")
