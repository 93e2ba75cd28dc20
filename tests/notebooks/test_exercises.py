"""Exercises: each has its two cells, its check refuses the cell as it stands in the notebook, and its hints lead on.

A cell with `exercise: name` in its metadata is the learner's to fill; one with `check: name` looks at what they made.
That the stored outputs are what really comes out, and that the solution is accepted, the notebook's run shows
(`plugin.py`); that what is stored are refusals is shown here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from lambdalab import exercises
from tools.notebooks.__main__ import chosen

ROOT = Path(__file__).resolve().parents[2]
LEAST = 3


def named(notebook: Any, key: str) -> dict[str, Any]:
    """The cells that carry `key` in their metadata, by its value."""
    return {cell.metadata[key]: cell for cell in notebook.cells if key in cell.metadata}


def said(cell: Any) -> str:
    """What the cell's last output says, as text."""
    return str(cell.outputs[-1]["data"]["text/plain"])


WITH_EXERCISES = [
    path for path in chosen([], ROOT) if named(nbformat.read(path, as_version=4), "exercise")
]  # fmt: skip
pytestmark = pytest.mark.parametrize(
    "path", WITH_EXERCISES, ids=lambda path: path.relative_to(ROOT / "notebooks").as_posix()
)


def chapter(path: Path) -> str:
    return path.relative_to(ROOT / "notebooks").with_suffix("").as_posix()


def test_each_exercise_has_a_cell_to_fill_and_a_cell_that_checks(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    names = {name for name, _ in exercises.load(chapter(path))}
    assert len(names) >= LEAST
    assert set(named(notebook, "exercise")) == names
    assert set(named(notebook, "check")) == names


def test_unsolved_no_check_passes(path: Path) -> None:
    for name, cell in named(nbformat.read(path, as_version=4), "check").items():
        assert said(cell).startswith("Not yet: "), f"{name} passes before anybody has done anything"
        assert "The check could not look" not in said(cell), f"{name} fails for a reason that is not the learner's"


def test_hints_lead_on_and_stay_at_the_last(path: Path) -> None:
    for name, exercise in exercises.load(chapter(path)):
        given = [exercise.hint().text for _ in range(len(exercise.hints) + 1)]
        assert len(set(given)) == len(exercise.hints) >= 1, name
        assert given[-1] == given[-2] or len(exercise.hints) == 1
        assert exercise.solution().text == exercise.solution_source()
