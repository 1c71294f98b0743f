"""The embedded server comes back from whatever happens to its processes."""

import os
import signal
from pathlib import Path

import psycopg
import pytest

from portal.embedded.postgres import Cluster


@pytest.fixture
def cluster(tmp_path):
    cluster = Cluster(tmp_path / "postgres")
    yield cluster
    cluster.stop()


def test_a_cluster_is_made_once_and_started_once(cluster):
    assert cluster.start() is True
    assert cluster.start() is False
    assert Cluster(cluster.folder).start() is False
    assert cluster.is_alive()
    cluster.stop()
    assert not cluster.is_alive()
    assert cluster._processes() == []


OTHERS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@pytest.mark.skipif(not OTHERS, reason="no PostgreSQL of the system here")
def test_other_binaries_serve_as_well(tmp_path, monkeypatch):
    monkeypatch.setenv("POSTGRES_BIN", str(OTHERS[0].parent))
    other = Cluster(tmp_path / "other")
    try:
        other.start()
        with psycopg.connect(other.url("postgres", "postgres")) as connection:
            ordered = connection.execute("SELECT 'b' > 'É', upper('é')").fetchone()
        assert ordered == (False, "É")  # as with the wheel: by code point, and cases of every alphabet
    finally:
        other.stop()


def test_rows_outlive_a_killed_server(cluster):
    cluster.start()
    with psycopg.connect(cluster.url("postgres", "postgres")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    os.kill(cluster._pid_of_file(), signal.SIGKILL)

    assert cluster.start() is True
    with psycopg.connect(cluster.url("postgres", "postgres")) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_the_server_listens_to_no_network_and_keeps_what_is_committed(cluster):
    cluster.start()
    with psycopg.connect(cluster.url("postgres", "postgres")) as connection:
        told = [connection.execute(f"SHOW {name}").fetchone()[0] for name in ("listen_addresses", "fsync")]
    assert told == ["", "on"]
    assert cluster.sockets.stat().st_mode & 0o077 == 0
