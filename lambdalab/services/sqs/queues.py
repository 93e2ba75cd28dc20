"""SQS: a queue's messages as pollers and callers receive them, on the lab's clock; and who is told that there are some.

moto keeps the queues. What is changed:

- moto invokes functions itself when a message is sent: that is the pollers' (`lambdalab.delivery.polled`);
- what is hidden, delayed or too old follows the lab's clock, so that `lab.clock.advance()` brings messages back;
- receiving and deleting are done under a lock and without looking at every message of the queue: two receivers at the
  same time never get the same message, and ten thousand messages take seconds;
- a FIFO queue remembers deduplication ids for five minutes also of messages that have been deleted meanwhile, and
  numbers its messages in order;
- a message in a dead-letter queue says from where it came (DeadLetterQueueSourceArn).
"""

from __future__ import annotations

import copy
import itertools
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

from lambdalab.authorization.access import Access
from lambdalab.clock import HAS_THREADS
from lambdalab.delivery.polled import Message, SourceGone
from lambdalab.moto_patches import Patch

from . import payloads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lambdalab.moto_patches import Change
    from lambdalab.services.lambda_.mappings.role import Role
    from lambdalab.services.parts import LabParts

DEDUPLICATION_MS = 300_000
_TICK_S = 0.001
"""A message is visible after the end of its visibility timeout, not at it."""

_locks: weakref.WeakKeyDictionary[Any, threading.RLock] = weakref.WeakKeyDictionary()
_numbers = itertools.count(1)


def patches(lab: LabParts) -> tuple[Change, ...]:
    """The changes to moto's SQS."""
    model = "moto.sqs.models"
    return (
        Patch(
            "moto.sqs",
            "models",
            "unix_time_millis",
            ("dt",),
            lambda original: lambda dt=None: original(dt) if dt else lab.clock.time() * 1000,
            "what is hidden or delayed follows the lab's clock",
        ),
        Patch(
            model,
            "Queue",
            "add_message",
            ("self", "message"),
            lambda original: _add(lab),
            "moto invokes functions itself, and forgets the deduplication ids of what was deleted",
        ),
        Patch(
            model,
            "SQSBackend",
            "receive_message",
            (
                "self",
                "queue_name",
                "count",
                "wait_seconds_timeout",
                "visibility_timeout",
                "message_attribute_names",
            ),
            lambda original: _receive_message(lab),
            "moto gives one message to two receivers, and looks at each message of the queue",
        ),
        Patch(
            model,
            "Queue",
            "delete_message",
            ("self", "receipt_handle"),
            lambda original: _delete,
            "moto looks at each message of the queue",
        ),
        Patch(
            model,
            "SQSBackend",
            "change_message_visibility",
            ("self", "queue_name", "receipt_handle", "visibility_timeout"),
            lambda original: _change_visibility(lab, original),
            "a message that is visible again is there for the pollers",
        ),
        Patch(
            "moto.sqs.responses",
            "SQSResponse",
            "call_action",
            ("self",),
            lambda original: _together(lab, original),
            "messages that were sent together are there together",
        ),
    )


class RoleQueue:
    """A queue, read with a function's role (`lambdalab.delivery.polled.Queue`)."""

    def __init__(self, lab: LabParts, arn: str, role: Role) -> None:
        self._lab = lab
        self._arn = arn
        self._role = role

    def receive(self, most: int) -> Sequence[Message]:
        """As ReceiveMessage, of more than ten messages too."""
        self._role.refuse(Access("sqs:ReceiveMessage", self._arn))
        queue = self._queue()
        with _lock_of(queue):
            found = receive(self._lab, queue, most, int(queue.visibility_timeout))
            return [_message(queue, each) for each in found]

    def delete(self, messages: Sequence[Message]) -> None:
        """As DeleteMessage. One that somebody else has deleted is as good as deleted."""
        self._role.refuse(Access("sqs:DeleteMessage", self._arn))
        queue = self._queue()
        with _lock_of(queue):
            for message in messages:
                if message.receipt in _receipts(queue):
                    _delete(queue, message.receipt)

    def changes_at(self) -> float | None:
        """When the next hidden or delayed message can be received."""
        queue = find(self._arn)
        if queue is None:
            return None
        now = self._lab.clock.time() * 1000
        with _lock_of(queue):
            times = [max(message.visible_at, message.delayed_until) for message in queue._messages]
        later = [at for at in times if at >= now]
        return min(later) / 1000 + _TICK_S if later else None

    def _queue(self) -> Any:
        queue = find(self._arn)
        if queue is None:
            raise SourceGone(f"there is no queue {self._arn}")
        return queue


