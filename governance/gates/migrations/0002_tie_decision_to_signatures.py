"""A gate is decided by two signatures of equal terms, on frozen findings, or not at all (INV-14, SOD-08).

What a phase becomes hangs on such a decision (trust.md A29, A30); programmes without gates are free.
"""

from django.db import migrations

from governance.audit.needs_event import needs_event

KEYS = """
ALTER TABLE gates_gatereview ADD CONSTRAINT gate_review_of_its_dossier
  FOREIGN KEY (edition_id, dossier_id) REFERENCES dossiers_edition (id, dossier_id);
ALTER TABLE gates_gatereview ADD CONSTRAINT gate_review_submitted_with_its_edition
  FOREIGN KEY (edition_id, submitted_by_id) REFERENCES dossiers_edition (id, submitted_by_id);
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
ALTER TABLE gates_gatereview DROP CONSTRAINT gate_review_submitted_with_its_edition;
ALTER TABLE gates_gatereview DROP CONSTRAINT gate_review_of_its_dossier;
"""

# What several guards ask.
WORDS = """
CREATE FUNCTION gate_sponsor_holds(programme uuid, sponsor uuid, works_in text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE today date := public.jalon_today();
BEGIN
  PERFORM 1 FROM public.roles_roleassignment a
    JOIN public.stakeholders_person p ON p.id = a.person_id AND p.department = works_in
    JOIN public.stakeholders_organisation o ON o.id = p.organisation_id AND o.kind IN ('advertiser', 'group_entity')
    WHERE a.programme_id = programme AND a.person_id = sponsor AND a.role = 'sponsor'
      AND public.role_period(a.starts_on, a.ends_on, a.revoked_on) @> today
      AND (p.left_on IS NULL OR p.left_on > today) FOR SHARE OF a;
  RETURN FOUND;
END $$;

-- A decision that opened the way, and that two sponsors have not taken up again.
CREATE FUNCTION gate_passed(gate uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN coalesce((
  SELECT x.outcome IN ('go', 'conditional_go')
     AND (SELECT count(*) < 2 FROM public.gates_reopening r WHERE r.decision_id = x.id)
  FROM public.gates_gatedecision x JOIN public.gates_gatereview v ON v.id = x.review_id
  WHERE v.gate_id = gate_passed.gate ORDER BY v.attempt DESC LIMIT 1), false);

CREATE FUNCTION gate_reopened(gate uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN coalesce((
  SELECT x.outcome IN ('go', 'conditional_go')
     AND (SELECT count(*) >= 2 FROM public.gates_reopening r WHERE r.decision_id = x.id)
  FROM public.gates_gatedecision x JOIN public.gates_gatereview v ON v.id = x.review_id
  WHERE v.gate_id = gate_reopened.gate ORDER BY v.attempt DESC LIMIT 1), false);

CREATE FUNCTION gate_findings(edition uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN (SELECT convert_from(e.content, 'UTF8')::jsonb -> 'facets' -> 'FINDINGS'
        FROM public.dossiers_edition e WHERE e.id = gate_findings.edition);
"""
WORDS_BACK = """
DROP FUNCTION gate_findings(uuid); DROP FUNCTION gate_reopened(uuid); DROP FUNCTION gate_passed(uuid);
DROP FUNCTION gate_sponsor_holds(uuid, uuid, text);
"""

