"""The demo, replayed once into a database of its own, which lasts as long as the code it came from."""

import os
import uuid
from contextlib import contextmanager
from io import StringIO

import psycopg
import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

from governance import clock
from portal import bootstrap, database

AS_OF = "2026-11-16"
PREFIX = "jalon_demo_"
PLACES = ("governance/**/*.py", "usecases/**/*.py", "portal/**/*.py", "portal/locale/**/*.po")


def named_by_its_code():
    """A name that changes with whatever a replay depends on."""
    shipped = bootstrap.ROOT.glob("governance/library/*.yaml")
    files = [path for place in PLACES for path in bootstrap.ROOT.glob(place)]
    return PREFIX + bootstrap.digest(sorted([*files, *shipped]))[:12]


def make(owner, name):
    """Copy the empty, migrated database."""
    template = settings.DATABASES["default"]["TEST"]["TEMPLATE"]
    if not template:
        pytest.skip("run these tests with `manage.py test`: they copy the database that it prepares")
    owner.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*map(sql.Identifier, (name, template))))


def drop(owner, name):
    """Drop a database; PostgreSQL waits by itself for sessions that are leaving."""
    owner.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


@contextmanager
def on(name):
    """Use another database, as the site, for a while."""
    here = connections["default"].settings_dict
    kept, kept_url = here["NAME"], os.environ["OWNER_DATABASE_URL"]

    def use(name, url):
        database.let_go()
        here["NAME"], os.environ["OWNER_DATABASE_URL"] = name, url
        ContentType.objects.clear_cache()
        clock.pin(None)
        clock.forget()

    use(name, make_conninfo(kept_url, dbname=name))
    try:
        yield
    finally:
        use(kept, kept_url)


@pytest.fixture(scope="session")
def owner():
    """A connection of the owner, to no database of these tests."""
    with psycopg.connect(os.environ["OWNER_DATABASE_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """A store for evidence, apart from the portal's."""
    return settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path_factory.mktemp("files")}}
    }


@pytest.fixture(scope="session")
def replayed(owner, files, django_db_setup, django_db_blocker):
    """The name of a database that holds the demo on its day; replayed now unless this code did it before."""
    name, making = named_by_its_code(), f"{PREFIX}making"
    owner.execute("SELECT pg_advisory_lock(7412)")
    try:
        known = {
            row[0]
            for row in owner.execute("SELECT datname FROM pg_database WHERE datname LIKE 'jalon_demo_%'")
        }
        if name not in known:
            for old in known:
                drop(owner, old)
            make(owner, making)
            with (
                override_settings(FIXED_TODAY=AS_OF, STORAGES=files),
                django_db_blocker.unblock(),
                on(making),
            ):
                call_command("demo", stdout=StringIO())
            owner.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (making, name)))
            )
    finally:
        owner.execute("SELECT pg_advisory_unlock(7412)")
    return name


@pytest.fixture
def demo(replayed, django_db_blocker):
    """The main programme of the demo on its day, to be read and left as it is."""
    from governance.programmes.models import Programme

    with django_db_blocker.unblock(), on(replayed):
        yield Programme.objects.get(code="TALV")


@pytest.fixture
def belgium(demo):
    """The second one, which waits at its first gate; to be read and left as it is too."""
    return type(demo).objects.get(code="TALV-BE")


@pytest.fixture
def scratch(owner, files, django_db_setup, django_db_blocker):
    """An empty database, migrated, for one test."""
    name = f"jalon_scratch_{uuid.uuid4().hex[:12]}"
    make(owner, name)
    try:
        with override_settings(STORAGES=files), django_db_blocker.unblock(), on(name):
            yield name
    finally:
        drop(owner, name)
