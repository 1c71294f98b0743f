"""The trail: entries a second beside a plain insert, and verifying a chain beside one pass in SQL."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Sequence

import psycopg
from django.db import connection

from governance.audit import trail
from portal.bench.measure import Figure
from portal.database import SITE

WRITERS = 8
MEMBERS = (
    "(id, stream, seq, clock, xact, actor, on_behalf_of, roles, verb, subject_kind, subject_code, before_fp,"
    " after_fp, payload, request_id, prev_hash, hash)"
)
VALUES = "VALUES (%s, %s, 0, '', 0, %s, '', %s, %s, %s, %s, '', '', %s, '', '', '')"
# The same rows, keys and index by subject; neither trigger nor chain.
PLAIN = f"""
CREATE TABLE bench_plain (LIKE audit_event INCLUDING DEFAULTS);
ALTER TABLE bench_plain ADD PRIMARY KEY (id);
CREATE INDEX ON bench_plain (stream, subject_kind, subject_code, seq DESC);
GRANT SELECT, INSERT ON bench_plain TO {SITE};
"""
IN_SQL = """
SELECT count(*), count(*) FILTER (WHERE hash <> again OR prev_hash <> before) FROM (
  SELECT hash, prev_hash, coalesce(lag(hash) OVER (ORDER BY seq), prev_hash) AS before,
    'sha256:' || encode(sha256(jalon_bytes(prev_hash || jalon_field(stream) || jalon_field(seq::text)
      || jalon_field(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) || jalon_field(clock)
      || jalon_field(actor) || jalon_field(on_behalf_of) || jalon_field(roles) || jalon_field(verb)
      || jalon_field(subject_kind) || jalon_field(subject_code) || jalon_field(before_fp)
      || jalon_field(after_fp) || jalon_field(payload))), 'hex') AS again
  FROM audit_event WHERE stream = %s) e
"""


def verifying(stream: str) -> tuple[Figure, Figure, int]:
    """Verify a chain as the portal does, and in one statement; with how many events it has."""
    events = trail.verify(stream).events

    def whole() -> None:
        verdict = trail.verify(stream)
        if not verdict.ok:
            raise AssertionError(f"the seeded chain does not verify: {verdict}")

    def one_pass() -> None:
        with connection.cursor() as cursor:
            cursor.execute(IN_SQL, [stream])
            told = cursor.fetchone()
        if told is None or told[1]:
            raise AssertionError(f"the seeded chain does not verify in SQL: {told}")

    return Figure("verify a chain", whole), Figure("one pass in SQL", one_pass), events


def appended(url: str, table: str, streams: Sequence[str], writers: int, seconds: float) -> float:
    """Entries a second of so many writers, one statement and one commit each, over these streams."""
    done = [0] * writers
    failed: list[BaseException] = []
    ready = threading.Barrier(writers + 1)
    statement = f"INSERT INTO {table} {MEMBERS} {VALUES}"

    def write(place: int) -> None:
        try:
            with psycopg.connect(url, autocommit=True) as here:
                ready.wait(30)
                end = time.monotonic() + seconds
                while time.monotonic() < end:
                    stream = streams[(done[place] * writers + place) % len(streams)]
                    here.execute(statement, [uuid.uuid4(), stream, *ENTRY])
                    done[place] += 1
        except BaseException as error:
            ready.abort()
            failed.append(error)

    threads = [threading.Thread(target=write, args=(place,), daemon=True) for place in range(writers)]
    for thread in threads:
        thread.start()
    try:
        ready.wait(30)
    except threading.BrokenBarrierError:
        raise failed[0] if failed else TimeoutError("the writers did not start") from None
    started = time.monotonic()
    for thread in threads:
        thread.join(seconds + 30)
    if failed:
        raise failed[0]
    return sum(done) / (time.monotonic() - started)


ENTRY = (
    "lead@bench.example",
    '["core_team_lead"]',
    "bench.noted",
    "use_case",
    "UC-01",
    '{"what":"' + "an entry of about three hundred bytes " * 5 + '"}',
)
