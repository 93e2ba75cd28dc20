"""Queues as destinations, targets, subscribers and dead-letter queues."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from lambdalab.authorization.access import Access
from lambdalab.delivery.destinations import CannotDeliver, NoSuchDestination

from . import backend

if TYPE_CHECKING:
    from lambdalab.delivery.destinations import Sender
    from lambdalab.delivery.records import Message

KIND = "queue"


def exists(arn: str, account: str) -> bool:
    """Whether there is this queue."""
    return backend.exists(arn)


def missing(arn: str) -> str:
    """As SQS answers SendMessage."""
    return "The specified queue does not exist."


def required_access(arn: str) -> Access:
    """SendMessage."""
    return Access("sqs:SendMessage", arn)


def send(arn: str, message: Message, sender: Sender) -> None:
    """Send one message. A FIFO queue needs a message group, and an id or content to deduplicate by."""
    if not backend.exists(arn):
        raise NoSuchDestination(missing(arn))
    attributes = {name: _attribute(kind, value) for name, (kind, value) in message.attributes.items()}
    try:
        backend.send_message(arn, message.body, attributes, message.group_id, message.deduplication_id)
    except backend.InvalidMessage as problem:
        raise CannotDeliver(str(problem)) from None


def _attribute(kind: str, value: str) -> dict[str, Any]:
    """A message attribute as in the API. Of a Binary, the value is in base64."""
    if kind.startswith("Binary"):
        return {"DataType": kind, "BinaryValue": base64.b64decode(value)}
    return {"DataType": kind, "StringValue": value}
