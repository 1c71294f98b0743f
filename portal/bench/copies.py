"""The rows of the benchmark: prototypes made by the verbs, copied by SQL as the owner of the tables.

The guards and the needs-event triggers of the tables are off while copies are written (`DISABLE TRIGGER
USER`, which the owner may: no superuser is needed, so an external server serves as well) and on again
afterwards; keys, checks and unique constraints hold throughout. What is not faithful: copies outside the
measured programme rest on that programme's segment, objective and evidence. The content of a copy names
its own dossier and its fingerprint is the database's; events are chained by the trigger as ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db.models import AutoField, Field, ForeignKey, GeneratedField, Model, QuerySet
from psycopg import sql

from governance.dossiers.models import (
    Dossier,
    Edition,
    EditionAuthor,
    EditionRequirement,
    EditionScope,
)
from governance.gates.models import Gate, GateCriterion
from governance.programmes.models import Phase, Programme
from governance.reviews.models import Approval, ApprovalSupport, Review, ReviewRequest
from governance.roles.models import RoleAssignment
from governance.stakeholders.models import Person
from portal.bench.stage import CODE, Stage
from usecases.backlog.models import RevisionSegment, UseCase, UseCasePurpose, UseCaseRevision
from usecases.kpis.models import KpiTarget

PROGRAMMES, VISIBLE = 200, 20
SIGNED_IN = VISIBLE  # the place of the programme whose last signatures are measured: the lead is not in it
APPROVED, WAITING, HALFWAY = "UC-01", "UC-02", "UC-03"  # all have signed, all but one, all but two
BATCH = 1000
EVENTS = 4  # of each use case

# One place a use case: which programme it is in, under which code.
PLACES = f"""
CREATE TABLE bench_place
  (n int PRIMARY KEY, place int, programme uuid, stream text, code text, prototype text);
CREATE TABLE bench_programme_place AS
  SELECT 0 AS k, id, code FROM programmes_programme WHERE code = '{CODE}';
