"""Every notebook says in the page what it says in Jupyter: each cell's output, after the shared sanitiser, is the same.

Two kinds of cell are left out: those that need a real process, and those tagged `varies`. The page does not run the
first; the second say in their metadata why their output differs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from tools.notebooks.sanitize import comparable

from .page import run

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = {
    path.relative_to(ROOT / "notebooks").as_posix(): nbformat.read(path, as_version=4)
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb"))
    if ".ipynb_checkpoints" not in path.parts
}


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tagged(cell: Any, tag: str) -> bool:
    return tag in cell.metadata.get("tags", [])


def in_the_page(notebook: Any) -> dict[str, Any]:
    """The outputs of a notebook's cells, run under Node. One at a time, so that the next has the memory to itself."""
    cells = [
        {"id": cell.id, "source": cell.source, "skip": tagged(cell, "needs-process")} for cell in code_cells(notebook)
    ]
    return run({"notebook": cells})["notebook"]


def test_there_are_notebooks_to_run() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_says_the_same_in_the_page(name: str) -> None:
    cells = code_cells(NOTEBOOKS[name])
    compared = [cell for cell in cells if not tagged(cell, "needs-process") and not tagged(cell, "varies")]
    outputs = in_the_page(NOTEBOOKS[name])
    stored = {cell.id: comparable(cell.outputs) for cell in compared}
    page = {cell.id: comparable(outputs[cell.id]) for cell in compared}

    assert page == stored
