"""Runs one notebook from its first cell to its last and merges the fresh outputs into it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from tools.notebooks.kernel import NAME, workplace
from tools.notebooks.sanitize import comparable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CELL_TIMEOUT = 120  # seconds
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE_INFO = {"name": "python"}
# What editors leave behind, and what differs from run to run without saying anything about the course.
VOLATILE_CELL = ("execution", "ExecuteTime", "collapsed", "scrolled", "trusted", "vscode", "editable", "slideshow")
VOLATILE_NOTEBOOK = ("widgets", "signature", "toc", "vscode", "orig_nbformat")


@dataclass
class CellFailed(Exception):
    """A cell did not do what it is there for."""

    notebook: Path
    cell: str
    source: str
    lines: str

    def __str__(self) -> str:
        source = "\n".join(f"  | {line}" for line in self.source.splitlines())
        return (
            f"{self.notebook}: cell `{self.cell}` failed; nothing was stored.\n{source}\n{self.lines}\n"
            "  What to do: mend the cell, or, if the exception is what it shows, tag it raises-exception."
        )


def execute(path: Path, told: Callable[[int, int, str], None] = lambda index, count, cell: None) -> Any:
    """Run the notebook in a folder of its own and return it with fresh outputs. `told` hears of each code cell."""
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    current: list[Any] = []

    def starts(cell: Any, cell_index: int) -> None:
        if cell.cell_type == "code":
            current[:] = [cell]
            told(code.index(cell) + 1, len(code), cell.get("id", "?"))

    with workplace(path) as (folder, environ):
        client = NotebookClient(
            notebook,
            timeout=CELL_TIMEOUT,
            kernel_name=NAME,
            resources={"metadata": {"path": str(folder)}},
            record_timing=False,
            coalesce_streams=True,
            on_cell_start=starts,
        )
        try:
            client.execute(env=environ)
        except CellExecutionError as error:
            lines = "\n".join(error.traceback.splitlines()[-8:])
        except CellTimeoutError:
            lines = f"It was still running after {CELL_TIMEOUT} s."
        except DeadKernelError:
            lines = "The kernel died."
        else:
            return notebook
    cell = current[0] if current else {}
    raise CellFailed(path, cell.get("id", "?"), cell.get("source", ""), lines)


def normalise(notebook: Any) -> None:
    """Bring metadata and execution counts into the one form that is stored."""
    for name in VOLATILE_NOTEBOOK:
        notebook.metadata.pop(name, None)
    notebook.metadata.kernelspec = dict(KERNELSPEC)
    notebook.metadata.language_info = dict(LANGUAGE_INFO)
    count = 0
    for cell in notebook.cells:
        for name in VOLATILE_CELL:
            cell.metadata.pop(name, None)
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count


def keep_equal_outputs(fresh: Any, stored: Any) -> int:
    """Put stored outputs back where the fresh ones say the same; return how many cells really changed.

    A request id or a duration differs in every run: without this, each run would rewrite every notebook.
    """
    before = {cell.get("id"): cell for cell in stored.cells if cell.cell_type == "code"}
    changed = 0
    for cell in fresh.cells:
        if cell.cell_type != "code":
            continue
        old = before.get(cell.get("id"))
        if old is not None and old.source == cell.source and comparable(old.outputs) == comparable(cell.outputs):
            cell.outputs = old.outputs
        else:
            changed += 1
    return changed


def store(path: Path, notebook: Any) -> bool:
    """Write the notebook, whole or not at all; tell whether its bytes changed."""
    text = json.dumps(json.loads(nbformat.writes(notebook)), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if path.read_text(encoding="utf-8") == text:
        return False
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)
    return True


def refresh(path: Path, told: Callable[[int, int, str], None] = lambda index, count, cell: None) -> tuple[int, bool]:
    """Run and store one notebook. Return how many cells say something new, and whether the file changed."""
    stored = nbformat.read(path, as_version=4)
    fresh = execute(path, told)
    changed = keep_equal_outputs(fresh, stored)
    normalise(fresh)
    return changed, store(path, fresh)