def find(arn: str) -> Any:
    """moto's queue; None if there is none."""
    from moto.sqs.models import sqs_backends

    _, _, _, region, account, name = arn.split(":", 5)
    return sqs_backends[account][region].queues.get(name)


def receive(lab: LabParts, queue: Any, most: int, visibility_timeout: int) -> list[Any]:
    """The messages that can be received now, counted and hidden. What was received too often is moved away first.

    Called with the queue's lock held.
    """
    now = lab.clock.time() * 1000
    oldest = now - int(queue.message_retention_period) * 1000
    limit = int((queue.redrive_policy or {}).get("maxReceiveCount", 0)) if queue.dead_letter_queue is not None else 0
    blocked = (
        {message.group_id for message in queue._messages if message.visible_at >= now} if queue.fifo_queue else set()
    )
    found, expired, dead = [], [], []
    for message in queue._messages:
        if message.sent_timestamp <= oldest:
            expired.append(message)
        elif message.visible_at >= now or message.delayed_until > now or message.group_id in blocked:
            continue
        elif limit and message.approximate_receive_count >= limit:
            dead.append(message)
        else:
            found.append(message)
            if len(found) >= most:
                break
    for message in found:
        message.mark_received(visibility_timeout=visibility_timeout)
        queue._pending_messages.add(message)
        _receipts(queue)[message.receipt_handle] = message
    if visibility_timeout:  # what was received together comes back together
        until = max((message.visible_at for message in found), default=0.0)
        for message in found:
            message.visible_at = until
    for message in (*expired, *dead):
        _remove(queue, message)
    for message in dead:
        _bury(lab, queue, message)
    return found


def _bury(lab: LabParts, queue: Any, message: Any) -> None:
    """To the dead-letter queue, as it is: with its id, its time and its count."""
    message.dead_letter_source = queue.queue_arn
    message.visible_at = 0.0
    target = queue.dead_letter_queue
    with _lock_of(target):
        target._messages.append(message)
        target._messages_lock.acquire()
        target._messages_lock.notify_all()
        target._messages_lock.release()
    lab.pollers.wake_source(target.queue_arn)


def _add(lab: LabParts) -> Callable[[Any, Any], None]:
    def add_message(queue: Any, message: Any) -> None:
        with _lock_of(queue):
            if queue.fifo_queue:
                if _seen_before(queue, message):
                    return
                message.sequence_number = f"{18_880_000_000_000_000_000 + 256 * next(_numbers):020d}"
            queue._messages.append(message)
        with queue._messages_lock:
            queue._messages_lock.notify_all()
        lab.pollers.wake_source(queue.queue_arn)

    return add_message


def _seen_before(queue: Any, message: Any) -> bool:
    """Whether a FIFO queue accepts and drops this message: its id was there less than five minutes ago."""
    seen: dict[Any, Any] = vars(queue).setdefault("deduplication_ids", {})
    for key, first in list(seen.items()):
        if message.sent_timestamp - first.sent_timestamp >= DEDUPLICATION_MS:
            del seen[key]
    per_group = queue.deduplication_scope == "messageGroup"
    key = (message.group_id, message.deduplication_id) if per_group else message.deduplication_id
    first = seen.setdefault(key, message)
    if first is not message:  # the sender is told of the first one
        message.id, message.sequence_number = first.id, first.sequence_number
        return True
    return False


