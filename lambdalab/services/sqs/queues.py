"""A queue's messages: sent, received, hidden, deleted and moved, on the lab's clock.

moto keeps the queues. What differs here:

- moto invokes functions itself when a message is sent: the pollers do that (`lambdalab.delivery.polled`);
- what is hidden, delayed or too old follows the lab's clock, so that `lab.clock.advance()` makes messages visible;
- receiving and deleting hold a lock and don't look at every message of the queue: two receivers at the same time never
  get the same message, and ten thousand messages take seconds;
- a FIFO queue remembers deduplication ids for five minutes, even of messages that have been deleted, and numbers its
  messages in order;
- a message in a dead-letter queue names the queue that it came from (DeadLetterQueueSourceArn).
"""

from __future__ import annotations

import copy
import itertools
import time
from typing import TYPE_CHECKING, Any

from lambdalab.clock import HAS_THREADS
from lambdalab.endpoint.request_context import current

from . import backend

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lambdalab.delivery.polled import Pollers
    from lambdalab.services.parts import LabParts

    from .backend import Message, Queue

DEDUPLICATION_MS = 300_000
_TICK_MS = 1.0
"""A message is visible after the end of its visibility timeout, not at it."""
_LONGEST_WAIT_S = 0.2
"""Of one wait during long polling: the lab's clock may move meanwhile."""

_numbers = itertools.count(1)


def receive(pollers: Pollers, queue: Queue, most: int, visibility_timeout: int, now_ms: float) -> list[Message]:
    """The messages that can be received now, counted and hidden. Those received too often are moved away first.

    The caller holds the queue's lock.
    """
    oldest = now_ms - int(queue.message_retention_period) * 1000
    limit = int((queue.redrive_policy or {}).get("maxReceiveCount", 0)) if queue.dead_letter_queue is not None else 0
    blocked = _blocked_groups(queue, now_ms)
    found: list[Message] = []
    expired: list[Message] = []
    dead: list[Message] = []
    for message in backend.messages_of(queue):
        if message.sent_timestamp <= oldest:
            expired.append(message)
        elif message.visible_at >= now_ms or message.delayed_until > now_ms or message.group_id in blocked:
            continue
        elif limit and message.approximate_receive_count >= limit:
            dead.append(message)
        else:
            found.append(message)
            if len(found) >= most:
                break
    receipts, in_flight = backend.extras(queue).receipts, backend.in_flight(queue)
    for message in found:
        message.mark_received(visibility_timeout=visibility_timeout)
        in_flight.add(message)
        receipts[message.receipt_handle] = message
    if visibility_timeout:  # what was received together becomes visible together
        until = max((message.visible_at for message in found), default=0.0)
        for message in found:
            message.visible_at = until
    for message in (*expired, *dead):
        _remove(queue, message)
    for message in dead:
        _move_to_dead_letter_queue(pollers, queue, message)
    return found


def next_visible(queue: Queue, now_ms: float) -> float | None:
    """When a message can be received next, in milliseconds: 0 if one can be now, None if the queue is empty.

    Not `now_ms`: a time that goes from seconds to milliseconds and back may come out a little later than it was, and
    then lies in the future for a clock that has not moved since. A browser's clock moves once a millisecond.
    """
    with backend.extras(queue).lock:
        blocked = _blocked_groups(queue, now_ms)
        later = []
        for message in backend.messages_of(queue):
            if message.visible_at >= now_ms or message.delayed_until > now_ms:
                later.append(max(message.visible_at, message.delayed_until))
            elif message.group_id not in blocked:
                return 0.0
    return min(later) + _TICK_MS if later else None


def delete(queue: Queue, receipt_handles: Sequence[str]) -> None:
    """Delete messages that were received. Somebody else may have deleted them already."""
    with backend.extras(queue).lock:
        for handle in receipt_handles:
            if handle in backend.extras(queue).receipts:
                delete_message(queue, handle)


# In moto's place ---------------------------------------------------------------------------------------------------


def now_on(lab: LabParts, original: Callable[..., float], per_second: int) -> Callable[..., float]:
    """`unix_time_millis`, `unix_time`: of the lab's clock, unless a time is given."""

    def now(dt: Any = None) -> float:
        return original(dt) if dt else lab.clock.time() * per_second

    return now


def trace_message(original: Callable[..., Any]) -> Callable[..., Any]:
    """A message carries the trace header of the request that sends it, unless it brings its own."""

    def send_message(backend: Any, *args: Any, system_attributes: dict[str, Any] | None = None, **more: Any) -> Any:
        trace = current().trace
        if trace and not (system_attributes or {}).get("AWSTraceHeader"):
            header = {"StringValue": trace, "DataType": "String"}
            system_attributes = {**(system_attributes or {}), "AWSTraceHeader": header}
        return original(backend, *args, system_attributes=system_attributes, **more)

    return send_message


