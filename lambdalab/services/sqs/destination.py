"""Queues as destinations, targets, subscribers and dead-letter queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    attributes = {
        name: {"DataType": kind, ("BinaryValue" if kind.startswith("Binary") else "StringValue"): value}
        for name, (kind, value) in message.attributes.items()
    }
    try:
        backend.send_message(arn, message.body, attributes, message.group_id, message.deduplication_id)
    except backend.InvalidMessage as problem:
        raise CannotDeliver(str(problem)) from None
