"""Tells when a package of moto is first imported, and waits until that import is done.

The lab changes moto's S3 when somebody first wants S3: the patches must be there before anything of it runs, and
importing all services at the start would cost a second. Whoever imports moto's S3, the lab, moto's server, another of
moto's services or a cell, does it by way of Python's import system; so this stands there.

    when_imported("moto.s3", callback)       at once, if it has been imported already

The callback runs in the thread that imports, after the outermost import that this thread does of any such package, or
of a room's `backend`: moto's services import each other, backends import moto, and only then is each of them whole.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import re
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import types
    from collections.abc import Callable, Sequence

_BACKEND = re.compile(r"lambdalab\.services\.\w+\.backend")
Around = contextlib.AbstractContextManager[None]


@dataclass(frozen=True)
class _Wish:
    callback: Callable[[], None]
    around: Callable[[], Around]


_waiting: dict[str, _Wish] = {}
_thread = threading.local()


def when_imported(package: str, callback: Callable[[], None], around: Callable[[], Around] | None = None) -> None:
    """Call back once when `package` ("moto.s3") has been imported; at once, if one has been.

    The import happens inside `around()`, if that is given.
    """
    if package in sys.modules:
        callback()
        return
    _waiting[package] = _Wish(callback, around or contextlib.nullcontext)
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)


def forget() -> None:
    """Wait for nothing any more."""
    _waiting.clear()
    if _FINDER in sys.meta_path:
        sys.meta_path.remove(_FINDER)


def _package_of(module: str) -> str:
    return ".".join(module.split(".", 2)[:2])


class _Finder(importlib.abc.MetaPathFinder):
    """Finds what Python's own finder does, and has it loaded by `_Loader`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if _package_of(fullname) not in _waiting and not _BACKEND.fullmatch(fullname):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, _package_of(fullname))
        return spec


class _Loader(importlib.abc.Loader):
    """Loads as the real loader does. After the outermost module of a package, it calls who waits for that."""

    def __init__(self, real: Any, package: str) -> None:
        self._real = real
        self._package = package

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)  # get_source and the like, for tracebacks and inspect

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        created: types.ModuleType | None = self._real.create_module(spec)
        return created

    def exec_module(self, module: types.ModuleType) -> None:
        wish = _waiting.get(self._package)
        _thread.depth = depth = getattr(_thread, "depth", 0) + 1
        try:
            with wish.around() if wish else contextlib.nullcontext():
                self._real.exec_module(module)
        finally:
            _thread.depth -= 1
        if wish is not None:
            _done().add(self._package)
        if depth == 1:
            _thread.depth = 1  # a callback imports too, and what that brings in waits until the callback is done
            try:
                while _done():
                    if done := _waiting.pop(_done().pop(), None):
                        done.callback()
            finally:
                _thread.depth = 0


def _done() -> set[str]:
    """The packages whose import this thread has finished, and whose callbacks it has not called yet."""
    found: set[str] = vars(_thread).setdefault("done", set())
    return found


_FINDER = _Finder()
