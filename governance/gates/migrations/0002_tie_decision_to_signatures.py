"""A gate is decided by two signatures of equal terms, or not at all (INV-14, SOD-08)."""

from django.db import migrations

from governance.audit.needs_event import needs_event

KEYS = """
ALTER TABLE gates_gatesignature ADD CONSTRAINT gate_signed_after_submitter
  FOREIGN KEY (review_id, submitted_by_id) REFERENCES gates_gatereview (id, submitted_by_id);
ALTER TABLE gates_gatedecision ADD CONSTRAINT decided_by_first
  FOREIGN KEY (first_id, review_id, terms_fp, first_department)
  REFERENCES gates_gatesignature (id, review_id, terms_fp, department);
ALTER TABLE gates_gatedecision ADD CONSTRAINT decided_by_second
  FOREIGN KEY (second_id, review_id, terms_fp, second_department)
  REFERENCES gates_gatesignature (id, review_id, terms_fp, department);
"""
KEYS_BACK = """
ALTER TABLE gates_gatedecision DROP CONSTRAINT decided_by_second;
ALTER TABLE gates_gatedecision DROP CONSTRAINT decided_by_first;
ALTER TABLE gates_gatesignature DROP CONSTRAINT gate_signed_after_submitter;
"""
GUARD = """
CREATE FUNCTION gate_signature_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE under public.gates_gatereview%ROWTYPE; today date := public.jalon_today();
BEGIN
  SELECT * INTO under FROM public.gates_gatereview v WHERE v.id = NEW.review_id FOR NO KEY UPDATE;
  IF under.status <> 'submitted' THEN
    RAISE EXCEPTION 'the review is not submitted' USING ERRCODE = '23514', CONSTRAINT = 'gate_review_submitted';
  END IF;
  IF NOT EXISTS (SELECT FROM public.dossiers_edition e WHERE e.id = under.edition_id AND e.fp = NEW.edition_fp) THEN
    RAISE EXCEPTION 'other findings were frozen' USING ERRCODE = '23514', CONSTRAINT = 'gate_signed_content';
  END IF;
  PERFORM 1 FROM public.roles_roleassignment a
    JOIN public.stakeholders_person p ON p.id = a.person_id AND p.department = NEW.department
    JOIN public.stakeholders_organisation o ON o.id = p.organisation_id AND o.kind IN ('advertiser', 'group_entity')
    JOIN public.gates_gate g ON g.id = under.gate_id AND g.programme_id = a.programme_id
    WHERE a.person_id = NEW.person_id AND a.role = 'sponsor'
      AND public.role_period(a.starts_on, a.ends_on, a.revoked_on) @> today
      AND (p.left_on IS NULL OR p.left_on > today) FOR SHARE OF a;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'sponsors decide gates' USING ERRCODE = '23514', CONSTRAINT = 'gate_signed_by_a_sponsor';
  END IF;
  IF NEW.replaced_at IS NOT NULL THEN
    RAISE EXCEPTION 'a signature is not born replaced' USING ERRCODE = '23514', CONSTRAINT = 'replaced_later';
  END IF;
  NEW.signed_at := public.jalon_now();
  RETURN NEW;
END $$;
CREATE TRIGGER gate_signature_guard BEFORE INSERT ON gates_gatesignature FOR EACH ROW EXECUTE FUNCTION gate_signature_guard();

CREATE FUNCTION gate_signature_replaced_once() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF OLD.replaced_at IS NOT NULL OR to_jsonb(NEW) - 'replaced_at' IS DISTINCT FROM to_jsonb(OLD) - 'replaced_at'
     OR EXISTS (SELECT FROM public.gates_gatedecision x WHERE OLD.id IN (x.first_id, x.second_id)) THEN
    RAISE EXCEPTION 'a gate signature is written once' USING ERRCODE = '23514', CONSTRAINT = 'gate_signature_written_once';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER gate_signature_replaced_once BEFORE UPDATE ON gates_gatesignature
  FOR EACH ROW EXECUTE FUNCTION gate_signature_replaced_once();

CREATE FUNCTION gate_decision_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  PERFORM 1 FROM public.gates_gatereview v WHERE v.id = NEW.review_id FOR NO KEY UPDATE;
  IF (SELECT count(*) FROM public.gates_gatesignature s WHERE s.id IN (NEW.first_id, NEW.second_id)
        AND s.replaced_at IS NULL AND s.outcome = NEW.outcome) <> 2 THEN
    RAISE EXCEPTION 'two signatures of the same outcome' USING ERRCODE = '23514', CONSTRAINT = 'decided_by_two';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER gate_decision_guard BEFORE INSERT ON gates_gatedecision FOR EACH ROW EXECUTE FUNCTION gate_decision_guard();

CREATE FUNCTION gate_review_ends_once() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF OLD.status IN ('withdrawn', 'decided') OR OLD.status = 'submitted' AND
      ROW(NEW.edition_id, NEW.submitted_by_id, NEW.gate_id, NEW.attempt) IS DISTINCT FROM
      ROW(OLD.edition_id, OLD.submitted_by_id, OLD.gate_id, OLD.attempt) THEN
    RAISE EXCEPTION 'a gate review ends once' USING ERRCODE = '23514', CONSTRAINT = 'gate_review_ends_once';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER gate_review_ends_once BEFORE UPDATE ON gates_gatereview FOR EACH ROW EXECUTE FUNCTION gate_review_ends_once();

CREATE FUNCTION gate_decided_by_a_decision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF NEW.status = 'decided' AND NOT EXISTS (SELECT FROM public.gates_gatedecision x WHERE x.review_id = NEW.id) THEN
    RAISE EXCEPTION 'decided without a decision' USING ERRCODE = '23514', CONSTRAINT = 'gate_decided_by_a_decision';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER gate_decided_by_a_decision AFTER INSERT OR UPDATE ON gates_gatereview
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION gate_decided_by_a_decision();
"""
GUARD_BACK = """
DROP TRIGGER gate_decided_by_a_decision ON gates_gatereview; DROP FUNCTION gate_decided_by_a_decision();
DROP TRIGGER gate_review_ends_once ON gates_gatereview; DROP FUNCTION gate_review_ends_once();
DROP TRIGGER gate_decision_guard ON gates_gatedecision; DROP FUNCTION gate_decision_guard();
DROP TRIGGER gate_signature_replaced_once ON gates_gatesignature; DROP FUNCTION gate_signature_replaced_once();
DROP TRIGGER gate_signature_guard ON gates_gatesignature; DROP FUNCTION gate_signature_guard();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("gates", "0001_initial"),
        ("roles", "0002_separate_duties"),
        ("dossiers", "0002_write_editions_once"),
    ]

    operations = [
        migrations.RunSQL(KEYS, KEYS_BACK),
        migrations.RunSQL(GUARD, GUARD_BACK),
        needs_event("gates_gatereview", "gates_attestation", "gates_gatesignature", "gates_gatedecision"),
    ]
