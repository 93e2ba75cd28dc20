"""What a runtime promises to an execution environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lambdalab.runtime.function import Function
    from lambdalab.runtime.workspace import Folders


class UnsupportedRuntime(Exception):
    """The lab cannot run functions of this runtime, here or at all. The message says which, why, and what to do."""


class Runtime(Protocol):
    """A family of runtimes: Python, Node.js …"""

    family: str
    """For people, and for the name of a folder: "python"."""

    def runs(self, identifier: str) -> bool:
        """Whether AWS's identifier ("python3.13") belongs to this family."""

    def interpreter(self, identifier: str) -> str:
        """What really runs the code, for people: "CPython 3.11.7"."""

    def prepare(self, folder: Path, *, native_client: bool) -> None:
        """Fill the folder that stands for /var/runtime. Called once a lab, before the first environment."""

    def command(self, function: Function, folders: Folders) -> Sequence[str]:
        """The program to start and its arguments. May raise UnsupportedRuntime."""

    def variables(self, function: Function, folders: Folders) -> Mapping[str, str]:
        """Environment variables of this family, beside those that every function has."""

    def paths(self, identifier: str) -> Sequence[tuple[str, str]]:
        """Paths of this machine that stand for AWS's: [(here, there)]; for what a learner reads."""
