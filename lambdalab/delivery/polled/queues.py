"""The poller of an SQS queue.

    receive (hidden for the visibility timeout) ─▶ filter ─▶ batch ─▶ invoke ─▶ delete what succeeded
                                                    └─ unwanted: deleted          └─ the rest shows up again by itself

- A message that is not deleted becomes visible again when the queue's visibility timeout is over, and is counted:
  after `maxReceiveCount` deliveries the queue moves it to its dead-letter queue. The retries are the queue's.
- A function that fails, fails for its whole batch, unless it reports which messages failed.
- An invocation that is throttled is tried again, at growing intervals, until the messages become visible.
- Of a FIFO queue, the queue gives no message of a group while an earlier one of that group is hidden.

Lambda lowers its concurrency for a queue whose messages fail, and raises it minute by minute; the lab has at most five
batches of a mapping at once (`pollers.WORKERS`).
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

from .mapping import INVOCATION_BYTES, CannotPoll
from .responses import failed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lambdalab.clock import Clock, Timer
    from lambdalab.delivery.asynchronous import Functions
    from lambdalab.delivery.records import Attempt

    from .mapping import Mapping
    from .pollers import Pollers

FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 1.0, 60.0
LOOK_AGAIN_S = 60.0
"""After a queue could not be read."""
_ROOM = 64
"""Bytes of an event around its records."""


@dataclass(frozen=True)
class Message:
    """A message that was received."""

    id: str
    receipt: str
    record: dict[str, Any]
    """As in the event that the function gets."""
    visible_again: float
    """When the queue shows it again, on the lab's clock."""
    trace: str | None = None
    """The trace header of the call that sent it."""

    @functools.cached_property
    def size(self) -> int:
        """Bytes in the event."""
        return len(document(self.record)) + 2


class Queue(Protocol):
    """A queue, read with the function's role. Any method may raise CannotPoll."""

    def receive(self, most: int) -> Sequence[Message]:
        """Up to so many messages, which are hidden from now on."""

    def delete(self, messages: Sequence[Message]) -> None:
        """They have been processed."""

    def changes_at(self) -> float | None:
        """When a message becomes visible next."""


@dataclass(eq=False)
class _Batch:
    messages: list[Message]
    setbacks: int = 0
    timer: Timer | None = None

    @property
    def trace(self) -> str | None:
        """Of the first message that has one: how AWS chooses one for a batch, it does not say."""
        return next((message.trace for message in self.messages if message.trace), None)

    @property
    def visible_again(self) -> float:
        return min(message.visible_again for message in self.messages)


