"""What happens to asynchronous events on their way, as typed events.

Every accepted event is published once as EventQueued and once as EventSucceeded or EventDropped, with EventRetried in
between for each attempt that was not the last. Its runs are the engine's InvocationStarted and InvocationEnded of the
same request id. Times are seconds since the epoch (`time.time()`), waits are seconds on the lab's clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from lambdalab.runtime import Happening


@dataclass(frozen=True)
class AsynchronousEvent(Happening):
    """Something that happened to one event in a function's queue."""

    function_arn: str
    """With the qualifier that was asked for; `:$LATEST` when none was."""
    request_id: str

    @property
    def function_name(self) -> str:
        """The function that the event is for, without a qualifier."""
        return self.function_arn.split(":")[6]


@dataclass(frozen=True)
class EventQueued(AsynchronousEvent):
    """Lambda accepted the event: 202."""


@dataclass(frozen=True)
class EventRetried(AsynchronousEvent):
    """An attempt failed, and the event went back into the queue."""

    reason: str
    """The error's type: "Runtime.ExitError", "ValueError", or "Throttled"."""
    attempts: int
    """How often the function has run for this event so far."""
    wait_s: float


@dataclass(frozen=True)
class EventSucceeded(AsynchronousEvent):
    """The function returned without an error."""

    attempts: int


@dataclass(frozen=True)
class EventDropped(AsynchronousEvent):
    """Lambda gave the event up; what is configured for failures has been told of it."""

    condition: str
    """As in an invocation record ("RetriesExhausted" …), or "FunctionDeleted"."""
    attempts: int


@dataclass(frozen=True)
class RecordDelivered(AsynchronousEvent):
    """A destination or a dead-letter queue took the record."""

    destination: str
    kind: str
    """ "OnSuccess", "OnFailure" or "DeadLetter"."""


@dataclass(frozen=True)
class DeliveryFailed(RecordDelivered):
    """The record could not be delivered, and is lost; on AWS the metrics DestinationDeliveryFailures and
    DeadLetterErrors count it.
    """

    problem: str
