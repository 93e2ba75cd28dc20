"""Lets moto and boto3 run where the reader's page runs Python: in WebAssembly, without threads and without some wheels.

`lambdalab.start()` calls `install()` first thing in Pyodide, before it imports moto. Two things are put in place:

* moto imports packages that have no WebAssembly build (cryptography) or no use in a page (docker). A finder, last in
  line so that a real package always wins, answers those imports with placeholders.
* Threads cannot start. A ThreadPoolExecutor that runs each task at once, in the caller, keeps boto3's upload_file and
  handlers that fan out working; the results are the same, only nothing overlaps.

Nothing here imports boto3, moto or the rest of lambdalab.
"""

from __future__ import annotations

import concurrent.futures
import concurrent.futures.thread
import importlib.abc
import importlib.machinery
import sys
import types
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

P = ParamSpec("P")
T = TypeVar("T")

# Package: why it is missing in the page, and what then is not real.
MISSING = {
    "cryptography": "no WebAssembly wheel: SNS message signatures and IAM certificates are not real",
    "docker": "moto would run functions in containers; lambdalab runs them itself",
    "openapi_spec_validator": "needs rpds, which has no WebAssembly wheel: API definitions are imported unchecked",
}


def install() -> None:
    """Put placeholders for missing packages and inline executors in place. A second call changes nothing."""
    if not any(isinstance(finder, _MissingFinder) for finder in sys.meta_path):
        sys.meta_path.append(_MissingFinder())
    # The name lives in two modules, and s3transfer copies it when it is imported.
    for module in (concurrent.futures, concurrent.futures.thread):
        module.ThreadPoolExecutor = InlineExecutor  # type: ignore[attr-defined]
    s3transfer = sys.modules.get("s3transfer.futures")
    if s3transfer is not None:
        s3transfer.BoundedExecutor.EXECUTOR_CLS = InlineExecutor


# --- threads ----------------------------------------------------------------------------------------------------------


class InlineExecutor(concurrent.futures.Executor):
    """A ThreadPoolExecutor for a place without threads: `submit` runs the task before it returns."""

    def __init__(
        self,
        max_workers: int | None = None,
        thread_name_prefix: str = "",
        initializer: Callable[..., object] | None = None,
        initargs: Iterable[Any] = (),
    ) -> None:
        self._max_workers = max_workers or 1
        self._closed = False
        if initializer is not None:
            initializer(*initargs)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> concurrent.futures.Future[T]:
        """Run the task now; its result or its exception is in the future that comes back."""
        if self._closed:
            raise RuntimeError("cannot schedule new futures after shutdown")
        future: concurrent.futures.Future[T] = concurrent.futures.Future()
        future.set_running_or_notify_cancel()
        try:
            future.set_result(fn(*args, **kwargs))
        except KeyboardInterrupt:  # the reader pressed Stop: that is not the task's own failure
            raise
        except BaseException as error:
            future.set_exception(error)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Refuse further tasks. There is nothing to wait for."""
        self._closed = True


# --- packages ---------------------------------------------------------------------------------------------------------


class _PlaceholderType(type):
    """Gives a placeholder class every attribute, so that `ec.SECP256R1` and `Certificate.Version.v3` exist."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _placeholder_class(name)


class Placeholder(bytes, metaclass=_PlaceholderType):
    """Stands for any object of a missing package: it can be called and has every attribute.

    It is bytes because that is what moto makes of keys and signatures: it encodes them as base64.
    """

    def __new__(cls, *args: object, **kwargs: object) -> Placeholder:
        """Take any arguments: the real class has its own."""
        return super().__new__(cls, b"not real: made in a page, without cryptography")

    def __call__(self, *args: object, **kwargs: object) -> Placeholder:
        """Do as a method of the real object would, and return a placeholder."""
        return Placeholder()

    def __getattr__(self, name: str) -> Placeholder:
        if name.startswith("__"):
            raise AttributeError(name)
        return Placeholder()


def _placeholder_class(name: str) -> type:
    if name.endswith(("Error", "Exception", "Invalid", "InvalidSignature", "InvalidToken", "NotFound")):
        return type(name, (Exception,), {})  # it will stand in an `except` clause
    return _PlaceholderType(name, (Placeholder,), {})


class _MissingModule(types.ModuleType):
    """A module of a missing package. Its names come into being when they are asked for."""

    __path__: list[str] = []  # noqa: RUF012 - the import system wants it so

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = _placeholder_class(name)
        setattr(self, name, value)
        return value


class _MissingFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answers the import of a missing package, and of all below it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] in MISSING:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _MissingModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass
