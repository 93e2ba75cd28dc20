"""Where services send messages: destinations, dead-letter queues, targets of rules, subscribers.

    Lambda, EventBridge, Scheduler, SNS, S3 ─▶ find(arn) ─▶ exists()? ─▶ required_access(): allowed? ─▶ send()

A service that can be sent to has a `destination.py` in its room: a module with the functions of `Destination`. Which
services a sender may use is the sender's rule (Lambda has no log groups as destinations, EventBridge has no buckets),
and so is with whose permission it sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from lambdalab import rooms

if TYPE_CHECKING:
    from lambdalab.authorization.access import Access

    from .records import Message


class CannotDeliver(Exception):
    """The destination does not take this message, or the sender may not send it."""


class NoSuchDestination(CannotDeliver):
    """The destination is not there."""


class Unavailable(CannotDeliver):
    """The destination cannot take the message now. Senders that retry try again."""


class EventQueue(Protocol):
    """Lambda's queue of asynchronous events (`lambdalab.delivery.asynchronous.AsynchronousInvocations`)."""

    def put(self, arn: str, payload: bytes, trace: str | None = None) -> str:
        """Accept an event for a function; its request id."""


@dataclass(frozen=True)
class Sender:
    """What a destination needs to know about the sender."""

    account: str
    """The account that sends: the ARN of a bucket does not say whose it is."""
    queue: EventQueue
    """Where events for functions go."""


class Destination(Protocol):
    """A module `destination.py` of a room."""

    @property
    def KIND(self) -> str:
        """What error messages call it: "queue"."""

    def exists(self, arn: str, account: str) -> bool:
        """Whether it is there. `account` is the sender's."""

    def missing(self, arn: str) -> str:
        """What the service answers if it is not."""

    def required_access(self, arn: str) -> Access:
        """The permission that sending takes: an action on a resource."""

    def send(self, arn: str, message: Message, sender: Sender) -> None:
        """Send, without asking for permission. CannotDeliver."""


def service_of(arn: str) -> str:
    """ "sqs" of "arn:aws:sqs:…"; empty when it is no ARN."""
    parts = arn.split(":", 6)
    return parts[2] if len(parts) > 5 and parts[0] == "arn" else ""


def find(arn: str) -> Destination | None:
    """What an ARN leads to; None if its service is not one that messages are sent to."""
    found: Destination | None = rooms.part(service_of(arn), "destination")
    return found


def of(arn: str) -> Destination:
    """What an ARN leads to. CannotDeliver."""
    found = find(arn)
    if found is None:
        raise CannotDeliver(f"{arn} is not an ARN that messages can be sent to")
    return found


def exists(arn: str, account: str) -> bool:
    """Whether there is such a queue, topic, event bus, bucket, function …; `account` is the sender's."""
    found = find(arn)
    return found is not None and found.exists(arn, account)


def split_function(arn: str) -> tuple[str, str | None]:
    """Name and qualifier of a function's ARN."""
    parts = arn.split(":")
    return parts[6], parts[7] if len(parts) > 7 else None