REVIEWS = """
CREATE FUNCTION gate_review_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE of_gate public.gates_gate%ROWTYPE;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'preparing' OR NEW.edition_id IS NOT NULL THEN
      RAISE EXCEPTION 'a gate review begins in preparation' USING ERRCODE = '23514', CONSTRAINT = 'gate_review_begins_in_preparation';
    END IF;
  ELSE
    IF OLD.status IN ('withdrawn', 'decided') OR OLD.status = 'submitted' AND (NEW.status = 'preparing' OR
        ROW(NEW.edition_id, NEW.submitted_by_id, NEW.submitted_at) IS DISTINCT FROM ROW(OLD.edition_id, OLD.submitted_by_id, OLD.submitted_at))
       OR OLD.status = 'preparing' AND NEW.status = 'decided' THEN
      RAISE EXCEPTION 'a gate review ends once' USING ERRCODE = '23514', CONSTRAINT = 'gate_review_ends_once';
    END IF;
    IF ROW(NEW.id, NEW.gate_id, NEW.attempt, NEW.dossier_id, NEW.prepared_by_id)
       IS DISTINCT FROM ROW(OLD.id, OLD.gate_id, OLD.attempt, OLD.dossier_id, OLD.prepared_by_id) THEN
      RAISE EXCEPTION 'a gate review keeps its place' USING ERRCODE = '23514', CONSTRAINT = 'gate_review_keeps_its_place';
    END IF;
  END IF;
  SELECT * INTO of_gate FROM public.gates_gate g WHERE g.id = NEW.gate_id;
  IF NOT EXISTS (SELECT FROM public.dossiers_dossier d WHERE d.id = NEW.dossier_id
      AND d.programme_id = of_gate.programme_id AND d.kind = 'gate_review') THEN
    RAISE EXCEPTION 'the dossier of another thing' USING ERRCODE = '23514', CONSTRAINT = 'gate_review_in_its_programme';
  END IF;
  -- One gate after the other: the first before any phase, the others out of the phase in which people act.
  IF NEW.status = 'submitted' AND (TG_OP = 'INSERT' OR OLD.status = 'preparing') AND of_gate.code <> 'GX' AND (
       CASE WHEN of_gate.from_phase IS NULL THEN public.gate_passed(of_gate.id)
         ELSE NOT EXISTS (SELECT FROM public.programmes_phase f WHERE f.programme_id = of_gate.programme_id
                          AND f.kind = of_gate.from_phase AND f.status IN ('open', 'gate_pending')) END) THEN
    RAISE EXCEPTION 'it is not the turn of this gate' USING ERRCODE = '23514', CONSTRAINT = 'gates_in_sequence';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER gate_review_guard BEFORE INSERT OR UPDATE ON gates_gatereview FOR EACH ROW EXECUTE FUNCTION gate_review_guard();

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
REVIEWS_BACK = """
DROP TRIGGER gate_decided_by_a_decision ON gates_gatereview; DROP FUNCTION gate_decided_by_a_decision();
DROP TRIGGER gate_review_guard ON gates_gatereview; DROP FUNCTION gate_review_guard();
"""

ATTESTATIONS = """
CREATE FUNCTION attestation_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE under public.gates_gatereview%ROWTYPE; asked public.gates_gatecriterion%ROWTYPE; today date := public.jalon_today();
BEGIN
  SELECT * INTO under FROM public.gates_gatereview v WHERE v.id = NEW.review_id FOR NO KEY UPDATE;
  IF under.status IS DISTINCT FROM 'preparing' THEN
    RAISE EXCEPTION 'the review is no longer in preparation' USING ERRCODE = '23514', CONSTRAINT = 'attested_while_preparing';
  END IF;
  SELECT * INTO asked FROM public.gates_gatecriterion c WHERE c.id = NEW.criterion_id;
  IF asked.gate_id IS DISTINCT FROM under.gate_id OR asked.kind <> 'attested' THEN
    RAISE EXCEPTION 'no attested criterion of this gate' USING ERRCODE = '23514', CONSTRAINT = 'attested_for_its_gate';
  END IF;
  PERFORM 1 FROM public.roles_roleassignment a JOIN public.stakeholders_person p ON p.id = a.person_id
    JOIN public.gates_gate g ON g.id = under.gate_id AND g.programme_id = a.programme_id
    WHERE a.person_id = NEW.by_id AND a.role = asked.attest_role
      AND public.role_period(a.starts_on, a.ends_on, a.revoked_on) @> today
      AND (p.left_on IS NULL OR p.left_on > today) FOR SHARE OF a;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the word of another role' USING ERRCODE = '23514', CONSTRAINT = 'attested_by_the_role';
  END IF;
  NEW.at := public.jalon_now();
  RETURN NEW;
END $$;
CREATE TRIGGER attestation_guard BEFORE INSERT ON gates_attestation FOR EACH ROW EXECUTE FUNCTION attestation_guard();

CREATE FUNCTION attestation_evidence_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF NOT EXISTS (
    SELECT FROM public.gates_attestation t JOIN public.gates_gatereview v ON v.id = t.review_id AND v.status = 'preparing'
    JOIN public.gates_gate g ON g.id = v.gate_id
    JOIN public.evidence_evidence e ON e.id = NEW.evidence_id AND e.programme_id = g.programme_id
    WHERE t.id = NEW.attestation_id) THEN
    RAISE EXCEPTION 'evidence of another programme, or too late' USING ERRCODE = '23514', CONSTRAINT = 'attested_with_evidence_at_hand';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER attestation_evidence_guard BEFORE INSERT ON gates_attestation_evidence
  FOR EACH ROW EXECUTE FUNCTION attestation_evidence_guard();
