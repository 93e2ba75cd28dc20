"""Custom runtimes: the package brings its own program, `bootstrap`, and that speaks the Runtime API."""

from __future__ import annotations

import platform
import re
from typing import TYPE_CHECKING

from .base import InvalidEntrypoint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lambdalab.runtime.function import Function
    from lambdalab.runtime.processes.folders import Folders

_IDENTIFIER = re.compile(r"provided(\.al2|\.al2023)?$")


class ProvidedRuntime:
    """An executable file named bootstrap: a script, or a binary for this machine."""

    family = "provided"
    guards_itself = False

    def __init__(self, identifier: str) -> None:
        self.name = identifier

    @classmethod
    def of(cls, identifier: str) -> ProvidedRuntime | None:
        """provided.al2, provided.al2023."""
        return cls(identifier) if _IDENTIFIER.match(identifier) else None

    def interpreter(self) -> str:
        """Whatever the file is."""
        return f"the package's bootstrap, on {platform.system()}"

    def prepare(self, folder: Path, *, native_client: bool) -> None:
        """There is nothing in /var/runtime."""

    def command(self, function: Function, folders: Folders) -> Sequence[str]:
        """The package's bootstrap, or a layer's.

        AWS's words for its absence: https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
        """
        for here, folder in ((folders.here.task, folders.task), (folders.here.opt, folders.opt)):
            if (here / "bootstrap").is_file():
                return [str(folder / "bootstrap")]
        raise InvalidEntrypoint("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")

    def variables(self, function: Function, folders: Folders) -> Mapping[str, str]:
        """None of its own."""
        return {}

    def programs(self) -> Mapping[str, str]:
        """None: the runtime is the package's own."""
        return {}

    def paths(self) -> Sequence[tuple[str, str]]:
        """None of its own."""
        return []
