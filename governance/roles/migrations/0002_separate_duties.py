"""No overlap of one role, no two incompatible roles at once, one lead at a time (INV-06, INV-07, INV-09).

Core range types stand in for btree_gist, which many servers lack (trust.md 5.2). The pairs are those of
permissions.yaml, SOD-03 to SOD-07; `tests/guards/test_duties.py` compares them with the library.
"""

from django.db import migrations

from governance.audit.needs_event import needs_event

RANGES = """
CREATE TYPE uuidrange AS RANGE (subtype = uuid);
CREATE TYPE textrange AS RANGE (subtype = text, collation = "C");

-- Dates include both ends; a revoked day no longer counts. A period revoked before it began is empty.
CREATE FUNCTION role_period(starts_on date, ends_on date, revoked_on date) RETURNS daterange
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
  CASE WHEN ends_on IS NULL AND revoked_on IS NULL THEN daterange(starts_on, NULL)
       ELSE daterange(starts_on, greatest(starts_on, least(ends_on + 1, revoked_on)), '[)') END;

ALTER TABLE roles_roleassignment ADD CONSTRAINT same_role_twice EXCLUDE USING gist (
  uuidrange(programme_id, programme_id, '[]') WITH &&, uuidrange(person_id, person_id, '[]') WITH &&,
  textrange(role::text, role::text, '[]') WITH &&, role_period(starts_on, ends_on, revoked_on) WITH &&);
ALTER TABLE roles_roleassignment ADD CONSTRAINT one_lead_at_a_time EXCLUDE USING gist (
  uuidrange(programme_id, programme_id, '[]') WITH &&, role_period(starts_on, ends_on, revoked_on) WITH &&)
  WHERE (role = 'core_team_lead');
ALTER TABLE roles_delegation ADD CONSTRAINT delegations_overlap EXCLUDE USING gist (
  uuidrange(programme_id, programme_id, '[]') WITH &&, uuidrange(delegator_id, delegator_id, '[]') WITH &&,
  textrange(function::text, function::text, '[]') WITH &&, daterange(starts_on, ends_on, '[]') WITH &&)
  WHERE (ended_at IS NULL AND declined_at IS NULL);
ALTER TABLE roles_delegation ADD CONSTRAINT delegation_and_its_people UNIQUE (id, delegator_id, delegate_id, function);
"""
RANGES_BACK = """
ALTER TABLE roles_delegation DROP CONSTRAINT delegation_and_its_people;
ALTER TABLE roles_delegation DROP CONSTRAINT delegations_overlap;
ALTER TABLE roles_roleassignment DROP CONSTRAINT one_lead_at_a_time;
ALTER TABLE roles_roleassignment DROP CONSTRAINT same_role_twice;
DROP FUNCTION role_period(date, date, date);
DROP TYPE textrange;
DROP TYPE uuidrange;
"""

PAIRS = {
    "SOD-03": [
        ("dmp_operator", role)
        for role in ("sponsor", "legal_reviewer", "dpo", "security_reviewer", "technical_reviewer")
    ],
    "SOD-04": [
        ("dpo", role)
        for role in (
            "sponsor",
            "core_team_lead",
            "core_team_member",
            "technical_reviewer",
            "security_reviewer",
            "data_owner",
            "digital_tools_lead",
            "legal_reviewer",
        )
    ],
    "SOD-05": [
        (team, role)
        for team in ("core_team_lead", "core_team_member")
        for role in ("sponsor", "legal_reviewer")
    ],
    "SOD-06": [
        ("consultant", role)
        for role in (
            "sponsor",
            "legal_reviewer",
            "dpo",
            "security_reviewer",
            "technical_reviewer",
            "core_team_lead",
            "core_team_member",
            "data_owner",
        )
    ]
    + [
        ("agency", role)
        for role in (
            "sponsor",
            "legal_reviewer",
            "dpo",
            "security_reviewer",
            "technical_reviewer",
            "core_team_lead",
            "core_team_member",
        )
    ]
    + [
        ("creative", role)
        for role in ("sponsor", "legal_reviewer", "dpo", "security_reviewer", "technical_reviewer")
    ],
    "SOD-07": [("auditor", "*")],
}
VALUES = ", ".join(f"('{rule}', '{one}', '{other}')" for rule, pairs in PAIRS.items() for one, other in pairs)

DUTIES = f"""
CREATE FUNCTION sod_pairs() RETURNS TABLE (rule text, one text, other text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$ VALUES {VALUES} $$;

CREATE FUNCTION duties_are_separate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE broken text;
BEGIN
  PERFORM 1 FROM public.stakeholders_person WHERE id = NEW.person_id FOR NO KEY UPDATE;   -- two roles at once wait here
  SELECT p.rule INTO broken FROM public.roles_roleassignment a JOIN public.sod_pairs() p
      ON (p.one = NEW.role AND p.other IN (a.role, '*')) OR (p.one = a.role AND p.other IN (NEW.role, '*'))
    WHERE a.person_id = NEW.person_id AND a.programme_id = NEW.programme_id AND a.id <> NEW.id
      AND public.role_period(a.starts_on, a.ends_on, a.revoked_on) && public.role_period(NEW.starts_on, NEW.ends_on, NEW.revoked_on)
    ORDER BY p.rule LIMIT 1;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'two roles that nobody holds at once' USING ERRCODE = '23514', CONSTRAINT = broken;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER duties_are_separate BEFORE INSERT OR UPDATE ON roles_roleassignment
  FOR EACH ROW EXECUTE FUNCTION duties_are_separate();
"""
DUTIES_BACK = """
DROP TRIGGER duties_are_separate ON roles_roleassignment; DROP FUNCTION duties_are_separate(); DROP FUNCTION sod_pairs();
"""


class Migration(migrations.Migration):
    dependencies = [("roles", "0001_initial"), ("audit", "0002_chain_events")]

    operations = [
        migrations.RunSQL(RANGES, RANGES_BACK),
        migrations.RunSQL(DUTIES, DUTIES_BACK),
        needs_event("roles_roleassignment", "roles_delegation"),
    ]