def add_message(lab: LabParts) -> Callable[[Queue, Message], None]:
    """Put a message into a queue."""

    def add(queue: Queue, message: Message) -> None:
        with backend.extras(queue).lock:
            if queue.fifo_queue:
                if _is_duplicate(queue, message):
                    return
                message.sequence_number = f"{18_880_000_000_000_000_000 + 256 * next(_numbers):020d}"
            backend.messages_of(queue).append(message)
        backend.notify(queue)
        lab.pollers.wake_source(queue.queue_arn)

    return add


def receive_message(lab: LabParts) -> Callable[..., list[Message]]:
    """ReceiveMessage, with long polling."""

    def receive_message(
        account: Any,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[Message]:
        queue: Queue = account.get_queue(queue_name)
        end = time.monotonic() + wait_seconds_timeout
        while True:
            with backend.extras(queue).lock:
                now_ms = lab.clock.time() * 1000
                received = receive(lab.pollers, queue, count, int(visibility_timeout), now_ms)
                found = [copy.copy(message) for message in received]
            if found or not HAS_THREADS or time.monotonic() >= end:
                break
            backend.wait(queue, min(_LONGEST_WAIT_S, max(0.0, end - time.monotonic())))
        for message in found:
            backend.keep_attributes(message, message_attribute_names)
        if found:
            lab.pollers.wake_source(queue.queue_arn)  # a poller sets its timer for what is hidden now
        return found

    return receive_message


def delete_message(queue: Queue, receipt_handle: str) -> None:
    """Delete a message by any receipt handle that it ever had."""
    with backend.extras(queue).lock:
        if receipt_handle in queue.deleted_messages:
            return
        message = backend.extras(queue).receipts.get(receipt_handle)
        if message is None:
            raise backend.ReceiptHandleIsInvalid
        queue.deleted_messages.update(message.all_receipt_handles)
        _remove(queue, message)


def change_visibility(lab: LabParts, original: Callable[..., None]) -> Callable[..., None]:
    """ChangeMessageVisibility: with 0, a message is visible at once."""

    def change_message_visibility(account: Any, queue_name: str, receipt_handle: str, visibility_timeout: int) -> None:
        queue: Queue = account.get_queue(queue_name)
        with backend.extras(queue).lock:
            original(account, queue_name, receipt_handle, visibility_timeout)
            message = backend.extras(queue).receipts.get(receipt_handle)
            if message is not None and int(visibility_timeout) == 0:
                message.visible_at = 0.0
                backend.in_flight(queue).discard(message)
        lab.pollers.wake_source(queue.queue_arn)

    return change_message_visibility


def wake_pollers_once(lab: LabParts, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An API call wakes pollers at its end."""

    def call_action(response: Any) -> Any:
        with lab.pollers.wake_once():
            return original(response)

    return call_action


def _blocked_groups(queue: Queue, now_ms: float) -> set[str | None]:
    """Of a FIFO queue: the message groups that have a hidden message."""
    if not queue.fifo_queue:
        return set()
    return {message.group_id for message in backend.messages_of(queue) if message.visible_at >= now_ms}


def _is_duplicate(queue: Queue, message: Message) -> bool:
    """Whether a FIFO queue accepts a message and drops it: its id was used less than five minutes ago."""
    seen = backend.extras(queue).deduplication
    for key, first in list(seen.items()):
        if message.sent_timestamp - first.sent_timestamp >= DEDUPLICATION_MS:
            del seen[key]
    per_group = queue.deduplication_scope == "messageGroup"
    first = seen.setdefault(
        (message.group_id, message.deduplication_id) if per_group else message.deduplication_id, message
    )
    if first is message:
        return False
    message.id, message.sequence_number = first.id, first.sequence_number  # the sender gets those of the first one
    return True


def _move_to_dead_letter_queue(pollers: Pollers, queue: Queue, message: Message) -> None:
    """As it is: with its id, its time and its count."""
    target = queue.dead_letter_queue
    assert target is not None
    message.visible_at = 0.0
    with backend.extras(target).lock:
        backend.extras(target).sources[message.id] = queue.queue_arn
        backend.messages_of(target).append(message)
    backend.notify(target)
    pollers.wake_source(target.queue_arn)


def _remove(queue: Queue, message: Message) -> None:
    messages, extras = backend.messages_of(queue), backend.extras(queue)
    if message in messages:
        messages.remove(message)
    backend.in_flight(queue).discard(message)
    extras.sources.pop(message.id, None)
    for handle in message.all_receipt_handles:
        extras.receipts.pop(handle, None)
