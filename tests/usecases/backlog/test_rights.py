"""Who may do what to use cases: each role against each verb, as permissions.yaml says."""

import datetime as dt
from decimal import Decimal

import pytest

from governance.clock import today
from governance.roles.choices import Role
from tests import makers
from tests.walks.stage import allowed
from usecases.backlog import actions, queries

pytestmark = pytest.mark.django_db

LEAD, MEMBER, SPONSOR = Role.CORE_TEAM_LEAD, Role.CORE_TEAM_MEMBER, Role.SPONSOR
PROPOSING = {Role.CONSULTANT}
REVIEWERS = {Role.LEGAL_REVIEWER, Role.DPO, Role.SECURITY_REVIEWER}
IN_FRAMING = {
    "create": {
        SPONSOR, LEAD, MEMBER, Role.CONSULTANT, Role.AGENCY, Role.CREATIVE, Role.ANALYST, Role.DATA_OWNER,
        Role.DIGITAL_TOOLS_LEAD,
    },
    "edit": {LEAD, MEMBER} | PROPOSING,
    "submit": {LEAD, MEMBER},
    "score": {LEAD, MEMBER, Role.CONSULTANT},
    "schedule": {SPONSOR, LEAD},
    "depend": {SPONSOR, LEAD},
}  # fmt: skip


@pytest.fixture
def ready(stage):
    """A use case of the core-team member, ready to be submitted."""
    return stage.ready_to_submit()


def test_framing(stage, ready):
    draft, other = queries.draft(ready), stage.idea()
    figures = {"reach": 1, "impact": Decimal(1), "confidence": Decimal(1), "effort_weeks": Decimal(1)}
    verbs = {
        "create": lambda by: actions.create(stage.programme, by=by, title_fr="Une idée"),
        "edit": lambda by: actions.edit(draft, by=by, description="relu"),
        "submit": lambda by: actions.submit(draft, by=by),
        "score": lambda by: actions.score(ready, by=by, **figures),
        "schedule": lambda by: actions.schedule(
            ready, by=by, start=today(), end=today() + dt.timedelta(days=9)
        ),
        "depend": lambda by: actions.depend(ready, other, "enriches", by=by),
    }
    assert {name: allowed(verb, stage.cast) for name, verb in verbs.items()} == IN_FRAMING


def test_what_is_not_theirs_members_do_not_write(stage, ready):
    draft = queries.draft(ready)
    other = stage.cast.newcomer("chloe.client", department="crm", role="core_team_member")
    assert (
        allowed(lambda by: actions.edit(draft, by=by, description="x"), {MEMBER: other}, roles=[MEMBER])
        == set()
    )
    assert allowed(lambda by: actions.submit(draft, by=by), {MEMBER: other}, roles=[MEMBER]) == set()


def test_operators_and_analysts_propose_in_set_up_and_do_not_submit(stage, ready):
    makers.in_phase(stage.programme, "setup")
    draft = queries.draft(ready)
    proposing = {Role.DMP_OPERATOR, Role.ANALYST, Role.CONSULTANT}
    assert (
        allowed(lambda by: actions.edit(draft, by=by, description="x"), stage.cast)
        == {LEAD, MEMBER} | proposing
    )
    assert allowed(lambda by: actions.submit(draft, by=by), stage.cast) == {LEAD, MEMBER}


def test_pausing_stopping_and_resuming(stage):
    usecase = stage.approved().usecase
    assert (
        allowed(lambda by: actions.pause(usecase, by=by, reason="attendre"), stage.cast)
        == {SPONSOR, LEAD} | REVIEWERS
    )
    actions.pause(usecase, by=stage.cast.diane, reason="attendre")
    assert allowed(lambda by: actions.resume(usecase, by=by), stage.cast) == {SPONSOR, Role.DPO}
    assert allowed(lambda by: actions.stop(usecase, by=by, reason="assez"), stage.cast) == {SPONSOR}


def test_withdrawing_is_its_submitter_s_or_the_lead_s(stage):
    revision = stage.submitted()
    assert allowed(lambda by: actions.withdraw(revision, by=by), stage.cast) == {LEAD, MEMBER}
