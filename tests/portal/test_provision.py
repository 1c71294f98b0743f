"""An external server, of which only the owner's address is given, gets what it lacks."""

import os

import psycopg
import pytest
from django.conf import settings

from portal.embedded import provision
from portal.embedded.postgres import Cluster, NotStarted


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of someone else's, with an owner who may make roles and databases, and one who may not."""
    cluster = Cluster(tmp_path_factory.mktemp("external"))
    cluster.start()
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as superuser:
        superuser.execute("CREATE ROLE boss LOGIN CREATEROLE CREATEDB")
        superuser.execute("CREATE ROLE weak LOGIN")
        superuser.execute("CREATE DATABASE governance OWNER boss")
    yield cluster
    cluster.stop()


@pytest.fixture
def environ(monkeypatch, tmp_path):
    """An environment that names no address yet."""
    for name in ("DATABASE_URL", "OWNER_DATABASE_URL", "BROKER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JALON_HOME", str(tmp_path))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "portal.settings.local")
    return monkeypatch


def test_a_weak_owner_is_told_what_it_lacks(server, environ):
    with pytest.raises(NotStarted, match="Give it CREATEROLE and CREATEDB"):
        provision.make_external(server.url("weak", "governance"))


def test_roles_and_broker_are_made_and_their_addresses_derived(server, environ, tmp_path):
    provision.make_external(server.url("boss", "governance"))

    with psycopg.connect(os.environ["DATABASE_URL"]) as site:
        assert site.execute("SELECT current_user, current_database()").fetchone() == (
            "jalon_app",
            "governance",
        )
    with psycopg.connect(os.environ["BROKER_URL"].replace("pgmq:", "postgresql:")) as broker:
        assert broker.execute("SELECT count(*) FROM pgmq.q_jalon").fetchone() == (0,)
    with psycopg.connect(server.url("postgres", "postgres")) as superuser:
        secrets = superuser.execute("SELECT rolname FROM pg_authid WHERE rolpassword IS NOT NULL").fetchall()
    assert secrets == [("jalon_app",)]
    assert (tmp_path / "site-password").stat().st_mode & 0o077 == 0

    derived = os.environ["DATABASE_URL"]
    environ.delenv("DATABASE_URL")
    provision.make_external(server.url("boss", "governance"))
    assert os.environ["DATABASE_URL"] == derived


def test_addresses_that_are_given_stand(server, environ):
    environ.setenv("DATABASE_URL", server.url("jalon_app", "governance"))
    environ.setenv("BROKER_URL", "redis://localhost:6379/0")
    provision.make_external(server.url("boss", "governance"))
    assert os.environ["DATABASE_URL"] == server.url("jalon_app", "governance")
    assert os.environ["BROKER_URL"] == "redis://localhost:6379/0"


def test_another_site_role_is_refused_by_name(server, environ):
    environ.setenv("DATABASE_URL", server.url("weak", "governance"))
    with pytest.raises(NotStarted, match=r"“weak”.*jalon_app"):
        provision.make_external(server.url("boss", "governance"))


def test_a_server_that_is_not_there_is_called_that(environ, tmp_path):
    with pytest.raises(NotStarted, match="does not lead to a PostgreSQL server"):
        provision.make_external(f"postgresql://boss@/governance?host={tmp_path}")


def test_a_command_that_needs_the_owner_says_so(environ, server):
    environ.setenv("DATABASE_URL", server.url("jalon_app", "governance"))
    environ.setenv("JALON_DB_ROLE", "owner")
    with pytest.raises(SystemExit, match="set OWNER_DATABASE_URL"), provision.lent():
        pass


def test_production_makes_nothing(environ):
    environ.setenv("DJANGO_SETTINGS_MODULE", "portal.settings.production")
    with provision.lent():
        assert "DATABASE_URL" not in os.environ


def test_the_queue_of_the_settings_is_that_of_the_address():
    assert "jalon_broker" in settings.CELERY_BROKER_TRANSPORT_OPTIONS["conn_string"]
    assert settings.CELERY_BROKER_URL.startswith("pgmq://jalon_app")
