"""What every test stands on: a database built by its owner and used as the site, a clock, a browser."""

import datetime as dt
import os
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import override_settings
from hypothesis import settings as hypothesis
from psycopg.conninfo import conninfo_to_dict

from governance import clock
from portal.embedded import chromium
from tests.cast import cast  # noqa: F401  (a fixture for all)

hypothesis.register_profile("untimed", deadline=None)  # nothing here measures time
hypothesis.load_profile("untimed")

OWNER = conninfo_to_dict(os.environ["OWNER_DATABASE_URL"])
SITE = conninfo_to_dict(os.environ["DATABASE_URL"])
QUIET = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


def become(role):
    """Connect as this role from now on; one dict serves all threads, those of live_server too."""
    for connection in connections.all():
        connection.close()
        connection.close_pool()
        connection.settings_dict["USER"] = role.get("user", "")
        connection.settings_dict["PASSWORD"] = role.get("password", "")


def as_owner():
    """Open a connection of the owner to the test database."""
    here = connections["default"].settings_dict
    return psycopg.connect(
        host=here["HOST"],
        port=here["PORT"],
        dbname=here["NAME"],
        user=OWNER["user"],
        password=OWNER.get("password"),
    )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Build the test database as its owner, run the tests with the rights of the site."""

    def flush_as_owner(self, statements):
        with as_owner() as owner:
            for statement in statements:
                owner.execute(statement)

    kept = DatabaseOperations.execute_sql_flush
    with django_db_blocker.unblock():
        become(SITE)
        DatabaseOperations.execute_sql_flush = flush_as_owner
    yield
    with django_db_blocker.unblock():
        DatabaseOperations.execute_sql_flush = kept
        become(OWNER)


@pytest.fixture
def owner(db):
    """The owner's own connection, outside the test's transaction: what it writes is committed at once."""
    with as_owner() as connection:
        connection.autocommit = True
        yield connection


@pytest.fixture
def clock_at(owner):
    """Stop the business clock, of Python and of the database, at a moment or at nine on a day."""

    def stop(moment):
        if isinstance(moment, str):
            moment = dt.datetime.fromisoformat(moment) if "T" in moment else dt.date.fromisoformat(moment)
        if not isinstance(moment, dt.datetime):
            moment = dt.datetime.combine(moment, dt.time(9))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=clock.PARIS)
        owner.execute(
            "INSERT INTO fixed_clock (one, instant) VALUES (true, %s)"
            " ON CONFLICT (one) DO UPDATE SET instant = excluded.instant, day = NULL, shift_days = NULL",
            [moment],
        )
        clock.pin(clock.Setting(instant=moment))
        return moment

    yield stop
    owner.execute("DELETE FROM fixed_clock")
    clock.pin(None)
    clock.forget()


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, driven by Playwright."""
    path = chromium.path()
    if path is None:
        pytest.skip("no Chromium on this machine: `apt-get install chromium`, then run the tests again")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield running
        running.close()


@pytest.fixture
def page(browser, live_server):
    """A new page of a new visitor, of the running portal, in French."""
    context = browser.new_context(base_url=live_server.url, locale="fr-FR")
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core, to be added to a page."""
    return Path(settings.HOME / "assets" / "test" / "axe.min.js").read_text()


@pytest.fixture(scope="session", autouse=True)
def files_kept_apart(tmp_path_factory):
    """Keep uploaded files of the tests out of the portal's own."""

    here = {
        **settings.STORAGES,
        "default": {
            **settings.STORAGES["default"],
            "OPTIONS": {"location": tmp_path_factory.mktemp("files")},
        },
    }
    with override_settings(STORAGES=here):
        yield
