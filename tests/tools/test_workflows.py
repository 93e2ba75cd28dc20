"""The workflows of .github are read as YAML, and run only what there is."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def steps(file: Path) -> list[dict[str, Any]]:
    jobs = yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


def commands(file: Path) -> str:
    return "\n".join(step.get("run", "") for step in steps(file))


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
class TestEach:
    def test_a_step_uses_an_action_or_runs_a_command(self, file: Path) -> None:
        assert steps(file)
        assert [step for step in steps(file) if ("uses" in step) == ("run" in step)] == []

    def test_what_it_makes_is_in_the_makefile(self, file: Path) -> None:
        targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
        assert set(re.findall(r"\bmake (\w+)", commands(file))) <= targets

    def test_the_modules_and_files_that_it_names_are_there(self, file: Path) -> None:
        modules = re.findall(r"python -m ([\w.]+)", commands(file))
        assert [name for name in modules if importlib.util.find_spec(name) is None] == []
        files = re.findall(r"\b(?:tests|requirements)/[\w/.-]+", commands(file))
        assert [name for name in files if not (ROOT / name).exists()] == []


def test_every_week_somebody_looks_at_the_newest() -> None:
    text = (ROOT / ".github" / "workflows" / "weekly.yml").read_text(encoding="utf-8")
    weekly = yaml.safe_load(text)
    assert "python -m tools.models" in text
    assert re.search(r"--upgrade .*\bmoto\b.*\bboto3\b", text)
    assert all(job["continue-on-error"] for job in weekly["jobs"].values())
    assert weekly[True]["schedule"] == [{"cron": "23 4 * * 1"}]  # YAML takes the key “on” for a yes
