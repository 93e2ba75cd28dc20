"""Sites for the tests: a small one built from `fixture/`, and the real one, as `make site` made it; and a browser."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.site.project import ROOT, Project, make_project, make_runner
from tools.serve import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Serve = Callable[[Path], str]

# Notebooks that are rendered here, never run: some show outputs that no run would give.
collect_ignore = ["fixture"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A fresh copy of the small course, to be broken."""
    return make_project(tmp_path / "course")


@pytest.fixture(scope="session")
def small_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small course, built."""
    built = make_project(tmp_path_factory.mktemp("small") / "course")
    outcome = built.build()
    assert outcome.returncode == 0, outcome.stderr
    return built.site


@pytest.fixture(scope="session")
def real_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real site: site/ where `make site` has made it, else built here with a stand-in for the runner."""
    if (ROOT / "site/index.html").is_file():
        return ROOT / "site"
    place = tmp_path_factory.mktemp("real")
    environment = {**os.environ, "LAB_RUNNER": str(make_runner(place)), "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(place / "site")]
    outcome = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
    return place / "site"


@pytest.fixture(scope="session")
def serve() -> Iterator[Serve]:
    """Serves a directory as `make serve` does; returns its address."""
    servers: dict[Path, Site] = {}

    def start(directory: Path) -> str:
        if directory not in servers:
            servers[directory] = Site(0, directory)
            threading.Thread(
                target=servers[directory].serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
            ).start()
        return f"http://127.0.0.1:{servers[directory].server_address[1]}"

    yield start
    for server in servers.values():
        server.shutdown()
        server.server_close()
