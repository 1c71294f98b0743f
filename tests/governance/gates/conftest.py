"""A programme whose gates are loaded and whose first gate can pass, and what its people do there."""

import pytest

from governance.gates import actions, queries
from governance.gates.models import Gate, GateCriterion
from governance.programmes import actions as programmes
from governance.roles import actions as roles
from governance.roles.choices import Role

VISION = "La plateforme est un moyen. " * 10


class Gates:
    """The gates of a programme, driven by the people of the cast."""

    def __init__(self, cast):
        self.cast, self.programme = cast, cast.programme
        actions.load(self.programme)

    def gate(self, code):
        return Gate.objects.select_related("programme").get(programme=self.programme, code=code)

    def criterion(self, code):
        return GateCriterion.objects.get(gate__programme=self.programme, code=code)

    def finding(self, code, gate="G0"):
        return next(each for each in queries.readiness(self.gate(gate)).criteria if each.code == code)

    def make_ready(self):
        """Name whom the first gate asks for, and write the problem down."""
        for key, department in (("chloe.client", "crm"), ("rosa.reseau", "network")):
            somebody = self.cast.newcomer(key, department=department)
            roles.assign(
                self.programme, somebody, Role.CORE_TEAM_MEMBER, by=self.cast.helene, allocation_pct=80
            )
            self.cast.by_name[key.split(".")[0]] = somebody
        programmes.set_vision_draft(self.programme, VISION, by=self.cast.paul)
        return self

    def prepared(self, code="G0"):
        return actions.prepare(self.gate(code), by=self.cast.paul)

    def attested(self, review):
        for criterion, person in (("G0-05", self.cast.helene), ("G0-09", self.cast.paul)):
            actions.attest(review, self.criterion(criterion), by=person)
        return review

    def submitted(self):
        """The first gate before the sponsors, everything met."""
        return actions.submit(self.attested(self.prepared()), by=self.cast.paul)

    def sign(self, review, by, outcome="go", rationale="Critères atteints.", **how):
        how = {"fingerprint": review.edition.fp, "reauth_age_s": 0, **how}
        return actions.sign(review, by=by, outcome=outcome, rationale=rationale, **how)

    def decided(self, outcome="go", **how):
        """The first gate, decided by two sponsors."""
        review = self.submitted()
        self.sign(review, self.cast.helene, outcome, **how)
        self.sign(review, self.cast.bruno, outcome, **how)
        review.refresh_from_db()
        return review


@pytest.fixture
def gates(cast):
    """Gates loaded, nothing met but what the cast meets."""
    return Gates(cast)


@pytest.fixture
def ready(gates):
    """Gates loaded, and every criterion of the first one that people do not attest is met."""
    return gates.make_ready()
