"""What each database role may do: the owner migrates, the site serves, the auditor reads.

`site_may` on a model says what the site is granted (governance/keys.py): a governed table says less than
the four ordinary rights, which any other table gets. `tests/guards/grants.txt` lists what came of it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from django.db.models.signals import post_migrate, pre_migrate

SITE = "jalon_app"
AUDITOR = "jalon_auditor"
ORDINARY = "SELECT, INSERT, UPDATE, DELETE"


def follow_migrations() -> None:
    """Grant before and after each migration, in whichever database it runs."""
    pre_migrate.connect(before_tables, dispatch_uid="portal.database.before")
    post_migrate.connect(after_tables, dispatch_uid="portal.database.after")


def is_owner(cursor: CursorWrapper) -> bool:
    """Say whether this session may grant: flushing sends the same signal, as the site."""
    cursor.execute("SELECT current_user <> %s", [SITE])
    row = cursor.fetchone()
    return bool(row and row[0])


def before_tables(sender: Any, using: str, **_: Any) -> None:
    """Let new tables be read, and nothing more until their models say so."""
    with connections[using].cursor() as cursor:
        if not is_owner(cursor):
            return
        cursor.execute(f"""
            ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {SITE}, {AUDITOR};
            ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON SEQUENCES TO {AUDITOR}""")


def after_tables(sender: Any, using: str, **_: Any) -> None:
    """Open the tables of this app as its models say."""
    with connections[using].cursor() as cursor:
        if not is_owner(cursor):
            return
        tables = set(connections[using].introspection.table_names(cursor))
        for model in sender.get_models(include_auto_created=True):
            if model._meta.managed and not model._meta.proxy and model._meta.db_table in tables:
                open_table(cursor, model._meta.db_table, allowed(model))
        if sender.label == "contenttypes":  # once per migration
            cursor.execute("SELECT quote_ident(current_database())")
            (name,) = cursor.fetchone() or ("",)
            cursor.execute(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC")


def allowed(model: type[Model]) -> str:
    """What the site may do to the rows of a model; the links of rows that stay, stay."""
    owner = model._meta.auto_created
    if owner and "DELETE" not in getattr(owner, "site_may", ORDINARY):
        return "SELECT, INSERT"
    return str(getattr(model, "site_may", ORDINARY))


def open_table(cursor: CursorWrapper, table: str, may: str) -> None:
    """Grant the site exactly this on a table."""
    cursor.execute(f'REVOKE ALL ON "{table}" FROM {SITE}; GRANT {may} ON "{table}" TO {SITE}')


def open_cache(using: str) -> None:
    """Open the cache's table, which belongs to no model."""
    with connections[using].cursor() as cursor:
        if is_owner(cursor):
            for cache in settings.CACHES.values():
                if str(cache["BACKEND"]).endswith("DatabaseCache"):
                    open_table(cursor, str(cache["LOCATION"]), ORDINARY)


def let_go() -> None:
    """Close the connections of this process, those of the pool too."""
    for connection in connections.all():
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]


def set_clock(cursor: CursorWrapper | psycopg.Cursor[Any], today: dt.date | None) -> None:
    """Fix the day of this database, or give it its own time back.

    The own time of a demo database (days counted from its making) is remembered in the table's comment
    while another day stands in its place.
    """
    cursor.execute("SELECT day, shift_days, obj_description('fixed_clock'::regclass) FROM fixed_clock")
    day, shift, kept = cursor.fetchone() or (None, None, None)
    if today is not None:
        if shift is not None:
            cursor.execute(f"COMMENT ON TABLE fixed_clock IS '{int(shift)}'")
        cursor.execute(
            "INSERT INTO fixed_clock (one, day) VALUES (true, %s)"
            " ON CONFLICT (one) DO UPDATE SET day = excluded.day, shift_days = NULL, instant = NULL",
            [today],
        )
    elif day is not None and kept is not None:
        cursor.execute("UPDATE fixed_clock SET shift_days = %s, day = NULL", [int(kept)])
    elif day is not None:
        cursor.execute("DELETE FROM fixed_clock")
