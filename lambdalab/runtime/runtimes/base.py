"""What a runtime promises to an execution environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lambdalab.runtime.function import Function
    from lambdalab.runtime.processes.folders import Folders


class UnsupportedRuntime(Exception):
    """The lab cannot run functions of this runtime, here or at all. The message says which, why, and what to do."""


class InvalidEntrypoint(Exception):
    """There is no program to start, or the system does not start it. The message is AWS's."""


class Runtime(Protocol):
    """One runtime: what AWS's identifier ("python3.13") stands for on this machine."""

    family: str
    """For people: "python"."""

    name: str
    """Names the folder that stands for /var/runtime: one for each runtime that fills it differently."""

    guards_itself: bool
    """Whether what it starts keeps its processes from leaving the machine, so that no variable has to tell them."""

    def interpreter(self) -> str:
        """What really runs the code, for people: "CPython 3.11.7"."""

    def prepare(self, folder: Path, *, native_client: bool) -> None:
        """Fill the folder that stands for /var/runtime. Called once a lab, before the first environment."""

    def command(self, function: Function, folders: Folders) -> Sequence[str]:
        """The program to start and its arguments. May raise InvalidEntrypoint."""

    def variables(self, function: Function, folders: Folders) -> Mapping[str, str]:
        """Environment variables of this family, beside those that every function has."""

    def programs(self) -> Mapping[str, str]:
        """What is in /var/lang/bin, and on the PATH: {name: where it is here}."""

    def paths(self) -> Sequence[tuple[str, str]]:
        """Paths of this machine that stand for AWS's: [(here, there)]; for what a learner reads."""


def toward(proxy: str) -> dict[str, str]:
    """Variables that have a program ask the lab, which refuses, when it wants to leave the machine."""
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
    return {**dict.fromkeys(names, proxy), **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost,::1")}
