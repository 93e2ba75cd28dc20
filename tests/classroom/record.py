"""Runs a notebook with its exercises solved, and gives every call that it made."""

from __future__ import annotations

import functools
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from lambdalab import exercises
from tools.notebooks.__main__ import chosen
from tools.notebooks.execute import execute

ROOT = Path(__file__).parents[2]
RECORDER = Path(__file__).with_name("recorder")
BOUNDARY = ROOT / "classroom" / "permissions-boundary.json"
NOTEBOOKS = {path.relative_to(ROOT / "notebooks").with_suffix("").as_posix(): path for path in chosen([], ROOT)}


@dataclass(frozen=True)
class Recorded:
    """One call of the SDK."""

    service: str
    """As boto3 names it."""
    operation: str
    parameters: dict[str, Any]
    region: str
    key: str
    """The access key id that signed."""
    error: str
    """The code of the answer, if it was one."""


@dataclass(frozen=True)
class Run:
    """What a notebook did."""

    calls: tuple[Recorded, ...]
    used: frozenset[tuple[str, str]]
    """Action and resource of what sessions of roles were allowed: functions, and who assumed a role."""
    outputs: dict[str, str]
    """What the last output of each checking cell says, by the exercise's name."""


@functools.cache
def of_notebook(name: str) -> Run:
    """Of a chapter's notebook, each run once."""
    notebook = nbformat.read(NOTEBOOKS[name], as_version=4)
    tasks = exercises.load(name) if any("exercise" in cell.metadata for cell in notebook.cells) else None
    for cell in notebook.cells:
        if "exercise" in cell.metadata:
            cell.source = getattr(tasks, cell.metadata["exercise"]).solution_source()
    notebook.cells.append(nbformat.v4.new_code_cell("import sitecustomize\nsitecustomize.clean()"))
    return _run(notebook)


@functools.cache
def of_cells(*sources: str) -> Run:
    """Of cells that are no chapter's."""
    return _run(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources]))


def _run(notebook: Any) -> Run:
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        file, calls = Path(place, "chapter.ipynb"), Path(place, "calls.jsonl")
        nbformat.write(notebook, file)
        calls.touch()
        patch.setenv("PYTHONPATH", str(RECORDER))
        patch.setenv("RECORDED_CALLS", str(calls))
        patch.setenv("RECORDED_BOUNDARY", str(BOUNDARY))
        patch.setenv("XDG_STATE_HOME", place)
        ran = execute(file)
        lines = [json.loads(line) for line in calls.read_text(encoding="utf-8").splitlines()]
    return Run(
        tuple(Recorded(**line) for line in lines if "service" in line),
        frozenset((line["action"], line["resource"]) for line in lines if "session" in line),
        {
            cell.metadata["check"]: str(cell.outputs[-1]["data"]["text/plain"])
            for cell in ran.cells
            if "check" in cell.metadata
        },
    )
