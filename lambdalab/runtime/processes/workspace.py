"""The lab's folder on the machine, where functions, their layers and their runtimes are laid out for environments.

What is the same for several environments (unpacked code, merged layers, a prepared runtime) is made once and shared;
an environment has only its /tmp for itself, and that goes with it. `folders` says what each folder stands for on AWS.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lambdalab.runtime import layers

from . import stale_folders as leftovers
from .folders import Folders
from .links import link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdalab.runtime.function import Function
    from lambdalab.runtime.runtimes import Runtime


class Workspace:
    """The lab's folder for running functions: made on first use, gone after `close()`."""

    def __init__(self, *, native_client: bool = True) -> None:
        """`native_client`: use awslambdaric's compiled transport if it is there; else the pure-Python stand-in."""
        self.native_client = native_client and importlib.util.find_spec("runtime_client") is not None
        self._lock = threading.Lock()
        self._root: Path | None = None
        self._unpacked: set[str] = set()
        self._closed = False

    def folders(self, function: Function, runtime: Runtime, environment_id: str) -> Folders:
        """The folders of a new environment. The unpacked code is shared by all that run the same package."""
        package = function.package
        with self._lock:
            root = self._made()
            runtime_folder = root / "runtimes" / runtime.name
            if not runtime_folder.exists():
                runtime_folder.mkdir(parents=True)
                with _whole_or_gone(runtime_folder):
                    runtime.prepare(runtime_folder, native_client=self.native_client)
            lang = root / "lang" / runtime.name
            if not lang.exists():
                (lang / "bin").mkdir(parents=True)
                for program, here in runtime.programs().items():  # none where there are no processes
                    if here:
                        link(Path(here), lang / "bin" / program)
            name = package.sha256.replace("/", "_").replace("+", "-").rstrip("=")
            task = root / "code" / name / "task"
            if name not in self._unpacked:
                shutil.rmtree(task, ignore_errors=True)
                task.mkdir(parents=True)
                with _whole_or_gone(task):
                    package.unpack(task)
                self._unpacked.add(name)
            opt = self._merged(root, function)
        tmp = root / "environments" / environment_id / "tmp"
        tmp.mkdir(parents=True, exist_ok=True)
        return Folders(
            task=task,
            tmp=tmp,
            runtime=runtime_folder,
            lang=lang,
            opt=opt,
            others=tuple(runtime.paths()),
        )

    def _merged(self, root: Path, function: Function) -> Path:
        """What stands for /opt: one folder for each combination of layers."""
        name = layers.folder_name(function.layers)
        opt = root / "opt" / name
        if name not in self._unpacked:
            shutil.rmtree(opt, ignore_errors=True)
            opt.mkdir(parents=True)
            with _whole_or_gone(opt):
                layers.merge(function.layers, opt)
            self._unpacked.add(name)
        return opt

    def forget(self, environment_id: str) -> None:
        """An environment is gone, and its /tmp with it."""
        if self._root is not None:
            shutil.rmtree(self._root / "environments" / environment_id, ignore_errors=True)

    def close(self) -> None:
        """Leave nothing behind."""
        with self._lock:
            if self._root is not None:
                shutil.rmtree(self._root, ignore_errors=True)
                self._let_go()
            self._root = None
            self._closed = True
            self._unpacked.clear()

    @property
    def root(self) -> Path:
        """The folder itself."""
        with self._lock:
            return self._made()

    def _made(self) -> Path:
        if self._closed:
            raise RuntimeError("the lab's folder for running functions is closed")
        if self._root is None:
            # realpath: on macOS the temporary folder is behind a link, and paths in tracebacks are not
            leftovers.sweep(Path(tempfile.gettempdir()))
            self._root = Path(os.path.realpath(tempfile.mkdtemp(prefix=leftovers.PREFIX)))
            self._let_go = leftovers.claim(self._root)
        return self._root


@contextmanager
def _whole_or_gone(folder: Path) -> Iterator[None]:
    """Fill a folder; if that fails (a full disk, for instance) it goes. Half of one is worse than none."""
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
