"""The clock of the database, and the chain that it writes by itself."""

from django.db import migrations

CLOCK = """
CREATE FUNCTION jalon_now() RETURNS timestamptz
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN coalesce((
  SELECT CASE
    WHEN instant IS NOT NULL THEN instant
    WHEN day IS NOT NULL THEN (day + (clock_timestamp() AT TIME ZONE 'Europe/Paris')::time) AT TIME ZONE 'Europe/Paris'
    ELSE ((clock_timestamp() AT TIME ZONE 'Europe/Paris') + shift_days * interval '1 day') AT TIME ZONE 'Europe/Paris'
  END FROM public.fixed_clock), clock_timestamp());

CREATE FUNCTION jalon_today() RETURNS date
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN (public.jalon_now() AT TIME ZONE 'Europe/Paris')::date;

-- convert_to() is not immutable although UTF-8 to UTF-8 is: generated columns need this.
CREATE FUNCTION jalon_bytes(t text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN convert_to(t, 'UTF8');

CREATE FUNCTION jalon_field(t text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN octet_length(public.jalon_bytes(coalesce(t, '')))::text || ':' || coalesce(t, '');
"""

CHAIN = """
CREATE FUNCTION audit_chain() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE head public.audit_head%ROWTYPE;
BEGIN
  INSERT INTO public.audit_head (stream, seq, hash, at)
    VALUES (NEW.stream, 0, 'sha256:' || repeat('0', 64), timestamptz '1970-01-01 00:00:00+00')
    ON CONFLICT DO NOTHING;
  SELECT * INTO head FROM public.audit_head WHERE stream = NEW.stream FOR NO KEY UPDATE;
  NEW.seq := head.seq + 1;
  NEW.recorded_at := clock_timestamp();
  NEW.clock := CASE WHEN EXISTS (SELECT FROM public.fixed_clock) THEN 'fixed' ELSE 'server' END;
  NEW.at := greatest(public.jalon_now(), head.at);      -- never runs backwards inside a chain
  NEW.xact := pg_current_xact_id()::text::bigint;
  NEW.prev_hash := head.hash;
  NEW.hash := 'sha256:' || encode(sha256(public.jalon_bytes(NEW.prev_hash
    || public.jalon_field(NEW.stream) || public.jalon_field(NEW.seq::text)
    || public.jalon_field(to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    || public.jalon_field(NEW.clock) || public.jalon_field(NEW.actor) || public.jalon_field(NEW.on_behalf_of)
    || public.jalon_field(NEW.roles) || public.jalon_field(NEW.verb)
    || public.jalon_field(NEW.subject_kind) || public.jalon_field(NEW.subject_code)
    || public.jalon_field(NEW.before_fp) || public.jalon_field(NEW.after_fp) || public.jalon_field(NEW.payload))), 'hex');
  UPDATE public.audit_head SET seq = NEW.seq, hash = NEW.hash, at = NEW.at WHERE stream = NEW.stream;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_chain BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_chain();

CREATE FUNCTION audit_written_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  RAISE EXCEPTION 'an event is written once' USING ERRCODE = '42501', CONSTRAINT = 'event_written_once';
END $$;
CREATE TRIGGER audit_written_once BEFORE UPDATE OR DELETE ON audit_event
  FOR EACH ROW EXECUTE FUNCTION audit_written_once();

-- Governed tables carry a deferred trigger on this: a change without an event does not commit.
CREATE FUNCTION jalon_needs_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  IF NOT EXISTS (SELECT FROM public.audit_event WHERE xact = pg_current_xact_id()::text::bigint) THEN
    RAISE EXCEPTION 'a governed change without an event' USING ERRCODE = '23514', CONSTRAINT = 'change_has_an_event';
  END IF;
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(
            CLOCK,
            "DROP FUNCTION jalon_field(text); DROP FUNCTION jalon_bytes(text); "
            "DROP FUNCTION jalon_today(); DROP FUNCTION jalon_now();",
        ),
        migrations.RunSQL(
            CHAIN,
            "DROP FUNCTION jalon_needs_event(); DROP TRIGGER audit_written_once ON audit_event; "
            "DROP FUNCTION audit_written_once(); DROP TRIGGER audit_chain ON audit_event; DROP FUNCTION audit_chain();",
        ),
    ]
