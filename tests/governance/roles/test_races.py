"""Two people at the same moment: one wins, the other hears why. 60 of each."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from governance.audit import trail
from governance.errors import Refusal, retried
from governance.roles import actions
from governance.roles.choices import Role
from governance.roles.models import Delegation, RoleAssignment
from tests import makers

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 60


def race(attempts):
    """Do these at once; say how each ended."""
    start = Barrier(len(attempts))

    def one(act):
        try:
            start.wait(timeout=20)
            retried(act)
            return "done"
        except Refusal as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(attempts)) as pool:
        return sorted(pool.map(one, attempts))


def test_eight_overlapping_delegations_at_once_leave_one():
    from tests.cast import Cast

    cast = Cast()
    others = [
        cast.newcomer(f"juriste.{number}", department="legal", role=Role.LEGAL_REVIEWER)
        for number in range(8)
    ]
    tally = {}
    for number in range(ROUNDS):

        def lend(to, number=number):
            return actions.delegate(
                cast.programme,
                by=cast.aude,
                delegate=to,
                function="legal",
                starts_on=makers.days(2 * number),
                ends_on=makers.days(2 * number + 1),
                reason="leave",
            )

        for outcome in race([lambda to=to: lend(to) for to in others]):
            tally[outcome] = tally.get(outcome, 0) + 1
    assert Delegation.objects.count() == ROUNDS
    assert tally == {"done": ROUNDS, "DLG-00": 7 * ROUNDS}
    assert trail.verify("TALV").ok


def test_two_leads_appointed_at_once_are_one():
    from tests.cast import Cast

    cast = Cast()
    actions.revoke(cast.assignments["paul"], by=cast.helene, reason="moved")
    people = [cast.ines, cast.mehdi]
    outcomes = []
    for number in range(ROUNDS):
        day = makers.days(number)
        outcomes.append(
            race(
                [
                    lambda who=who, by=by, day=day: actions.assign(
                        cast.programme, who, Role.CORE_TEAM_LEAD, by=by, starts_on=day, ends_on=day
                    )
                    for who, by in zip(people, (cast.helene, cast.bruno), strict=True)
                ]
            )
        )
    assert outcomes == [["INV-09", "done"]] * ROUNDS
    leads = RoleAssignment.objects.filter(role=Role.CORE_TEAM_LEAD, revoked_on__isnull=True)
    assert leads.count() == leads.values("starts_on").distinct().count() == ROUNDS
    assert trail.verify("TALV").ok


def test_two_incompatible_roles_at_once_are_one():
    from tests.cast import Cast

    cast = Cast()
    outcomes = []
    for number in range(ROUNDS):
        day = makers.days(number)
        outcomes.append(
            race(
                [
                    lambda role=role, by=by, day=day: actions.assign(
                        cast.programme, cast.yann, role, by=by, starts_on=day, ends_on=day
                    )
                    for role, by in ((Role.SPONSOR, cast.helene), (Role.DMP_OPERATOR, cast.bruno))
                ]
            )
        )
    assert outcomes == [["SOD-03", "done"]] * ROUNDS
    assert trail.verify("TALV").ok


def test_a_delegation_accepted_and_ended_at_once_has_one_history():
    from tests.cast import Cast

    cast = Cast()
    actions.assign(cast.programme, cast.victor, Role.LEGAL_REVIEWER, by=cast.helene)
    for number in range(ROUNDS):
        day = makers.days(number)
        made = actions.delegate(
            cast.programme, by=cast.aude, delegate=cast.victor, function="legal", starts_on=day, ends_on=day,
            reason="leave",
        )  # fmt: skip
        outcome = race(
            [
                lambda pk=made.pk: actions.accept(Delegation.objects.get(pk=pk), by=cast.victor),
                lambda pk=made.pk: actions.end_delegation(
                    Delegation.objects.get(pk=pk), by=cast.aude, reason="back early"
                ),
            ]
        )
        assert outcome in (["done", "done"], ["done", "wrong_state"])
        made.refresh_from_db()
        assert made.status(day) == "revoked"
        assert (made.accepted_at is not None) == (outcome == ["done", "done"])
    assert trail.verify("TALV").ok
