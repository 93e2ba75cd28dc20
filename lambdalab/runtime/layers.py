"""Layers: zip archives that become /opt, and where the runtimes look in it.

A function's layers are unpacked one after the other into one folder. Where two have a file of the same path, the
layer that comes later in the function's list wins. Source (also of the search paths below):
https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .code import DeploymentPackage

LAYER_LIMIT = 5
"""Layers that one function may have."""


def folder_name(layers: Sequence[DeploymentPackage]) -> str:
    """A name for what these layers merge into: the same layers in another order are another folder."""
    return hashlib.sha256("\n".join(layer.sha256 for layer in layers).encode()).hexdigest()[:32]


def merge(layers: Sequence[DeploymentPackage], folder: Path) -> None:
    """Unpack the layers below `folder`, which must exist, the last on top. Raises BadPackage."""
    for number, layer in enumerate(layers):
        staging = folder.with_name(f"{folder.name}.{number}")
        staging.mkdir()
        try:
            layer.unpack(staging)
            _lay_over(staging, folder)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _lay_over(upper: Path, lower: Path) -> None:
    """Move every file of `upper` to its place in `lower`, over what is there."""
    for parent, folders, files in os.walk(upper):
        target = lower / Path(parent).relative_to(upper)
        for name in folders:
            if (target / name).is_file():
                (target / name).unlink()
            (target / name).mkdir(exist_ok=True)
        for name in files:
            if (target / name).is_dir():
                shutil.rmtree(target / name)
            (Path(parent) / name).replace(target / name)


def python_path(opt: Path, runtime: str) -> list[str]:
    """Where a Python runtime ("python3.13") looks in /opt, after /var/task and before its own packages.

    By the function's runtime, not by the interpreter that the lab has: layers are built for the former.
    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-searchpath
    """
    return [str(opt / "python" / "lib" / runtime / "site-packages"), str(opt / "python")]


def node_path(opt: Path, runtime: str) -> list[str]:
    """Where a Node.js runtime ("nodejs22.x") looks in /opt, before its own packages.

    https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html#packaging-layers-paths
    """
    major = runtime.removeprefix("nodejs").partition(".")[0]
    return [str(opt / "nodejs" / f"node{major}" / "node_modules"), str(opt / "nodejs" / "node_modules")]


def java_path(opt: Path) -> list[str]:
    """Where a Java runtime looks in /opt, as entries of a class path."""
    return [str(opt / "java" / "lib" / "*")]
