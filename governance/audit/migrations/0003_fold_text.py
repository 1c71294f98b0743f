from django.db import migrations

# Marks go first, then case: French letters fold alike under any locale provider (spike.md 5).
FOLD = r"""
CREATE FUNCTION fold(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN replace(replace(replace(lower(translate(
  regexp_replace(normalize(t, NFKD), '[\u0300-\u036f]', '', 'g'), 'ŒÆØĐŁøđł', 'œæodlodl')), 'œ', 'oe'), 'æ', 'ae'), 'ß', 'ss');
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_chain_events")]

    operations = [migrations.RunSQL(FOLD, "DROP FUNCTION fold(text);")]