def _receive_message(lab: LabParts) -> Callable[..., list[Any]]:
    def receive_message(
        backend: Any,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[Any]:
        from moto.sqs.models import _filter_message_attributes

        queue = backend.get_queue(queue_name)
        end = time.monotonic() + wait_seconds_timeout
        while True:
            with _lock_of(queue):
                found = [copy.copy(each) for each in receive(lab, queue, count, int(visibility_timeout))]
            if found or not HAS_THREADS or time.monotonic() >= end:
                break
            with queue._messages_lock:
                queue._messages_lock.wait(min(0.2, max(0.0, end - time.monotonic())))
        for message in found:
            _filter_message_attributes(message, message_attribute_names or [])
        if found:
            lab.pollers.wake_source(queue.queue_arn)  # they wait for what is hidden now
        return found

    return receive_message


def _delete(queue: Any, receipt_handle: str) -> None:
    """Delete a message by any receipt handle that it ever had."""
    from moto.sqs.exceptions import ReceiptHandleIsInvalid

    with _lock_of(queue):
        if receipt_handle in queue.deleted_messages:
            return
        message = _receipts(queue).get(receipt_handle)
        if message is None:
            raise ReceiptHandleIsInvalid
        queue.deleted_messages.update(message.all_receipt_handles)
        _remove(queue, message)


def _remove(queue: Any, message: Any) -> None:
    if message in queue._messages:
        queue._messages.remove(message)
    queue._pending_messages.discard(message)
    for handle in message.all_receipt_handles:
        _receipts(queue).pop(handle, None)


def _change_visibility(lab: LabParts, original: Callable[..., None]) -> Callable[..., None]:
    def change_message_visibility(backend: Any, queue_name: str, receipt_handle: str, visibility_timeout: int) -> None:
        queue = backend.get_queue(queue_name)
        with _lock_of(queue):
            original(backend, queue_name, receipt_handle, visibility_timeout)
            message = _receipts(queue).get(receipt_handle)
            if message is not None and int(visibility_timeout) == 0:
                message.visible_at = 0.0
                queue._pending_messages.discard(message)
        lab.pollers.wake_source(queue.queue_arn)

    return change_message_visibility


def _together(lab: LabParts, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def call_action(response: Any) -> Any:
        with lab.pollers.together():
            return original(response)

    return call_action


def _message(queue: Any, message: Any) -> Message:
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(message.sent_timestamp),
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
    }
    if queue.fifo_queue:
        attributes["SequenceNumber"] = message.sequence_number
    if message.group_id is not None:
        attributes["MessageGroupId"] = message.group_id
    if message.deduplication_id is not None:
        attributes["MessageDeduplicationId"] = message.deduplication_id
    if source := getattr(message, "dead_letter_source", None):
        attributes["DeadLetterQueueSourceArn"] = source
    header = (message.system_attributes or {}).get("AWSTraceHeader", {}).get("StringValue")
    if header:
        attributes["AWSTraceHeader"] = header
    return Message(
        id=message.id,
        receipt=message.receipt_handle,
        record=payloads.record(
            arn=queue.queue_arn,
            message_id=message.id,
            receipt=message.receipt_handle,
            body=message.body,
            md5=message.body_md5,
            attributes=attributes,
            message_attributes=message.message_attributes,
            attributes_md5=message.attribute_md5 if message.message_attributes else None,
        ),
        visible_again=message.visible_at / 1000,
        trace=header,
    )


def _receipts(queue: Any) -> dict[str, Any]:
    """A queue's messages by all the receipt handles that they ever had."""
    receipts: dict[str, Any] = vars(queue).setdefault("receipts", {})
    return receipts


def _lock_of(queue: Any) -> threading.RLock:
    return _locks.setdefault(queue, threading.RLock())
