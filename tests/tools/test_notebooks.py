"""`make notebooks`: fresh outputs where something changed, the same bytes where nothing did."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.notebooks.__main__ import chosen
from tools.notebooks.execute import CellFailed, refresh
from tools.notebooks.rules import problems

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = {
    "file": "from pathlib import Path\nPath('left-behind.txt').write_text('x');",
    "result": "6 * 7",
    "request": "import uuid; print('RequestId:', uuid.uuid4())",
    "failure": "raise ValueError('expected')",
}


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """A notebook that was never run, with an editor's traces in it."""
    cells = [new_markdown_cell("Text.", id="intro")]
    cells += [new_code_cell(source, id=name, metadata={"scrolled": True}) for name, source in SOURCES.items()]
    cells[-1].metadata.tags = ["raises-exception"]
    made = new_notebook(cells=cells, metadata={"kernelspec": {"name": "mine", "display_name": "Mine"}, "title": "Kept"})
    nbformat.write(made, tmp_path / "n.ipynb")
    return tmp_path / "n.ipynb"


def outputs(path: Path) -> dict[str, Any]:
    cells = json.loads(path.read_text())["cells"]
    return {cell["id"]: cell["outputs"] for cell in cells if cell["cell_type"] == "code"}


def test_it_stores_what_the_cells_say_and_the_second_run_changes_no_byte(notebook: Path) -> None:
    heard: list[tuple[int, int, str]] = []
    assert refresh(notebook, lambda *told: heard.append(told)) == (
        3,
        True,
    )  # the first cell says nothing, before and after
    assert heard == [(1, 4, "file"), (2, 4, "result"), (3, 4, "request"), (4, 4, "failure")]
    assert problems(notebook, notebook.parent) == []
    stored = json.loads(notebook.read_text())
    assert stored["metadata"]["title"] == "Kept"
    assert outputs(notebook)["result"][0]["data"] == {"text/plain": ["42"]}
    assert outputs(notebook)["failure"][0]["evalue"] == "expected"
    assert sorted(path.name for path in notebook.parent.iterdir()) == ["n.ipynb"]

    before = notebook.read_bytes()
    assert refresh(notebook) == (0, False)
    assert notebook.read_bytes() == before

    # Now one cell says something else: its output changes, the request id of the other stays.
    stored["cells"][2]["source"] = "6 * 8"
    notebook.write_text(json.dumps(stored))
    request = outputs(notebook)["request"]
    assert refresh(notebook) == (1, True)
    assert outputs(notebook)["result"][0]["data"] == {"text/plain": ["48"]}
    assert outputs(notebook)["request"] == request


def test_a_failing_cell_is_named_shown_and_nothing_is_stored(notebook: Path) -> None:
    made = nbformat.read(notebook, as_version=4)
    made.cells[2].source = "x = 1\nx / 0"
    nbformat.write(made, notebook)
    before = notebook.read_bytes()
    with pytest.raises(CellFailed) as caught:
        refresh(notebook)
    said = str(caught.value)
    assert "cell `result` failed" in said
    assert "  | x / 0" in said
    assert "ZeroDivisionError: division by zero" in said
    assert "raises-exception" in said
    assert notebook.read_bytes() == before


def test_a_cell_that_kills_its_kernel_is_named(notebook: Path) -> None:
    made = nbformat.read(notebook, as_version=4)
    made.cells[2].source = "import os; os._exit(1)"
    nbformat.write(made, notebook)
    with pytest.raises(CellFailed, match=r"cell `result` failed(.|\n)*kernel died"):
        refresh(notebook)


def test_all_notebooks_are_meant_unless_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "notebooks" / "triggers"
    (folder / ".ipynb_checkpoints").mkdir(parents=True)
    (folder / ".ipynb_checkpoints" / "s3-checkpoint.ipynb").touch()
    (folder / "s3.ipynb").touch()
    monkeypatch.chdir(tmp_path)
    assert chosen([], tmp_path) == [folder / "s3.ipynb"]
    assert chosen(["notebooks/triggers/s3.ipynb"], tmp_path) == [folder / "s3.ipynb"]
    assert chosen(["triggers/s3.ipynb"], tmp_path) == [folder / "s3.ipynb"]
    with pytest.raises(SystemExit, match="There is no notebook"):
        chosen(["sqs.ipynb"], tmp_path)
