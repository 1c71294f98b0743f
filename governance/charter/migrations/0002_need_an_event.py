"""Objectives change with an event, or not at all."""

from django.db import migrations

from governance.audit.needs_event import needs_event


class Migration(migrations.Migration):
    dependencies = [("charter", "0001_initial"), ("audit", "0002_chain_events")]

    operations = [needs_event("charter_objective")]
