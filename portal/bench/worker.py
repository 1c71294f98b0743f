"""A worker that serves pages and nothing else, as a process of its own: what it holds once it is warm.

Reads from standard input the requests to answer, as JSON: a list of headers (a mapping) and path. Prints its
memory in MiB.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

import orjson
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from psycopg.conninfo import make_conninfo

from portal.bench.measure import Site, resident_mib

TIMES = 5
URLS = ("DATABASE_URL", "OWNER_DATABASE_URL")


def memory(database: str, asked: Sequence[tuple[Mapping[str, str], str]]) -> int | None:
    """Start a worker on a database of the server, have it answer these requests, read its memory in MiB."""
    urls = {name: make_conninfo(os.environ[name], dbname=database) for name in URLS}
    done = subprocess.run(
        [sys.executable, "-m", "portal.bench.worker"],
        input=orjson.dumps(asked),
        env={**os.environ, **urls},
        cwd=settings.ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    return int(done.stdout) if done.stdout.strip() else None


def main() -> None:
    """Answer each request some times."""
    application = get_wsgi_application()
    for headers, path in orjson.loads(sys.stdin.buffer.read()) * TIMES:
        Site(application, headers).ask(path)
    print(resident_mib() or "")


if __name__ == "__main__":
    main()
