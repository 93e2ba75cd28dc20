"""Puts the watch over the boto3 of child processes: the `aws` command, scripts, whatever is Python.

This folder is on PYTHONPATH while a real account is open, so every Python started from there reads this file first. It
does nothing until botocore is imported. A file of the same name that stands behind it is read as it would have been.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

_HERE = str(Path(__file__).resolve().parent)


def _next_of_this_name() -> None:
    rest = [entry for entry in sys.path if entry and str(Path(entry).resolve()) != _HERE]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", rest)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


class _WhenBotocoreComes(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds botocore.client as it would have been found, and has it watched once it is there."""

    def __init__(self) -> None:
        self._loader: Any = None

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """Only botocore.client is of interest, and only once."""
        if name != "botocore.client" or self not in sys.meta_path:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            self._loader, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec: Any) -> Any:
        """As botocore's own loader does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        """Run the module, and then ours."""
        self._loader.exec_module(module)
        package = str(Path(_HERE).parents[2])
        if importlib.util.find_spec("lambdalab") is None:
            sys.path.append(package)
        from lambdalab.real_account import children

        children.watch()


if os.environ.get("_LAMBDALAB_PLACE"):
    sys.meta_path.insert(0, _WhenBotocoreComes())
_next_of_this_name()
