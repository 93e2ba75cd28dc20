"""Buckets as destinations: a message is an object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.authorization.access import Access
from lambdalab.delivery.destinations import NoSuchDestination

from . import backend

if TYPE_CHECKING:
    from lambdalab.delivery.destinations import Sender
    from lambdalab.delivery.records import Message

KIND = "bucket"


def exists(arn: str, account: str) -> bool:
    """Whether the account has this bucket."""
    return backend.owned_bucket(_name(arn), account) is not None


def missing(arn: str) -> str:
    """As S3 answers PutObject."""
    return "The specified bucket does not exist"


def required_access(arn: str) -> Access:
    """PutObject, of any key."""
    return Access("s3:PutObject", f"{arn}/*")


def send(arn: str, message: Message, sender: Sender) -> None:
    """Put an object under the message's key."""
    if not exists(arn, sender.account):
        raise NoSuchDestination(missing(arn))
    backend.put_object(_name(arn), sender.account, message.key, (message.content or message.body).encode())


def _name(arn: str) -> str:
    return arn.split(":", 5)[5]
