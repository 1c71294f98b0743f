"""The content of a submitted revision no longer changes (INV-17)."""

from django.db import migrations

from governance.audit.needs_event import needs_event

PARTS = {
    "backlog_usecasepurpose": "revision_id",
    "backlog_revisionsegment": "revision_id",
    "backlog_usecaserevision_authors": "usecaserevision_id",
    "backlog_usecaserevision_destinations": "usecaserevision_id",
    "backlog_usecaserevision_objectives": "usecaserevision_id",
    "backlog_usecaserevision_recipients": "usecaserevision_id",
    "backlog_usecaserevision_targets": "usecaserevision_id",
}
FREEZE = """
CREATE FUNCTION revision_stays_submitted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF OLD.edition_id IS NOT NULL AND (TG_OP = 'DELETE' OR to_jsonb(NEW) - 'version' IS DISTINCT FROM to_jsonb(OLD) - 'version') THEN
    RAISE EXCEPTION 'a submitted revision does not change' USING ERRCODE = '23514', CONSTRAINT = 'INV-17';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER revision_stays_submitted BEFORE UPDATE OR DELETE ON backlog_usecaserevision
  FOR EACH ROW EXECUTE FUNCTION revision_stays_submitted();

CREATE FUNCTION revision_part_is_a_draft() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE part jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
BEGIN
  IF EXISTS (SELECT FROM public.backlog_usecaserevision v WHERE v.id = (part ->> TG_ARGV[0])::uuid AND v.edition_id IS NOT NULL) THEN
    RAISE EXCEPTION 'a submitted revision does not change' USING ERRCODE = '23514', CONSTRAINT = 'INV-17';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
""" + "".join(
    f"CREATE TRIGGER part_stays_submitted BEFORE INSERT OR UPDATE OR DELETE ON {table} "
    f"FOR EACH ROW EXECUTE FUNCTION revision_part_is_a_draft('{column}');\n"
    for table, column in PARTS.items()
)
BACK = (
    "".join(f"DROP TRIGGER part_stays_submitted ON {table};\n" for table in PARTS)
    + "DROP FUNCTION revision_part_is_a_draft(); "
    "DROP TRIGGER revision_stays_submitted ON backlog_usecaserevision; DROP FUNCTION revision_stays_submitted();"
)


class Migration(migrations.Migration):
    dependencies = [("backlog", "0001_initial"), ("audit", "0002_chain_events")]

    operations = [
        migrations.RunSQL(FREEZE, BACK),
        needs_event("backlog_usecase", "backlog_usecaserevision"),
    ]
