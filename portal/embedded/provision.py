"""The database and the broker of a command: external where the environment names them, else our own.

A command that finds no `DATABASE_URL` starts the cluster of `JALON_HOME`, and the last command to leave
stops it. The roles and databases of `portal.database` are made here, by whoever may.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from portal import bootstrap
from portal.embedded.postgres import Cluster, NotStarted

# Commands that read no database at all.
NO_DATABASE = {"help", "version"}

OWNER, SITE, AUDITOR = "jalon_owner", "jalon_app", "jalon_auditor"
DATABASE, BROKER = "jalon", "jalon_broker"
QUEUE = "jalon"


# The cluster that this process lends, where it does.
_lent: list[Cluster] = []


@contextlib.contextmanager
def lent() -> Iterator[None]:
    """Lend a database and a broker to this command, by the addresses in its environment."""
    given = os.environ.get
    try:
        if given("DJANGO_SETTINGS_MODULE") == "portal.settings.production":
            yield  # everything is given, nothing is made
        elif given("OWNER_DATABASE_URL"):
            make_external(os.environ["OWNER_DATABASE_URL"])
            yield
        elif not given("DATABASE_URL"):
            with embedded():
                yield
        elif given("JALON_DB_ROLE") == "owner":
            raise NotStarted(
                "This command prepares the database: set OWNER_DATABASE_URL beside DATABASE_URL."
            )
        else:
            yield
    except NotStarted as reason:
        sys.exit(str(reason))


def keep_alive() -> None:
    """Start our own cluster again, should its server have died."""
    for cluster in _lent:
        if not cluster.is_alive():
            cluster.start()


@contextlib.contextmanager
def embedded() -> Iterator[None]:
    """Run the cluster of `JALON_HOME` for as long as some command uses it."""
    home = bootstrap.home()
    home.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(home / "postgres")
    users = open(home / "users.lock", "a")  # noqa: SIM115  (held by the process until it ends)
    fcntl.flock(users, fcntl.LOCK_SH)
    cluster.start()
    _lent.append(cluster)
    make_embedded(cluster)
    os.environ["OWNER_DATABASE_URL"] = cluster.url(OWNER, DATABASE)
    os.environ["DATABASE_URL"] = cluster.url(SITE, DATABASE)
    os.environ.setdefault("BROKER_URL", queue_url(os.environ["DATABASE_URL"]))

    def leave() -> None:
        """Stop the cluster where nobody else uses it."""
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        cluster.stop()
        users.close()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    finally:
        leave()


def make_embedded(cluster: Cluster) -> None:
    """Make the three roles and the two databases of a new cluster."""
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as superuser:
        make_role(superuser, OWNER, sql.SQL("LOGIN CREATEDB"))
        make_role(superuser, SITE, sql.SQL("LOGIN"))
        make_role(superuser, AUDITOR, sql.SQL("LOGIN"))
        make_database(superuser, DATABASE, owner=OWNER)
        make_database(superuser, BROKER, owner=OWNER)
    make_queue(cluster.url(OWNER, BROKER))


def make_external(owner_url: str) -> None:
    """Make what an external server lacks (roles, the broker's database); derive the addresses not given."""
    needs_site, needs_broker = not os.environ.get("DATABASE_URL"), not os.environ.get("BROKER_URL")
    secret = site_password() if needs_site else ""
    told = conninfo_to_dict(owner_url)
    try:
        with psycopg.connect(owner_url, autocommit=True) as owner:
            make_role(owner, SITE, sql.SQL("LOGIN"))
            make_role(owner, AUDITOR, sql.SQL("LOGIN"))
            if needs_site:
                owner.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(SITE), sql.Literal(secret))
                )
            if needs_broker:
                make_database(owner, BROKER, owner=str(told["user"]))
    except psycopg.errors.InsufficientPrivilege as refused:
        raise NotStarted(
            f"The role of OWNER_DATABASE_URL may not make what is missing ({refused.diag.message_primary}). "
            f"Give it CREATEROLE and CREATEDB, or create {SITE}, {AUDITOR} and the broker yourself, and set "
            "DATABASE_URL and BROKER_URL."
        ) from refused
    except psycopg.OperationalError as unreachable:
        raise NotStarted(
            f"OWNER_DATABASE_URL does not lead to a PostgreSQL server: {unreachable}"
        ) from unreachable
    if needs_site:
        os.environ["DATABASE_URL"] = make_conninfo(owner_url, user=SITE, password=secret)
    elif (user := conninfo_to_dict(os.environ["DATABASE_URL"]).get("user")) != SITE:
        raise NotStarted(
            f"DATABASE_URL names the role “{user}”: the site's rights are granted to {SITE}, name that."
        )
    if needs_broker:
        make_queue(make_conninfo(owner_url, dbname=BROKER))
        os.environ["BROKER_URL"] = queue_url(os.environ["DATABASE_URL"])


def queue_url(site_url: str) -> str:
    """The queue on the site's server, as Celery takes it: no parameters, no empty password."""
    told = {key: quote(str(value), safe="") for key, value in conninfo_to_dict(site_url).items()}
    where = f"{told.get('host', 'localhost')}:{told.get('port', '5432')}"
    return f"pgmq://{told['user']}:{told.get('password') or 'unused'}@{where}/{BROKER}"


def site_password() -> str:
    """The password of the site on an external server: made once, kept for its reader alone."""
    kept = bootstrap.home() / "site-password"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        new = Path(f"{kept}.{os.getpid()}")
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(os.urandom(24).hex())
        new.replace(kept)
    return kept.read_text()


def make_role(connection: psycopg.Connection, name: str, rights: sql.SQL) -> None:
    """Create a role unless it exists."""
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).fetchone() is None:
        with contextlib.suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            connection.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(name), rights))


def make_database(connection: psycopg.Connection, name: str, *, owner: str) -> None:
    """Create a database unless it exists."""
    if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
        made = sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(owner))
        with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            connection.execute(made)


def make_queue(owner_url: str) -> None:
    """Install the queue in the broker's database: plain SQL, by its owner; the site may only use it."""
    with psycopg.connect(owner_url, autocommit=True) as owner, owner.transaction():
        owner.execute("SELECT pg_advisory_xact_lock(7410)")
        if owner.execute("SELECT to_regclass('pgmq.q_jalon')").fetchone() != (None,):
            return
        from pgmq.install import get_embedded_install_sql

        owner.execute(get_embedded_install_sql())
        owner.execute("SELECT pgmq.create(%s)", [QUEUE])
        owner.execute(f"""
            GRANT USAGE ON SCHEMA pgmq TO {SITE};
            GRANT SELECT ON pgmq.meta TO {SITE};
            GRANT SELECT, INSERT, UPDATE, DELETE ON pgmq.q_{QUEUE} TO {SITE};
            GRANT SELECT ON ALL SEQUENCES IN SCHEMA pgmq TO {SITE}""")
