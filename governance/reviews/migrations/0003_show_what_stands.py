"""What stands, covers and clears, as views; an approval is compared with its requirements at commit.

The views name their columns: to change a column they use, drop and make them again around the change.
"""

from django.db import migrations

VIEWS = """
CREATE VIEW reviews_standing WITH (security_invoker) AS
SELECT r.id::text || ':' || s.edition_id::text AS id, r.id AS review_id, s.edition_id, s.function,
  CASE WHEN r.revoked_at IS NOT NULL THEN 'revoked'
       WHEN r.decision = 'reject' THEN 'negative'      -- neither time nor an event lifts a rejection
       WHEN review_stales(r.dossier_id, r.function, r.signed_at, r.reviewer_id) THEN 'stale'
       WHEN r.valid_through < (SELECT jalon_today()) THEN 'expired'
       ELSE 'standing' END AS state,
  r.reviewer_id, coalesce(r.on_behalf_of_id, r.reviewer_id) AS principal_id, r.department, r.signed_at, r.valid_through
FROM dossiers_editionscope s
JOIN dossiers_edition e ON e.id = s.edition_id
JOIN reviews_review r ON r.dossier_id = e.dossier_id AND r.function = s.function AND r.scope_fp = s.fp
  AND (r.decision <> 'reject' OR r.edition_id = s.edition_id)
WHERE NOT EXISTS (SELECT FROM dossiers_editionauthor a
                  WHERE a.edition_id = s.edition_id AND a.person_id IN (r.reviewer_id, r.on_behalf_of_id))
  -- SOD-09 when a content comes back to what it was: of one person's two functions, the first signed stands.
  AND NOT EXISTS (SELECT FROM reviews_review o
                  JOIN dossiers_editionscope os ON os.edition_id = s.edition_id AND os.function = o.function AND os.fp = o.scope_fp
                  WHERE o.dossier_id = r.dossier_id AND o.function <> r.function AND o.revoked_at IS NULL AND o.decision <> 'reject'
                    AND (o.signed_at, o.id) < (r.signed_at, r.id)
                    AND (o.reviewer_id IN (r.reviewer_id, r.on_behalf_of_id) OR o.on_behalf_of_id IN (r.reviewer_id, r.on_behalf_of_id)));

CREATE VIEW reviews_coverage WITH (security_invoker) AS
SELECT q.id, q.edition_id, q.function, q.minimum, c.signatures, c.covers, c.covers AND NOT c.blocked AS clears,
  CASE WHEN c.negatives > 0 THEN 'negative'
       WHEN c.covers AND c.blocked THEN 'blocked'
       WHEN c.covers THEN 'valid'
       ELSE coalesce(c.fallen, 'missing') END AS state,
  CASE WHEN c.covers THEN c.ends[q.minimum] END AS valid_through
FROM dossiers_editionrequirement q
CROSS JOIN LATERAL (
  SELECT counted.signatures, counted.negatives, counted.fallen, counted.ends, counted.blocked,
    counted.negatives = 0 AND counted.signatures >= q.minimum
      AND (q.function <> 'sponsor' OR q.minimum < 2 OR counted.departments >= 2) AS covers
  FROM (
    SELECT
      -- two signatures by, or for, one person are one
      least(count(DISTINCT t.reviewer_id) FILTER (WHERE t.state = 'standing'),
            count(DISTINCT t.principal_id) FILTER (WHERE t.state = 'standing')) AS signatures,
      count(DISTINCT t.department) FILTER (WHERE t.state = 'standing') AS departments,
      count(*) FILTER (WHERE t.state = 'negative') AS negatives,
      (array_agg(t.state ORDER BY t.signed_at DESC, t.review_id DESC)
        FILTER (WHERE t.state IN ('stale', 'expired', 'revoked') AND NOT t.replaced))[1] AS fallen,
      array_agg(t.valid_through ORDER BY t.valid_through DESC) FILTER (WHERE t.state = 'standing' AND t.rank = 1) AS ends,
      coalesce(bool_or(t.state = 'standing' AND EXISTS (
        SELECT FROM reviews_reviewcondition l JOIN conditions_condition k ON k.id = l.condition_id
        WHERE l.review_id = t.review_id AND k.status NOT IN ('satisfied', 'waived')
          AND (k.severity = 'before_start' OR k.severity = 'after_due' AND k.due_on < (SELECT jalon_today())))), false) AS blocked
    FROM (
      SELECT v.review_id, v.state, v.reviewer_id, v.principal_id, v.department, v.signed_at, v.valid_through,
        bool_or(v.state = 'standing') OVER (PARTITION BY v.principal_id) AS replaced,
        row_number() OVER (PARTITION BY v.principal_id, v.state ORDER BY v.valid_through DESC, v.review_id) AS rank
      FROM reviews_standing v WHERE v.edition_id = q.edition_id AND v.function = q.function
    ) t
  ) counted
) c;
"""
VIEWS_BACK = "DROP VIEW reviews_coverage; DROP VIEW reviews_standing;"

