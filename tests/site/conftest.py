"""Sites for the tests: a small one built from `fixture/`, and the real one, as `make site` made it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIXTURE = Path(__file__).parent / "fixture"

CONFIG = f"""
INHERIT: {ROOT / "mkdocs.yml"}
hooks: ["{ROOT / "tools/site/hooks.py"}"]
theme:
  custom_dir: "{ROOT / "theme/templates"}"
extra:
  course:
    - part: Test
      chapters:
        - title: A chapter
          path: topic/chapter.md
          about: Built by the tests.
        - title: A later chapter
          path: topic/later.md
          about: Not written yet.
"""


@dataclass(frozen=True)
class Project:
    """A small course that can be changed and built."""

    root: Path
    runner: Path

    def build(self) -> subprocess.CompletedProcess[str]:
        """Builds strictly, as `make site` does."""
        environment = {**os.environ, "LAB_RUNNER": str(self.runner), "NO_MKDOCS_2_WARNING": "1"}
        command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
        return subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)

    @property
    def site(self) -> Path:
        return self.root / "site"


def make_project(root: Path) -> Project:
    shutil.copytree(FIXTURE, root, dirs_exist_ok=True)
    shutil.copytree(ROOT / "docs/reference", root / "docs/reference")
    shutil.copytree(ROOT / "includes", root / "includes")
    shutil.copy(ROOT / "docs/contributing.md", root / "docs")
    shutil.copy(ROOT / "docs/index.md", root / "docs")
    shutil.copy(ROOT / "facts.toml", root)
    (root / "mkdocs.yml").write_text(CONFIG, encoding="utf-8")
    return Project(root, make_runner(root.parent))


def make_runner(place: Path) -> Path:
    """A stand-in for the built runner, for tests that are not about running cells."""
    runner = place / "runner-0123456789"
    runner.mkdir(exist_ok=True)
    (runner / "runner.js").write_text("export {};\n", encoding="utf-8")
    return runner


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
