"""Collects the notebooks for pytest: nbval runs each cell and compares its output with the stored one, strictly.

What nbval does not do by itself is put right here: a working directory of its own for each notebook, the course's tag
`varies`, test names that are cell ids, and cells after a timeout, which count as failed and never as passed.

Exercises are solved on the way, as a reader does it: the cell to fill runs as it stands and its check refuses it, which
is a stored output like any other; then the solution runs, and the check passes, twice. So one run of a notebook shows
that it says what is stored, that its exercises can be solved, and that what follows is not disturbed by a solution.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbformat.v4 import new_code_cell
from nbval.kernel import RunningKernel, start_new_kernel
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError, nocolors

from lambdalab import exercises
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
            if "check" in item.cell.metadata:
                yield Solved.from_parent(
                    self,
                    name=f"{item.cell.metadata['check']}-solved",
                    cell_num=item.cell_num,
                    cell=item.cell,
                    options={**options, "check": False},
                )

    def between(self, exercise: str) -> list[str]:
        """The cells between that of an exercise and that of its check: they deploy what the first one wrote."""
        code = [cell for cell in self.nb.cells if cell.cell_type == "code"]
        (first,) = (number for number, cell in enumerate(code) if cell.metadata.get("exercise") == exercise)
        (last,) = (number for number, cell in enumerate(code) if cell.metadata.get("check") == exercise)
        return [cell.source for cell in code[first + 1 : last]]

    @functools.cached_property
    def exercises(self) -> Any:
        """Those of the notebook's chapter."""
        return exercises.load(self.path.relative_to(self.config.rootpath / "notebooks").with_suffix("").as_posix())


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


class Solved(Cell):
    """The solution of the exercise that a cell checks, what stands below it, and the check, which is asked twice."""

    def runtest(self) -> None:
        """Run them in the notebook's kernel, after the cell that checks."""
        check, name = self.cell.source, self.cell.metadata["check"]
        solution = getattr(self.parent.exercises, name).solution_source()
        self._run(solution)
        for source in self.parent.between(name):
            self._run(source)
        for _ in range(2):
            self._run(check)
            said = self.test_outputs[-1].get("data", {}).get("text/plain", "") if self.test_outputs else ""
            if not said.startswith("Correct: "):
                raise NbCellError(self.cell_num, f"The check does not accept the solution: {said}", solution)

    def _run(self, source: str) -> None:
        self.cell = new_code_cell(source, execution_count=1)
        super().runtest()
