"""Where models come from: the version in this environment, and others from PyPI.

A wheel is downloaded and read; nothing of it is installed or run.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

from .trees import ModelsError, Tree

PATIENCE_S = 300


def installed() -> Tree:
    """The models that the lab uses."""
    botocore = metadata.distribution("botocore")
    return Tree(botocore.version, Path(str(botocore.locate_file("botocore/data"))))


def downloaded(folder: Path, version: str | None = None) -> Tree:
    """The models of a version, or of the newest. *folder* is for its wheel, and for nothing else."""
    wanted = f"botocore=={version}" if version else "botocore"
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"),
        *("--no-deps", "--only-binary=:all:", "--dest", str(folder), wanted),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        raise ModelsError(_unreachable(wanted, f"pip was still at it after {PATIENCE_S} s.")) from None
    wheels = list(folder.glob("botocore-*.whl"))
    if done.returncode or not wheels:
        raise ModelsError(_why(wanted, done.stderr))
    root = zipfile.Path(wheels[0], "botocore/data/")
    if not root.exists():
        raise ModelsError(f"{wheels[0].name} has no folder botocore/data: botocore keeps its models elsewhere now.")
    return Tree(wheels[0].name.split("-")[1], root)


def _why(wanted: str, said: str) -> str:
    if "connection broken" in said or "(from versions: none)" in said:
        return _unreachable(wanted, "pip could not connect to it.")
    if "No matching distribution" in said:
        return f"PyPI has no {wanted}. `python -m pip index versions botocore` lists the versions that it has."
    lines = [line.strip() for line in said.splitlines() if "ERROR" in line]
    return _unreachable(wanted, f"pip says: {lines[-1]}" if lines else "pip did not say why.")


def _unreachable(wanted: str, why: str) -> str:
    return (
        f"{wanted} could not be fetched from PyPI, so there is nothing to compare with. {why}\n"
        "Is the network there? Try again when it is."
    )
