"""`manage.py up`, as anyone would run it: on an empty folder, from start to Ctrl-C."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def free_port():
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def processes_of(home):
    """Who lives with this folder in its environment."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and f"JALON_HOME={home}\0".encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
    return found


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """The environment of someone who only chose a folder and a port, without the demo."""
    home = tmp_path_factory.mktemp("home")
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("JALON_", "DJANGO_", "PYTEST_"))
    }
    for name in ("DATABASE_URL", "OWNER_DATABASE_URL", "BROKER_URL"):
        kept.pop(name, None)
    return kept | {
        "JALON_HOME": str(home),
        "PORT": str(free_port()),
        "JALON_DEMO": "0",
        "JALON_TODAY": "2026-11-16",
    }


def up(environ, **more):
    return subprocess.Popen(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env=environ | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def running(given):
    """A portal that answers, and what it printed until then."""
    portal = up(given)
    said = []
    while line := portal.stdout.readline():
        said.append(line)
        if "logs/worker.log" in line:
            break
    assert portal.poll() is None, "".join(said)
    yield portal, "".join(said)
    if portal.poll() is None:
        portal.send_signal(signal.SIGINT)
        portal.wait(timeout=20)


def test_up_says_where_the_portal_and_the_data_are(running, given):
    _portal, said = running
    assert f"http://127.0.0.1:{given['PORT']}/" in said
    assert given["JALON_HOME"] in said


def test_a_stranger_is_led_to_the_sign_in_page(running, given):
    with urllib.request.urlopen(f"http://127.0.0.1:{given['PORT']}/", timeout=20) as answer:
        assert answer.status == 200
        assert "/login/" in answer.url
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_second_up_says_so_and_leaves(running, given):
    second = up(given, PORT=str(free_port()))
    said, _ = second.communicate(timeout=60)
    assert second.returncode != 0
    assert f"already runs on http://127.0.0.1:{given['PORT']}/ (process {running[0].pid}" in said


def test_a_taken_port_is_called_that(running, given, tmp_path):
    second = up(given, JALON_HOME=str(tmp_path))
    said, _ = second.communicate(timeout=60)
    assert second.returncode != 0
    assert f"Port {given['PORT']} is taken" in said
    assert processes_of(tmp_path) == []


def test_the_database_comes_back_after_its_server_was_killed(running, given):
    pid = int((Path(given["JALON_HOME"]) / "postgres" / "data" / "postmaster.pid").read_text().split("\n")[0])
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{given['PORT']}/readyz", timeout=5) as answer,
        ):
            assert answer.status == 200
            return
        time.sleep(0.2)
    pytest.fail("the portal did not come back")


def test_ctrl_c_leaves_nothing_running(running, given):
    portal, _said = running
    assert len(processes_of(given["JALON_HOME"])) > 5
    start = time.monotonic()
    portal.send_signal(signal.SIGINT)
    portal.wait(timeout=15)
    took = time.monotonic() - start
    assert portal.returncode == 0
    assert processes_of(given["JALON_HOME"]) == []
    assert took < 10