APPROVAL = """
CREATE FUNCTION approval_now() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  PERFORM 1 FROM public.dossiers_dossier d JOIN public.dossiers_edition e ON e.dossier_id = d.id
    WHERE e.id = NEW.edition_id FOR NO KEY UPDATE OF d;
  IF EXISTS (SELECT FROM public.dossiers_edition e WHERE e.id = NEW.edition_id AND e.closed_at IS NOT NULL)
     OR EXISTS (SELECT FROM public.reviews_standing t WHERE t.edition_id = NEW.edition_id AND t.state = 'negative') THEN
    RAISE EXCEPTION 'what is closed or rejected is not approved' USING ERRCODE = '23514', CONSTRAINT = 'approval_of_what_is_in_review';
  END IF;
  NEW.at := public.jalon_now();
  RETURN NEW;
END $$;
CREATE TRIGGER approval_now BEFORE INSERT ON reviews_approval FOR EACH ROW EXECUTE FUNCTION approval_now();

CREATE FUNCTION approval_is_covered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  -- that each support stood when it was named is said by support_stands
  IF NOT EXISTS (SELECT FROM public.dossiers_editionrequirement q WHERE q.edition_id = NEW.edition_id)
     OR EXISTS (
       SELECT FROM public.dossiers_editionrequirement q
       LEFT JOIN public.reviews_approvalsupport s ON s.approval_id = NEW.edition_id AND s.function = q.function
       LEFT JOIN public.reviews_review r ON r.id = s.review_id
       WHERE q.edition_id = NEW.edition_id
       GROUP BY q.id, q.function, q.minimum
       HAVING least(count(DISTINCT r.reviewer_id), count(DISTINCT coalesce(r.on_behalf_of_id, r.reviewer_id))) < q.minimum
         OR (q.function = 'sponsor' AND q.minimum > 1 AND count(DISTINCT r.department) < 2))
  THEN
    RAISE EXCEPTION 'an approval rests on every requirement' USING ERRCODE = '23514', CONSTRAINT = 'approval_is_covered';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER approval_is_covered AFTER INSERT ON reviews_approval
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION approval_is_covered();

CREATE FUNCTION support_stands() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF NOT EXISTS (SELECT FROM public.reviews_standing t JOIN public.reviews_approval p ON p.edition_id = t.edition_id
                 WHERE t.review_id = NEW.review_id AND t.edition_id = NEW.approval_id AND t.state = 'standing' AND t.signed_at <= p.at) THEN
    RAISE EXCEPTION 'an approval rests on what stood' USING ERRCODE = '23514', CONSTRAINT = 'support_stands';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER support_stands BEFORE INSERT ON reviews_approvalsupport FOR EACH ROW EXECUTE FUNCTION support_stands();

CREATE FUNCTION approved_edition_stays() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF EXISTS (SELECT FROM public.reviews_approval p WHERE p.edition_id = NEW.id) THEN
    RAISE EXCEPTION 'what was approved is not closed' USING ERRCODE = '23514', CONSTRAINT = 'approved_edition_stays';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER approved_edition_stays BEFORE UPDATE ON dossiers_edition FOR EACH ROW EXECUTE FUNCTION approved_edition_stays();
"""
APPROVAL_BACK = """
DROP TRIGGER approved_edition_stays ON dossiers_edition; DROP FUNCTION approved_edition_stays();
DROP TRIGGER support_stands ON reviews_approvalsupport; DROP FUNCTION support_stands();
DROP TRIGGER approval_is_covered ON reviews_approval; DROP FUNCTION approval_is_covered();
DROP TRIGGER approval_now ON reviews_approval; DROP FUNCTION approval_now();
"""


class Migration(migrations.Migration):
    dependencies = [("reviews", "0002_tie_signature_to_scope"), ("conditions", "0002_need_an_event")]

    operations = [
        migrations.RunSQL(VIEWS, VIEWS_BACK),
        migrations.RunSQL(APPROVAL, APPROVAL_BACK),
    ]
