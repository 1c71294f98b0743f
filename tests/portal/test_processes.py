"""The processes of the portal live and die together."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from portal.embedded import processes
from portal.embedded.processes import Failed, Family

ROOT = Path(__file__).resolve().parents[2]
SLEEPS = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"]
IS_DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('here', flush=True); time.sleep(60)",
]


@pytest.fixture
def family(tmp_path):
    family = Family(tmp_path)
    yield family
    family.stop()


def is_up(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(true, seconds=10):
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert true()


def test_a_child_that_dies_is_started_again(family):
    family.start("child", SLEEPS, dict(os.environ))
    first = family.children[0].running
    first.kill()
    first.wait()
    family.look()
    assert is_up(family.children[0].running.pid)
    assert family.children[0].running.pid != first.pid


def test_a_child_that_keeps_dying_is_given_up_with_its_last_words(family):
    family.start("child", [sys.executable, "-c", "print('I cannot')"], dict(os.environ))

    def insist():
        for _ in range(processes.DEATHS_TOO_MANY):
            family.children[0].running.wait()
            family.look()

    with pytest.raises(Failed, match="I cannot"):
        insist()


def test_a_child_that_will_not_stop_is_killed(family, monkeypatch):
    monkeypatch.setattr(processes, "GRACE", 0.3)
    family.start("deaf", IS_DEAF, dict(os.environ))
    wait_until(lambda: "here" in family.children[0].log.read_text())
    family.stop()
    assert family.children[0].running.returncode == -signal.SIGKILL


def test_nobody_outlives_a_killed_parent(tmp_path):
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import os, sys; from pathlib import Path; from portal.embedded.processes import Family\n"
            f"family = Family(Path({str(tmp_path)!r})); family.start('child', {SLEEPS!r}, dict(os.environ))\n"
            "print(family.children[0].running.pid, flush=True); family.watch(lambda: None)",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    child = int(parent.stdout.readline())
    wait_until(lambda: "here" in (tmp_path / "child.log").read_text())
    parent.kill()
    parent.wait()
    wait_until(lambda: not is_up(child))
