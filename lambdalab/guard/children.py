"""Has the programs that this process starts be born behind the fence.

There are few ways to start one from Python: `subprocess` and `multiprocessing` end in `_posixsubprocess.fork_exec`,
`os.posix_spawn` and `os.system` are calls of their own, and everything else forks. The first three are called in the
fence's thread while the lab is in charge; a fork puts itself behind the fence (`Fence.adopt`).

The names replaced here are looked up when they are used, and checked by a test for each Python.
"""

from __future__ import annotations

import os
import subprocess
import threading
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Birthplace(Protocol):
    """What children need of a fence."""

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call the function behind the fence."""

    def call_in_new_thread(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The same for a function that may take time."""

    def adopt(self) -> None:
        """Put this process, which was forked, behind the fence."""


_lock = threading.Lock()
_fence: Birthplace | None = None
_before: list[tuple[Any, str, Any, Any]] = []
_watching_forks = False


def hold(fence: Birthplace) -> None:
    """Until `let_go()`, children are born behind this fence."""
    global _fence, _watching_forks
    with _lock:
        if _fence is not None:
            return
        _fence = fence
        import _posixsubprocess

        _replace(_posixsubprocess, "fork_exec", fence.call)
        _replace(subprocess, "_fork_exec", fence.call)
        _replace(os, "posix_spawn", fence.call)
        _replace(os, "posix_spawnp", fence.call)
        _replace(os, "system", fence.call_in_new_thread)
        if not _watching_forks:
            _watching_forks = True
            os.register_at_fork(after_in_child=_forked)


def let_go(fence: Birthplace) -> None:
    """Children are born as the process is. Nothing if they were held by another fence, or by none."""
    global _fence
    with _lock:
        if _fence is not fence:
            return
        _fence = None
        while _before:
            module, name, original, ours = _before.pop()
            if getattr(module, name) is ours:  # else somebody replaced it in turn
                setattr(module, name, original)


def _replace(module: Any, name: str, call: Callable[..., Any]) -> None:
    original = getattr(module, name, None)
    if original is None:  # not in this Python
        return

    def born_behind_the_fence(*args: Any, **kwargs: Any) -> Any:
        return call(original, *args, **kwargs)

    _before.append((module, name, original, born_behind_the_fence))
    setattr(module, name, born_behind_the_fence)


def _forked() -> None:
    if _fence is not None:
        _fence.adopt()
