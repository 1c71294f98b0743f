"""Where an edition stands as a whole, as a function: asked of the rows that are shown, and of no other.

A view would say the same; joined to rows that may have no edition it was computed for every edition there is.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION edition_status(edition uuid, lapses boolean) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN EXISTS (SELECT FROM public.reviews_approval a WHERE a.edition_id = e.id) THEN CASE
      WHEN EXISTS (SELECT FROM public.dossiers_edition f JOIN public.reviews_approval a ON a.edition_id = f.id
                   WHERE f.dossier_id = e.dossier_id AND f.number > e.number) THEN 'superseded'
      WHEN lapses AND EXISTS (SELECT FROM public.reviews_coverage c WHERE c.edition_id = e.id AND NOT c.covers)
        THEN 'lapsed'
      ELSE 'approved' END
    WHEN e.closed_as = 'rejected' OR EXISTS (
      SELECT FROM public.reviews_review r
      WHERE r.edition_id = e.id AND r.decision = 'reject' AND r.revoked_at IS NULL) THEN 'refused'
    WHEN e.closed_at IS NULL THEN 'open'
    ELSE 'closed' END
  FROM public.dossiers_edition e WHERE e.id = edition
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("reviews", "0003_show_what_stands")]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION edition_status(uuid, boolean)")]
