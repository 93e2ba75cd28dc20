"""The poller of a mapping: what of moto it reads, with whose permissions, and whom it tells of what it discards."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from lambdalab.delivery import destinations
from lambdalab.delivery.polled import QueuePoller, StreamPoller
from lambdalab.delivery.polled.discarded import object_key, with_event
from lambdalab.delivery.records import Message
from lambdalab.services.dynamodb import streams as dynamodb
from lambdalab.services.kinesis import streams as kinesis
from lambdalab.services.lambda_.functions.execution_role import needed_for_destination
from lambdalab.services.sqs import queues as sqs

from .role import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambdalab.delivery.polled import Mapping, Record, Stream
    from lambdalab.services.parts import LabParts

    from .stored import Stored


def start(lab: LabParts, stored: Stored) -> None:
    """Begin to poll for a mapping."""
    poller = _of_queue(lab, stored) if stored.service == "sqs" else _of_stream(lab, stored)
    lab.pollers.add(stored.uuid, stored.source_arn, poller)
    wake_when_ready(lab, stored)


def wake_when_ready(lab: LabParts, stored: Stored) -> None:
    """A mapping was made or changed: it polls once the change is done."""
    if stored.under_way(lab.clock.time()):
        lab.clock.call_at(stored.until, lambda: lab.pollers.wake(stored.uuid))
    else:
        lab.pollers.wake(stored.uuid)


def _of_queue(lab: LabParts, stored: Stored) -> QueuePoller:
    return QueuePoller(
        uuid=stored.uuid,
        name=_name(stored),
        mapping=lambda: stored.mapping(lab.clock.time()),
        queue=sqs.RoleQueue(lab, stored.source_arn, _role(lab, stored)),
        functions=lab.functions,
        clock=lab.clock,
        pollers=lab.pollers,
        report=stored.report,
    )


def _of_stream(lab: LabParts, stored: Stored) -> StreamPoller:
    role = _role(lab, stored)
    position = stored.settings["StartingPosition"]
    stream: Stream = (
        dynamodb.RoleStream(lab, stored.source_arn, role, position)
        if stored.service == "dynamodb"
        else kinesis.RoleStream(
            lab,
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
        mapping=lambda: stored.mapping(lab.clock.time()),
        stream=stream,
        functions=lab.functions,
        destinations=OnFailure(lab, role),
        clock=lab.clock,
        pollers=lab.pollers,
        report=stored.report,
    )
    poller.begin()
    return poller


def _role(lab: LabParts, stored: Stored) -> Role:
    return Role(lab.enforcement, lambda: stored.function_arn)


def _name(stored: Stored) -> str:
    return f"{stored.source_arn.split(':', 5)[5]} → {stored.function_arn.split(':', 6)[6]}"


class OnFailure:
    """On-failure destinations (`lambdalab.delivery.polled.streams.Destinations`): a queue, a topic, a bucket."""

    def __init__(self, lab: LabParts, role: Role) -> None:
        self._lab = lab
        self._role = role

    def tell(self, mapping: Mapping, shard: str, told: dict[str, Any], records: Sequence[Record]) -> None:
        """Send the document with the function's role."""
        target = str(mapping.on_failure)
        self._role.refuse(needed_for_destination(target))
        service = destinations.service_of(target)
        if service == "s3":
            key = object_key(mapping.uuid, shard, self._lab.clock.time(), str(uuid.uuid4()))
            body = json.dumps(with_event(told, records))
            destinations.put_object(target.split(":")[5], mapping.function_arn.split(":")[4], key, body)
        else:
            send = destinations.send_to_queue if service == "sqs" else destinations.publish
            send(target, Message(json.dumps(told, separators=(",", ":"))))
