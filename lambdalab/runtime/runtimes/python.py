"""Python runtimes: awslambdaric in the lab's own interpreter."""

from __future__ import annotations

import importlib.util
import platform
import re
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from lambdalab.runtime.links import link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lambdalab.runtime.function import Function
    from lambdalab.runtime.workspace import Folders

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

_IDENTIFIER = re.compile(r"python3\.\d+$")
_INSIDE = Path(__file__).parents[1] / "python"
"""What runs inside the environment's process."""


class PythonRuntime:
    """Python 3."""

    family = "python"

    def runs(self, identifier: str) -> bool:
        """python3.12, python3.13 …"""
        return bool(_IDENTIFIER.match(identifier))

    def interpreter(self, identifier: str) -> str:
        """The lab's own."""
        return f"{platform.python_implementation()} {platform.python_version()}"

    def prepare(self, folder: Path, *, native_client: bool) -> None:
        """Links to the packages that Lambda's Python runtime has, and to the main program."""
        for name in PYTHON_RUNTIME_MODULES:
            spec = importlib.util.find_spec(name)
            if spec is None or spec.origin is None:
                continue
            origin = Path(spec.origin)
            source = origin.parent if origin.stem == "__init__" else origin
            link(source, folder / source.name)
        link(_INSIDE / "main.py", folder / BOOTSTRAP)
        link(_INSIDE / "_lambdalab_guard.py", folder / "_lambdalab_guard.py")
        native = importlib.util.find_spec("runtime_client") if native_client else None
        client = Path(native.origin) if native and native.origin else _INSIDE / "runtime_client.py"
        link(client, folder / client.name)

    def command(self, function: Function, folders: Folders) -> Sequence[str]:
        """-S: none of the lab's own packages can be imported."""
        return [sys.executable, "-S", str(folders.runtime / BOOTSTRAP)]

    def variables(self, function: Function, folders: Folders) -> Mapping[str, str]:
        """Where Python looks for modules."""
        return {
            "PYTHONPATH": str(folders.runtime),
            "PYTHONDONTWRITEBYTECODE": "1",  # /var/task is read-only on AWS
        }

    def paths(self, identifier: str) -> Sequence[tuple[str, str]]:
        """The standard library."""
        return [
            (sysconfig.get_path("stdlib"), f"/var/lang/lib/python{sys.version_info.major}.{sys.version_info.minor}"),
        ]
