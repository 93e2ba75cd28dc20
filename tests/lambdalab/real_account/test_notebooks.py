"""Every notebook runs on a real account, unchanged; and after a clean-up the account is empty.

What stands for AWS is a lab, so the notebooks run their functions. Cells that look at the lab itself say there what
they say on a real account.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import ROOT, drive

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOTEBOOKS = sorted(path for path in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.relative_to(ROOT / "notebooks").as_posix())
def test_a_notebook_runs_and_a_clean_up_leaves_nothing(
    path: Path, machine: dict[str, str], what_is_there: Callable[[], dict[str, Any]], tmp_path: Path
) -> None:
    before = what_is_there()
    assert before == {}
    work = tmp_path / "work"
    work.mkdir()

    done = drive(machine, "notebook", str(path), cwd=work, timeout=300)

    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert "THIS IS A REAL ACCOUNT: 123456789012 (acme-sandbox), region us-east-1" in done.stderr
    cleaned = drive(machine, "cli", "clean", "--yes")
    assert cleaned.returncode == 0, cleaned.stdout + cleaned.stderr
    assert what_is_there() == {}


def test_a_notebook_that_was_left_in_the_middle_is_cleaned_up(
    machine: dict[str, str], what_is_there: Callable[[], dict[str, Any]], tmp_path: Path
) -> None:
    """Without its last cell, which deletes what the others made."""
    notebook = json.loads((ROOT / "notebooks/concepts/execution-role.ipynb").read_text(encoding="utf-8"))
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != "delete"]
    half = tmp_path / "half.ipynb"
    half.write_text(json.dumps(notebook), encoding="utf-8")

    done = drive(machine, "notebook", str(half), cwd=tmp_path, timeout=300)

    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert what_is_there() != {}
    assert "still in the account" in done.stderr
    cleaned = drive(machine, "cli", "clean", "--yes")
    assert cleaned.returncode == 0, cleaned.stdout + cleaned.stderr
    assert what_is_there() == {}
