"""Where an edition stands as a whole, as a function: asked of the rows that are shown, and of no other.

A view would say the same; joined to rows that may have no edition it was computed for every edition there is.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION edition_status(edition uuid, lapses boolean) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE e public.dossiers_edition; BEGIN
  SELECT id, dossier_id, number, closed_at, closed_as INTO e.id, e.dossier_id, e.number, e.closed_at, e.closed_as
    FROM public.dossiers_edition x WHERE x.id = edition;
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF EXISTS (SELECT FROM public.reviews_approval a WHERE a.edition_id = e.id) THEN
    IF EXISTS (SELECT FROM public.dossiers_edition f JOIN public.reviews_approval a ON a.edition_id = f.id
               WHERE f.dossier_id = e.dossier_id AND f.number > e.number) THEN RETURN 'superseded'; END IF;
    IF lapses AND EXISTS (SELECT FROM public.reviews_coverage c WHERE c.edition_id = e.id AND NOT c.covers)
      THEN RETURN 'lapsed'; END IF;
    RETURN 'approved';
  END IF;
  IF e.closed_as = 'rejected' OR EXISTS (
    SELECT FROM public.reviews_review r
    WHERE r.edition_id = e.id AND r.decision = 'reject' AND r.revoked_at IS NULL) THEN RETURN 'refused'; END IF;
  RETURN CASE WHEN e.closed_at IS NULL THEN 'open' ELSE 'closed' END;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("reviews", "0003_show_what_stands")]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION edition_status(uuid, boolean)")]
