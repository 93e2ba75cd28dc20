"""What Lambda must know of a service to poll it for event source mappings: one interface, `EventSource`.

A service's room offers it as `SOURCE` in its `polling.py` (`lambdalab.rooms.part("sqs", "polling").SOURCE`). The five
operations on mappings (`lambdalab.services.lambda_.mappings`) and the pollers know no service by name: what is special
about SQS is in SQS's room. A new source is a room with a `polling.py`:

    class Queues(EventSource):
        defaults = {"BatchSize": 10, …}
        def check_access(self, arn, function): …      is the source there, may the role read it?
        def poller(self, consumer): …                 QueuePoller(consumer, queue), or StreamPoller(consumer, stream)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from lambdalab.event_patterns.mapping_filters import PLAIN, RecordFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Mapping as MappingOf

    from lambdalab.authorization.access import Access
    from lambdalab.clock import Clock
    from lambdalab.delivery.records import Attempt

    from .credentials import ExecutionRole
    from .mapping import Mapping
    from .pollers import Poller, Pollers
    from .shards import Record


class InvalidParameterValue(ValueError):
    """The source does not accept what a request says about a mapping. The message is the one that Lambda answers."""


class NotInThisLab(Exception):
    """AWS has this feature of the source, and the lab does not. The message names it: "Tumbling windows"."""


class Functions(Protocol):
    """What pollers need of functions (`lambdalab.delivery.asynchronous.Functions` has it)."""

    def invoke(self, arn: str, payload: bytes, request_id: str, trace: str | None = None) -> Attempt:
        """Run the function and wait for its end, or say why it could not run; NoSuchFunction."""


class OnFailureDestinations(Protocol):
    """Where failure records are sent."""

    def send(self, mapping: Mapping, shard: str, failure: dict[str, Any], records: Sequence[Record]) -> None:
        """Send the record of a failure to the mapping's destination; CannotDeliver, CannotPoll."""


@dataclass(frozen=True)
class FunctionToCheck:
    """What a source checks of a function when a mapping is created or updated."""

    timeout_s: int
    role_allows: Callable[[Access], bool]


@dataclass(frozen=True)
class Consumer:
    """One mapping, as its poller sees it: what it reads, for whom, and the parts of the lab that it needs."""

    uuid: str
    name: str
    """For people: "queue → function"."""
    source_arn: str
    source: EventSource
    mapping: Callable[[float], Mapping | None]
    """The configuration at a time of the lab's clock; None while the mapping is not enabled."""
    role: ExecutionRole
    functions: Functions
    destinations: OnFailureDestinations
    clock: Clock
    pollers: Pollers
    report: Callable[[str], None] = lambda result: None
    """Called with LastProcessingResult: "OK", or "PROBLEM: …"."""
    starting_position: str | None = None
    starting_timestamp: float | None = None


class EventSource(Protocol):
    """A kind of event source."""

    defaults: MappingOf[str, object]
    """The settings that every mapping of this source has, by the API's names, with the values that AWS fills in."""
    own_settings: frozenset[str] = frozenset()
    """Settings that only such a source has, and that the lab refuses for the others: "Queues" for Amazon MQ."""
    record_format: RecordFormat = PLAIN
    """How filter patterns look at a record."""

    def check_arn(self, arn: str) -> None:
        """Raise NotInThisLab, or InvalidParameterValue, for an ARN of this service that is no source here."""

    def check_start(self, arn: str, position: str | None, timestamp: float | None) -> None:
        """Raise InvalidParameterValue for a StartingPosition that the source does not have."""

    def check_settings(self, arn: str, settings: MappingOf[str, Any]) -> None:
        """Raise InvalidParameterValue or NotInThisLab for settings that don't fit the source, or each other.

        `settings` are those that the mapping would have, by the API's names. Filters have been checked before.
        """

    def check_access(self, arn: str, function: FunctionToCheck) -> None:
        """Raise InvalidParameterValue if the source does not exist, or the function's role may not read it."""

    def already_mapped(self, arn: str, function_name: str) -> str:
        """The first sentence of the error for a second mapping between the same source and function."""
        return f'The event source arn (" {arn} ") and function (" {function_name} ") provided mapping already exists.'

    def status(self, last_result: str) -> dict[str, str]:
        """What GetEventSourceMapping shows beside the settings: StateTransitionReason, LastProcessingResult."""
        return {"StateTransitionReason": "User action", "LastProcessingResult": last_result}

    def event(self, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The event that the function gets for these records."""
        return {"Records": list(records)}

    def poller(self, consumer: Consumer) -> Poller:
        """What reads the source for one mapping."""
