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


@pytest.fixture(scope="session")
def in_the_page() -> dict[str, dict[str, Any]]:
    """The outputs of every notebook's cells, run under Node in one go."""
    work = {
        name: [
            {"id": cell.id, "source": cell.source, "skip": tagged(cell, "needs-process")} for cell in code_cells(book)
        ]
        for name, book in NOTEBOOKS.items()
    }
    return run(work)


def test_there_are_notebooks_to_run() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_says_the_same_in_the_page(name: str, in_the_page: dict[str, dict[str, Any]]) -> None:
    compared = [
        cell for cell in code_cells(NOTEBOOKS[name]) if not tagged(cell, "needs-process") and not tagged(cell, "varies")
    ]
    stored = {cell.id: comparable(cell.outputs) for cell in compared}
    page = {cell.id: comparable(in_the_page[name][cell.id]) for cell in compared}

    assert page == stored
