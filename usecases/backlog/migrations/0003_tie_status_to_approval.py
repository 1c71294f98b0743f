"""A use case is approved, ready or live only once an edition of its dossier was approved (L7)."""

from django.db import migrations

TIE = """
CREATE FUNCTION use_case_was_approved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF NEW.status IN ('approved', 'ready', 'in_test', 'iterating', 'scaled') AND NOT EXISTS (
    SELECT FROM public.reviews_approval a JOIN public.dossiers_edition e ON e.id = a.edition_id
    WHERE e.dossier_id = NEW.dossier_id
  ) THEN
    RAISE EXCEPTION 'nobody approved this use case' USING ERRCODE = '23514', CONSTRAINT = 'approved_by_its_signatures';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER use_case_was_approved BEFORE INSERT OR UPDATE OF status, dossier_id ON backlog_usecase
  FOR EACH ROW EXECUTE FUNCTION use_case_was_approved();
"""
BACK = "DROP TRIGGER use_case_was_approved ON backlog_usecase; DROP FUNCTION use_case_was_approved();"


class Migration(migrations.Migration):
    dependencies = [("backlog", "0002_freeze_revisions"), ("reviews", "0001_initial")]

    operations = [migrations.RunSQL(TIE, BACK)]
