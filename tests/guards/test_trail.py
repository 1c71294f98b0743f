"""The journal under attack: what the site is refused (I1), and what the owner can do but not hide (I3)."""

import io
import os
import uuid

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections, transaction

from governance.audit import trail
from governance.audit.models import Event, Head
from governance.roles.models import RoleAssignment

FORGED = """
INSERT INTO audit_event (id, stream, seq, at, recorded_at, clock, xact, actor, on_behalf_of, roles, verb,
  subject_kind, subject_code, before_fp, after_fp, payload, request_id, prev_hash, hash)
VALUES (gen_random_uuid(), 'TALV', {seq}, '2020-01-01', '2020-01-01', 'server', 1,
  'intruder@jalon.example', '', '[]', 'gate.decided', '', '', '', '', '{{}}', '', 'sha256:forged',
  'sha256:forged')"""

REFUSED = {
    "update": "UPDATE audit_event SET actor = 'someone@else'",
    "update one": "UPDATE audit_event SET payload = '{}' WHERE seq = 1",
    "delete": "DELETE FROM audit_event",
    "truncate": "TRUNCATE audit_event",
    "truncate cascade": "TRUNCATE audit_event, audit_head CASCADE",
    "on conflict": FORGED.format(seq=1) + " ON CONFLICT (stream, seq) DO UPDATE SET actor = 'x'",
    "merge": "MERGE INTO audit_event e USING (SELECT 1 AS one) s ON e.seq = s.one WHEN MATCHED THEN DELETE",
    "disable trigger": "ALTER TABLE audit_event DISABLE TRIGGER audit_chain",
    "disable all triggers": "ALTER TABLE audit_event DISABLE TRIGGER ALL",
    "replica": "SET session_replication_role = replica",
    "drop trigger": "DROP TRIGGER audit_chain ON audit_event",
    "create trigger": "CREATE TRIGGER mine BEFORE INSERT ON audit_event EXECUTE FUNCTION audit_chain()",
    "rule": "CREATE RULE hide AS ON INSERT TO audit_event DO INSTEAD NOTHING",
    "owner": "ALTER TABLE audit_event OWNER TO jalon_app",
    "rename": "ALTER TABLE audit_event RENAME TO old_event",
    "inherits": "CREATE TABLE mine () INHERITS (audit_event)",
    "set role": "SET ROLE {owner}",
    "session authorization": "SET SESSION AUTHORIZATION {owner}",
    "lock": "LOCK TABLE audit_event IN ACCESS EXCLUSIVE MODE",
    "lock rows": "SELECT 1 FROM audit_event FOR UPDATE",
    "drop table": "DROP TABLE audit_event",
    "drop column": "ALTER TABLE audit_event DROP COLUMN hash",
    "drop constraint": "ALTER TABLE audit_event DROP CONSTRAINT event_in_its_place",
    "replace function": (
        "CREATE OR REPLACE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
    ),
    "alter function": "ALTER FUNCTION audit_chain() RENAME TO was_chain",
    "drop function": "DROP FUNCTION audit_chain() CASCADE",
    "plant sha256": "CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'",
    "head update": "UPDATE audit_head SET seq = 0",
    "head delete": "DELETE FROM audit_head",
    "head insert": "INSERT INTO audit_head (stream, seq, hash, at) VALUES ('X', 0, '', now())",
    "clock insert": "INSERT INTO fixed_clock (one, day) VALUES (true, '2020-01-01')",
    "clock update": "UPDATE fixed_clock SET day = '2020-01-01'",
    "clock delete": "DELETE FROM fixed_clock",
    "temporary table in the way": "CREATE TEMPORARY TABLE fixed_clock (one boolean)",
    "schema": "CREATE SCHEMA mine",
    "create table": "CREATE TABLE public.mine (a int)",
}


def owner_name():
    return psycopg.conninfo.conninfo_to_dict(os.environ["OWNER_DATABASE_URL"])["user"]


@pytest.mark.parametrize("name", REFUSED)
def test_the_site_may_not(cast, name):
    before = trail.verify("TALV")
    with pytest.raises(Exception) as refused, transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute(REFUSED[name].replace("{owner}", owner_name()))

    assert refused.value.__cause__.sqlstate == "42501", refused.value
    assert trail.verify("TALV") == before
    assert before.ok


def test_what_a_forger_writes_is_put_in_its_place_by_the_database(cast):
    """The site may append, and only that: sequence, time, hash and link are the database's."""
    end = Head.objects.get(stream="TALV").seq
    with connections["default"].cursor() as cursor:
        cursor.execute(FORGED.format(seq=1))
    forged = Event.objects.get(actor="intruder@jalon.example")

    assert forged.seq == end + 1
    assert forged.at.year >= 2026
    assert forged.xact > 1
    assert forged.hash != "sha256:forged"
    assert trail.verify("TALV").ok


def test_a_stream_cannot_be_started_behind_the_trail(db):
    with connections["default"].cursor() as cursor:
        cursor.execute(FORGED.format(seq=99))
    assert Event.objects.get(stream="TALV").seq == 1


@pytest.mark.django_db(transaction=True)
def test_a_governed_change_without_an_event_does_not_commit():
    from tests.cast import Cast

    cast = Cast()
    assignment = cast.assignments["mehdi"]
    for statement in (
        "UPDATE roles_roleassignment SET ends_on = starts_on + 9",
        "UPDATE programmes_programme SET name_fr = 'Autre'",
        "UPDATE programmes_phase SET status = 'open' WHERE kind = 'cadrage'",
    ):
        with (
            pytest.raises(Exception) as refused,
            transaction.atomic(),
            connections["default"].cursor() as cursor,
        ):
            cursor.execute(statement)
        assert refused.value.__cause__.diag.constraint_name == "change_has_an_event"
    with pytest.raises(Exception) as refused, transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute("DELETE FROM roles_roleassignment")
    assert refused.value.__cause__.sqlstate == "42501"
    assert RoleAssignment.objects.get(pk=assignment.pk).ends_on is None


