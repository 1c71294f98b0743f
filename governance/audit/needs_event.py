"""The deferred trigger that governed tables carry, for their migrations."""

from __future__ import annotations

from django.db import migrations


def needs_event(*tables: str) -> migrations.RunSQL:
    """Refuse, at commit, a change of these tables that left no event in its transaction (trust.md I2)."""
    return migrations.RunSQL(
        "".join(
            f"CREATE CONSTRAINT TRIGGER {table}_needs_event AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION jalon_needs_event();"
            for table in tables
        ),
        "".join(f"DROP TRIGGER {table}_needs_event ON {table};" for table in tables),
    )
