"""Topics as destinations and targets: a message is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.authorization.access import Access
from lambdalab.delivery.destinations import CannotDeliver, NoSuchDestination

from . import backend

if TYPE_CHECKING:
    from lambdalab.delivery.destinations import Sender
    from lambdalab.delivery.records import Message

KIND = "topic"


def exists(arn: str, account: str) -> bool:
    """Whether there is this topic."""
    return backend.exists(arn)


def missing(arn: str) -> str:
    """As SNS answers Publish."""
    return "Topic does not exist"


def required_access(arn: str) -> Access:
    """Publish."""
    return Access("sns:Publish", arn)


def send(arn: str, message: Message, sender: Sender) -> None:
    """Publish one message."""
    if not backend.exists(arn):
        raise NoSuchDestination(missing(arn))
    attributes = {name: {"Type": kind, "Value": value} for name, (kind, value) in message.attributes.items()}
    try:
        backend.publish(arn, message.body, message.subject, attributes)
    except backend.InvalidMessage as problem:
        raise CannotDeliver(str(problem)) from None
