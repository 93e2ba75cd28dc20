"""What a cell sees of a lab, wherever it works: on this machine, in the page, or on a real account."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Protocol

from . import exercises
from .package import package
from .show import Chart, Diagram, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike
    from typing import Self

    from .exercises import Exercises
    from .runtime import Happening
    from .wiring import Wiring


class CellClock(Protocol):
    """`lab.clock`."""

    def time(self) -> float:
        """Now, in seconds since the epoch."""

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """So much later: in the lab at once, on a real account after that time."""


class CellLab(ABC):
    """`lab`, as `lambdalab.start()` returns it. What is the same everywhere is done here."""

    clock: CellClock
    """The time that schedules, retries and alarms follow."""

    @property
    @abstractmethod
    def notes(self) -> list[str]:
        """What is different here from what the course describes."""

    def package(self, *paths: str | PathLike[str]) -> bytes:
        """The bytes of a deployment package made from files and folders."""
        return package(*paths)

    @abstractmethod
    def role(self, name: str, policy: dict[str, Any] | None = None) -> str:
        """The ARN of an execution role that Lambda may assume; made if it is not there."""

    @abstractmethod
    def permissions_used(self, function_name: str) -> dict[str, Any]:
        """The least that a role must allow for what this function called so far."""

    @abstractmethod
    def url(self, url: str) -> str:
        """Where a function URL or an API is reached from here."""

    def exercises(self, chapter: str) -> Exercises:
        """The exercises of a chapter: each has check(), hint() and solution()."""
        return exercises.load(chapter)

    @abstractmethod
    def events(self, function_name: str | None = None) -> list[Happening]:
        """What happened, in order, as typed events."""

    def timeline(self, function_name: str | None = None) -> Timeline:
        """A picture of the life of a function's execution environments so far; of all functions without a name.

        Asynchronous events are in it too, where they are known: what was accepted, waits for its next try, was given
        up, or told to others.
        """
        return Timeline(self.events(function_name), function_name)

    def diagram(self, *function_names: str) -> Diagram:
        """A picture of what is wired to what now: who calls functions, and where results go.

        With names, only of these functions, what leads to them, and where their results go. What a function's code
        calls stands in no setting, and is not in it.
        """
        return Diagram.of(self._wiring(), function_names)

    @abstractmethod
    def _wiring(self) -> Wiring:
        """What is wired to what now."""

    def chart(
        self,
        lines: Mapping[str, Iterable[tuple[float, float]]],
        *,
        title: str,
        x: str,
        y: str,
        marks: Mapping[tuple[float, float], str] | None = None,
    ) -> Chart:
        """A picture of lines over two axes. `x` and `y` are the axes' labels; `marks` are words at points."""
        return Chart(lines, title=title, x=x, y=y, marks=marks)

    @abstractmethod
    def settle(self, timeout: float = ...) -> None:
        """Return when nothing is queued or running now, and logs have arrived."""

    @abstractmethod
    def stop(self) -> None:
        """End it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
