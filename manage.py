#!/usr/bin/env python3
"""The portal's only entry point: `up`, `test`, `lint`, and Django's own commands."""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036  (whoever starts it may have any)
    sys.exit(
        "Jalon needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Run it with a newer one."
    )

# What owns the tables needs their owner; everything else is the site (portal/database.py).
OWNER_VERBS = {"up", "migrate", "flush", "test", "createcachetable", "sqlmigrate"}


def main() -> None:
    """Build the environment where it is missing, lend the database, run the command."""
    from portal import bootstrap

    verb = next((word for word in sys.argv[1:] if not word.startswith("-")), "help")
    bootstrap.enter(verb)

    os.environ.setdefault("JALON_DB_ROLE", "owner" if verb in OWNER_VERBS else "app")
    os.environ.setdefault(
        "DJANGO_SETTINGS_MODULE", "portal.settings.test" if verb == "test" else "portal.settings.local"
    )

    from django.core.management import execute_from_command_line

    from portal.embedded import provision

    if verb in provision.NO_DATABASE or {"-h", "--help"} & set(sys.argv):
        execute_from_command_line(sys.argv)
        return
    with provision.lent():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