@dataclass(eq=False)
class QueuePoller:
    """Reads one queue for one mapping. `mapping` is None while that is not enabled."""

    uuid: str
    name: str
    mapping: Callable[[], Mapping | None]
    queue: Queue
    functions: Functions
    clock: Clock
    pollers: Pollers
    report: Callable[[str], None] = lambda result: None
    """Told how it went: "OK", or "PROBLEM: …"."""
    _gathered: list[Message] = field(default_factory=list)
    _since: float = 0.0
    _again: list[_Batch] = field(default_factory=list)
    """Throttled, and due now."""
    _waiting: set[_Batch] = field(default_factory=set)
    """Throttled, and not yet due."""
    _running: int = 0
    _alarm: Timer | None = None
    _closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    """Held while `_running` changes."""

    def take(self) -> Callable[[], None] | None:
        """The next batch."""
        mapping = self.mapping()
        if mapping is None or self._closed or self._running + len(self._waiting) >= (mapping.most_concurrent or 1000):
            return None
        batch = self._again.pop() if self._again else self._next(mapping)
        if batch is None:
            return None
        with self._lock:
            self._running += 1
        return functools.partial(self._process, mapping, batch)

    def close(self) -> None:
        """What was received and not processed shows up in the queue again."""
        self._closed = True
        for timer in (self._alarm, *(batch.timer for batch in self._waiting)):
            if timer is not None:
                timer.cancel()
        self._gathered.clear()
        self._again.clear()
        self._waiting.clear()

    # Reading --------------------------------------------------------------------------------------------------

    def _next(self, mapping: Mapping) -> _Batch | None:
        try:
            self._gather(mapping)
        except CannotPoll as problem:
            self._tell(mapping, events.PollingFailed, str(problem))
            self._wake_at(self.clock.time() + LOOK_AGAIN_S)
            return None
        now = self.clock.time()
        self._gathered = [message for message in self._gathered if message.visible_again > now]
        ends = self._since + mapping.window_s
        if self._gathered and (self._full(mapping) or now >= ends):
            size, count = _ROOM, 0
            for message in self._gathered[: mapping.batch_size]:
                size += message.size
                if size > INVOCATION_BYTES and count:
                    break
                count += 1
            batch, self._gathered = _Batch(self._gathered[:count]), self._gathered[count:]
            self._since = now
            return batch
        changes = [at for at in (self.queue.changes_at(), ends if self._gathered else None) if at is not None]
        if changes:
            self._wake_at(min(changes))
        return None

    def _gather(self, mapping: Mapping) -> None:
        """Receive until a batch is full or the queue is empty."""
        while not self._full(mapping):
            received = self.queue.receive(mapping.batch_size - len(self._gathered))
            if not received:
                return
            wanted = [message for message in received if mapping.wants(message.record)]
            if len(wanted) < len(received):
                keep = {message.id for message in wanted}
                self.queue.delete([message for message in received if message.id not in keep])
                self._tell(mapping, events.RecordsFiltered, len(received) - len(wanted))
            if wanted and not self._gathered:
                self._since = self.clock.time()
            self._gathered += wanted

    def _full(self, mapping: Mapping) -> bool:
        return (
            len(self._gathered) >= mapping.batch_size
            or _ROOM + sum(message.size for message in self._gathered) >= INVOCATION_BYTES
        )

    def _wake_at(self, when: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self.clock.call_at(when, lambda: self.pollers.wake(self.uuid))

    # Processing -----------------------------------------------------------------------------------------------

    def _process(self, mapping: Mapping, batch: _Batch) -> None:
        try:
            self._invoke(mapping, batch)
        finally:
            with self._lock:
                self._running -= 1

    def _invoke(self, mapping: Mapping, batch: _Batch) -> None:
        request_id, size = str(uuid.uuid4()), len(batch.messages)
        self._tell(mapping, events.BatchStarted, request_id, size)
        payload = document({"Records": [message.record for message in batch.messages]})
        try:
            attempt = self.functions.invoke(mapping.invoked, payload, request_id, batch.trace)
        except NoSuchFunction:
            self._tell(mapping, events.PollingFailed, f"there is no function {mapping.function_arn}")
            self.report("PROBLEM: The function was not found.")
            return
        if attempt.status == 200:
            self._settle(mapping, batch, request_id, attempt)
        else:
            self._tell(mapping, events.BatchEnded, request_id, size, size, attempt.error_type)
            self.report("PROBLEM: Function call failed")
            self._later(mapping, batch, attempt.error_type or "Throttled")

    def _settle(self, mapping: Mapping, batch: _Batch, request_id: str, attempt: Attempt) -> None:
        """Delete what was processed; the queue shows the rest again."""
        identifiers = frozenset(message.id for message in batch.messages)
        bad = identifiers if attempt.failed else frozenset[str]()
        if not attempt.failed and mapping.partial_failures:
            bad = failed(attempt.payload, identifiers)
        good = [message for message in batch.messages if message.id not in bad]
        try:
            if good:
                self.queue.delete(good)
        except CannotPoll as problem:
            self._tell(mapping, events.PollingFailed, str(problem))
        self.report("PROBLEM: Function call failed" if attempt.failed else "OK")
        size = len(batch.messages)
        self._tell(mapping, events.BatchEnded, request_id, size, size - len(good), attempt.error_type)

    def _later(self, mapping: Mapping, batch: _Batch, reason: str) -> None:
        """Invoke again with the same batch, unless its messages show up in the queue before."""
        wait_s = min(FIRST_BACKOFF_S * 2 ** min(batch.setbacks, 16), LONGEST_BACKOFF_S)
        batch.setbacks += 1
        if self._closed or self.clock.time() + wait_s >= batch.visible_again:
            return

        def due() -> None:
            if batch in self._waiting:
                self._waiting.remove(batch)
                self._again.append(batch)
                self.pollers.wake(self.uuid)

        self._waiting.add(batch)
        batch.timer = self.clock.call_later(wait_s, due)
        self._tell(mapping, events.BatchRetried, len(batch.messages), reason, batch.setbacks, wait_s)

    def _tell(self, mapping: Mapping, event: Callable[..., events.PolledEvent], *facts: Any) -> None:
        self.pollers.publish(event(time.time(), mapping.function_arn, mapping.source_arn, self.uuid, *facts))
