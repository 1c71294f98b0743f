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
CREATE FUNCTION review_stales(r_dossier uuid, r_function text, r_signed_at timestamptz, r_reviewer uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN EXISTS (SELECT FROM public.reviews_externalevent x
  WHERE x.dossier_id = r_dossier AND r_function = ANY (x.functions) AND r_signed_at < x.at
    AND (x.reviewer_id IS NULL OR x.reviewer_id = r_reviewer) AND x.stales_on <= public.jalon_today());

CREATE FUNCTION review_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  asked public.dossiers_editionrequirement%ROWTYPE;
  here public.dossiers_dossier%ROWTYPE;
  raised text[];
  people uuid[] := array_remove(ARRAY[NEW.reviewer_id, NEW.on_behalf_of_id], NULL);
  today date := public.jalon_today();
BEGIN
  SELECT * INTO here FROM public.dossiers_dossier d WHERE d.id = NEW.dossier_id FOR NO KEY UPDATE;
  IF NEW.revoked_at IS NOT NULL THEN
    RAISE EXCEPTION 'a signature is not born revoked' USING ERRCODE = '23514', CONSTRAINT = 'revoked_later';
  END IF;
  SELECT e.flags INTO raised FROM public.dossiers_edition e WHERE e.id = NEW.edition_id AND e.closed_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the edition is closed' USING ERRCODE = '23514', CONSTRAINT = 'edition_in_review';
  END IF;
  IF NOT EXISTS (SELECT FROM public.reviews_reviewrequest q WHERE q.id = NEW.request_id AND q.closed_at IS NULL) THEN
    RAISE EXCEPTION 'nobody asks for it any more' USING ERRCODE = '23514', CONSTRAINT = 'request_is_open';
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
  IF EXISTS (SELECT FROM public.reviews_coverage c
             WHERE c.edition_id = NEW.edition_id AND c.function = ANY (asked.after) AND NOT c.covers) THEN
    RAISE EXCEPTION 'others sign first' USING ERRCODE = '23514', CONSTRAINT = 'signed_in_order';
  END IF;
  IF EXISTS (SELECT FROM public.reviews_review r JOIN public.dossiers_editionscope s
               ON s.edition_id = NEW.edition_id AND s.function = r.function AND s.fp = r.scope_fp
             WHERE r.dossier_id = NEW.dossier_id AND r.function <> NEW.function AND r.revoked_at IS NULL AND r.decision <> 'reject'
               AND (r.reviewer_id = ANY (people) OR r.on_behalf_of_id = ANY (people))) THEN
    RAISE EXCEPTION 'one person signs one function' USING ERRCODE = '23514', CONSTRAINT = 'one_function_a_person';
  END IF;
  -- What stands for more than the renewal window is not signed again by the same people, nor, for sponsors, from
  -- the same department; a rejection stands for its edition only, and was met above.
  IF EXISTS (SELECT FROM public.reviews_review r
             WHERE r.dossier_id = NEW.dossier_id AND r.function = NEW.function AND r.scope_fp = NEW.scope_fp
               AND r.revoked_at IS NULL AND r.decision <> 'reject' AND r.valid_through > today + 45
               AND NOT public.review_stales(r.dossier_id, r.function, r.signed_at, r.reviewer_id)
               AND (r.reviewer_id = ANY (people) OR r.on_behalf_of_id = ANY (people))) THEN
    RAISE EXCEPTION 'this signature stands already' USING ERRCODE = '23514', CONSTRAINT = 'one_signature_each';
  END IF;
  IF NEW.function = 'sponsor' AND asked.minimum > 1 AND EXISTS (
      SELECT FROM public.reviews_review r
      LEFT JOIN public.stakeholders_person theirs ON theirs.id = r.on_behalf_of_id
      LEFT JOIN public.stakeholders_person ours ON ours.id = NEW.on_behalf_of_id
      WHERE r.dossier_id = NEW.dossier_id AND r.function = NEW.function AND r.scope_fp = NEW.scope_fp
        AND r.revoked_at IS NULL AND r.decision <> 'reject' AND r.valid_through > today + 45
        AND NOT public.review_stales(r.dossier_id, r.function, r.signed_at, r.reviewer_id)
        AND array_remove(ARRAY[r.department::text, theirs.department::text], NULL)
            && array_remove(ARRAY[NEW.department::text, ours.department::text], NULL)) THEN
    RAISE EXCEPTION 'two sponsors come from two departments' USING ERRCODE = '23514', CONSTRAINT = 'sponsors_of_two_departments';
  END IF;
  -- Rights at the moment of use: the rows are held until the signature is committed or not.
  IF NOT public.holds_function(coalesce(NEW.on_behalf_of_id, NEW.reviewer_id), here.programme_id, NEW.function, today) THEN
    RAISE EXCEPTION 'the function is not held here' USING ERRCODE = '23514', CONSTRAINT = 'reviewer_holds_the_function';
  END IF;
  IF NEW.delegation_id IS NOT NULL THEN
    PERFORM 1 FROM public.roles_delegation g WHERE g.id = NEW.delegation_id AND g.programme_id = here.programme_id
      AND g.accepted_at IS NOT NULL AND g.ended_at IS NULL AND today BETWEEN g.starts_on AND g.ends_on
      AND (g.subject_kinds = '{}' OR CASE here.kind WHEN 'use_case' THEN 'usecase_revision' WHEN 'segment' THEN 'segment_version'
             ELSE here.kind END = ANY (g.subject_kinds)) FOR SHARE;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'the delegation is not active' USING ERRCODE = '23514', CONSTRAINT = 'delegation_is_active';
    END IF;
    IF raised && ARRAY['special_category', 'minors', 'precise_geo', 'automated_effect'] THEN   -- the flags of RP-07
      RAISE EXCEPTION 'high risk is signed in person' USING ERRCODE = '23514', CONSTRAINT = 'high_risk_is_not_delegated';
    END IF;
    IF NOT public.holds_function(NEW.reviewer_id, here.programme_id, NEW.function, today) AND NOT EXISTS (
        SELECT FROM public.roles_deputy d JOIN public.stakeholders_person p ON p.id = d.person_id
        LEFT JOIN public.accounts_user u ON u.id = p.user_id
        WHERE d.programme_id = here.programme_id AND d.person_id = NEW.reviewer_id AND d.function = NEW.function
          AND d.from_on <= today AND (d.to_on IS NULL OR d.to_on >= today)
          AND (p.left_on IS NULL OR p.left_on > today) AND coalesce(u.is_active, true)
          AND d.function <> 'sponsor') THEN
      RAISE EXCEPTION 'the delegate is no deputy' USING ERRCODE = '23514', CONSTRAINT = 'delegate_may_sign';
    END IF;
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
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE here uuid;
BEGIN
  SELECT d.programme_id INTO here FROM public.dossiers_dossier d WHERE d.id = OLD.dossier_id FOR NO KEY UPDATE;
  IF OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL
      OR to_jsonb(NEW) - ARRAY['revoked_at', 'revoked_by_id', 'revoke_reason']
        IS DISTINCT FROM to_jsonb(OLD) - ARRAY['revoked_at', 'revoked_by_id', 'revoke_reason'] THEN
    RAISE EXCEPTION 'a signature is written once and revoked once' USING ERRCODE = '23514', CONSTRAINT = 'signature_written_once';
  END IF;
  IF NOT public.holds_function(NEW.revoked_by_id, here, NEW.function, public.jalon_today()) THEN
    RAISE EXCEPTION 'the function revokes, never a delegate' USING ERRCODE = '23514', CONSTRAINT = 'revoked_by_the_function';
  END IF;
  NEW.revoked_at := public.jalon_now();
  RETURN NEW;
END $$;
CREATE TRIGGER review_revoked_once BEFORE UPDATE ON reviews_review FOR EACH ROW EXECUTE FUNCTION review_revoked_once();

CREATE FUNCTION conditions_of_the_decision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF (NEW.decision = 'approve_with_conditions') <> EXISTS (SELECT FROM public.reviews_reviewcondition l WHERE l.review_id = NEW.id) THEN
    RAISE EXCEPTION 'conditions are said, or there are none' USING ERRCODE = '23514', CONSTRAINT = 'conditions_of_the_decision';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER conditions_of_the_decision AFTER INSERT ON reviews_review
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION conditions_of_the_decision();

CREATE FUNCTION condition_of_its_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF NOT EXISTS (SELECT FROM public.reviews_review r JOIN public.dossiers_dossier d ON d.id = r.dossier_id
                 JOIN public.conditions_condition k ON k.id = NEW.condition_id
                 WHERE r.id = NEW.review_id AND r.decision = 'approve_with_conditions'
                   AND k.programme_id = d.programme_id AND k.function = r.function) THEN
    RAISE EXCEPTION 'set by this function, under this decision' USING ERRCODE = '23514', CONSTRAINT = 'condition_of_its_review';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER condition_of_its_review BEFORE INSERT ON reviews_reviewcondition
  FOR EACH ROW EXECUTE FUNCTION condition_of_its_review();

CREATE FUNCTION request_closes_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF OLD.closed_at IS NOT NULL THEN
    RAISE EXCEPTION 'a closed request stays closed' USING ERRCODE = '23514', CONSTRAINT = 'request_closes_once';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER request_closes_once BEFORE UPDATE ON reviews_reviewrequest FOR EACH ROW EXECUTE FUNCTION request_closes_once();

CREATE FUNCTION event_falls_now() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  PERFORM 1 FROM public.dossiers_dossier d WHERE d.id = NEW.dossier_id FOR NO KEY UPDATE;
  NEW.at := public.jalon_now();
  RETURN NEW;
END $$;
CREATE TRIGGER event_falls_now BEFORE INSERT ON reviews_externalevent FOR EACH ROW EXECUTE FUNCTION event_falls_now();

-- Once somebody was asked, nobody is added to an edition: neither author, nor scope, nor requirement.
CREATE FUNCTION edition_parts_are_frozen() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  PERFORM 1 FROM public.dossiers_dossier d JOIN public.dossiers_edition e ON e.dossier_id = d.id
    WHERE e.id = NEW.edition_id FOR NO KEY UPDATE OF d;
  IF EXISTS (SELECT FROM public.reviews_review r WHERE r.edition_id = NEW.edition_id)
     OR EXISTS (SELECT FROM public.reviews_reviewrequest q WHERE q.edition_id = NEW.edition_id)
     OR EXISTS (SELECT FROM public.reviews_approval p WHERE p.edition_id = NEW.edition_id) THEN
    RAISE EXCEPTION 'the edition is in review already' USING ERRCODE = '23514', CONSTRAINT = 'edition_written_once';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER authors_are_frozen BEFORE INSERT ON dossiers_editionauthor FOR EACH ROW EXECUTE FUNCTION edition_parts_are_frozen();
CREATE TRIGGER requirements_are_frozen BEFORE INSERT ON dossiers_editionrequirement FOR EACH ROW EXECUTE FUNCTION edition_parts_are_frozen();
CREATE TRIGGER scopes_are_frozen BEFORE INSERT ON dossiers_editionscope FOR EACH ROW EXECUTE FUNCTION edition_parts_are_frozen();
"""
GUARD_BACK = """
DROP TRIGGER scopes_are_frozen ON dossiers_editionscope; DROP TRIGGER requirements_are_frozen ON dossiers_editionrequirement;
DROP TRIGGER authors_are_frozen ON dossiers_editionauthor; DROP FUNCTION edition_parts_are_frozen();
DROP TRIGGER event_falls_now ON reviews_externalevent; DROP FUNCTION event_falls_now();
DROP TRIGGER request_closes_once ON reviews_reviewrequest; DROP FUNCTION request_closes_once();
DROP TRIGGER condition_of_its_review ON reviews_reviewcondition; DROP FUNCTION condition_of_its_review();
DROP TRIGGER conditions_of_the_decision ON reviews_review; DROP FUNCTION conditions_of_the_decision();
DROP TRIGGER review_revoked_once ON reviews_review; DROP FUNCTION review_revoked_once();
DROP TRIGGER review_guard ON reviews_review; DROP FUNCTION review_guard();
DROP FUNCTION review_stales(uuid, text, timestamptz, uuid);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0001_initial"),
        ("dossiers", "0002_write_editions_once"),
        ("roles", "0002_separate_duties"),
        ("conditions", "0002_need_an_event"),
    ]

    operations = [
        migrations.RunSQL(KEYS, KEYS_BACK),
        migrations.RunSQL(GUARD, GUARD_BACK),
        needs_event("reviews_reviewrequest", "reviews_review", "reviews_approval", "reviews_externalevent"),
    ]
