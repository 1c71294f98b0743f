"""Roles and delegations under raw SQL: what the site may not do, and what no row may say."""

import pytest
from django.db import connection, transaction

from governance import clock
from governance.keys import uuid7
from governance.roles import actions
from governance.roles.choices import Role
from tests import makers


def refused(statement, values=()):
    """The code and the constraint by which the database refuses a statement; nothing of it stays."""
    with pytest.raises(Exception) as found, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    diagnosis = found.value.__cause__.diag
    return found.value.__cause__.sqlstate, diagnosis.constraint_name


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM roles_roleassignment",
        "DELETE FROM roles_delegation",
        "TRUNCATE roles_roleassignment CASCADE",
        "ALTER TABLE roles_roleassignment DISABLE TRIGGER duties_are_separate",
        "DROP TRIGGER duties_are_separate ON roles_roleassignment",
        "ALTER TABLE roles_roleassignment DROP CONSTRAINT one_lead_at_a_time",
        "CREATE OR REPLACE FUNCTION sod_pairs() RETURNS TABLE (rule text, one text, other text)"
        " LANGUAGE sql AS $$ SELECT 'x', 'y', 'z' WHERE false $$",
    ],
)
def test_the_site_may_not(cast, statement):
    assert refused(statement)[0] == "42501"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("ends_on = starts_on - 1", "assignment_ends_after_it_starts"),
        ("revoked_on = starts_on", "revoked_for_a_reason"),
    ],
)
def test_no_assignment_says_so(cast, change, constraint):
    state, broken = refused(f"UPDATE roles_roleassignment SET {change} WHERE role = 'analyst'")
    assert broken == constraint
    assert state in ("23514", "23P01")


@pytest.mark.parametrize(
    "column", ["role", "person_id", "programme_id", "starts_on", "phases", "allocation_pct", "assigned_by_id"]
)
def test_an_assignment_is_ended_and_never_rewritten(cast, column):
    assert refused(f"UPDATE roles_roleassignment SET {column} = {column}")[0] == "42501"


ASSIGNMENT = """
INSERT INTO roles_roleassignment (id, version, programme_id, person_id, role, phases, starts_on,
  allocation_pct, assigned_by_id, assigned_at, reason)
SELECT gen_random_uuid(), 1, programme_id, person_id, {role}, '{{}}', starts_on + 1,
  {share}, {by}, jalon_now(), ''
FROM roles_roleassignment WHERE role = 'analyst'"""


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"share": "101"}, "a_share_of_time"),
        ({"by": "person_id"}, "nobody_assigns_to_self"),
        ({"role": "'core_team_lead'"}, "one_lead_at_a_time"),
        ({"role": "'analyst'"}, "same_role_twice"),
    ],
)
def test_no_assignment_is_written_so(cast, changes, constraint):
    state, broken = refused(
        ASSIGNMENT.format(**{"role": "'observer'", "share": "0", "by": "NULL", **changes})
    )
    assert broken == constraint
    assert state in ("23514", "23P01")


DELEGATION = """
INSERT INTO roles_delegation (id, version, programme_id, code, delegator_id, delegate_id, function,
  subject_kinds, starts_on, ends_on, excludes_high_risk, reason, proposed_at, accepted_at, declined_at)
VALUES (%(id)s, 1, %(programme)s, %(code)s, %(delegator)s, %(delegate)s, 'legal', '{}', %(starts)s,
  %(ends)s, true, 'leave', jalon_now(), %(accepted)s, %(declined)s)"""


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"delegate": "delegator"}, "nobody_delegates_to_self"),
        ({"ends": -1}, "delegation_has_a_period"),
        ({"ends": 46}, "delegation_of_45_days_at_most"),
        ({"accepted": True, "declined": True}, "accepted_or_declined"),
        ({"starts": 5, "ends": 9}, "delegations_overlap"),
        ({"code": "DEL-01", "starts": 20, "ends": 21}, "one_delegation_per_code"),
    ],
)
def test_no_delegation_says_so(cast, changes, constraint):
    actions.assign(cast.programme, cast.victor, Role.LEGAL_REVIEWER, by=cast.helene)
    actions.delegate(
        cast.programme,
        by=cast.aude,
        delegate=cast.victor,
        function="legal",
        starts_on=makers.days(4),
        ends_on=makers.days(6),
        reason="leave",
    )
    moment = clock.now()
    asked = {"delegate": "victor", "starts": 0, "ends": 1, "code": "DEL-09", **changes}
    values = {
        "id": uuid7(),
        "programme": cast.programme.pk,
        "code": asked["code"],
        "delegator": cast.aude.pk,
        "delegate": cast.aude.pk if asked["delegate"] == "delegator" else cast.victor.pk,
        "starts": makers.days(asked["starts"]),
        "ends": makers.days(asked["ends"]),
        "accepted": moment if asked.get("accepted") else None,
        "declined": moment if asked.get("declined") else None,
    }
    assert refused(DELEGATION, values)[1] == constraint


def test_the_twin_of_these_delegations_is_written(cast):
    with connection.cursor() as cursor:
        cursor.execute(
            DELEGATION,
            {
                "id": uuid7(),
                "programme": cast.programme.pk,
                "code": "DEL-09",
                "delegator": cast.aude.pk,
                "delegate": cast.victor.pk,
                "starts": makers.days(0),
                "ends": makers.days(45),
                "accepted": None,
                "declined": None,
            },
        )
        assert cursor.rowcount == 1
