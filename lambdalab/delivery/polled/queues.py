"""The poller of an SQS queue.

    receive (hidden for the visibility timeout) ─▶ filter ─▶ batch ─▶ invoke ─▶ delete what succeeded
                                                    └─ no match: deleted          └─ the rest becomes visible again

- A message that is not deleted becomes visible again when the queue's visibility timeout is over, and is counted:
  after `maxReceiveCount` deliveries the queue moves it to its dead-letter queue. The retries are the queue's.
- When a function fails, its whole batch has failed, unless it reports which messages failed.
- A throttled invocation is retried, at growing intervals, until the messages become visible.
- A FIFO queue returns no message of a group while an earlier one of that group is hidden.

A poll looks up the queue, and the function with its role, once; a queue that has nothing to receive costs one look.

Lambda lowers its concurrency for a queue whose messages fail, and raises it minute by minute; the lab runs at most
five batches of a mapping at once (`pollers.WORKERS`).
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

import functools
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from lambdalab.delivery import events
from lambdalab.delivery.event_json import document
from lambdalab.delivery.invocation import NoSuchFunction
from lambdalab.event_patterns.mapping_filters import passes

from .mapping import INVOCATION_BYTES, CannotPoll
from .responses import failed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lambdalab.clock import Timer
    from lambdalab.delivery.records import Attempt

    from .credentials import Credentials
    from .mapping import Mapping
    from .source import Consumer

FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 1.0, 60.0
POLL_AGAIN_S = 60.0
"""After a queue could not be read."""
_ENVELOPE_BYTES = 64
"""Of an event around its records."""


@dataclass(frozen=True)
class Message:
    """A message that was received."""

    id: str
    receipt: str
    record: dict[str, Any]
    """As in the event that the function gets."""
    visible_again: float
    """When it becomes visible again, on the lab's clock."""
    trace: str | None = None
    """The trace header of the call that sent it."""

    @functools.cached_property
    def size(self) -> int:
        """Bytes in the event."""
        return len(document(self.record)) + 2


class Queue(Protocol):
    """A queue, read with the function's role. Any method may raise CannotPoll."""

    def next_visible(self) -> float | None:
        """When a message can be received next: 0 (now), at a later time, or never (None)."""

    def receive(self, most: int, credentials: Credentials) -> Sequence[Message]:
        """Up to so many messages, which are hidden from now on. Fewer: there are no more."""

    def delete(self, messages: Sequence[Message], credentials: Credentials) -> None:
        """They have been processed."""


@dataclass(eq=False)
class _Batch:
    messages: list[Message]
    credentials: Credentials
    """With which they were received, and will be deleted."""
    throttles: int = 0
    retry_timer: Timer | None = None

    @property
    def trace(self) -> str | None:
        """The trace header of the first message that has one. AWS doesn't document which one a batch gets."""
        return next((message.trace for message in self.messages if message.trace), None)

    @property
    def visible_again(self) -> float:
        return min(message.visible_again for message in self.messages)


