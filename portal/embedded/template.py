"""A migrated, empty database that test databases are copied from: migrating takes long, copying does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from portal import bootstrap
from portal.embedded.postgres import NotStarted

PREFIX = "jalon_template_"
# Whatever changes a migrated database.
CODE = (
    "governance/**/models.py",
    "usecases/**/models.py",
    "governance/**/migrations/*.py",
    "usecases/**/migrations/*.py",
)
PLACES = (
    *CODE,
    "governance/keys.py",
    "portal/database.py",
    "portal/settings/base.py",
    "requirements/runtime.txt",
)


def prepared() -> str:
    """The name of a database migrated by the code as it is; made now unless it exists."""
    owner_url = os.environ["OWNER_DATABASE_URL"]
    files: list[Path | str] = [path for place in PLACES for path in sorted(bootstrap.ROOT.glob(place))]
    name = PREFIX + bootstrap.digest([*files, *(str(path) for path in files)])[:12]
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("SELECT pg_advisory_lock(7411)")
        known = {
            row[0]
            for row in owner.execute("SELECT datname FROM pg_database WHERE datname LIKE 'jalon_template_%'")
        }
        if name in known:
            return name
        for old in known:
            drop(owner, old)
        making = f"{PREFIX}making"
        owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(making)))
        with bootstrap.progress("Preparing the test database"):
            migrate(make_conninfo(owner_url, dbname=making))
        owner.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(making), sql.Identifier(name))
        )
    return name


def drop(owner: psycopg.Connection, name: str) -> None:
    """Drop a database that the code has left behind."""
    owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def migrate(url: str) -> None:
    """Migrate a database, in a process of its own, as its owner."""
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"],
        cwd=bootstrap.ROOT,
        env={
            **os.environ,
            "OWNER_DATABASE_URL": url,
            "JALON_DB_ROLE": "owner",
            "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise NotStarted(f"The test database could not be migrated:\n{done.stderr[-4000:]}")
