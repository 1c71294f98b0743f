"""A message wakes the relay by being written: whoever writes one forgets nothing."""

from django.db import migrations

WAKES = """
CREATE FUNCTION outbox_wakes() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN PERFORM pg_notify('outbox', ''); RETURN NULL; END $$;
CREATE TRIGGER outbox_wakes AFTER INSERT ON notices_message FOR EACH STATEMENT EXECUTE FUNCTION outbox_wakes();
"""
WAKES_BACK = "DROP TRIGGER outbox_wakes ON notices_message; DROP FUNCTION outbox_wakes();"


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]

    operations = [migrations.RunSQL(WAKES, WAKES_BACK)]
