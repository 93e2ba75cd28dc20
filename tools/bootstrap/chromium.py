"""The browser for the tests: where it is, and how to get one.

The browser tests ask `find()` too, so that set-up and tests agree on which browser is meant.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.bootstrap.progress import Progress, run
from tools.bootstrap.trouble import Trouble, diagnose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = (
    "/usr/bin/chromium",  # Debian's, even where PATH does not lead there
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# What `playwright install chromium` leaves in a person's home.
PLAYWRIGHT = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")
HOW = (
    "install Chromium or Chrome with your system's packages, or run .venv/bin/playwright install chromium, "
    "or point CHROMIUM=/path/to/it at one you have"
)
INSTALL = ("apt-get", "install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120")
PACKAGES = ("chromium", "fonts-liberation")  # without a font a headless page is blank boxes


def find(
    environ: Mapping[str, str] = os.environ,
    which: Callable[[str], str | None] = shutil.which,
    places: Iterable[str] = PLACES,
) -> str | None:
    """Return the path of a Chromium, or None. $CHROMIUM wins, then the PATH, then the usual places."""
    named = environ.get("CHROMIUM")
    if named:
        return named if os.access(named, os.X_OK) else None
    for name in NAMES:
        found = which(name)
        if found:
            return found
    cache = Path(environ.get("HOME", "~")).expanduser() / (
        "Library/Caches/ms-playwright" if sys.platform == "darwin" else ".cache/ms-playwright"
    )
    downloaded = [str(path) for pattern in PLAYWRIGHT for path in sorted(cache.glob(pattern), reverse=True)]
    return next((place for place in [*places, *downloaded] if os.access(place, os.X_OK)), None)


def decide(*, found: str | None, apt: bool, may_install: bool, ci: bool) -> str:
    """Return "present", "install", "skip" or "fail"."""
    if found:
        return "present"
    if apt and may_install:
        return "install"
    return "fail" if ci else "skip"


def superuser() -> list[str] | None:
    """Return what must stand before apt-get: nothing for root, `sudo -n` where it asks no password, None if neither."""
    if getattr(os, "geteuid", lambda: 1)() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None


def ensure(progress: Progress, ci: bool) -> None:
    """Install a browser where that is possible; else say loudly that its tests will not run, and in CI fail."""
    found = find()
    prefix = superuser() if not found and shutil.which("apt-get") else None
    choice = decide(found=found, apt=shutil.which("apt-get") is not None, may_install=prefix is not None, ci=ci)
    if choice == "install" and prefix is not None:
        try:
            _apt_get(prefix, progress)
        except Trouble:
            if ci:
                raise
            progress.say("  apt-get could not install Chromium.")
        choice = decide(found=find(), apt=False, may_install=False, ci=ci)
    if choice == "fail":
        raise Trouble(
            "there is no Chromium for the browser tests.",
            "In CI every test must run, so a missing browser is a failure and not a skip.",
            HOW + ".",
        )
    if choice == "skip":
        progress.say(f"! THE BROWSER TESTS WILL BE SKIPPED: this machine has no Chromium.\n!   To run them: {HOW}.")


def _apt_get(prefix: list[str], progress: Progress) -> None:
    progress.start("Chromium, from the system's packages")
    env = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    for command, state in (
        (("apt-get", "update"), lambda line: "reading the list of packages"),
        ((*INSTALL, *PACKAGES), AptState()),
    ):
        code, output = run([*prefix, *command], progress, state, env=env)
        if code != 0 and command[1] != "update":  # one unreachable list need not matter
            raise diagnose("Chromium could not be installed with apt-get.", output)
    progress.done()


class AptState:
    """Reads apt-get's output and says how far it is."""

    def __init__(self) -> None:
        self.total = self.fetched = self.ready = 0

    def __call__(self, line: str | None) -> str:
        """Take a line of output; return how far apt-get is."""
        line = line or ""
        newly = re.search(r"(\d+) newly installed", line)
        if newly:
            self.total = int(newly.group(1))
        self.fetched += line.startswith("Get:")
        self.ready += line.startswith("Setting up ")
        if self.ready:
            return f"{self.ready} of {self.total} packages installed"
        return f"{min(self.fetched, self.total)} of {self.total} packages fetched"