"""
ATTESTATIONS_BACK = """
DROP TRIGGER attestation_evidence_guard ON gates_attestation_evidence; DROP FUNCTION attestation_evidence_guard();
DROP TRIGGER attestation_guard ON gates_attestation; DROP FUNCTION attestation_guard();
"""

SIGNATURES = """
CREATE FUNCTION gate_signature_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE under public.gates_gatereview%ROWTYPE;
BEGIN
  SELECT * INTO under FROM public.gates_gatereview v WHERE v.id = NEW.review_id FOR NO KEY UPDATE;
  IF under.status IS DISTINCT FROM 'submitted' THEN
    RAISE EXCEPTION 'the review is not submitted' USING ERRCODE = '23514', CONSTRAINT = 'gate_review_submitted';
  END IF;
  IF NOT EXISTS (SELECT FROM public.dossiers_edition e WHERE e.id = under.edition_id AND e.fp = NEW.edition_fp) THEN
    RAISE EXCEPTION 'other findings were frozen' USING ERRCODE = '23514', CONSTRAINT = 'gate_signed_content';
  END IF;
  IF NEW.terms::jsonb ->> 'outcome' IS DISTINCT FROM NEW.outcome THEN
    RAISE EXCEPTION 'the terms say another outcome' USING ERRCODE = '23514', CONSTRAINT = 'gate_terms_say_the_outcome';
  END IF;
  IF NOT public.gate_sponsor_holds((SELECT g.programme_id FROM public.gates_gate g WHERE g.id = under.gate_id), NEW.person_id, NEW.department) THEN
    RAISE EXCEPTION 'sponsors decide gates' USING ERRCODE = '23514', CONSTRAINT = 'gate_signed_by_a_sponsor';
  END IF;
  IF NEW.replaced_at IS NOT NULL THEN
    RAISE EXCEPTION 'a signature is not born replaced' USING ERRCODE = '23514', CONSTRAINT = 'replaced_later';
  END IF;
  NEW.signed_at := public.jalon_now();
  RETURN NEW;
END $$;
CREATE TRIGGER gate_signature_guard BEFORE INSERT ON gates_gatesignature FOR EACH ROW EXECUTE FUNCTION gate_signature_guard();

-- A generated column is null in NEW before an update: it is left out, what it is generated from is compared.
CREATE FUNCTION gate_signature_replaced_once() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  PERFORM 1 FROM public.gates_gatereview v WHERE v.id = OLD.review_id FOR NO KEY UPDATE;
  IF OLD.replaced_at IS NOT NULL
     OR to_jsonb(NEW) - 'replaced_at' - 'terms_fp' IS DISTINCT FROM to_jsonb(OLD) - 'replaced_at' - 'terms_fp'
     OR EXISTS (SELECT FROM public.gates_gatedecision x WHERE OLD.id IN (x.first_id, x.second_id)) THEN
    RAISE EXCEPTION 'a gate signature is written once' USING ERRCODE = '23514', CONSTRAINT = 'gate_signature_written_once';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER gate_signature_replaced_once BEFORE UPDATE ON gates_gatesignature
  FOR EACH ROW EXECUTE FUNCTION gate_signature_replaced_once();
