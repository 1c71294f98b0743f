"""What stands, covers and clears, as views; an approval is compared with its requirements at commit.

The views name their columns: to change a column they use, drop and make them again around the change.
"""

from django.db import migrations

VIEWS = """
CREATE VIEW reviews_standing WITH (security_invoker) AS
SELECT r.id::text || ':' || s.edition_id::text AS id, r.id AS review_id, s.edition_id, s.function,
  CASE WHEN r.revoked_at IS NOT NULL THEN 'revoked'
       WHEN review_stales(r.dossier_id, r.function, r.signed_at, r.reviewer_id) THEN 'stale'
       WHEN r.valid_through < (SELECT jalon_today()) THEN 'expired'
       WHEN r.decision = 'reject' THEN 'negative'
       ELSE 'standing' END AS state,
  r.reviewer_id, r.department, r.valid_through
FROM dossiers_editionscope s
JOIN dossiers_edition e ON e.id = s.edition_id
JOIN reviews_review r ON r.dossier_id = e.dossier_id AND r.function = s.function AND r.scope_fp = s.fp
  AND (r.decision <> 'reject' OR r.edition_id = s.edition_id)
WHERE NOT EXISTS (SELECT FROM dossiers_editionauthor a
                  WHERE a.edition_id = s.edition_id AND a.person_id IN (r.reviewer_id, r.on_behalf_of_id));

CREATE VIEW reviews_coverage WITH (security_invoker) AS
SELECT c.id, c.edition_id, c.function, c.minimum, c.signatures, c.covers, c.covers AND NOT c.blocked AS clears,
  CASE WHEN c.negatives > 0 THEN 'negative'
       WHEN c.covers AND c.blocked THEN 'blocked'
       WHEN c.covers THEN 'valid'
       WHEN c.stales > 0 THEN 'stale'
       WHEN c.expireds > 0 THEN 'expired'
       WHEN c.revokeds > 0 THEN 'revoked'
       ELSE 'missing' END AS state,
  CASE WHEN c.covers THEN c.valid_through END AS valid_through
FROM (
  SELECT q.id, q.edition_id, q.function, q.minimum,
    count(DISTINCT t.reviewer_id) FILTER (WHERE t.state = 'standing') AS signatures,
    count(DISTINCT t.reviewer_id) FILTER (WHERE t.state = 'standing') >= q.minimum
      AND (q.function <> 'sponsor' OR q.minimum < 2
           OR count(DISTINCT t.department) FILTER (WHERE t.state = 'standing') >= 2) AS covers,
    count(*) FILTER (WHERE t.state = 'negative') AS negatives,
    count(*) FILTER (WHERE t.state = 'stale') AS stales,
    count(*) FILTER (WHERE t.state = 'expired') AS expireds,
    count(*) FILTER (WHERE t.state = 'revoked') AS revokeds,
    max(t.valid_through) FILTER (WHERE t.state = 'standing') AS valid_through,
    coalesce(bool_or(t.state = 'standing' AND EXISTS (
      SELECT FROM reviews_reviewcondition l JOIN conditions_condition k ON k.id = l.condition_id
      WHERE l.review_id = t.review_id AND k.status NOT IN ('satisfied', 'waived')
        AND (k.severity = 'before_start' OR k.severity = 'after_due' AND k.due_on < (SELECT jalon_today())))), false) AS blocked
  FROM dossiers_editionrequirement q
  LEFT JOIN reviews_standing t ON t.edition_id = q.edition_id AND t.function = q.function
  GROUP BY q.id, q.edition_id, q.function, q.minimum
) c;
"""
VIEWS_BACK = "DROP VIEW reviews_coverage; DROP VIEW reviews_standing;"

APPROVAL = """
CREATE FUNCTION approval_is_covered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF EXISTS (SELECT FROM public.dossiers_edition e WHERE e.id = NEW.edition_id AND e.closed_at IS NOT NULL)
     OR NOT EXISTS (SELECT FROM public.dossiers_editionrequirement q WHERE q.edition_id = NEW.edition_id)
     OR EXISTS (
       SELECT FROM public.dossiers_editionrequirement q
       LEFT JOIN public.reviews_approvalsupport s ON s.approval_id = NEW.edition_id AND s.function = q.function
       LEFT JOIN public.reviews_standing t ON t.review_id = s.review_id AND t.edition_id = NEW.edition_id AND t.state = 'standing'
       WHERE q.edition_id = NEW.edition_id
       GROUP BY q.id, q.function, q.minimum
       HAVING count(DISTINCT t.reviewer_id) < q.minimum
         OR (q.function = 'sponsor' AND q.minimum > 1 AND count(DISTINCT t.department) < 2))
  THEN
    RAISE EXCEPTION 'an approval rests on every requirement' USING ERRCODE = '23514', CONSTRAINT = 'approval_is_covered';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER approval_is_covered AFTER INSERT ON reviews_approval
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION approval_is_covered();
"""


class Migration(migrations.Migration):
    dependencies = [("reviews", "0002_tie_signature_to_scope"), ("conditions", "0002_need_an_event")]

    operations = [
        migrations.RunSQL(VIEWS, VIEWS_BACK),
        migrations.RunSQL(
            APPROVAL, "DROP TRIGGER approval_is_covered ON reviews_approval; DROP FUNCTION approval_is_covered();"
        ),
    ]
