"""Which Python interpreter of this machine runs a function of python3.X.

The one of the same version if there is one: on PATH, of pyenv or uv, or the system's. Else the lab's own; the log's
first line (INIT_START) then names it.
"""

from __future__ import annotations

import functools
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE_S = 10.0
_QUESTION = """
import json, platform, sys, sysconfig
import ctypes, hashlib, ssl, zlib  # what boto3 needs: a Python that was built without them cannot stand for AWS's
print(json.dumps([sys.executable, platform.python_implementation(), platform.python_version(),
                  sysconfig.get_path("stdlib")]))
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python that can be started."""

    executable: str
    implementation: str
    version: str
    stdlib: str

    @property
    def minor(self) -> str:
        """ "3.13"."""
        return ".".join(self.version.split(".")[:2])

    @property
    def is_own(self) -> bool:
        """Whether it is the lab's own, with the lab's compiled packages."""
        return self.executable == sys.executable


def own() -> Interpreter:
    """The interpreter that runs the lab."""
    return Interpreter(
        sys.executable,
        platform.python_implementation(),
        platform.python_version(),
        sysconfig.get_path("stdlib"),
    )


@functools.cache
def matching(version: str) -> Interpreter:
    """The interpreter for "3.13": of that version where the machine has it, else the lab's own."""
    lab = own()
    if lab.minor == version or sys.platform == "emscripten":
        return lab
    for candidate in _candidates(version):
        found = _ask(candidate)
        if found is not None and found.minor == version:
            return found
    return lab


def _candidates(version: str) -> Iterator[str]:
    """Where a Python of this version may be, best first."""
    name = f"python{version}"
    if on_path := shutil.which(name):
        yield on_path
    home = Path.home()
    for root, pattern in (
        (Path(os.environ.get("PYENV_ROOT") or home / ".pyenv", "versions"), f"{version}.*"),
        (home / ".local" / "share" / "uv" / "python", f"cpython-{version}.*"),
    ):
        for folder in sorted(root.glob(pattern), key=_patch, reverse=True):
            yield str(folder / "bin" / name)
    yield f"/usr/bin/{name}"


def _patch(folder: Path) -> tuple[int, ...]:
    """The numbers in a folder's name: 3.13.10 is newer than 3.13.9."""
    return tuple(int(part) for part in folder.name.replace("-", ".").split(".") if part.isdigit())


def _ask(executable: str) -> Interpreter | None:
    """What an interpreter says of itself; None when it does not start, as pyenv's shim of an inactive version."""
    try:
        answer = subprocess.run(
            [executable, "-I", "-S", "-c", _QUESTION],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE_S,
            check=True,
        )
        return Interpreter(*json.loads(answer.stdout))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError):
        return None
