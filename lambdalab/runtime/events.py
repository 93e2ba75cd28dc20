"""What happens in the engine, as typed events.

The engine publishes them in the order in which things happened, in the thread in which they happened. Logs, metrics,
timelines and traces are subscribers: the engine knows none of them.
Times are seconds since the epoch (`time.time()`), durations are milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .function import Function


@dataclass(frozen=True)
class Happening:
    """Something that happened to one function: here, or in what stands above the engine and publishes events too."""

    time: float

    @property
    def function_name(self) -> str:
        """Whose it is."""
        raise NotImplementedError


@dataclass(frozen=True)
class Event(Happening):
    """Something that happened to one execution environment of one function."""

    function: Function
    environment: str
    """Id of the execution environment; also the last part of its log stream's name."""

    @property
    def function_name(self) -> str:
        """Its name, without a version."""
        return self.function.name


@dataclass(frozen=True)
class EnvironmentStarted(Event):
    """The Init phase begins, or, from a snapshot, the Restore phase."""

    log_stream: str
    restored: bool = False


@dataclass(frozen=True)
class InitEnded(Event):
    """The runtime asked for its first invocation, or failed to get that far (`error_type` says how)."""

    duration_ms: float
    error_type: str | None = None


@dataclass(frozen=True)
class SnapshotTaken(Event):
    """Init went well, and the environment is a snapshot now, from which others are restored (SnapStart)."""


@dataclass(frozen=True)
class RestoreEnded(Event):
    """An environment came out of a snapshot, or did not (`error_type`)."""

    duration_ms: float
    billed_ms: int
    error_type: str | None = None


@dataclass(frozen=True)
class InvocationStarted(Event):
    """The environment was handed an event."""

    request_id: str
    cold: bool


@dataclass(frozen=True)
class LogLine(Event):
    """One log record, without its final newline; from the function, its runtime, or Lambda itself."""

    log_stream: str
    message: str


@dataclass(frozen=True)
class InvocationEnded(Event):
    """The invocation is over, well or badly (`error_type`)."""

    request_id: str
    duration_ms: float
    billed_ms: int
    init_ms: float | None
    max_memory_mb: int
    error_type: str | None
    restore_ms: float | None = None
    """How long the Restore phase took, if this invocation waited for it."""


@dataclass(frozen=True)
class EnvironmentStopped(Event):
    """The environment is gone. `reason` is for people: "idle", "the runtime ended", "the function was updated" …"""

    reason: str