"""
# A tenth is in the twenty programmes of the caller, 81 % of it in one, so that there are pages of fifty.
FILL = f"""
INSERT INTO bench_place
SELECT n, place, p.id, p.code, 'UC-' || (1000 + n), proto FROM (
  SELECT n, CASE WHEN n %% 10 <> 0 THEN {SIGNED_IN + 1} + n %% {PROGRAMMES - SIGNED_IN - 1}
                 WHEN n / 10 %% 100 < 81 THEN 0
                 ELSE 1 + n / 10 %% {VISIBLE - 1} END AS place,
         CASE WHEN n / 10 %% 5 = 4 THEN '{WAITING}' ELSE '{APPROVED}' END AS proto
    FROM generate_series(1, %(rows)s) n
  UNION ALL
  SELECT %(rows)s + n, {SIGNED_IN}, CASE WHEN n %% 2 = 0 THEN '{WAITING}' ELSE '{HALFWAY}' END
    FROM generate_series(1, 2 * %(signed)s) n
) x JOIN bench_programme_place p ON p.k = x.place
"""
OF_A_USE_CASE: tuple[tuple[type[Model], str], ...] = (
    (Dossier, "pk"),
    (Edition, "dossier"),
    (EditionAuthor, "edition__dossier"),
    (EditionScope, "edition__dossier"),
    (EditionRequirement, "edition__dossier"),
    (KpiTarget, "dossier"),
    (KpiTarget.objectives.through, "kpitarget__dossier"),
    (UseCase, "dossier"),
    (UseCaseRevision, "usecase__dossier"),
    (UseCaseRevision.authors.through, "usecaserevision__usecase__dossier"),
    (UseCaseRevision.destinations.through, "usecaserevision__usecase__dossier"),
    (UseCaseRevision.objectives.through, "usecaserevision__usecase__dossier"),
    (UseCaseRevision.targets.through, "usecaserevision__usecase__dossier"),
    (UseCaseRevision.recipients.through, "usecaserevision__usecase__dossier"),
    (UseCasePurpose, "revision__usecase__dossier"),
    (RevisionSegment, "revision__usecase__dossier"),
    (ReviewRequest, "edition__dossier"),
    (Review, "dossier"),
    (Approval, "edition__dossier"),
    (ApprovalSupport, "approval__edition__dossier"),
)
OF_A_PROGRAMME: tuple[tuple[type[Model], str], ...] = (
    (Programme, "pk"),
    (Phase, "programme"),
    (Gate, "programme"),
    (GateCriterion, "gate__programme"),
    (RoleAssignment, "programme"),
)
SCOPE = "'sha256:' || encode(sha256(convert_to(o.{} || p.n, 'UTF8')), 'hex')"
# What a copy says otherwise than its prototype; `o` is the prototype, `p` the place of the copy.
OTHERWISE: dict[tuple[type[Model], str], str] = {
    (Dossier, "code"): "p.code",
    (Dossier, "name_fr"): "o.name_fr || ' ' || p.n",
    (Dossier, "name_en"): "o.name_en || ' ' || p.n",
    (Dossier, "programme_id"): "p.programme",
    (Edition, "content"): f"""convert_to(replace(convert_from(o.content, 'UTF8'),
        '{CODE}/' || p.prototype || '"', p.stream || '/' || p.code || '"'), 'UTF8')""",
    (EditionScope, "fp"): SCOPE.format("fp"),
    (KpiTarget, "programme_id"): "p.programme",
    (KpiTarget, "code"): "'T' || right(o.code, 1) || lpad(to_hex(p.n), 6, '0')",
    (UseCase, "changed_at"): "o.changed_at - p.n * interval '1 minute'",
    (UseCase, "emblematic"): "mod(p.n / 10, 10) = 0",
    (Review, "scope_fp"): SCOPE.format("scope_fp"),
    (Review, "full_fp"): "(SELECT e.fp FROM dossiers_edition e WHERE e.id = {edition_id})",
    (ApprovalSupport, "scope_fp"): SCOPE.format("scope_fp"),
    (Programme, "code"): "'B' || p.n",
    (Programme, "name_fr"): "o.name_fr || ' ' || p.n",
    (Programme, "name_en"): "o.name_en || ' ' || p.n",
    (Person, "email"): "'other.' || o.email",
    (Person, "user_id"): "NULL",
}


def seed(owner: psycopg.Connection, stage: Stage, *, rows: int, signed: int) -> None:
    """Fill the database: so many use cases, then so many that lack one signature, and that lack two."""
    tables = {model._meta.db_table for model, _path in (*OF_A_USE_CASE, *OF_A_PROGRAMME)}
    owner.execute("SET synchronous_commit = off")  # of this session, which seeds and measures nothing
    owner.execute(PLACES)
    with guards_off(owner, tables):
        _programmes(owner, stage)
        owner.execute(FILL, {"rows": rows, "signed": signed})
        for first in range(1, rows + 2 * signed + 1, BATCH):
            for code in (APPROVED, WAITING, HALFWAY):
                dossier = stage.dossier(code)
                within = (first, first + BATCH - 1, code)
                for model, path in OF_A_USE_CASE:
                    found = model._default_manager.filter(**{path: dossier.pk})
                    copy(owner, found, moved={m for m, _path in OF_A_USE_CASE}, within=within)
                _events(owner, within)
    owner.execute("VACUUM ANALYZE")


def _programmes(owner: psycopg.Connection, stage: Stage) -> None:
    """Copy the programme: the first with its people, the others with people who hold nothing else."""
    owner.execute(
        "INSERT INTO bench_place (n, code, prototype) SELECT n, '', '' FROM generate_series(1, %s) n",
        [PROGRAMMES - 1],
    )
    moved = {model for model, _path in OF_A_PROGRAMME}
    everyone = Person.objects.filter(pk__in=[person.pk for person in stage.people.values()])
    copy(owner, everyone, moved={Person}, within=(1, 1, ""))
    others = f"CASE WHEN p.n > {SIGNED_IN} THEN md5(o.{{}}::text || ':1')::uuid ELSE o.{{}} END"
    person = {"person_id": others.format("person_id", "person_id")}
    for model, path in OF_A_PROGRAMME:
        found = model._default_manager.filter(**{path: stage.programme.pk})
        if model is RoleAssignment:
            lead = found.filter(person=stage["lead"].pk)  # type: ignore[misc]
            copy(owner, lead, moved=moved, within=(1, SIGNED_IN - 1, ""))
            copy(owner, lead, moved=moved, within=(SIGNED_IN + 1, PROGRAMMES, ""), otherwise=person)
            found = found.exclude(person=stage["lead"].pk)  # type: ignore[misc]
            copy(owner, found, moved=moved, within=(1, PROGRAMMES, ""), otherwise=person)
        else:
            copy(owner, found, moved=moved, within=(1, PROGRAMMES, ""))
    owner.execute(
        "INSERT INTO bench_programme_place SELECT substr(code, 2)::int, id, code FROM programmes_programme"
        " WHERE code <> %s",
        [CODE],
    )
    owner.execute("TRUNCATE bench_place")
    owner.execute("UPDATE programmes_phase SET status = 'open', actual_start = now() WHERE kind = 'cadrage'")


def copy(
    owner: psycopg.Connection,
    found: QuerySet[Any],
    *,
    moved: Collection[type[Model]],
    within: tuple[int, int, str],
    otherwise: Mapping[str, str] | None = None,
) -> None:
    """Copy rows once for each place within these bounds; keys of what is copied along move with it."""
    model = found.model
    fields = [one for one in model._meta.concrete_fields if not isinstance(one, (AutoField, GeneratedField))]
    keys = {one.attname: _key(one) for one in fields if _moves(one, moved)}
    said = {
        name: text.format(**keys) if "{" in text else text
        for (m, name), text in OTHERWISE.items()
        if m is model
    }
    said |= otherwise or {}
    columns = sql.SQL(", ").join(sql.Identifier(str(one.column)) for one in fields)
    values = sql.SQL(", ").join(
        sql.SQL(said.get(one.attname) or keys.get(one.attname) or f'o."{one.column}"') for one in fields
    )
    table, pk = sql.Identifier(model._meta.db_table), sql.Identifier(str(model._meta.pk.column))
    owner.execute(
        sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {values} FROM {table} o CROSS JOIN bench_place p"
            " WHERE o.{pk} = ANY(%s) AND p.n BETWEEN %s AND %s AND p.prototype = %s"
        ).format(table=table, columns=columns, values=values, pk=pk),
        [list(found.values_list("pk", flat=True)), *within],
    )


def _moves(one: Field[Any, Any], moved: Collection[type[Model]]) -> bool:
    """Whether a column names something that is copied along: the row itself, or another."""
    if isinstance(one, ForeignKey):
        return one.remote_field.model in moved
    return one.primary_key


def _key(one: Field[Any, Any]) -> str:
    return f"md5(o.\"{one.column}\"::text || ':' || p.n)::uuid"


def _events(owner: psycopg.Connection, within: tuple[int, int, str]) -> None:
    """Tell of each copy the last that was told of its prototype; the trigger chains it."""
    owner.execute(
        f"""INSERT INTO audit_event (id, stream, seq, clock, xact, actor, on_behalf_of, roles, verb,
              subject_kind, subject_code, before_fp, after_fp, payload, request_id, prev_hash, hash)
            SELECT gen_random_uuid(), p.stream, 0, '', 0, o.actor, o.on_behalf_of, o.roles, o.verb,
              o.subject_kind, p.code, o.before_fp, o.after_fp, o.payload, o.request_id, '', ''
            FROM (SELECT * FROM audit_event WHERE stream = '{CODE}' AND subject_code = %(code)s
                  ORDER BY seq DESC LIMIT {EVENTS}) o
            CROSS JOIN bench_place p
            WHERE p.n BETWEEN %(first)s AND %(last)s AND p.prototype = %(code)s
            ORDER BY p.stream, p.n, o.seq""",
        {"first": within[0], "last": within[1], "code": within[2]},
    )


@contextmanager
def guards_off(owner: psycopg.Connection, tables: Collection[str]) -> Iterator[None]:
    """Write without the triggers of these tables; the chain's is not among them."""

    def switch(how: str) -> None:
        for table in sorted(tables):
            owner.execute(
                sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(sql.Identifier(table), sql.SQL(how))
            )

    switch("DISABLE")
    try:
        yield
    finally:
        switch("ENABLE")
