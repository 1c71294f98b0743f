"""The migrations say what the models say."""

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils import translation


def test_no_migration_is_missing(settings):
    loader = MigrationLoader(None)
    assert loader.detect_conflicts() == {}
    with translation.override(None):  # names in the reader's language are no change
        changes = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(
            graph=loader.graph
        )
    ours = {room.rpartition(".")[2] for room in settings.ROOMS}
    told = {
        app: [str(operation) for one in migrations for operation in one.operations]
        for app, migrations in changes.items()
    }
    assert {app: operations for app, operations in told.items() if app in ours} == {}
