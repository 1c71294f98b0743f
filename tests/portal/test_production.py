"""Production does not start on what it must not have (trust.md, I6)."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from psycopg.conninfo import make_conninfo

from governance.accounts.models import User
from portal import checks
from portal.embedded import postgres
from portal.settings import local

ROOT = Path(__file__).resolve().parents[2]
SECRET = "0123456789" * 6


@pytest.fixture
def production(settings, db):
    """Settings as fit as production's, on the test database."""
    settings.PRODUCTION = True
    settings.SECRET_KEY = SECRET
    settings.FIXED_TODAY = ""
    settings.DEMO_SIGN_IN = False
    settings.DEBUG = False
    return settings


def start(url, process="portal.wsgi", **environ):
    """Start a process of production by importing it, on this database."""
    given = {
        key: value for key, value in os.environ.items() if not key.startswith(("JALON_", "OWNER_", "DJANGO_"))
    }
    given |= {"DATABASE_URL": url, "SECRET_KEY": SECRET, "ALLOWED_HOSTS": "jalon.invalid"}
    given |= {
        "DJANGO_SETTINGS_MODULE": "portal.settings.production",
        "JALON_HOME": os.environ["JALON_HOME_OF_TESTS"],
    }
    return subprocess.run(
        [sys.executable, "-c", f"import {process}"]
        if process == "portal.wsgi"
        else [sys.executable, *process.split()],
        cwd=ROOT,
        env=given | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def url(monkeypatch, tmp_path, transactional_db):
    """The address of the test database, as the site."""
    monkeypatch.setenv("JALON_HOME_OF_TESTS", str(tmp_path))
    return make_conninfo(os.environ["DATABASE_URL"], dbname=connection.settings_dict["NAME"])


def test_fit_settings_are_accepted(production):
    checks.refuse_to_start()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRET_KEY", local.SECRET_KEY, "SECRET_KEY is the local one"),
        ("SECRET_KEY", "short", "SECRET_KEY is the local one or too short"),
        ("DEBUG", True, "DEBUG is on"),
        ("FIXED_TODAY", "2026-11-16", "JALON_TODAY is set"),
        ("DEMO_SIGN_IN", True, "DEMO_SIGN_IN is on"),
    ],
)
def test_unfit_settings_are_refused(production, name, value, sentence):
    setattr(production, name, value)
    with pytest.raises(ImproperlyConfigured, match=sentence):
        checks.refuse_to_start()


def test_demo_accounts_are_refused(production):
    User.objects.create_user("claire.martin@talvere.example")
    with pytest.raises(ImproperlyConfigured, match="1 demo accounts"):
        checks.refuse_to_start()


def test_a_fixed_clock_is_refused(production, clock_at):
    clock_at("2026-11-16")
    with pytest.raises(ImproperlyConfigured, match="fixed clock"):
        checks.refuse_to_start()


def test_commits_that_do_not_wait_for_the_disk_are_refused(production):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    with pytest.raises(ImproperlyConfigured, match="synchronous_commit=off"):
        checks.refuse_to_start()


def test_elsewhere_nothing_is_asked(production):
    production.PRODUCTION = False
    production.DEBUG = True
    checks.refuse_to_start()


def test_the_deployment_check_tells_the_same(production):
    production.DEMO_SIGN_IN = True
    told = {message.id for message in run_checks(include_deployment_checks=True, databases=["default"])}
    assert "portal.E004" in told
    assert not {"portal.E001", "portal.E005", "portal.E006", "portal.E007"} & told


def test_the_web_process_starts_when_all_is_fit(url):
    started = start(url)
    assert started.returncode == 0, started.stderr


def test_the_deployment_checks_have_nothing_to_say(url):
    checked = start(url, "manage.py check --deploy --fail-level WARNING --database default")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_web_process_refuses_the_role_of_the_owner(url):
    started = start(make_conninfo(os.environ["OWNER_DATABASE_URL"], dbname=connection.settings_dict["NAME"]))
    assert started.returncode != 0
    assert "use jalon_app" in started.stderr


def test_the_web_process_refuses_a_missing_secret(url):
    started = start(url, SECRET_KEY="")
    assert started.returncode != 0
    assert "SECRET_KEY" in started.stderr


def test_the_worker_refuses_too(url):
    started = start(url, "-m celery -A portal.celery worker -P threads -c 1", JALON_TODAY="2026-11-16")
    assert started.returncode != 0
    assert "JALON_TODAY is set" in started.stderr + started.stdout


def test_a_server_that_may_lose_what_it_confirmed_is_refused(url, tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "SETTINGS", {**postgres.SETTINGS, "fsync": "off"})
    cluster = postgres.Cluster(tmp_path / "careless")
    cluster.start()
    try:
        with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as superuser:
            superuser.execute("CREATE ROLE jalon_app LOGIN")
            superuser.execute("CREATE TABLE fixed_clock (); CREATE TABLE accounts_user (email text)")
            superuser.execute("GRANT SELECT ON fixed_clock, accounts_user TO jalon_app")
        started = start(cluster.url("jalon_app", "postgres"))
    finally:
        cluster.stop()
    assert started.returncode != 0
    assert "fsync=off" in started.stderr
