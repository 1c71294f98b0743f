"""What production must not start with (trust.md, I6), each said in one sentence with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from portal.settings import local

SHORTEST_SECRET = 50
DEMO_ADDRESSES = ".example"  # a domain that nobody can own (RFC 2606)


def refuse_to_start() -> None:
    """Stop this process where it must not serve; called by the web and worker processes."""
    if not settings.PRODUCTION:
        return
    if objections := [*in_settings(), *in_database(), *in_role()]:
        raise ImproperlyConfigured(
            "Jalon does not start:\n" + "\n".join(f"- {sentence}" for _id, sentence in objections)
        )


def in_settings() -> Iterator[tuple[str, str]]:
    """What the settings alone give away."""
    if settings.SECRET_KEY == local.SECRET_KEY or len(settings.SECRET_KEY) < SHORTEST_SECRET:
        yield (
            "portal.E001",
            f"SECRET_KEY is the local one or too short: give {SHORTEST_SECRET} random characters.",
        )
    if settings.DEBUG:
        yield "portal.E002", "DEBUG is on: it shows the inside of the portal to whoever makes it fail."
    if settings.FIXED_TODAY:
        yield "portal.E003", "JALON_TODAY is set: signatures would carry a date that is not theirs. Unset it."
    if settings.DEMO_SIGN_IN:
        yield "portal.E004", "DEMO_SIGN_IN is on: the sign-in page would list accounts and their password."


def in_database() -> Iterator[tuple[str, str]]:
    """What the database would keep or lose."""
    with connection.cursor() as cursor:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            cursor.execute("SELECT current_setting(%s)", [name])
            if (cursor.fetchone() or ("",))[0] == "off":
                yield (
                    "portal.E005",
                    f"PostgreSQL runs with {name}=off: a power cut could lose signatures. Turn it on.",
                )
        cursor.execute("SELECT EXISTS (SELECT FROM fixed_clock)")
        if (cursor.fetchone() or (False,))[0]:
            yield (
                "portal.E006",
                "This database carries a fixed clock: it is a demo or a test. Use another one.",
            )
        cursor.execute("SELECT count(*) FROM accounts_user WHERE email LIKE %s", [f"%{DEMO_ADDRESSES}"])
        if number := (cursor.fetchone() or (0,))[0]:
            yield (
                "portal.E007",
                f"{number} demo accounts (…{DEMO_ADDRESSES}) are in this database: their password is public.",
            )


def in_role() -> Iterator[tuple[str, str]]:
    """Whether this process connects as the site, which owns nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls OR rolcreaterole OR rolcreatedb,"
            " EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relkind IN ('r', 'p', 'v'))"
            " FROM pg_roles WHERE rolname = session_user"
        )
        if any(cursor.fetchone() or ()):
            yield (
                "portal.E008",
                "DATABASE_URL names a role that owns tables or may administer the server, so no rule of the "
                "database would bind the portal: use jalon_app.",
            )


def as_errors(objections: Iterator[tuple[str, str]]) -> list[Error]:
    """Say the objections as Django does."""
    return [Error(sentence, id=name) for name, sentence in objections]


@register(Tags.security, deploy=True)
def settings_are_fit(app_configs: Any, **_: Any) -> list[Error]:
    """Tell `check --deploy` what the settings give away."""
    return as_errors(in_settings())


@register(Tags.database, deploy=True)
def database_is_fit(app_configs: Any, databases: Any = None, **_: Any) -> list[Error]:
    """Tell `check --deploy --database default` what the database would keep or lose."""
    return as_errors(in_database()) if databases else []
