"""A signature is bound to the scope that was read; the guard says no where keys cannot reach (trust.md 5.1).

Constraints give safety; the row lock on the dossier, taken first by every verb and again here, gives liveness.
"""

from django.db import migrations

from governance.audit.needs_event import needs_event

KEYS = """
ALTER TABLE reviews_reviewrequest ADD CONSTRAINT request_and_its_edition UNIQUE (id, edition_id, function);
ALTER TABLE reviews_review ADD CONSTRAINT signed_scope
  FOREIGN KEY (edition_id, function, scope_fp) REFERENCES dossiers_editionscope (edition_id, function, fp);
ALTER TABLE reviews_review ADD CONSTRAINT signed_content
  FOREIGN KEY (edition_id, full_fp) REFERENCES dossiers_edition (id, fp);
ALTER TABLE reviews_review ADD CONSTRAINT signed_after_submitter
  FOREIGN KEY (edition_id, submitted_by_id) REFERENCES dossiers_edition (id, submitted_by_id);
ALTER TABLE reviews_review ADD CONSTRAINT signed_dossier
  FOREIGN KEY (edition_id, dossier_id) REFERENCES dossiers_edition (id, dossier_id);
ALTER TABLE reviews_review ADD CONSTRAINT signed_on_request
  FOREIGN KEY (request_id, edition_id, function) REFERENCES reviews_reviewrequest (id, edition_id, function);
ALTER TABLE reviews_review ADD CONSTRAINT signed_by_delegation
  FOREIGN KEY (delegation_id, on_behalf_of_id, reviewer_id, function)
  REFERENCES roles_delegation (id, delegator_id, delegate_id, function);
ALTER TABLE reviews_approvalsupport ADD CONSTRAINT support_of_this_scope
  FOREIGN KEY (approval_id, function, scope_fp) REFERENCES dossiers_editionscope (edition_id, function, fp);
ALTER TABLE reviews_approvalsupport ADD CONSTRAINT support_by_this_review
  FOREIGN KEY (review_id, review_edition_id, function, scope_fp)
  REFERENCES reviews_review (id, edition_id, function, scope_fp);
"""
KEYS_BACK = """
ALTER TABLE reviews_approvalsupport DROP CONSTRAINT support_by_this_review;
ALTER TABLE reviews_approvalsupport DROP CONSTRAINT support_of_this_scope;
ALTER TABLE reviews_review DROP CONSTRAINT signed_by_delegation;
ALTER TABLE reviews_review DROP CONSTRAINT signed_on_request;
ALTER TABLE reviews_review DROP CONSTRAINT signed_dossier;
ALTER TABLE reviews_review DROP CONSTRAINT signed_after_submitter;
ALTER TABLE reviews_review DROP CONSTRAINT signed_content;
ALTER TABLE reviews_review DROP CONSTRAINT signed_scope;
ALTER TABLE reviews_reviewrequest DROP CONSTRAINT request_and_its_edition;
"""

