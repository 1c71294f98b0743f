"""A frozen version and what it pins no longer change."""

from django.db import migrations

from governance.audit.needs_event import needs_event

FREEZE = """
CREATE FUNCTION version_stays_frozen() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF OLD.frozen_at IS NOT NULL AND (TG_OP = 'DELETE' OR to_jsonb(NEW) - ARRAY['deprecated_at', 'version']
      IS DISTINCT FROM to_jsonb(OLD) - ARRAY['deprecated_at', 'version']) THEN
    RAISE EXCEPTION 'a frozen version does not change' USING ERRCODE = '23514', CONSTRAINT = 'version_frozen';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER version_stays_frozen BEFORE UPDATE OR DELETE ON segments_segmentversion
  FOR EACH ROW EXECUTE FUNCTION version_stays_frozen();

CREATE FUNCTION version_part_is_a_draft() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE part jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
BEGIN
  IF EXISTS (SELECT FROM public.segments_segmentversion v WHERE v.id = (part ->> TG_ARGV[0])::uuid AND v.frozen_at IS NOT NULL) THEN
    RAISE EXCEPTION 'a frozen version does not change' USING ERRCODE = '23514', CONSTRAINT = 'version_frozen';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER pins_stay_frozen BEFORE INSERT OR UPDATE OR DELETE ON segments_versionpin
  FOR EACH ROW EXECUTE FUNCTION version_part_is_a_draft('version_id');
CREATE TRIGGER authors_stay_frozen BEFORE INSERT OR UPDATE OR DELETE ON segments_segmentversion_authors
  FOR EACH ROW EXECUTE FUNCTION version_part_is_a_draft('segmentversion_id');
"""
BACK = """
DROP TRIGGER authors_stay_frozen ON segments_segmentversion_authors; DROP TRIGGER pins_stay_frozen ON segments_versionpin;
DROP FUNCTION version_part_is_a_draft();
DROP TRIGGER version_stays_frozen ON segments_segmentversion; DROP FUNCTION version_stays_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0001_initial"), ("audit", "0002_chain_events")]

    operations = [
        migrations.RunSQL(FREEZE, BACK),
        needs_event("segments_segment", "segments_segmentversion", "segments_sizeestimate"),
    ]
