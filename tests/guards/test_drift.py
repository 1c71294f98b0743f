"""What guards the data is what was checked in: no later migration drops a rule in silence (trust.md 5.1).

Rewrite the list on purpose with `JALON_KEEP_SCHEMA=1 python3 manage.py test tests/guards/test_drift.py`, and
read its difference before keeping it. Texts that servers of different versions write differently (checks,
views) are held by name; what they do is attacked in the other guards.
"""

# ruff: noqa: E501  (a query reads better on its lines)

import difflib
import os
from pathlib import Path

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db
KEPT = Path(__file__).with_name("schema.txt")

CONSTRAINTS = """
SELECT t.relname || ' ' || CASE k.contype WHEN 'c' THEN 'check' WHEN 'f' THEN 'key' WHEN 'p' THEN 'primary'
    WHEN 'u' THEN 'unique' WHEN 'x' THEN 'exclude' ELSE k.contype::text END || ' ' || k.conname
  || CASE WHEN k.contype IN ('p', 'u', 'f') THEN ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY n.place)
       FROM unnest(k.conkey) WITH ORDINALITY AS n(number, place)
       JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.number) || ')' ELSE '' END
  || CASE WHEN k.contype = 'f' THEN ' -> ' || k.confrelid::regclass::text ELSE '' END
  || CASE WHEN k.condeferrable THEN ' deferrable' ELSE '' END || CASE WHEN NOT k.convalidated THEN ' NOT VALID' ELSE '' END
FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
WHERE k.connamespace = 'public'::regnamespace AND k.contype IN ('c', 'f', 'p', 'u', 'x')"""
TRIGGERS = """
SELECT t.relname || ' trigger ' || g.tgname || ' ' || p.proname
  || CASE WHEN g.tgenabled <> 'O' THEN ' NOT ENABLED' ELSE '' END
  || CASE WHEN g.tgdeferrable THEN ' deferrable' ELSE '' END
  || ' ' || CASE WHEN g.tgtype & 2 > 0 THEN 'before' ELSE 'after' END
  || CASE WHEN g.tgtype & 4 > 0 THEN ' insert' ELSE '' END || CASE WHEN g.tgtype & 16 > 0 THEN ' update' ELSE '' END
  || CASE WHEN g.tgtype & 8 > 0 THEN ' delete' ELSE '' END
FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid JOIN pg_proc p ON p.oid = g.tgfoid
WHERE NOT g.tgisinternal AND t.relnamespace = 'public'::regnamespace"""
UNIQUE_INDEXES = """
SELECT t.relname || ' unique index ' || c.relname || CASE WHEN i.indpred IS NOT NULL THEN ' partial' ELSE '' END
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
WHERE i.indisunique AND t.relnamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)"""
FUNCTIONS = """
SELECT 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')'
  || CASE WHEN p.prosecdef THEN ' definer' ELSE '' END || coalesce(' ' || array_to_string(p.proconfig, ' '), '')
  || CASE WHEN p.prosqlbody IS NULL THEN ' ' || left(encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex'), 16) ELSE '' END
FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_range r JOIN pg_type y ON y.oid = r.rngtypid WHERE p.prorettype IN (y.oid, r.rngmultitypid)
                  AND p.proname IN (y.typname, y.typname || '_multirange', replace(y.typname, 'range', 'multirange')))"""
VIEWS = """
SELECT 'view ' || c.relname || ' ' || coalesce(array_to_string(c.reloptions, ' '), '') || ' (' || (
    SELECT string_agg(a.attname, ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) || ')'
FROM pg_class c WHERE c.relkind = 'v' AND c.relnamespace = 'public'::regnamespace"""


def schema():
    """Every rule of the database, one a line."""
    lines = []
    with connection.cursor() as cursor:
        for query in (CONSTRAINTS, TRIGGERS, UNIQUE_INDEXES, FUNCTIONS, VIEWS):
            cursor.execute(query)
            lines += [line for (line,) in cursor.fetchall()]
    return sorted(lines)


def test_the_rules_of_the_database_are_those_checked_in():
    found = schema()
    if os.environ.get("JALON_KEEP_SCHEMA"):
        KEPT.write_text("\n".join(found) + "\n")
    kept = KEPT.read_text().splitlines()
    moved = list(difflib.unified_diff(kept, found, "checked in", "in the database", lineterm="", n=0))
    assert moved == [], "\n".join(moved)


def test_the_list_would_see_what_is_dropped():
    kept = KEPT.read_text()
    for rule in (
        "reviews_review key signed_scope (edition_id, function, scope_fp) -> dossiers_editionscope",
        "reviews_review trigger review_guard review_guard before insert",
        "reviews_approval trigger approval_is_covered approval_is_covered deferrable after insert",
        "view reviews_standing security_invoker=",
        "function review_guard() definer search_path=pg_catalog, pg_temp",
    ):
        assert rule in kept, rule
