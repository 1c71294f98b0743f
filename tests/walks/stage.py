"""The set of the walks: a programme with its catalogue, its objectives and its use cases, made by verbs.

Whoever tells a story takes `stage` and calls these in the order of the story; API and browser versions stand
on the same functions.
"""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction

from governance import clock
from governance.charter import actions as charter
from governance.errors import Refusal
from governance.reviews import queries as reviews
from governance.roles import actions as roles
from governance.roles.choices import Role
from tests.governance.reviews import desk
from usecases.backlog import actions as backlog
from usecases.backlog import queries as read
from usecases.catalogue import actions as catalogue
from usecases.kpis import actions as kpis
from usecases.segments import actions as segments
from usecases.segments import queries as segment_queries

DESTINATIONS = {
    "display_programmatic": ("DST-DSP", "ORG-BOR"),
    "paid_social": ("DST-SOC", "ORG-BOR"),
    "paid_search": ("DST-SEA", "ORG-BOR"),
    "email": ("DST-EML", "ORG-TAL"),
    "sms": ("DST-SMS", "ORG-TAL"),
    "push": ("DST-PSH", "ORG-TAL"),
    "onsite": ("DST-SIT", "ORG-TAL"),
    "in_store": ("DST-STO", "ORG-TAL"),
}
SIGNERS = desk.SIGNERS
HYPOTHESIS = {
    "if": "nous retirons les clients récents des audiences d'acquisition",
    "then": "le coût par acquisition baisse de 15 % sans perte de nouveaux clients",
    "because": "une part du budget touche des personnes déjà converties",
}


def allowed(verb, cast, roles=Role):
    """The roles whose holder the verb does not refuse; nothing of what was tried stays."""
    found = set()
    for role in roles:
        with transaction.atomic():
            try:
                verb(cast[role])
                found.add(role)
            except Refusal as refusal:
                assert (refusal.code, refusal.status) == ("no_right", 403), (role, refusal.code)  # noqa: PT017
            transaction.set_rollback(True)
    return found


