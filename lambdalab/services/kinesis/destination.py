"""Streams as targets of EventBridge: a message is a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.authorization.access import Access
from lambdalab.delivery.destinations import NoSuchDestination

from . import backend

if TYPE_CHECKING:
    from lambdalab.delivery.destinations import Sender
    from lambdalab.delivery.records import Message

KIND = "stream"


def exists(arn: str, account: str) -> bool:
    """Whether there is this stream."""
    return backend.exists(arn)


def missing(arn: str) -> str:
    """As Kinesis answers PutRecord."""
    _, _, _, _, account, resource = arn.split(":", 5)
    return f"Stream {resource.removeprefix('stream/')} under account {account} not found."


def required_access(arn: str) -> Access:
    """PutRecord."""
    return Access("kinesis:PutRecord", arn)


def send(arn: str, message: Message, sender: Sender) -> None:
    """Put one record, with the message's key as partition key."""
    if not backend.exists(arn):
        raise NoSuchDestination(missing(arn))
    backend.put_record(arn, message.key, message.body.encode())
