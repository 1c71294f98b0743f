"""Keys that signatures point at, and an edition that closes once."""

from django.db import migrations

from governance.audit.needs_event import needs_event

KEYS = """
ALTER TABLE dossiers_edition ADD CONSTRAINT edition_and_its_fp UNIQUE (id, fp);
ALTER TABLE dossiers_edition ADD CONSTRAINT edition_and_its_submitter UNIQUE (id, submitted_by_id);
ALTER TABLE dossiers_edition ADD CONSTRAINT edition_and_its_dossier UNIQUE (id, dossier_id);

CREATE FUNCTION edition_closes_once() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  PERFORM 1 FROM public.dossiers_dossier d WHERE d.id = OLD.dossier_id FOR NO KEY UPDATE;   -- whoever signs waits here
  IF OLD.closed_at IS NOT NULL OR ROW(NEW.id, NEW.dossier_id, NEW.number, NEW.content, NEW.flags, NEW.size, NEW.submitted_by_id, NEW.submitted_at)
     IS DISTINCT FROM ROW(OLD.id, OLD.dossier_id, OLD.number, OLD.content, OLD.flags, OLD.size, OLD.submitted_by_id, OLD.submitted_at) THEN
    RAISE EXCEPTION 'an edition is written once and closes once' USING ERRCODE = '23514', CONSTRAINT = 'edition_written_once';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER edition_closes_once BEFORE UPDATE ON dossiers_edition FOR EACH ROW EXECUTE FUNCTION edition_closes_once();
"""
BACK = """
DROP TRIGGER edition_closes_once ON dossiers_edition; DROP FUNCTION edition_closes_once();
ALTER TABLE dossiers_edition DROP CONSTRAINT edition_and_its_dossier;
ALTER TABLE dossiers_edition DROP CONSTRAINT edition_and_its_submitter;
ALTER TABLE dossiers_edition DROP CONSTRAINT edition_and_its_fp;
"""


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0001_initial"), ("audit", "0002_chain_events")]

    operations = [migrations.RunSQL(KEYS, BACK), needs_event("dossiers_dossier", "dossiers_edition")]