# ---------------------------------------------------------------- what an owner may do, and the chain tells
def tampered(stream, statements):
    """Do this as the owner with the guards off, in the database of the tests, and verify."""
    from tests.conftest import as_owner

    with as_owner() as owner:
        owner.autocommit = True
        owner.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        try:
            for statement in statements:
                owner.execute(statement.format(here=f"stream = '{stream}'", stream=stream))
        finally:
            owner.execute("ALTER TABLE audit_event ENABLE TRIGGER USER")
    return trail.verify(stream)


def chain(length=6, stream="TALV"):
    """A chain of some events, committed."""
    with transaction.atomic():
        for number in range(length):
            trail.record(
                "test.done", by=None, stream=stream, subject=("thing", f"T-{number}"), payload={"n": number}
            )


EDIT, CUT, END = (
    "UPDATE audit_event SET ",
    "DELETE FROM audit_event WHERE {here}",
    "UPDATE audit_head SET seq = ",
)
TAMPERS = {
    "edit": ([EDIT + "payload = '[9]' WHERE {here} AND seq = 3"], 3, "changed"),
    "another actor": ([EDIT + "actor = 'x' WHERE {here} AND seq = 4"], 4, "changed"),
    "another time": ([EDIT + "at = at - interval '1 hour' WHERE {here} AND seq = 2"], 2, "changed"),
    "another clock": ([EDIT + "clock = 'fixed' WHERE {here} AND seq = 2"], 2, "changed"),
    "another subject": ([EDIT + "subject_code = 'T-9' WHERE {here} AND seq = 5"], 5, "changed"),
    "another hash": ([EDIT + "hash = 'sha256:' || repeat('1', 64) WHERE {here} AND seq = 3"], 3, "changed"),
    "delete in the middle": ([CUT + " AND seq = 3"], 3, "missing"),
    "delete the first": ([CUT + " AND seq = 1"], 1, "missing"),
    "delete the tail": ([CUT + " AND seq > 4"], 5, "tail"),
    "delete the tail and shorten the head": ([CUT + " AND seq > 4", END + "4 WHERE {here}"], 5, "tail"),
    "delete every event": ([CUT], 1, "tail"),
    "delete the head": (["DELETE FROM audit_head WHERE {here}"], 1, "tail"),
    "swap two": (
        [EDIT + f"seq = {new} WHERE {{here}} AND seq = {old}" for old, new in ((3, 99), (4, 3), (99, 4))],
        3,
        "unlinked",
    ),
    "close the gap": (
        [CUT + " AND seq = 3"]
        + [EDIT + f"seq = {old - 1} WHERE {{here}} AND seq = {old}" for old in (4, 5, 6)]
        + [END + "5 WHERE {here}"],
        3,
        "unlinked",
    ),
    "insert past the head": ([FORGED.replace("'TALV'", "'{stream}'").replace("{seq}", "7")], 7, "tail"),
    "move to another chain": ([EDIT + "stream = stream || '-X' WHERE {here} AND seq > 3"], 4, "tail"),
}


@pytest.mark.django_db(transaction=True)
def test_a_tampered_chain_names_its_first_broken_event():
    for number, (name, (statements, first_broken, reason)) in enumerate(TAMPERS.items()):
        stream = f"T{number}"
        chain(stream=stream)
        assert trail.verify(stream).ok

        verdict = tampered(stream, statements)

        assert (verdict.ok, verdict.first_broken, verdict.reason) == (False, first_broken, reason), name
        said = io.StringIO()
        with pytest.raises(SystemExit) as ended:
            call_command("verify_journal", stream, stdout=said)
        assert ended.value.code == 1
        assert f"{stream}: BROKEN" in said.getvalue()
        assert f"event {first_broken} " in said.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_whole_chain_that_is_gone_is_missed():
    from tests.cast import Cast

    Cast()
    tampered("TALV", ["DELETE FROM audit_event WHERE {here}", "DELETE FROM audit_head WHERE {here}"])
    said = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_journal", stdout=said)
    assert "TALV: BROKEN, event 1 is missing" in said.getvalue()


@pytest.mark.django_db(transaction=True)
def test_the_command_says_that_all_holds_and_how_much_was_staged(clock_at):
    chain(3)
    clock_at("2026-03-02")
    chain(2)
    said = io.StringIO()
    call_command("verify_journal", stdout=said)

    assert "TALV: holds, 5 events, 2 of them under a fixed clock" in said.getvalue()
    assert "1 chains hold, 5 events." in said.getvalue()


@pytest.mark.django_db(transaction=True)
def test_writers_of_one_chain_wait_for_each_other():
    from concurrent.futures import ThreadPoolExecutor

    def write(number):
        try:
            with transaction.atomic():
                trail.record(
                    "test.done", by=None, stream="TALV", subject=("thing", str(number)), payload={"n": number}
                )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(60)))

    verdict = trail.verify("TALV")
    assert verdict.ok
    assert verdict.events == 60


def test_keys_of_rows_are_not_content(db):
    from governance.canonical import NotCanonical

    with pytest.raises(NotCanonical):
        trail.record("test.done", by=None, stream="TALV", payload={"id": uuid.uuid4()})