"""
SIGNATURES_BACK = """
DROP TRIGGER gate_signature_replaced_once ON gates_gatesignature; DROP FUNCTION gate_signature_replaced_once();
DROP TRIGGER gate_signature_guard ON gates_gatesignature; DROP FUNCTION gate_signature_guard();
"""

DECISIONS = """
CREATE FUNCTION gate_decision_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE under public.gates_gatereview%ROWTYPE; terms jsonb; found_ jsonb; missing integer;
BEGIN
  SELECT * INTO under FROM public.gates_gatereview v WHERE v.id = NEW.review_id FOR NO KEY UPDATE;
  IF under.status IS DISTINCT FROM 'submitted' THEN
    RAISE EXCEPTION 'the review is not submitted' USING ERRCODE = '23514', CONSTRAINT = 'gate_decided_while_submitted';
  END IF;
  IF (SELECT count(*) FROM public.gates_gatesignature s WHERE s.id IN (NEW.first_id, NEW.second_id)
        AND s.replaced_at IS NULL AND s.outcome = NEW.outcome) <> 2 THEN
    RAISE EXCEPTION 'two signatures of the same outcome' USING ERRCODE = '23514', CONSTRAINT = 'decided_by_two';
  END IF;
  SELECT s.terms::jsonb INTO terms FROM public.gates_gatesignature s WHERE s.id = NEW.first_id;
  found_ := public.gate_findings(under.edition_id);
  IF terms ->> 'rationale' IS DISTINCT FROM NEW.rationale OR (terms ->> 'revisit_on')::date IS DISTINCT FROM NEW.revisit_on
     OR (found_ ->> 'should_score')::numeric IS DISTINCT FROM NEW.should_score THEN
    RAISE EXCEPTION 'other terms than those signed' USING ERRCODE = '23514', CONSTRAINT = 'decision_says_the_terms';
  END IF;
  IF NEW.outcome IN ('go', 'conditional_go') THEN
    -- Silence is a no: what is not said to be a should is a must, and every criterion of the gate was found out.
    IF NOT EXISTS (SELECT FROM public.gates_gatecriterion k WHERE k.gate_id = under.gate_id)
       OR EXISTS (SELECT FROM public.gates_gatecriterion k WHERE k.gate_id = under.gate_id AND NOT EXISTS (
            SELECT FROM jsonb_array_elements(found_ -> 'criteria') c WHERE c ->> 'code' = k.code)) THEN
      RAISE EXCEPTION 'a criterion was not found out' USING ERRCODE = '23514', CONSTRAINT = 'outcome_follows_findings';
    END IF;
    SELECT count(*) INTO missing FROM jsonb_array_elements(found_ -> 'criteria') c
      WHERE c ->> 'level' IS DISTINCT FROM 'should' AND c ->> 'outcome' IS DISTINCT FROM 'pass'
        AND (NEW.outcome = 'go' OR NOT coalesce((c ->> 'waivable')::boolean, false)
        OR NOT EXISTS (SELECT FROM jsonb_array_elements(terms -> 'conditions') k WHERE k ->> 'criterion' = c ->> 'code'));
    IF missing > 0 OR NEW.outcome = 'go' AND NEW.should_score < 0.70 OR jsonb_array_length(coalesce(terms -> 'conditions', '[]')) > 3 THEN
      RAISE EXCEPTION 'the findings do not allow this outcome' USING ERRCODE = '23514', CONSTRAINT = 'outcome_follows_findings';
    END IF;
  END IF;
  NEW.decided_at := public.jalon_now();
  NEW.effective_on := public.jalon_today();
  RETURN NEW;
END $$;
CREATE TRIGGER gate_decision_guard BEFORE INSERT ON gates_gatedecision FOR EACH ROW EXECUTE FUNCTION gate_decision_guard();

CREATE FUNCTION gate_decision_ends_the_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF (SELECT v.status FROM public.gates_gatereview v WHERE v.id = NEW.review_id) <> 'decided' THEN
    RAISE EXCEPTION 'a decision ends its review' USING ERRCODE = '23514', CONSTRAINT = 'gate_decision_ends_the_review';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER gate_decision_ends_the_review AFTER INSERT ON gates_gatedecision
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION gate_decision_ends_the_review();

-- The conditions made are those signed: as many, of this programme, with the same criterion, text and day.
CREATE FUNCTION gate_conditions_as_signed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE decided uuid; signed jsonb; made integer; alike integer;
BEGIN
  IF TG_TABLE_NAME = 'gates_gatedecision' THEN decided := NEW.id; ELSE decided := NEW.decision_id; END IF;
  SELECT coalesce(s.terms::jsonb -> 'conditions', '[]') INTO signed FROM public.gates_gatedecision x
    JOIN public.gates_gatesignature s ON s.id = x.first_id WHERE x.id = decided;
  SELECT count(*), count(*) FILTER (WHERE c.function IS NULL AND c.programme_id = g.programme_id AND EXISTS (
      SELECT FROM jsonb_array_elements(signed) k WHERE k ->> 'criterion' = c.criterion AND k ->> 'text' = c.text
        AND (k ->> 'due_on')::date = c.due_on AND k ->> 'owner' = p.email))
    INTO made, alike FROM public.gates_gatecondition t JOIN public.conditions_condition c ON c.id = t.condition_id
    JOIN public.stakeholders_person p ON p.id = c.owner_id
    JOIN public.gates_gatedecision x ON x.id = t.decision_id JOIN public.gates_gatereview v ON v.id = x.review_id
    JOIN public.gates_gate g ON g.id = v.gate_id WHERE t.decision_id = decided;
  IF made <> jsonb_array_length(signed) OR alike <> made THEN
    RAISE EXCEPTION 'other conditions than those signed' USING ERRCODE = '23514', CONSTRAINT = 'gate_conditions_as_signed';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER gate_decision_makes_its_conditions AFTER INSERT ON gates_gatedecision
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION gate_conditions_as_signed();
CREATE CONSTRAINT TRIGGER gate_condition_of_its_decision AFTER INSERT ON gates_gatecondition
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION gate_conditions_as_signed();