@dataclass(eq=False)
class QueuePoller:
    """Reads one queue for one mapping."""

    consumer: Consumer
    queue: Queue
    _buffer: list[Message] = field(default_factory=list)
    _buffered_since: float = 0.0
    _credentials: Credentials | None = None
    _drained: bool = False
    """At the last read, the queue had no more messages."""
    _retries: list[_Batch] = field(default_factory=list)
    """Throttled, and due now."""
    _waiting: set[_Batch] = field(default_factory=set)
    """Throttled, and not yet due."""
    _in_flight: int = 0
    _alarm: Timer | None = None
    _closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    """Held while `_in_flight` changes."""

    @property
    def name(self) -> str:
        """For people: "queue → function"."""
        return self.consumer.name

    def take(self) -> Callable[[], None] | None:
        """The next batch."""
        mapping = self.consumer.mapping(self.consumer.clock.time())
        if mapping is None or self._closed or self._in_flight + len(self._waiting) >= (mapping.max_concurrency or 1000):
            return None
        batch = self._retries.pop() if self._retries else self._next(mapping)
        if batch is None:
            return None
        with self._lock:
            self._in_flight += 1
        return functools.partial(self._process, mapping, batch)

    def has_more(self) -> bool:
        """The queue had more messages than the last batch could take."""
        return not self._drained or bool(self._buffer) or bool(self._retries)

    def close(self) -> None:
        """What was received and not processed becomes visible in the queue again."""
        self._closed = True
        for timer in (self._alarm, *(batch.retry_timer for batch in self._waiting)):
            if timer is not None:
                timer.cancel()
        self._buffer.clear()
        self._retries.clear()
        self._waiting.clear()

    # Reading --------------------------------------------------------------------------------------------------

    def _next(self, mapping: Mapping) -> _Batch | None:
        try:
            self._fill_buffer(mapping)
            batch = self._full_batch(mapping)
            if batch is None:
                self._wake_at_next_change(mapping)
        except CannotPoll as problem:
            self._publish(mapping, events.PollingFailed, str(problem))
            self._wake_at(self.consumer.clock.time() + POLL_AGAIN_S)
            return None
        return batch

    def _full_batch(self, mapping: Mapping) -> _Batch | None:
        """What is in the buffer, if it is enough or the window is over."""
        now = self.consumer.clock.time()
        self._buffer = [message for message in self._buffer if message.visible_again > now]
        due = self._full(mapping) or now >= self._buffered_since + mapping.window_s
        if not self._buffer or not self._credentials or not due:
            return None
        size, count = _ENVELOPE_BYTES, 0
        for message in self._buffer[: mapping.batch_size]:
            size += message.size
            if size > INVOCATION_BYTES and count:
                break
            count += 1
        batch, self._buffer = _Batch(self._buffer[:count], self._credentials), self._buffer[count:]
        self._buffered_since = now
        return batch

    def _fill_buffer(self, mapping: Mapping) -> None:
        """Receive until a batch is full or the queue is empty."""
        clock, credentials = self.consumer.clock, None
        self._drained = False
        while not self._drained and not self._full(mapping):
            next_visible = self.queue.next_visible()
            if next_visible is None or next_visible > clock.time():
                self._drained = True
                return
            credentials = self._credentials = credentials or self.consumer.role.assume()
            asked = mapping.batch_size - len(self._buffer)
            received = self.queue.receive(asked, credentials)
            self._drained = len(received) < asked
            self._keep_matching(mapping, received, credentials)

    def _wake_at_next_change(self, mapping: Mapping) -> None:
        window_end = self._buffered_since + mapping.window_s if self._buffer else None
        changes = [at for at in (self.queue.next_visible(), window_end) if at is not None]
        if changes:
            self._wake_at(min(changes))

    def _keep_matching(self, mapping: Mapping, received: Sequence[Message], credentials: Credentials) -> None:
        """Put messages into the buffer; what no filter matches is deleted."""
        matching = received
        if mapping.filters:
            record_format = self.consumer.source.record_format
            matching = [message for message in received if passes(record_format, mapping.filters, message.record)]
        if len(matching) < len(received):
            keep = {message.id for message in matching}
            self.queue.delete([message for message in received if message.id not in keep], credentials)
            self._publish(mapping, events.RecordsFiltered, len(received) - len(matching))
        if matching and not self._buffer:
            self._buffered_since = self.consumer.clock.time()
        self._buffer += matching

    def _full(self, mapping: Mapping) -> bool:
        return (
            len(self._buffer) >= mapping.batch_size
            or _ENVELOPE_BYTES + sum(message.size for message in self._buffer) >= INVOCATION_BYTES
        )

    def _wake_at(self, when: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self.consumer.clock.call_at(when, self._wake)

    def _wake(self) -> None:
        self.consumer.pollers.wake(self.consumer.uuid)

    # Processing -----------------------------------------------------------------------------------------------

    def _process(self, mapping: Mapping, batch: _Batch) -> None:
        try:
            self._invoke(mapping, batch)
        finally:
            with self._lock:
                self._in_flight -= 1

    def _invoke(self, mapping: Mapping, batch: _Batch) -> None:
        request_id, size = str(uuid.uuid4()), len(batch.messages)
        self._publish(mapping, events.BatchStarted, request_id, size)
        payload = document(self.consumer.source.event([message.record for message in batch.messages]))
        try:
            attempt = self.consumer.functions.invoke(mapping.invoked, payload, request_id, batch.trace)
        except NoSuchFunction:
            self._publish(mapping, events.PollingFailed, f"there is no function {mapping.function_arn}")
            self.consumer.report("PROBLEM: The function was not found.")
            return
        if attempt.status == 200:
            self._delete_processed(mapping, batch, request_id, attempt)
        else:
            self._publish(mapping, events.BatchEnded, request_id, size, size, attempt.error_type)
            self.consumer.report("PROBLEM: Function call failed")
            self._retry_later(mapping, batch, attempt.error_type or "Throttled")

    def _delete_processed(self, mapping: Mapping, batch: _Batch, request_id: str, attempt: Attempt) -> None:
        """The queue makes the rest visible again."""
        identifiers = frozenset(message.id for message in batch.messages)
        bad = identifiers if attempt.failed else frozenset[str]()
        if not attempt.failed and mapping.partial_failures:
            bad = failed(attempt.payload, identifiers)
        good = [message for message in batch.messages if message.id not in bad]
        try:
            if good:
                self.queue.delete(good, batch.credentials)
        except CannotPoll as problem:
            self._publish(mapping, events.PollingFailed, str(problem))
        self.consumer.report("PROBLEM: Function call failed" if attempt.failed else "OK")
        size = len(batch.messages)
        self._publish(mapping, events.BatchEnded, request_id, size, size - len(good), attempt.error_type)

    def _retry_later(self, mapping: Mapping, batch: _Batch, reason: str) -> None:
        """Invoke again with the same batch, unless its messages become visible before that."""
        clock = self.consumer.clock
        wait_s = min(FIRST_BACKOFF_S * 2 ** min(batch.throttles, 16), LONGEST_BACKOFF_S)
        batch.throttles += 1
        if self._closed or clock.time() + wait_s >= batch.visible_again:
            return

        def due() -> None:
            if batch in self._waiting:
                self._waiting.remove(batch)
                self._retries.append(batch)
                self._wake()

        self._waiting.add(batch)
        batch.retry_timer = clock.call_later(wait_s, due)
        self._publish(mapping, events.BatchRetried, len(batch.messages), reason, batch.throttles, wait_s)

    def _publish(self, mapping: Mapping, event: Callable[..., events.PolledEvent], *facts: Any) -> None:
        consumer = self.consumer
        consumer.pollers.publish(event(time.time(), mapping.function_arn, mapping.source_arn, consumer.uuid, *facts))
