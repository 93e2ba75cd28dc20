"""What a function may import where it shares its interpreter with the lab: what it would find on Lambda, and no more.

A process of its own has a path of its own (`runtimes/python.py`). In the page there is one interpreter, and all of the
lab's packages lie on its path: a function that forgot to bring a dependency would find the lab's copy and work, and
fail on the day it is deployed. So while a function runs, an `import` that stands in one of its files finds the standard
library, what Lambda's runtime brings, and what lies in the function's package and layers. Everybody else's imports are
left alone: moto, called by the function, may load what it likes. `importlib.import_module()` is not watched.
"""

from __future__ import annotations

import builtins
import contextlib
import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

from .runtimes.python import PYTHON_RUNTIME_MODULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_THERE = frozenset(sys.stdlib_module_names) | frozenset(PYTHON_RUNTIME_MODULES)


@contextlib.contextmanager
def only_what_lambda_brings(folders: Sequence[str], labs_path: Sequence[str]) -> Iterator[None]:
    """Within this block, files below `folders` do not find modules of `labs_path`, the lab's own `sys.path`."""
    original, below = builtins.__import__, tuple(folders)

    def is_there(name: str) -> bool:
        others = [entry for entry in sys.path if entry not in labs_path]
        return name in _THERE or PathFinder.find_spec(name, others) is not None

    def look(
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        if level == 0 and str((globals or {}).get("__file__", "")).startswith(below):
            top = name.partition(".")[0]
            if not is_there(top):
                raise ModuleNotFoundError(f"No module named {top!r}", name=top)
        return original(name, globals, locals, fromlist or (), level)

    builtins.__import__ = look
    try:
        yield
    finally:
        builtins.__import__ = original
