"""What the site and the auditor may do is exactly the checked-in list, table by table.

After a wanted change: `JALON_WRITE_GRANTS=1 python3 manage.py test tests/guards/test_grants.py`, then read
the difference of `grants.txt` as closely as code.
"""

import os
from pathlib import Path

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db
LIST = Path(__file__).with_name("grants.txt")
ROLES = "'jalon_app', 'jalon_auditor'"


def granted(owner):
    """One line per role and table, from what the database says."""
    rows = owner.execute(f"""
        SELECT grantee, table_name, privilege_type, NULL FROM information_schema.role_table_grants
        WHERE grantee IN ({ROLES}) AND table_schema = 'public'
        UNION ALL
        SELECT grantee, table_name, privilege_type, column_name FROM information_schema.role_column_grants c
        WHERE grantee IN ({ROLES}) AND table_schema = 'public' AND NOT EXISTS (
            SELECT FROM information_schema.role_table_grants t
            WHERE (t.grantee, t.table_schema, t.table_name, t.privilege_type)
                = (c.grantee, c.table_schema, c.table_name, c.privilege_type))""").fetchall()
    lines = {}
    for role, table, right, column in rows:
        lines.setdefault((role, table), {}).setdefault(right, set()).update({column} - {None})
    for (role, table), rights in sorted(lines.items()):
        words = (
            f"{right} ({', '.join(sorted(columns))})" if columns else right
            for right, columns in sorted(rights.items())
        )
        yield f"{role} {table}: {', '.join(words)}"


def test_rights_are_exactly_those_of_the_list(owner):
    now = "\n".join(granted(owner)) + "\n"
    if os.environ.get("JALON_WRITE_GRANTS"):
        LIST.write_text(now)
    assert now.splitlines() == LIST.read_text().splitlines()


def rights_of(owner, *roles):
    """The kinds of rights that roles hold on any table."""
    rows = owner.execute(
        "SELECT DISTINCT privilege_type FROM information_schema.role_table_grants WHERE grantee = ANY (%s)",
        [list(roles)],
    )
    return {right for (right,) in rows}


def test_nobody_but_the_owner_truncates_refers_or_triggers(owner):
    assert rights_of(owner, "jalon_app", "jalon_auditor") == {"SELECT", "INSERT", "UPDATE", "DELETE"}


def test_the_auditor_only_reads(owner):
    assert rights_of(owner, "jalon_auditor") == {"SELECT"}


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE mine (a int)", "CREATE TEMPORARY TABLE mine (a int)", "TRUNCATE audit_event"]
)
def test_the_site_makes_and_empties_no_table(statement):
    with connection.cursor() as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute(statement)