CREATE FUNCTION gate_reopening_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE under public.gates_gatereview%ROWTYPE;
BEGIN
  SELECT v.* INTO under FROM public.gates_gatereview v JOIN public.gates_gatedecision x ON x.review_id = v.id
    WHERE x.id = NEW.decision_id FOR NO KEY UPDATE OF v;
  IF EXISTS (SELECT FROM public.gates_gatereview v WHERE v.gate_id = under.gate_id AND v.attempt > under.attempt)
     OR NOT EXISTS (SELECT FROM public.gates_gatedecision x WHERE x.id = NEW.decision_id
                    AND x.outcome IN ('go', 'conditional_go', 'hold')) THEN
    RAISE EXCEPTION 'only the last word of a gate is taken up again' USING ERRCODE = '23514', CONSTRAINT = 'reopening_of_the_last_decision';
  END IF;
  IF NOT public.gate_sponsor_holds((SELECT g.programme_id FROM public.gates_gate g WHERE g.id = under.gate_id), NEW.person_id, NEW.department) THEN
    RAISE EXCEPTION 'sponsors reopen' USING ERRCODE = '23514', CONSTRAINT = 'reopened_by_a_sponsor';
  END IF;
  NEW.signed_at := public.jalon_now();
  RETURN NEW;
END $$;
CREATE TRIGGER gate_reopening_guard BEFORE INSERT ON gates_reopening FOR EACH ROW EXECUTE FUNCTION gate_reopening_guard();
"""
DECISIONS_BACK = """
DROP TRIGGER gate_reopening_guard ON gates_reopening; DROP FUNCTION gate_reopening_guard();
DROP TRIGGER gate_condition_of_its_decision ON gates_gatecondition;
DROP TRIGGER gate_decision_makes_its_conditions ON gates_gatedecision; DROP FUNCTION gate_conditions_as_signed();
DROP TRIGGER gate_decision_ends_the_review ON gates_gatedecision; DROP FUNCTION gate_decision_ends_the_review();
DROP TRIGGER gate_decision_guard ON gates_gatedecision; DROP FUNCTION gate_decision_guard();
"""

PHASES = """
CREATE FUNCTION phase_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE into_ uuid; out_of uuid;
BEGIN
  IF NEW.status = OLD.status OR NOT EXISTS (SELECT FROM public.gates_gate g WHERE g.programme_id = NEW.programme_id) THEN
    RETURN NEW;
  END IF;
  SELECT g.id INTO into_ FROM public.gates_gate g WHERE g.programme_id = NEW.programme_id
    AND g.to_phase = NEW.kind AND g.from_phase IS DISTINCT FROM NEW.kind;
  SELECT g.id INTO out_of FROM public.gates_gate g WHERE g.programme_id = NEW.programme_id
    AND g.from_phase = NEW.kind ORDER BY g."order" DESC LIMIT 1;
  IF OLD.status = 'not_started' AND NEW.status = 'open' THEN
    IF NOT public.gate_passed(into_) THEN
      RAISE EXCEPTION 'a phase opens behind its gate' USING ERRCODE = '23514', CONSTRAINT = 'phase_opened_by_a_gate';
    END IF;
    IF EXISTS (SELECT FROM public.programmes_phase f WHERE f.programme_id = NEW.programme_id
               AND f."order" < NEW."order" AND f.status <> 'closed') THEN
      RAISE EXCEPTION 'an earlier phase is not closed' USING ERRCODE = '23514', CONSTRAINT = 'phases_in_order';
    END IF;
  ELSIF NEW.status = 'closed' THEN
    IF NOT public.gate_passed(out_of) THEN
      RAISE EXCEPTION 'a phase closes at its gate' USING ERRCODE = '23514', CONSTRAINT = 'phase_closed_by_a_gate';
    END IF;
  ELSIF OLD.status = 'closed' THEN
    IF NEW.status <> 'open' OR NOT public.gate_reopened(out_of) THEN
      RAISE EXCEPTION 'two sponsors reopen a phase' USING ERRCODE = '23514', CONSTRAINT = 'phase_reopened_by_two';
    END IF;
  ELSIF NEW.status = 'not_started' THEN
    IF NOT public.gate_reopened(into_) THEN
      RAISE EXCEPTION 'a phase is set back when the one before is reopened' USING ERRCODE = '23514', CONSTRAINT = 'phase_set_back_by_two';
    END IF;
  ELSIF OLD.status = 'on_hold' THEN
    IF NEW.status <> 'open' OR NOT EXISTS (
        SELECT FROM public.gates_gatedecision x JOIN public.gates_gatereview v ON v.id = x.review_id
        WHERE v.gate_id = out_of AND x.outcome = 'hold' AND NOT EXISTS (
            SELECT FROM public.gates_gatereview w JOIN public.gates_gatedecision y ON y.review_id = w.id
            WHERE w.gate_id = v.gate_id AND w.attempt > v.attempt)
          AND (x.revisit_on <= public.jalon_today()
               OR (SELECT count(*) >= 2 FROM public.gates_reopening r WHERE r.decision_id = x.id))) THEN
      RAISE EXCEPTION 'a hold lasts until its day, or until two sponsors end it' USING ERRCODE = '23514', CONSTRAINT = 'hold_until_its_day';
    END IF;
  ELSIF (OLD.status, NEW.status) NOT IN (('open', 'gate_pending'), ('gate_pending', 'open'), ('gate_pending', 'on_hold')) THEN
    RAISE EXCEPTION 'no such way from one state to the other' USING ERRCODE = '23514', CONSTRAINT = 'phases_in_order';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER phase_guard BEFORE UPDATE ON programmes_phase FOR EACH ROW EXECUTE FUNCTION phase_guard();

