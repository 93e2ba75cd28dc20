"""What a cell sees of a lab, wherever it works: on this machine, in the page, or on a real account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike

    from .exercises import Exercises
    from .runtime import Happening
    from .show import Chart, Diagram, Timeline


class CellClock(Protocol):
    """`lab.clock`."""

    def time(self) -> float:
        """Now, in seconds since the epoch."""

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """So much later: in the lab at once, on a real account after that time."""


class CellLab(Protocol):
    """`lab`, as `lambdalab.start()` returns it."""

    @property
    def clock(self) -> CellClock:
        """The time that schedules, retries and alarms follow."""

    @property
    def notes(self) -> list[str]:
        """What is different here from what the course describes."""

    def package(self, *paths: str | PathLike[str]) -> bytes:
        """The bytes of a deployment package made from files and folders."""

    def role(self, name: str, policy: dict[str, Any] | None = None) -> str:
        """The ARN of an execution role that Lambda may assume; made if it is not there."""

    def permissions_used(self, function_name: str) -> dict[str, Any]:
        """The least that a role must allow for what this function called so far."""

    def url(self, url: str) -> str:
        """Where a function URL or an API is reached from here."""

    def exercises(self, chapter: str) -> Exercises:
        """The exercises of a chapter."""

    def events(self, function_name: str | None = None) -> list[Happening]:
        """What happened, in order, as typed events."""

    def timeline(self, function_name: str | None = None) -> Timeline:
        """A picture of the life of execution environments so far."""

    def chart(
        self,
        lines: Mapping[str, Iterable[tuple[float, float]]],
        *,
        title: str,
        x: str,
        y: str,
        marks: Mapping[tuple[float, float], str] | None = None,
    ) -> Chart:
        """A picture of lines over two axes."""

    def diagram(self, *function_names: str) -> Diagram:
        """A picture of what is wired to what now; with names, of these functions and what they are wired to."""

    def settle(self, timeout: float = ...) -> None:
        """Return when nothing is queued or running now, and logs have arrived."""

    def stop(self) -> None:
        """End it."""
