"""The prototypes that the benchmark copies: a programme, its people, two use cases, all made by the verbs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from governance import clock
from governance.accounts import actions as accounts
from governance.charter import actions as charter
from governance.charter.models import Objective
from governance.dossiers.choices import ReviewFunction
from governance.dossiers.models import Dossier, Edition
from governance.evidence.models import Evidence
from governance.programmes.models import Programme
from governance.reviews import actions as reviews
from governance.reviews import policies
from governance.reviews.choices import Decision
from governance.reviews.models import ReviewRequest
from governance.roles import actions as roles
from governance.roles.choices import Role
from governance.stakeholders.models import Person
from portal.library import actions as library
from usecases.backlog import actions as backlog_actions
from usecases.backlog import queries
from usecases.backlog.models import UseCaseRevision
from usecases.catalogue import actions as catalogue
from usecases.kpis import actions as kpis
from usecases.segments import actions as segments
from usecases.segments import queries as segment_queries
from usecases.segments.models import Segment

CODE = "BENCH"
PEOPLE = (
    ("sponsor", Role.SPONSOR, "marketing"),
    ("second.sponsor", Role.SPONSOR, "it"),
    ("lead", Role.CORE_TEAM_LEAD, "digital"),
    ("member", Role.CORE_TEAM_MEMBER, "media_buying"),
    ("legal", Role.LEGAL_REVIEWER, "legal"),
    ("dpo", Role.DPO, "privacy"),
    ("security", Role.SECURITY_REVIEWER, "security"),
    ("technical", Role.TECHNICAL_REVIEWER, "it"),
    ("analyst", Role.ANALYST, "data"),
)
SIGNERS = {
    ReviewFunction.LEGAL: ("legal",),
    ReviewFunction.DPO: ("dpo",),
    ReviewFunction.SECURITY: ("security",),
    ReviewFunction.TECHNICAL: ("technical",),
    ReviewFunction.SPONSOR: ("sponsor", "second.sponsor"),
}
CHANNELS = (
    "display_programmatic",
    "paid_social",
    "paid_search",
    "email",
    "sms",
    "push",
    "onsite",
    "in_store",
)


@dataclass
class Stage:
    """A programme with its people, a use case that all signed, one that lacks its last signature, one two."""

    programme: Programme
    people: dict[str, Person] = field(default_factory=dict)
    next: dict[str, tuple[str, str]] = field(default_factory=dict)  # whose turn it is, by code, and who signs
    token: str = ""

    @classmethod
    def set(cls) -> Stage:
        """Found the programme, and live it up to the prototypes."""
        admin = roles.install_administrator(
            email="admin@bench.example",
            display_name="Admin",
            organisation={"code": "BENCH", "name": "Bench", "kind": "advertiser", "country": "FR"},
        )
        people = {key: cls._person(key, department, admin) for key, _role, department in PEOPLE}
        first = people["sponsor"]
        programme = library.found(
            by=admin,
            code=CODE,
            name_fr="Programme mesuré",
            name_en="Measured programme",
            advertiser=admin.organisation,
            platform_kind="cdp",
            sponsor=first,
        )
        for key, role, _department in PEOPLE[1:]:
            roles.assign(programme, people[key], role, by=first)
        stage = cls(programme, people)
        stage._live()
        lead = people["lead"]
        lead.refresh_from_db()
        assert lead.user is not None
        _key, stage.token = accounts.make_token(lead.user, by=lead, name="bench", scope="write", days=1)
        return stage

    @staticmethod
    def _person(key: str, department: str, admin: Person) -> Person:
        person = roles.add_person(
            by=admin,
            programme=None,
            organisation=admin.organisation,
            department=department,
            display_name=key,
            email=f"{key}@bench.example",
        )
        roles.open_account(person.email, by=admin)
        return Person.objects.select_related("organisation", "user").get(pk=person.pk)

    def __getitem__(self, key: str) -> Person:
        return self.people[key]

    def _live(self) -> None:
        """Publish the catalogue, approve a segment, submit two use cases on it."""
        lead, today = self["lead"], clock.today()
        company = lead.organisation
        roles.engage(self.programme, company, by=self["sponsor"], gdpr_role="controller", starts_on=today)
        for number, channel in enumerate(CHANNELS):
            catalogue.add_destination(
                self.programme,
                by=lead,
                code=f"DST-{number}",
                channel=channel,
                organisation=company,
                supports_exclusion=True,
            )
        catalogue.publish(self.programme, by=lead)
        objective = charter.draft_objective(
            self.programme,
            by=lead,
            horizon="short",
            statement_fr="Réduire le gaspillage média",
            statement_en="Cut wasted media spend",
            owner=self["sponsor"],
            due_on=today + dt.timedelta(days=150),
        )
        test = roles.add_evidence(
            self.programme,
            by=self["legal"],
            title="Balancing test",
            kind="document",
            url="https://evidence.example/balancing-test",
        )
        segment = self._segment()
        self._sign(segment_queries.latest(segment).edition, short_of=0)
        for short_of in (0, 1, 2):
            revision = self._submitted(segment, objective, test)
            self._sign(revision.edition, short_of=short_of)

    def _segment(self) -> Segment:
        segment = segments.create_from_template(self.programme, "LIB-UC-01#0", by=self["member"])
        draft = segment_queries.draft(segment)
        assert draft is not None
        segments.estimate(draft, by=self["analyst"], size=455_000, method="sample")
        segments.freeze(segment_queries.latest(segment), by=self["analyst"])
        return segment

    def _submitted(self, segment: Segment, objective: Objective, test: Evidence) -> UseCaseRevision:
        member = self["member"]
        usecase = backlog_actions.create(self.programme, by=member, template="LIB-UC-01")
        usecase = backlog_actions.frame(usecase, by=self["lead"])
        today = clock.today()
        targets = [
            kpis.set_target(
                self.programme,
                by=member,
                kpi="cpa",
                kind="primary",
                dossier=usecase.dossier,
                baseline=Decimal("41.50"),
                target=Decimal("35.00"),
                start_on=today + dt.timedelta(days=30),
                horizon_on=today + dt.timedelta(days=150),
                objectives=[objective],
            ),
            kpis.set_target(
                self.programme,
                by=member,
                kpi="reach",
                kind="guardrail",
                dossier=usecase.dossier,
                minimum=Decimal(1_377_500),
            ),
        ]
        draft = queries.latest(usecase)
        draft = backlog_actions.edit(
            draft,
            by=member,
            objectives=[objective],
            hypothesis={
                "if": "nous retirons les clients",
                "then": "le coût baisse",
                "because": "ils achètent",
            },
            targets=targets,
            retention="P6M",
            notice_ref="Politique de confidentialité, section 3",
            rights_process="Espace client, ou courrier au DPO",
            purposes=[
                {
                    "purpose": one.purpose,
                    "legal_basis": one.legal_basis,
                    "lia_evidence": test if one.legal_basis == "legitimate_interests" else None,
                }
                for one in draft.purposes.all()
            ],
        )
        draft = backlog_actions.adopt(draft, segment_queries.latest(segment), by=member, role=segment.role)
        backlog_actions.schedule(usecase, by=self["lead"], start=today, end=today + dt.timedelta(days=90))
        backlog_actions.score(
            usecase,
            by=self["lead"],
            reach=455_000,
            impact=Decimal(1),
            confidence=Decimal("0.8"),
            effort_weeks=Decimal(4),
        )
        return backlog_actions.submit(draft, by=member)

    def _sign(self, edition: Edition | None, *, short_of: int) -> None:
        """Have everyone asked sign, in order, but so many at the end."""
        assert edition is not None
        asked = {one.function: one.minimum for one in edition.requirements.all()}
        steps = [
            (function.value, key)
            for function, keys in SIGNERS.items()
            for key in keys[: asked.get(function.value, 0)]
        ]
        for function, key in steps[: len(steps) - short_of]:
            request = (
                ReviewRequest.objects.open()
                .select_related("edition__dossier__programme", "edition__submitted_by")
                .get(edition=edition, function=function)
            )
            reviews.sign(
                request,
                Decision.APPROVE,
                fingerprint=edition.fp,
                by=self[key],
                reauth_age_s=1,
                answers=yes(edition, function),
            )
        if short_of:
            self.next[edition.dossier.code] = steps[len(steps) - short_of]

    def dossier(self, code: str) -> Dossier:
        """A dossier of the programme."""
        return Dossier.objects.get(programme=self.programme, code=code)


def yes(edition: Edition, function: str) -> dict[str, Any]:
    """Answer yes to every question that a function is asked."""
    checklist = edition.requirements.get(function=function).checklist
    return {question.code: "yes" for question in policies.questions(checklist)}