-- Phases come with the programme, before its gates, not begun; the site deletes none.
CREATE FUNCTION phase_keeps_its_place() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF (NEW.kind, NEW."order", NEW.programme_id) IS DISTINCT FROM (OLD.kind, OLD."order", OLD.programme_id) THEN
      RAISE EXCEPTION 'a phase keeps its place' USING ERRCODE = '23514', CONSTRAINT = 'phase_keeps_its_place';
    END IF;
  ELSIF NEW.status <> 'not_started' OR NEW.actual_start IS NOT NULL OR NEW.actual_end IS NOT NULL
     OR EXISTS (SELECT FROM public.gates_gate g WHERE g.programme_id = NEW.programme_id) THEN
    RAISE EXCEPTION 'phases come with the programme, not begun' USING ERRCODE = '23514', CONSTRAINT = 'phases_come_first';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER phase_keeps_its_place BEFORE INSERT OR UPDATE ON programmes_phase
  FOR EACH ROW EXECUTE FUNCTION phase_keeps_its_place();
"""
PHASES_BACK = """
DROP TRIGGER phase_keeps_its_place ON programmes_phase; DROP FUNCTION phase_keeps_its_place();
DROP TRIGGER phase_guard ON programmes_phase; DROP FUNCTION phase_guard();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("gates", "0001_initial"),
        ("roles", "0002_separate_duties"),
        ("dossiers", "0002_write_editions_once"),
    ]

    operations = [
        migrations.RunSQL(KEYS, KEYS_BACK),
        migrations.RunSQL(WORDS, WORDS_BACK),
        migrations.RunSQL(REVIEWS, REVIEWS_BACK),
        migrations.RunSQL(ATTESTATIONS, ATTESTATIONS_BACK),
        migrations.RunSQL(SIGNATURES, SIGNATURES_BACK),
        migrations.RunSQL(DECISIONS, DECISIONS_BACK),
        migrations.RunSQL(PHASES, PHASES_BACK),
        needs_event(
            "gates_gate",
            "gates_gatecriterion",
            "gates_gatereview",
            "gates_attestation",
            "gates_attestation_evidence",
            "gates_gatesignature",
            "gates_gatedecision",
            "gates_gatecondition",
            "gates_reopening",
        ),
    ]
