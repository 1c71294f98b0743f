"""Evidence is added with an event, or not at all; it is superseded once, never replaced (INV-15)."""

from django.db import migrations

from governance.audit.needs_event import needs_event

SUPERSEDED = """
CREATE FUNCTION evidence_superseded_once() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF OLD.superseded_by_id IS NOT NULL OR to_jsonb(NEW) - 'superseded_by_id' IS DISTINCT FROM to_jsonb(OLD) - 'superseded_by_id' THEN
    RAISE EXCEPTION 'evidence is never replaced' USING ERRCODE = '23514', CONSTRAINT = 'evidence_superseded_once';
  END IF;
  IF NOT EXISTS (SELECT FROM public.evidence_evidence e WHERE e.id = NEW.superseded_by_id AND e.id <> NEW.id
                 AND e.programme_id = NEW.programme_id AND e.superseded_by_id IS NULL) THEN
    RAISE EXCEPTION 'superseded by itself, by what was superseded, or from elsewhere' USING ERRCODE = '23514', CONSTRAINT = 'evidence_superseded_by_another';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER evidence_superseded_once BEFORE UPDATE ON evidence_evidence FOR EACH ROW EXECUTE FUNCTION evidence_superseded_once();
"""
SUPERSEDED_BACK = """
DROP TRIGGER evidence_superseded_once ON evidence_evidence; DROP FUNCTION evidence_superseded_once();
"""


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial"), ("audit", "0002_chain_events")]

    operations = [migrations.RunSQL(SUPERSEDED, SUPERSEDED_BACK), needs_event("evidence_evidence")]
