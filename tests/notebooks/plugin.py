"""Collects the notebooks for pytest: nbval runs each cell and compares its output with the stored one, strictly.

What nbval does not do by itself is put right here: a working directory of its own for each notebook, the course's tag
`varies`, test names that are cell ids, and cells after a timeout, which count as failed and never as passed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbval.kernel import RunningKernel, start_new_kernel
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError, nocolors

from tools.notebooks.execute import CELL_TIMEOUT
from tools.notebooks.kernel import NAME, workplace
from tools.notebooks.sanitize import CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Notebook | None:
    """Make a collector for each notebook of the course; those that other tests use as examples are none."""
    ours = file_path.is_relative_to(parent.config.rootpath / "notebooks")
    if file_path.suffix != ".ipynb" or not ours or ".ipynb_checkpoints" in file_path.parts:
        return None
    return Notebook.from_parent(parent, path=file_path)


def pytest_configure(config: pytest.Config) -> None:
    """Set what nbval otherwise takes from the command line."""
    config.option.nbval_cell_timeout = min(config.option.nbval_cell_timeout, CELL_TIMEOUT)


class Kernel(RunningKernel):
    """nbval's kernel, in an environment that we choose."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        with Path(os.devnull).open("w") as nowhere:
            self.km, self.kc = start_new_kernel(
                kernel_name=NAME, stderr=nowhere, cwd=str(folder), env=environ, startup_timeout=120
            )
        self._ensure_iopub_up()


class Notebook(IPyNbFile):
    """A notebook, run in a copy, in a temporary folder."""

    def setup(self) -> None:
        """Start the kernel."""
        self.place = workplace(self.path)
        folder, environ = self.place.__enter__()
        self.kernel = Kernel(folder, environ)
        self.setup_sanitize_files()

    def teardown(self) -> None:
        """Stop the kernel, and delete the folder."""
        super().teardown()
        self.place.__exit__(None, None, None)

    def get_sanitize_files(self) -> list[str]:
        """Use the one sanitiser of the course."""
        return [str(CONFIG)]

    def collect(self) -> Iterator[IPyNbCell]:
        """Make one test of each code cell, named by the cell's id."""
        for item in super().collect():
            options: dict[str, Any] = item.options
            options["skip"] = False
            options["check"] = "varies" not in item.cell.metadata.get("tags", [])
            yield Cell.from_parent(
                self, name=item.cell.get("id", item.name), cell_num=item.cell_num, cell=item.cell, options=options
            )


class Cell(IPyNbCell):
    """One code cell."""

    def __init__(self, name: str, parent: Notebook, cell_num: int, cell: Any, options: dict[str, Any]) -> None:
        super().__init__(name, parent, cell_num, cell, options)
        self.colors = nocolors  # most runs end in a log, where colours are noise
        self.output_timeout = 60  # a busy machine is slow to answer, and that is no difference in the output

    def setup(self) -> None:
        """Leave out what nbval does here: after a timeout it expects the cells below to fail; we refuse them."""

    def runtest(self) -> None:
        """Run the cell and compare."""
        if self.parent.timed_out:
            raise NbCellError(self.cell_num, "Not run: a cell above it timed out", self.cell.source)
        if self.cell.execution_count is None:
            raise NbCellError(self.cell_num, "Never run: there is no stored output to compare with", self.cell.source)
        super().runtest()
