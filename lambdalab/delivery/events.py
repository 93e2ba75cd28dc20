"""What happens to asynchronous events, and to the batches of event source mappings, on their way: as typed events.

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


# What pollers do --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PolledEvent(Happening):
    """Something that an event source mapping did."""

    function_arn: str
    """As the mapping names it."""
    source_arn: str
    """The queue or the stream."""
    mapping: str
    """Its UUID."""

    @property
    def function_name(self) -> str:
        """The function that the records are for, without a qualifier."""
        return self.function_arn.split(":")[6]


@dataclass(frozen=True)
class RecordsFiltered(PolledEvent):
    """Records that are of none of the filters: deleted from a queue, skipped in a stream."""

    records: int


@dataclass(frozen=True)
class BatchStarted(PolledEvent):
    """A batch is handed to the function; its run is the engine's InvocationStarted of the same request id."""

    request_id: str
    records: int


@dataclass(frozen=True)
class BatchEnded(PolledEvent):
    """The function answered, or could not be invoked."""

    request_id: str
    records: int
    failed: int
    """How many were not processed: all, or those that the function named; of a stream, all from the first of them."""
    error_type: str | None


@dataclass(frozen=True)
class BatchRetried(PolledEvent):
    """The same records will be handed to the function again by the poller. (Of a queue, the queue shows them again.)"""

    records: int
    reason: str
    attempts: int
    """How often that has been tried so far."""
    wait_s: float


@dataclass(frozen=True)
class BatchSplit(PolledEvent):
    """A batch failed, and its halves are tried one after the other."""

    records: int


@dataclass(frozen=True)
class RecordsDiscarded(PolledEvent):
    """A stream goes on without these records; the mapping's on-failure destination, if there is one, is told."""

    records: int
    condition: str
    """ "RetryAttemptsExhausted" or "RecordAgeExceeded"."""
    destination: str | None
    problem: str | None = None
    """Why the destination was not told."""


@dataclass(frozen=True)
class PollingFailed(PolledEvent):
    """The source could not be read, or the function not be found."""

    problem: str
