"""Separate duties are held by the database, pair by pair, whatever the verb."""

import itertools

import pytest
import yaml
from django.db import connection, transaction

from governance import clock
from governance.library import FOLDER
from governance.roles import matrix
from governance.roles.choices import Role
from governance.roles.models import RoleAssignment

RULES = yaml.safe_load((FOLDER / "permissions.yaml").read_text())["sod_rules"]
PAIRS = {
    frozenset({one, each}): rule["code"]
    for rule in RULES
    for one, other in rule.get("pairs", [])
    for each in (Role.values if other == "*" else [other])
    if each != one
}


def test_the_table_of_the_database_is_that_of_the_library(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rule, one, other FROM sod_pairs()")
        there = {tuple(row) for row in cursor.fetchall()}
    assert there == {(rule["code"], one, other) for rule in RULES for one, other in rule.get("pairs", [])}


def test_the_matrix_reads_the_same_pairs():
    assert matrix.pairs() == PAIRS
    assert len(PAIRS) > 40


def give(cast, person, role, *, starts_on=None, ends_on=None, by=None):
    """Write an assignment without asking any rule."""
    RoleAssignment.objects.create(
        programme=cast.programme,
        person=person,
        role=role,
        starts_on=starts_on or clock.today(),
        ends_on=ends_on,
        assigned_by=by or cast.helene,
        assigned_at=clock.now(),
    )


def refused_by(act):
    """The name of the constraint that refuses."""
    try:
        with transaction.atomic():
            act()
    except Exception as error:
        return error.__cause__.diag.constraint_name
    return None


def test_every_pair_is_refused_both_ways_and_every_other_pair_is_not(cast):
    """120 pairs, each way: exactly those of the library are refused, by the name of their rule."""
    nobody_leads = cast.programme.assignments.filter(role=Role.CORE_TEAM_LEAD)
    nobody_leads.update(revoked_on=clock.today(), reason="test")
    somebody = cast.newcomer("rosa.reseau", department="network")
    for one, other in itertools.permutations(Role.values, 2):
        with transaction.atomic():
            point = transaction.savepoint()
            give(cast, somebody, one)
            assert refused_by(lambda other=other: give(cast, somebody, other)) == PAIRS.get(
                frozenset({one, other})
            ), (
                one,
                other,
            )
            transaction.savepoint_rollback(point)


def test_roles_that_follow_each_other_are_not_held_at_once(cast):
    today = clock.today()
    day = today.fromordinal
    somebody = cast.newcomer("rosa.reseau", department="network")
    give(cast, somebody, Role.SPONSOR, ends_on=day(today.toordinal() + 9))

    last, after = day(today.toordinal() + 9), day(today.toordinal() + 10)
    assert refused_by(lambda: give(cast, somebody, Role.DMP_OPERATOR, starts_on=last)) == "SOD-03"
    assert refused_by(lambda: give(cast, somebody, Role.DMP_OPERATOR, starts_on=after)) is None


def test_a_change_of_dates_is_held_to_the_same_rule(cast):
    today = clock.today()
    somebody = cast.newcomer("rosa.reseau", department="network")
    give(cast, somebody, Role.SPONSOR, ends_on=today)
    give(cast, somebody, Role.DMP_OPERATOR, starts_on=today.fromordinal(today.toordinal() + 1))
    mine = RoleAssignment.objects.filter(person=somebody, role=Role.SPONSOR)

    assert refused_by(lambda: mine.update(ends_on=None)) == "SOD-03"


def test_the_same_role_twice_and_two_leads_are_refused(cast):
    somebody = cast.newcomer("rosa.reseau", department="network")

    assert refused_by(lambda: give(cast, cast.mehdi, Role.CORE_TEAM_MEMBER)) == "same_role_twice"
    assert refused_by(lambda: give(cast, somebody, Role.CORE_TEAM_LEAD)) == "one_lead_at_a_time"
    assert refused_by(lambda: give(cast, somebody, Role.ANALYST, by=somebody)) == "nobody_assigns_to_self"
    assert refused_by(lambda: give(cast, somebody, Role.ANALYST)) is None


def test_a_role_withdrawn_today_is_free_today(cast):
    mine = cast.programme.assignments.filter(role=Role.CORE_TEAM_LEAD)
    mine.update(revoked_on=clock.today(), reason="test")

    assert refused_by(lambda: give(cast, cast.ines, Role.CORE_TEAM_LEAD)) is None


def test_pairs_hold_inside_one_programme_only(cast):
    from tests import makers

    other = makers.programme("AUTRE", sponsor=cast.bruno)
    RoleAssignment.objects.create(
        programme=other,
        person=cast.helene,
        role=Role.AUDITOR,
        starts_on=clock.today(),
        assigned_by=cast.bruno,
        assigned_at=clock.now(),
    )
    assert RoleAssignment.objects.filter(person=cast.helene).count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_incompatible_roles_given_at_the_same_moment_do_not_both_pass():
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    from django.db import connections

    from tests.cast import Cast

    cast = Cast()
    today, outcomes = clock.today(), []
    for round_number in range(20):
        day = today.fromordinal(today.toordinal() + 2 * round_number)
        start = Barrier(2)

        def attempt(role, day=day, start=start):
            try:
                start.wait(timeout=10)
                with transaction.atomic():
                    give(cast, cast.yann, role, starts_on=day, ends_on=day)
                    from governance.audit import trail

                    trail.record("test.done", by=None, stream="TALV")
                return "given"
            except Exception as error:
                return error.__cause__.diag.constraint_name
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            outcomes.append(sorted(pool.map(attempt, [Role.SPONSOR, Role.DMP_OPERATOR])))
    assert outcomes == [["SOD-03", "given"]] * 20