class Stage:
    """A programme in framing, whose catalogue is published: nothing is submitted yet."""

    def __init__(self, cast):
        self.cast, self.programme = cast, cast.programme
        catalogue.load_template(self.programme, by=cast.admin)
        kpis.load_definitions(self.programme, by=cast.admin)
        roles.engage(
            self.programme,
            cast.organisations["ORG-TAL"],
            by=cast.helene,
            gdpr_role="controller",
            starts_on=clock.today(),
        )
        for channel, (code, organisation) in DESTINATIONS.items():
            catalogue.add_destination(
                self.programme,
                by=cast.paul,
                code=code,
                channel=channel,
                organisation=cast.organisations[organisation],
                supports_exclusion=True,
            )
        self.catalogue = catalogue.publish(self.programme, by=cast.paul)
        self.objective = charter.draft_objective(
            self.programme,
            by=cast.paul,
            horizon="short",
            statement_fr="Réduire le gaspillage média sur clients existants",
            statement_en="Cut media spend wasted on existing customers",
            owner=cast.helene,
            due_on=clock.today() + dt.timedelta(days=150),
        )

    # ------------------------------------------------------------ segments
    def segment(self, template="LIB-UC-01#0", *, by=None, rule=None, approved=True, size=455_000, **fields):
        """A segment of the library; approved by its reviews unless told otherwise."""
        author = by or self.cast.mehdi
        more = {"rule": rule} if rule else {}
        segment = segments.create_from_template(self.programme, template, by=author, **more, **fields)
        if approved:
            self.freeze(segment_queries.draft(segment), size=size)
            self.approve(segment_queries.latest(segment).edition)
        return segment

    def version(self, segment):
        """The last version of a segment, as it is now."""
        return segment_queries.latest(segment)

    def freeze(self, version, *, by=None, size=455_000):
        """Size a version and freeze it."""
        analyst = by or self.cast.anna
        segments.estimate(version, by=analyst, size=size, method="sample")
        return segments.freeze(version, by=analyst)

    def new_version(self, segment, *, by, size=796_000, approved=True, **fields):
        """The next version of a segment, edited, frozen and reviewed."""
        draft = segments.edit(segments.revise(segment, by=by), by=by, **fields)
        version = self.freeze(draft, size=size)
        if approved:
            self.approve(version.edition)
        return segment_queries.latest(segment)

    # ------------------------------------------------------------ use cases
    def idea(self, template="LIB-UC-01", *, by=None, **fields):
        """An idea of the library, owned by whoever notes it."""
        return backlog.create(self.programme, by=by or self.cast.mehdi, template=template, **fields)

    def framed(self, template="LIB-UC-01", *, by=None, **fields):
        """A use case in framing, whose draft is that of the template."""
        return backlog.frame(self.idea(template, by=by, **fields), by=self.cast.paul)

    def targets(
        self, usecase, *, by=None, primary=("cpa", "41.50", "35.00"), guardrail=("reach", "1377500", None)
    ):
        """A primary target with its baseline, and a guardrail."""
        person = by or usecase.owner
        kpi, baseline, target = primary
        today = clock.today()
        limit, low, high = guardrail
        return [
            kpis.set_target(
                self.programme,
                by=person,
                kpi=kpi,
                kind="primary",
                dossier=usecase.dossier,
                baseline=Decimal(baseline),
                target=Decimal(target),
                start_on=today + dt.timedelta(days=30),
                horizon_on=today + dt.timedelta(days=150),
                objectives=[self.objective],
            ),
            kpis.set_target(
                self.programme,
                by=person,
                kpi=limit,
                kind="guardrail",
                dossier=usecase.dossier,
                minimum=Decimal(low) if low else None,
                maximum=Decimal(high) if high else None,
            ),
        ]

    def complete(self, usecase, *segments, by=None, **fields):
        """Write all that submitting asks: objective, hypothesis, targets, segments, the balancing test."""
        person = by or usecase.owner
        draft = read.draft(usecase)
        lia = self.balancing_test()
        fields = {
            "objectives": [self.objective],
            "hypothesis": HYPOTHESIS,
            "targets": self.targets(usecase),
            "retention": "P6M",
            "notice_ref": "Politique de confidentialité, version 4, section 3",
            "rights_process": "Espace client, page Mes choix, ou courrier au DPO ; réponse sous un mois",
            "purposes": [
                {
                    "purpose": one.purpose,
                    "legal_basis": one.legal_basis,
                    "lia_evidence": lia if one.legal_basis == "legitimate_interests" else None,
                }
                for one in draft.purposes.all()
            ],
            **fields,
        }
        draft = backlog.edit(draft, by=person, **fields)
        for segment in segments:
            version = self.version(segment)
            draft = backlog.adopt(draft, version, by=person, role=segment.role)
        return draft

    def balancing_test(self):
        """The balancing test of purposes on legitimate interests; added once."""
        there = self.programme.evidence.filter(code="EV-LIA").first()
        return there or roles.add_evidence(
            self.programme,
            by=self.cast.aude,
            title="Bilan d'intérêts",
            kind="document",
            data="bilan d'intérêts".encode(),
            filename="bilan.txt",
            code="EV-LIA",
        )

    def ready_to_submit(self, template="LIB-UC-01", *, by=None, segment="LIB-UC-01#0", **fields):
        """A framed use case whose draft lacks nothing."""
        usecase = self.framed(template, by=by)
        pinned = self.segment(segment, by=by)
        self.complete(usecase, pinned, **fields)
        return usecase

    def submitted(self, *args, **fields):
        """A use case in review; `.edition` of its revision is what people sign."""
        usecase = self.ready_to_submit(*args, **fields)
        return backlog.submit(read.draft(usecase), by=usecase.owner)

    # ------------------------------------------------------------ reviews
    def sign(self, edition, function, *, by=None, decision="approve", **how):
        """Sign what a function was asked."""
        return desk.signed(edition, function, by or getattr(self.cast, SIGNERS[function]), decision, **how)

    def approve(self, edition):
        """Have every function asked sign, in the order of the policies."""
        for function in desk.FUNCTIONS:
            if edition.requests.open().filter(function=function).exists():
                self.sign(edition, function)
        edition.refresh_from_db()
        return edition

    def approved(self, *args, **fields):
        """A use case approved by all."""
        revision = self.submitted(*args, **fields)
        self.approve(revision.edition)
        return read.latest(revision.usecase)

    def standing(self, edition):
        """What each function's standing is, by function."""
        return {one.function: one for one in reviews.standing(edition)}


@pytest.fixture
def stage(cast):
    """The set of the walks, with one person per role."""
    return Stage(cast)
