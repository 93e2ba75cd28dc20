"""A chapter's checks run in a reader's notebook: what they import of the lab is there."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.mark.parametrize("file", sorted(SAMPLES.rglob("checks.py")), ids=lambda file: file.parent.name)
def test_checks_can_be_imported(file: Path) -> None:
    spec = importlib.util.spec_from_file_location("checks", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert [name for name in dir(module) if not name.startswith("_")]
