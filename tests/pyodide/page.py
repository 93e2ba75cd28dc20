"""Runs cells as a page does: under Node, in an interpreter for each notebook."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools.browser.bundle import BundleError, build, node, package_index

EACH = 120  # seconds that one notebook may take on a busy machine


def run(notebooks: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """The outputs of each notebook's cells, by their ids. A cell has an id, a source, and whether to skip it."""
    try:
        bundle, program = build(), node()
    except BundleError as error:
        pytest.fail(str(error))
    done = subprocess.run(
        [program, str(Path(__file__).with_name("run.mjs"))],
        input=json.dumps(
            {
                "python": f"{bundle.python}/",
                "runner": f"{bundle.runner}/",
                "index": package_index(),
                "notebooks": notebooks,
            }
        ),
        capture_output=True,
        text=True,
        timeout=EACH * len(notebooks),
        check=False,
    )
    results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode:
        pytest.fail(f"Node ended with {done.returncode} after {len(results)} notebooks:\n{done.stderr[-2000:]}")
    return {result["notebook"]: result["outputs"] for result in results}