GUARD = """
CREATE FUNCTION role_signing_for(function text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE function
  WHEN 'legal' THEN 'legal_reviewer' WHEN 'dpo' THEN 'dpo' WHEN 'security' THEN 'security_reviewer'
  WHEN 'technical' THEN 'technical_reviewer' WHEN 'sponsor' THEN 'sponsor' END;

CREATE FUNCTION review_stales(r_dossier uuid, r_function text, r_signed_at timestamptz, r_reviewer uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN EXISTS (SELECT FROM public.reviews_externalevent x
  WHERE x.dossier_id = r_dossier AND r_function = ANY (x.functions) AND r_signed_at < x.at
    AND (x.reviewer_id IS NULL OR x.reviewer_id = r_reviewer) AND x.stales_on <= public.jalon_today());

CREATE FUNCTION review_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  asked public.dossiers_editionrequirement%ROWTYPE;
  programme uuid;
  people uuid[] := array_remove(ARRAY[NEW.reviewer_id, NEW.on_behalf_of_id], NULL);
  today date := public.jalon_today();
BEGIN
  SELECT d.programme_id INTO programme FROM public.dossiers_dossier d WHERE d.id = NEW.dossier_id FOR NO KEY UPDATE;
  IF EXISTS (SELECT FROM public.dossiers_edition e WHERE e.id = NEW.edition_id AND e.closed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'the edition is closed' USING ERRCODE = '23514', CONSTRAINT = 'edition_in_review';
  END IF;
  IF EXISTS (SELECT FROM public.dossiers_editionauthor a WHERE a.edition_id = NEW.edition_id AND a.person_id = ANY (people)) THEN
    RAISE EXCEPTION 'who wrote it does not sign it' USING ERRCODE = '23514', CONSTRAINT = 'authors_do_not_sign';
  END IF;
  IF EXISTS (SELECT FROM public.reviews_review r WHERE r.edition_id = NEW.edition_id AND r.decision = 'reject' AND r.revoked_at IS NULL) THEN
    RAISE EXCEPTION 'a rejection stands' USING ERRCODE = '23514', CONSTRAINT = 'nobody_signs_after_a_reject';
  END IF;
  SELECT * INTO asked FROM public.dossiers_editionrequirement q WHERE q.edition_id = NEW.edition_id AND q.function = NEW.function;
  IF NOT FOUND OR NEW.days > asked.days THEN
    RAISE EXCEPTION 'the function is not asked, or for less long' USING ERRCODE = '23514', CONSTRAINT = 'review_lives_as_asked';
  END IF;
  IF EXISTS (SELECT FROM public.reviews_review r JOIN public.dossiers_editionscope s
               ON s.edition_id = NEW.edition_id AND s.function = r.function AND s.fp = r.scope_fp
             WHERE r.dossier_id = NEW.dossier_id AND r.function <> NEW.function AND r.revoked_at IS NULL
               AND (r.reviewer_id = ANY (people) OR r.on_behalf_of_id = ANY (people))) THEN
    RAISE EXCEPTION 'one person signs one function' USING ERRCODE = '23514', CONSTRAINT = 'one_function_a_person';
  END IF;
  IF EXISTS (SELECT FROM public.reviews_review r
             WHERE r.dossier_id = NEW.dossier_id AND r.function = NEW.function AND r.scope_fp = NEW.scope_fp
               AND r.revoked_at IS NULL AND r.valid_through >= today + 45
               AND NOT public.review_stales(r.dossier_id, r.function, r.signed_at, r.reviewer_id)
               AND (r.reviewer_id = ANY (people) OR r.on_behalf_of_id = ANY (people))) THEN
    RAISE EXCEPTION 'this signature stands already' USING ERRCODE = '23514', CONSTRAINT = 'one_signature_each';
  END IF;
  IF NEW.function = 'sponsor' AND asked.minimum > 1 AND EXISTS (
      SELECT FROM public.reviews_review r
      WHERE r.dossier_id = NEW.dossier_id AND r.function = NEW.function AND r.scope_fp = NEW.scope_fp AND r.revoked_at IS NULL
        AND r.valid_through >= today + 45 AND r.department = NEW.department) THEN
    RAISE EXCEPTION 'two sponsors come from two departments' USING ERRCODE = '23514', CONSTRAINT = 'sponsors_of_two_departments';
  END IF;
  -- Rights at the moment of use: the rows are held until the signature is committed or not.
  PERFORM 1 FROM public.roles_roleassignment a JOIN public.stakeholders_person p ON p.id = a.person_id
    WHERE a.programme_id = programme AND a.person_id = coalesce(NEW.on_behalf_of_id, NEW.reviewer_id)
      AND a.role = public.role_signing_for(NEW.function)
      AND public.role_period(a.starts_on, a.ends_on, a.revoked_on) @> today
      AND (p.left_on IS NULL OR p.left_on > today) FOR SHARE OF a;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the function is held by nobody here' USING ERRCODE = '23514', CONSTRAINT = 'reviewer_holds_the_function';
  END IF;
  IF NEW.delegation_id IS NOT NULL THEN
    PERFORM 1 FROM public.roles_delegation g WHERE g.id = NEW.delegation_id AND g.programme_id = programme
      AND g.accepted_at IS NOT NULL AND g.ended_at IS NULL AND today BETWEEN g.starts_on AND g.ends_on FOR SHARE;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'the delegation is not active' USING ERRCODE = '23514', CONSTRAINT = 'delegation_is_active';
    END IF;
  END IF;
  IF NEW.revoked_at IS NOT NULL THEN
    RAISE EXCEPTION 'a signature is not born revoked' USING ERRCODE = '23514', CONSTRAINT = 'revoked_later';
  END IF;
  IF NOT EXISTS (SELECT FROM public.stakeholders_person p WHERE p.id = NEW.reviewer_id AND p.department = NEW.department) THEN
    RAISE EXCEPTION 'signed from another department' USING ERRCODE = '23514', CONSTRAINT = 'signed_from_ones_department';
  END IF;
  NEW.signed_at := public.jalon_now();
  NEW.valid_through := today + NEW.days;
  RETURN NEW;
END $$;
CREATE TRIGGER review_guard BEFORE INSERT ON reviews_review FOR EACH ROW EXECUTE FUNCTION review_guard();

CREATE FUNCTION review_revoked_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF OLD.revoked_at IS NOT NULL OR to_jsonb(NEW) - ARRAY['revoked_at', 'revoked_by_id', 'revoke_reason']
      IS DISTINCT FROM to_jsonb(OLD) - ARRAY['revoked_at', 'revoked_by_id', 'revoke_reason'] THEN
    RAISE EXCEPTION 'a signature is written once and revoked once' USING ERRCODE = '23514', CONSTRAINT = 'signature_written_once';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER review_revoked_once BEFORE UPDATE ON reviews_review FOR EACH ROW EXECUTE FUNCTION review_revoked_once();

CREATE FUNCTION authors_are_frozen() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF EXISTS (SELECT FROM public.reviews_review r WHERE r.edition_id = NEW.edition_id) THEN
    RAISE EXCEPTION 'the edition is signed already' USING ERRCODE = '23514', CONSTRAINT = 'edition_written_once';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER authors_are_frozen BEFORE INSERT ON dossiers_editionauthor FOR EACH ROW EXECUTE FUNCTION authors_are_frozen();
CREATE TRIGGER requirements_are_frozen BEFORE INSERT ON dossiers_editionrequirement FOR EACH ROW EXECUTE FUNCTION authors_are_frozen();
CREATE TRIGGER scopes_are_frozen BEFORE INSERT ON dossiers_editionscope FOR EACH ROW EXECUTE FUNCTION authors_are_frozen();
"""
GUARD_BACK = """
DROP TRIGGER scopes_are_frozen ON dossiers_editionscope; DROP TRIGGER requirements_are_frozen ON dossiers_editionrequirement;
DROP TRIGGER authors_are_frozen ON dossiers_editionauthor; DROP FUNCTION authors_are_frozen();
DROP TRIGGER review_revoked_once ON reviews_review; DROP FUNCTION review_revoked_once();
DROP TRIGGER review_guard ON reviews_review; DROP FUNCTION review_guard();
DROP FUNCTION review_stales(uuid, text, timestamptz, uuid); DROP FUNCTION role_signing_for(text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0001_initial"),
        ("dossiers", "0002_write_editions_once"),
        ("roles", "0002_separate_duties"),
    ]

    operations = [
        migrations.RunSQL(KEYS, KEYS_BACK),
        migrations.RunSQL(GUARD, GUARD_BACK),
        needs_event("reviews_reviewrequest", "reviews_review", "reviews_approval", "reviews_externalevent"),
    ]
