"""Conditions change with an event, and are met by whoever set them, or not at all (L12, SOD-11, SOD-13)."""

from django.db import migrations

from governance.audit.needs_event import needs_event

HOLDERS = """
CREATE FUNCTION role_signing_for(function text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE function
  WHEN 'legal' THEN 'legal_reviewer' WHEN 'dpo' THEN 'dpo' WHEN 'security' THEN 'security_reviewer'
  WHEN 'technical' THEN 'technical_reviewer' WHEN 'sponsor' THEN 'sponsor' END;

-- A right at the moment of use: the assignment is held until the act is committed or not.
CREATE FUNCTION holds_function(who uuid, here uuid, function text, on_day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  PERFORM 1 FROM public.roles_roleassignment a
    JOIN public.stakeholders_person p ON p.id = a.person_id
    JOIN public.stakeholders_organisation o ON o.id = p.organisation_id
    LEFT JOIN public.accounts_user u ON u.id = p.user_id
    WHERE a.programme_id = here AND a.person_id = who AND a.role = public.role_signing_for(function)
      AND public.role_period(a.starts_on, a.ends_on, a.revoked_on) @> on_day
      -- the current phase; between two, the one last closed; framing before the first
      AND (a.phases = '{}' OR coalesce((SELECT f.kind FROM public.programmes_phase f
             WHERE f.programme_id = here AND f.status <> 'not_started'
             ORDER BY f.status = 'closed', f."order" DESC LIMIT 1), 'cadrage') = ANY (a.phases))
      AND (p.left_on IS NULL OR p.left_on > on_day) AND coalesce(u.is_active, true)
      AND (function <> 'sponsor' OR o.kind IN ('advertiser', 'group_entity')) FOR SHARE OF a;
  RETURN FOUND;
END $$;
"""
HOLDERS_BACK = "DROP FUNCTION holds_function(uuid, uuid, text, date); DROP FUNCTION role_signing_for(text);"

LIFE = """
CREATE FUNCTION condition_lives_once() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'open' OR NEW.verified_by_id IS NOT NULL THEN
      RAISE EXCEPTION 'a condition is born open' USING ERRCODE = '23514', CONSTRAINT = 'condition_born_open';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.status IN ('satisfied', 'waived') OR to_jsonb(NEW) - ARRAY['version', 'status', 'verified_by_id', 'verified_at', 'waiver_reason']
      IS DISTINCT FROM to_jsonb(OLD) - ARRAY['version', 'status', 'verified_by_id', 'verified_at', 'waiver_reason'] THEN
    RAISE EXCEPTION 'what was promised does not change, what is met stays met' USING ERRCODE = '23514', CONSTRAINT = 'condition_written_once';
  END IF;
  IF NEW.status = 'satisfied' AND OLD.status <> 'evidence_submitted' THEN
    RAISE EXCEPTION 'nothing proves it yet' USING ERRCODE = '23514', CONSTRAINT = 'satisfied_on_evidence';
  END IF;
  IF NEW.status IN ('satisfied', 'waived')
     AND NOT public.holds_function(NEW.verified_by_id, NEW.programme_id, coalesce(NEW.function, 'sponsor'), public.jalon_today()) THEN
    RAISE EXCEPTION 'met by whoever set it' USING ERRCODE = '23514', CONSTRAINT = 'met_by_the_function_that_set_it';
  END IF;
  IF NEW.status = 'waived' AND EXISTS (SELECT FROM public.stakeholders_person p JOIN public.stakeholders_organisation o
       ON o.id = p.organisation_id WHERE p.id = NEW.verified_by_id AND o.kind NOT IN ('advertiser', 'group_entity')) THEN
    RAISE EXCEPTION 'nobody from outside waives' USING ERRCODE = '23514', CONSTRAINT = 'waived_from_inside';
  END IF;
  IF NEW.status = 'waived' AND NEW.function IS NULL
     AND (SELECT count(*) FROM public.conditions_waivervoice w WHERE w.condition_id = NEW.id) < 2 THEN
    RAISE EXCEPTION 'two sponsors waive what a gate asked' USING ERRCODE = '23514', CONSTRAINT = 'gate_condition_waived_by_two';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER condition_lives_once BEFORE INSERT OR UPDATE ON conditions_condition
  FOR EACH ROW EXECUTE FUNCTION condition_lives_once();

CREATE FUNCTION waiver_voice_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF NOT EXISTS (SELECT FROM public.conditions_condition k JOIN public.stakeholders_person p ON p.id = NEW.sponsor_id
                 WHERE k.id = NEW.condition_id AND k.function IS NULL AND k.owner_id <> p.id AND p.department = NEW.department
                   AND public.holds_function(p.id, k.programme_id, 'sponsor', public.jalon_today())) THEN
    RAISE EXCEPTION 'a sponsor of the programme, who does not owe it' USING ERRCODE = '23514', CONSTRAINT = 'waiver_voice_of_a_sponsor';
  END IF;
  NEW.at := public.jalon_now();
  RETURN NEW;
END $$;
CREATE TRIGGER waiver_voice_guard BEFORE INSERT ON conditions_waivervoice FOR EACH ROW EXECUTE FUNCTION waiver_voice_guard();
"""
LIFE_BACK = """
DROP TRIGGER waiver_voice_guard ON conditions_waivervoice; DROP FUNCTION waiver_voice_guard();
DROP TRIGGER condition_lives_once ON conditions_condition; DROP FUNCTION condition_lives_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("conditions", "0001_initial"),
        ("audit", "0002_chain_events"),
        ("roles", "0002_separate_duties"),
    ]

    operations = [
        migrations.RunSQL(HOLDERS, HOLDERS_BACK),
        migrations.RunSQL(LIFE, LIFE_BACK),
        needs_event("conditions_condition", "conditions_waivervoice"),
    ]
