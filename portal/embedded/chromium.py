"""The browser of the browser tests: Debian's Chromium, fetched where this may be done."""

from __future__ import annotations

import os
import shutil

from portal import bootstrap

NAMES = ("chromium", "chromium-browser", "google-chrome")


def path() -> str | None:
    """Where the browser is, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def install_if_missing() -> None:
    """Install Debian's package where root asks; elsewhere the browser tests say that they are skipped."""
    if path() or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    with bootstrap.progress("Installing Chromium for the browser tests"):
        bootstrap.run(["apt-get", "update", "-q"])
        bootstrap.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"])
