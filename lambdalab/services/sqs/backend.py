"""The door into moto's SQS: queues and messages as moto keeps them, and what the lab keeps of each queue besides."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from moto.sqs import models
from moto.sqs.exceptions import InvalidParameterValue, MissingParameter, ReceiptHandleIsInvalid
from moto.sqs.models import sqs_backends

from lambdalab.moto_patches import Patch, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = [
    "Extras",
    "InvalidMessage",
    "Message",
    "Queue",
    "ReceiptHandleIsInvalid",
    "exists",
    "extras",
    "find_queue",
    "in_flight",
    "keep_attributes",
    "messages_of",
    "misfits",
    "notify",
    "policy_of",
    "replace",
    "send_message",
    "tags_of",
    "wait",
]


class InvalidMessage(Exception):
    """SQS does not accept this message; the text says why."""


class Message(Protocol):
    """A message in a queue. Times are milliseconds since the epoch."""

    id: str
    body: str
    body_md5: str
    message_attributes: dict[str, Any]
    attribute_md5: str
    system_attributes: dict[str, Any]
    receipt_handle: str
    all_receipt_handles: list[str]
    sender_id: str
    sent_timestamp: int
    approximate_first_receive_timestamp: int
    approximate_receive_count: int
    deduplication_id: str | None
    group_id: str | None
    sequence_number: str | None
    visible_at: float
    delayed_until: float

    def mark_received(self, visibility_timeout: int | None = None) -> None:
        """Count it, hide it, and give it a new receipt handle."""


class Queue(Protocol):
    """A queue. Times are in seconds."""

    queue_arn: str
    fifo_queue: bool
    visibility_timeout: int
    message_retention_period: int
    redrive_policy: dict[str, Any] | None
    dead_letter_queue: Queue | None
    deduplication_scope: str | None
    deleted_messages: set[str]
    """The receipt handles of deleted messages."""


@dataclass(eq=False)
class Extras:
    """What the lab keeps of a queue beside moto."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    """Held while messages are added, received or deleted."""
    receipts: dict[str, Message] = field(default_factory=dict)
    """Messages by every receipt handle that they ever had."""
    deduplication: dict[Any, Message] = field(default_factory=dict)
    """Of a FIFO queue: the first message by its deduplication id, of the last five minutes."""
    sources: dict[str, str] = field(default_factory=dict)
    """Of a dead-letter queue: the ARN of the queue from which a message came, by message id."""


def replace(name: str, parameters: tuple[str, ...], replacement: Callable[[Any], Any], why: str) -> Patch:
    """A change to one of moto's methods or functions: "Queue.add_message". `replacement` gets what was there."""
    owner, _, attribute = name.partition(".")
    if owner == "models":
        return Patch("moto.sqs", owner, attribute, parameters, replacement, why)
    module = "moto.sqs.responses" if owner == "SQSResponse" else "moto.sqs.models"
    return Patch(module, owner, attribute, parameters, replacement, why)


def find_queue(arn: str) -> Queue | None:
    """The queue; None if there is none."""
    _, _, _, region, account, name = arn.split(":", 5)
    found: Queue | None = sqs_backends[account][region].queues.get(name)
    return found


def exists(arn: str) -> bool:
    """Whether there is this queue."""
    return find_queue(arn) is not None


def send_message(
    arn: str,
    body: str,
    attributes: Mapping[str, Mapping[str, Any]],
    group_id: str | None = None,
    deduplication_id: str | None = None,
) -> None:
    """SendMessage, to a queue that is there. `attributes` as in the API. InvalidMessage."""
    _, _, _, region, account, name = arn.split(":", 5)
    try:
        sqs_backends[account][region].send_message(
            name, body, message_attributes=attributes, deduplication_id=deduplication_id, group_id=group_id
        )
    except (InvalidParameterValue, MissingParameter) as problem:
        raise InvalidMessage(str(problem)) from None


def policy_of(region: str, account: str, name: str) -> Any:
    """A queue's policy."""
    queue = sqs_backends[account][region].queues.get(name)
    return queue.policy if queue else None


def tags_of(region: str, account: str, name: str) -> Mapping[str, str]:
    """A queue's tags."""
    queue = sqs_backends[account][region].queues.get(name)
    return queue.tags or {} if queue else {}


def messages_of(queue: Queue) -> list[Message]:
    """All messages of a queue, in their order, including hidden and delayed ones."""
    found: list[Message] = queue._messages  # type: ignore[attr-defined]
    return found


def in_flight(queue: Queue) -> set[Message]:
    """The messages that moto counts as received and not deleted."""
    found: set[Message] = queue._pending_messages  # type: ignore[attr-defined]
    return found


def extras(queue: Queue) -> Extras:
    """What the lab keeps of a queue: it lives as long as the queue does."""
    found: Extras | None = vars(queue).get("lab_extras")
    if found is None:  # two threads may come by at once: one of them makes it
        found = vars(queue).setdefault("lab_extras", Extras())
    return found


def notify(queue: Queue) -> None:
    """Wake the callers that wait for a message."""
    with queue._messages_lock:  # type: ignore[attr-defined]
        queue._messages_lock.notify_all()  # type: ignore[attr-defined]


def wait(queue: Queue, seconds: float) -> None:
    """Wait until a message was added, or so long."""
    with queue._messages_lock:  # type: ignore[attr-defined]
        queue._messages_lock.wait(seconds)  # type: ignore[attr-defined]


def keep_attributes(message: Message, names: list[str] | None) -> None:
    """Drop the message attributes that a caller did not ask for."""
    models._filter_message_attributes(message, names or [])


def misfits() -> Iterator[str]:
    """A sentence for everything that moto does not have as it is used here."""
    queue = models.Queue("probe", "us-east-1", "000000000000")
    message = models.Message("id", "body")
    message.mark_sent()
    message.mark_received(visibility_timeout=1)
    own = ("_messages", "_pending_messages", "_messages_lock")
    for thing, names in (
        (queue, (*own, *Queue.__annotations__)),
        (message, tuple(Message.__annotations__)),
        (models, ("_filter_message_attributes", "unix_time_millis")),
        (models.SQSBackend("us-east-1", "000000000000"), ("queues", "get_queue", "send_message")),
    ):
        yield from missing(thing, *names)
    if message.visible_at <= message.sent_timestamp:
        yield "moto.sqs: a message that was received is not hidden for its visibility timeout"
