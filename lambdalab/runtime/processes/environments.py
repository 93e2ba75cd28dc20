"""Makes environments of processes, and owns what they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .namespace import Birthplace, Namespaces, in_new_thread
from .process import ProcessEnvironment
from .snapshots import SnapStartEnvironment
from .workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lambdalab.runtime.events import Event
    from lambdalab.runtime.function import Function


class ProcessEnvironments:
    """Makes environments of processes; they share one workspace."""

    threads = True

    def __init__(
        self,
        variables: Callable[[Function], Mapping[str, str]],
        *,
        native_client: bool = True,
        namespaces: bool | None = None,
        in_new_thread: Birthplace = in_new_thread,
    ) -> None:
        """`variables` gives the credentials and addresses that the lab adds to a function's environment.

        `native_client`: whether to use awslambdaric's compiled transport where there is one. `namespaces`: whether
        programs see AWS's paths, where the machine allows it (see `namespace.py`). `in_new_thread` runs a function in
        a fresh thread that may start programs.
        """
        self._workspace = Workspace(native_client=native_client)
        self.namespaces = Namespaces(in_new_thread, wanted=namespaces)
        self._variables = variables

    def new(self, function: Function, publish: Callable[[Event], None]) -> ProcessEnvironment:
        """An environment for the function, not yet started."""
        made = SnapStartEnvironment if function.snap_start else ProcessEnvironment
        return made(
            function,
            publish,
            workspace=self._workspace,
            namespaces=self.namespaces,
            variables=self._variables(function),
        )

    @property
    def notes(self) -> list[str]:
        """What is different on this machine; usually nothing."""
        if self._workspace.native_client:
            return []
        return [
            "awslambdaric has no compiled transport for this platform: functions run through the lab's pure-Python "
            "stand-in for it. Everything else of the runtime client is AWS's own."
        ]

    def close(self) -> None:
        """Remove the shared folders."""
        self._workspace.close()
