"""Event buses as destinations: a message is the detail of an event.

A rule that sends to another bus forwards the event as it is: see `targets.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.authorization.access import Access
from lambdalab.delivery.destinations import CannotDeliver

from . import backend

if TYPE_CHECKING:
    from lambdalab.delivery.destinations import Sender
    from lambdalab.delivery.records import Message

KIND = "event bus"


def exists(arn: str, account: str) -> bool:
    """Whether there is this bus."""
    return backend.find_bus(arn) is not None


def missing(arn: str) -> str:
    """The lab's wording: PutEvents to such a bus succeeds."""
    return f"Event bus {backend.bus_name(arn)} does not exist."


def required_access(arn: str) -> Access:
    """PutEvents."""
    return Access("events:PutEvents", arn)


def send(arn: str, message: Message, sender: Sender) -> None:
    """PutEvents with one entry. It succeeds even if the bus is gone, as on AWS."""
    entry = {
        "Source": message.source,
        "DetailType": message.detail_type,
        "Detail": message.body,
        "Resources": list(message.resources),
        "EventBusName": arn,
    }
    answer = backend.put_event(arn, entry)
    if "ErrorCode" in answer:
        raise CannotDeliver(f"{answer['ErrorCode']}: {answer['ErrorMessage']}")
