"""The poller of a mapping: what of moto it reads, with whose permissions, and whom it tells of what it discards."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from lambdalab.cloud import destinations
from lambdalab.cloud.lambdas.execution_role import needed_for_destination
from lambdalab.cloud.sources import dynamodb, kinesis, sqs
from lambdalab.cloud.sources.role import Role
from lambdalab.triggers.polled import QueuePoller, StreamPoller
from lambdalab.triggers.polled.discarded import object_key, with_event
from lambdalab.triggers.records import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambdalab.cloud.sources.context import Sources
    from lambdalab.triggers.polled import Mapping, Record, Stream

    from .stored import Stored


def start(sources: Sources, stored: Stored) -> None:
    """Begin to poll for a mapping."""
    poller = _of_queue(sources, stored) if stored.service == "sqs" else _of_stream(sources, stored)
    sources.pollers.add(stored.uuid, stored.source_arn, poller)
    wake_when_ready(sources, stored)


def wake_when_ready(sources: Sources, stored: Stored) -> None:
    """A mapping was made or changed: it polls once the change is done."""
    if stored.under_way(sources.clock.time()):
        sources.clock.call_at(stored.until, lambda: sources.pollers.wake(stored.uuid))
    else:
        sources.pollers.wake(stored.uuid)


def _of_queue(sources: Sources, stored: Stored) -> QueuePoller:
    return QueuePoller(
        uuid=stored.uuid,
        name=_name(stored),
        mapping=lambda: stored.mapping(sources.clock.time()),
        queue=sqs.RoleQueue(sources, stored.source_arn, _role(sources, stored)),
        functions=sources.functions,
        clock=sources.clock,
        pollers=sources.pollers,
        report=stored.report,
    )


def _of_stream(sources: Sources, stored: Stored) -> StreamPoller:
    role = _role(sources, stored)
    position = stored.settings["StartingPosition"]
    stream: Stream = (
        dynamodb.RoleStream(sources, stored.source_arn, role, position)
        if stored.service == "dynamodb"
        else kinesis.RoleStream(
            sources,
            stored.source_arn,
            role,
            lambda: stored.function_arn,
            position,
            stored.settings.get("StartingPositionTimestamp"),
        )
    )
    poller = StreamPoller(
        uuid=stored.uuid,
        name=_name(stored),
        mapping=lambda: stored.mapping(sources.clock.time()),
        stream=stream,
        functions=sources.functions,
        destinations=OnFailure(sources, role),
        clock=sources.clock,
        pollers=sources.pollers,
        report=stored.report,
    )
    poller.begin()
    return poller


def _role(sources: Sources, stored: Stored) -> Role:
    return Role(sources.gate, lambda: stored.function_arn)


def _name(stored: Stored) -> str:
    return f"{stored.source_arn.split(':', 5)[5]} → {stored.function_arn.split(':', 6)[6]}"


class OnFailure:
    """On-failure destinations (`lambdalab.triggers.polled.streams.Destinations`): a queue, a topic, a bucket."""

    def __init__(self, sources: Sources, role: Role) -> None:
        self._sources = sources
        self._role = role

    def tell(self, mapping: Mapping, shard: str, told: dict[str, Any], records: Sequence[Record]) -> None:
        """Send the document with the function's role."""
        target = str(mapping.on_failure)
        self._role.refuse(needed_for_destination(target))
        service = destinations.service_of(target)
        if service == "s3":
            key = object_key(mapping.uuid, shard, self._sources.clock.time(), str(uuid.uuid4()))
            body = json.dumps(with_event(told, records))
            destinations.put_object(target.split(":")[5], mapping.function_arn.split(":")[4], key, body)
        else:
            send = destinations.send_to_queue if service == "sqs" else destinations.publish
            send(target, Message(json.dumps(told, separators=(",", ":"))))
