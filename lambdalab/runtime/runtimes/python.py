"""Python runtimes: awslambdaric, in an interpreter of this machine."""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from lambdalab.runtime.layers import python_path
from lambdalab.runtime.processes.links import link

from .interpreters import Interpreter, matching

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lambdalab.runtime.function import Function
    from lambdalab.runtime.processes.folders import Folders

PYTHON_RUNTIME_MODULES = (
    # awslambdaric and what it needs
    "awslambdaric",
    "simplejson",
    "snapshot_restore_py",
    # the SDK that Lambda's Python runtime brings, and what that needs
    "boto3",
    "botocore",
    "s3transfer",
    "jmespath",
    "dateutil",
    "six",
    "urllib3",
)
"""What a function can import besides the standard library and its own files.

Source: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html (the runtime includes the SDK).
"""

BOOTSTRAP = "bootstrap.py"
"""The main program of a Python environment, below /var/runtime."""

_FOR_MAIN = {
    "_lambdalab_guard.py": "_lambdalab_guard.py",
    "_lambdalab_snapshot.py": "_lambdalab_snapshot.py",
    "runtime_client.py": "_lambdalab_client.py",
}
"""What that imports, and under which name it finds it beside it."""
_IDENTIFIER = re.compile(r"python(3\.\d+)$")
_INSIDE = Path(__file__).parents[1] / "python"
"""What runs inside the environment's process."""


class PythonRuntime:
    """Python 3, run by the interpreter that matches it best."""

    family = "python"
    guards_itself = True  # see _lambdalab_guard.py

    def __init__(self, identifier: str, interpreter: Interpreter) -> None:
        self.name = identifier
        self._interpreter = interpreter

    @classmethod
    def of(cls, identifier: str) -> PythonRuntime | None:
        """python3.12, python3.13 …"""
        match = _IDENTIFIER.match(identifier)
        return cls(identifier, matching(match[1])) if match else None

    def interpreter(self) -> str:
        """CPython 3.13.1, for instance."""
        return f"{self._interpreter.implementation} {self._interpreter.version}"

    def prepare(self, folder: Path, *, native_client: bool) -> None:
        """Links to the packages that Lambda's Python runtime has, and to the main program.

        They are the lab's own copies, whichever interpreter runs: pure Python but for simplejson's speed-ups, which it
        does without where they were compiled for another version, and awslambdaric's transport.
        """
        for name in PYTHON_RUNTIME_MODULES:
            spec = importlib.util.find_spec(name)
            if spec is None or spec.origin is None:
                continue
            origin = Path(spec.origin)
            source = origin.parent if origin.stem == "__init__" else origin
            link(source, folder / source.name)
        (folder / "__pycache__").mkdir()
        link(_INSIDE / "main.py", folder / BOOTSTRAP)
        for inside, name in _FOR_MAIN.items():
            link(_INSIDE / inside, folder / name)
        native = importlib.util.find_spec("runtime_client") if native_client and self._interpreter.is_own else None
        client = Path(native.origin) if native and native.origin else _INSIDE / "runtime_client.py"
        link(client, folder / client.name)

    def command(self, function: Function, folders: Folders) -> Sequence[str]:
        """-S: none of the interpreter's own packages can be imported."""
        return [self._interpreter.executable, "-S", str(folders.runtime / BOOTSTRAP)]

    def variables(self, function: Function, folders: Folders) -> Mapping[str, str]:
        """Where Python looks for modules."""
        return {
            "PYTHONPATH": str(folders.runtime),
            "_LAMBDALAB_LAYERS": os.pathsep.join(python_path(folders.opt, function.runtime)),  # main.py takes it out
        }

    def programs(self) -> Mapping[str, str]:
        """The interpreter, under its names."""
        return dict.fromkeys(("python", "python3", self.name), self._interpreter.executable)

    def paths(self) -> Sequence[tuple[str, str]]:
        """The standard library."""
        return [(self._interpreter.stdlib, f"/var/lang/lib/python{self._interpreter.minor}")]
