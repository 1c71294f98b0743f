"""What is built before Django: each step once for the same inputs, each failure in a sentence."""

import runpy
import subprocess
import sys
from collections import namedtuple

import pytest

from portal import bootstrap

Version = namedtuple("Version", "major minor micro")


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "build.log")
    return bootstrap.LOG


def test_a_step_is_fresh_until_what_it_read_changes(tmp_path):
    source = tmp_path / "source"
    source.write_text("one")
    assert not bootstrap.fresh("step", [source, "3.11"], tmp_path)
    bootstrap.stamp("step", [source, "3.11"], tmp_path)
    assert bootstrap.fresh("step", [source, "3.11"], tmp_path)
    assert not bootstrap.fresh("step", [source, "3.12"], tmp_path)
    source.write_text("two")
    assert not bootstrap.fresh("step", [source, "3.11"], tmp_path)


def test_a_step_that_fails_says_what_to_do(log):
    with pytest.raises(
        SystemExit, match=r"(?s)Fetching things did not succeed: no such host.*registries.*again"
    ):
        bootstrap.fetch("Fetching things", ["sh", "-c", "echo no such host; exit 1"])


def test_a_full_disk_is_called_that(log, monkeypatch):
    Usage = namedtuple("Usage", "free")
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda _path: Usage(1024))
    with pytest.raises(SystemExit, match=r"disk .* is full"):
        bootstrap.fetch("Fetching things", ["false"])


def test_a_python_without_venv_says_which_package_it_lacks(log, monkeypatch, tmp_path):
    monkeypatch.setattr(bootstrap, "run", lambda command, cwd=None: 1)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        bootstrap.create(tmp_path / "python")


def test_an_old_python_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.setattr(sys, "version_info", Version(3, 9, 2))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer"):
        runpy.run_path(str(bootstrap.ROOT / "manage.py"), run_name="__main__")


def test_source_maps_are_not_asked_for():
    strip = bootstrap.SOURCE_MAP.sub
    assert strip(b"", b"a{}\n/*# sourceMappingURL=a.css.map */") == b"a{}"
    assert strip(b"", b"f()\n//# sourceMappingURL=a.js.map") == b"f()"


def test_bootstrap_needs_the_standard_library_only():
    known = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(bootstrap.ROOT)!r}); import portal.bootstrap",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert known.returncode == 0, known.stderr


@pytest.mark.parametrize("name", ["runtime", "embedded", "dev", "node"])
def test_lock_files_pin_with_hashes_and_name_no_host(name):
    text = (bootstrap.ROOT / "requirements" / f"{name}.txt").read_text()
    pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert pins
    assert all("==" in pin for pin in pins)
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text


def test_the_front_end_lock_names_no_registry():
    text = (bootstrap.PACKAGES / "package-lock.json").read_text()
    assert "resolved" not in text
    assert text.count('"integrity"') >= len(bootstrap.SERVED) + len(bootstrap.FOR_TESTS)
