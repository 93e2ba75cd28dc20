"""A small course made from `fixture/`, which a test may change and build."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort, BuildError

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

    def refused(self, caplog: pytest.LogCaptureFixture, runner: Path | None = None) -> str:
        """What a strict build says that it refuses; in this process, which is faster. Fails if it refuses nothing."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LAB_RUNNER", str(runner or self.runner))
            patch.setenv("NO_MKDOCS_2_WARNING", "1")
            caplog.set_level("WARNING", "mkdocs")
            with pytest.raises((Abort, BuildError)) as refusal:
                build(load_config(str(self.root / "mkdocs.yml"), strict=True))
        return "\n".join([*(record.getMessage() for record in caplog.records), str(refusal.value)])

    @property
    def site(self) -> Path:
        return self.root / "site"


def make_project(root: Path) -> Project:
    shutil.copytree(FIXTURE, root, dirs_exist_ok=True)
    shutil.copytree(ROOT / "docs/reference", root / "docs/reference")
    shutil.copytree(ROOT / "samples/testing", root / "samples/testing")  # shown on a reference page
    shutil.copytree(ROOT / "includes", root / "includes")
    shutil.copytree(ROOT / "docs/diagrams", root / "docs/diagrams")  # contributing.md shows some
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
