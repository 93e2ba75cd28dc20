"""The poller of a mapping: with whose permissions it reads, and where its failure records are sent."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from lambdalab.delivery import destinations
from lambdalab.delivery.polled import Consumer
from lambdalab.delivery.polled.failure_records import object_key, with_event
from lambdalab.delivery.records import Message

from .role import FunctionRole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambdalab.delivery.polled import EventSource, ExecutionRole, Mapping, Record
    from lambdalab.services.parts import LabParts

    from .stored import Stored


def start(lab: LabParts, stored: Stored) -> None:
    """Start to poll for a mapping."""
    role = FunctionRole(lab.enforcement, stored)
    consumer = Consumer(
        uuid=stored.uuid,
        name=f"{stored.source_arn.split(':', 5)[5]} → {stored.function_arn.split(':', 6)[6]}",
        source_arn=stored.source_arn,
        source=stored.source,
        mapping=stored.mapping,
        role=role,
        functions=lab.functions,
        destinations=OnFailure(lab, stored.source, role),
        clock=lab.clock,
        pollers=lab.pollers,
        report=stored.report,
        starting_position=stored.settings.get("StartingPosition"),
        starting_timestamp=stored.settings.get("StartingPositionTimestamp"),
    )
    lab.pollers.add(stored.uuid, stored.source_arn, stored.source.poller(consumer))
    wake_when_ready(lab, stored)


def wake_when_ready(lab: LabParts, stored: Stored) -> None:
    """A mapping that was created or changed polls once the change is done."""
    if stored.in_transition(lab.clock.time()):
        lab.clock.call_at(stored.until, lambda: lab.pollers.wake(stored.uuid))
    else:
        lab.pollers.wake(stored.uuid)


class OnFailure:
    """A queue, a topic or a bucket (`lambdalab.delivery.polled.source.OnFailureDestinations`)."""

    def __init__(self, lab: LabParts, source: EventSource, role: ExecutionRole) -> None:
        self._lab = lab
        self._source = source
        self._role = role

    def send(self, mapping: Mapping, shard: str, failure: dict[str, Any], records: Sequence[Record]) -> None:
        """Send with the function's role; CannotDeliver, CannotPoll."""
        target = str(mapping.on_failure)
        destination = destinations.of(target)
        self._role.assume().require(destination.required_access(target))
        event = self._source.event([record.record for record in records])
        message = Message(
            json.dumps(failure, separators=(",", ":")),
            key=object_key(mapping.uuid, shard, self._lab.clock.time(), str(uuid.uuid4())),
            content=json.dumps(with_event(failure, event)),
        )
        destination.send(target, message, destinations.Sender(mapping.function_arn.split(":")[4], self._lab.queue))
