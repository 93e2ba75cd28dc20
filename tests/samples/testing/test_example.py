"""The example of docs/reference/testing.md passes, in a project of its own that has only the plugin."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

SAMPLES = Path(__file__).resolve().parents[3] / "samples" / "testing"


def test_the_example_passes(pytester: pytest.Pytester) -> None:
    for name in ("app.py", "test_app.py"):
        shutil.copy(SAMPLES / name, pytester.path / name)
    before = dict(os.environ)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:xdist")
    result.assert_outcomes(passed=3)
    assert dict(os.environ) == before
