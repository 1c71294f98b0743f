"""Targets change with an event, or not at all."""

from django.db import migrations

from governance.audit.needs_event import needs_event


class Migration(migrations.Migration):
    dependencies = [("kpis", "0001_initial"), ("audit", "0002_chain_events")]

    operations = [needs_event("kpis_kpitarget")]
