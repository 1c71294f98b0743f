"""The people and the contents that race, made by the verbs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from governance import clock
from governance.audit import trail
from governance.dossiers import actions as dossiers
from governance.dossiers.choices import Facet, ReviewFunction
from governance.dossiers.models import Dossier, Edition
from governance.programmes.models import Programme
from governance.reviews import actions, policies
from governance.reviews.choices import Decision
from governance.reviews.models import Review, ReviewRequest
from governance.reviews.policies import Requirement
from governance.roles import actions as roles
from governance.roles.choices import Role
from governance.stakeholders.models import Person

# A kind whose room does not exist: nobody above is told, only reviews race.
KIND = "vendor"
WATCHED = {function: policies.watched(function) for function in ReviewFunction.values}
PEOPLE = (
    ("sponsor.one", Role.SPONSOR, "marketing"),
    ("sponsor.two", Role.SPONSOR, "it"),
    ("lead", Role.CORE_TEAM_LEAD, "digital"),
    ("author", Role.CORE_TEAM_MEMBER, "media_buying"),
    ("legal", Role.LEGAL_REVIEWER, "legal"),
    ("technical", Role.TECHNICAL_REVIEWER, "it"),
    ("deputy", Role.OBSERVER, "it"),
)


@dataclass
class Stage:
    """A programme, its people, and a counter of dossiers."""

    programme: Programme
    people: dict[str, Person] = field(default_factory=dict)
    count: int = 0

    @classmethod
    def set(cls) -> Stage:
        """Found a programme with one person per role that races."""
        admin = roles.install_administrator(
            email="admin@races.example",
            display_name="Admin",
            organisation={"code": "RACES", "name": "Races", "kind": "advertiser", "country": "FR"},
        )
        people = {
            key: roles.add_person(
                by=admin,
                programme=None,
                organisation=admin.organisation,
                department=department,
                display_name=key,
                email=f"{key}@races.example",
            )
            for key, _role, department in PEOPLE
        }
        first = people["sponsor.one"]
        programme = roles.found_programme(
            by=admin,
            code="RACES",
            name_fr="Races",
            name_en="Races",
            advertiser=admin.organisation,
            platform_kind="cdp",
            sponsor=first,
        )
        for key, role, _department in PEOPLE[1:]:
            roles.assign(programme, people[key], role, by=first)
        roles.name_deputy(programme, people["deputy"], "technical", by=first)
        lent = roles.delegate(
            programme,
            by=people["technical"],
            delegate=people["deputy"],
            function="technical",
            starts_on=clock.today(),
            ends_on=clock.today() + dt.timedelta(days=10),
            reason="races",
        )
        roles.accept(lent, by=people["deputy"])
        return cls(programme, people)

    def __getitem__(self, key: str) -> Person:
        return self.people[key]

    def dossier(self) -> Dossier:
        """Open the next dossier."""
        self.count += 1
        with transaction.atomic():
            dossier = dossiers.open_dossier(
                self.programme, kind=KIND, code=f"RACE-{self.count}", name_fr=f"Race {self.count}"
            )
            trail.record("races.opened", by=self["author"], about=dossier)
        return dossier

    def submitted(
        self,
        dossier: Dossier,
        asked: Mapping[str, int],
        *,
        number: int = 1,
        authors: Sequence[str] = ("author",),
        channel: str = "email",
    ) -> Edition:
        """Freeze an edition and ask its functions, so many signatures each, in one act."""
        with transaction.atomic():
            edition = dossiers.freeze(
                dossier,
                number=number,
                facets={
                    Facet.WORDING: {"title": f"edition {number}"},
                    Facet.CHANNEL: {"channels": [channel]},
                    Facet.DATA: {"attributes": ["crm.email"]},
                },
                authors=[self[key] for key in authors],
                by=self["author"],
                requirements={
                    function: Requirement(function, minimum, 180, 5, checklist=(function,))
                    for function, minimum in asked.items()
                },
                watched=WATCHED,
            )
            actions.ask(edition, by=self["author"])
        return edition

    def request(self, edition: Edition, function: str) -> ReviewRequest:
        """The open request of a function."""
        return ReviewRequest.objects.select_related("edition__dossier__programme").get(
            edition=edition, function=function, closed_at__isnull=True
        )

    def sign(self, request: ReviewRequest, who: str) -> Review:
        """Sign a request, every question answered yes."""
        answers: dict[str, Any] = {each.code: "yes" for each in policies.questions([request.function])}
        return actions.sign(
            request,
            Decision.APPROVE,
            fingerprint=request.edition.fp,
            by=self[who],
            reauth_age_s=1,
            answers=answers,
        )
