"""The poller of a stream: DynamoDB Streams, Kinesis.

    read behind the checkpoint ─▶ filter ─▶ batch ─▶ invoke ─▶ checkpoint
                                   └─ unwanted: skipped   └─ error: the same batch again, its halves, or without it

A batch that fails is tried until it succeeds, its records expire, or the mapping's limits are reached; its lane (a
shard, see `lanes.py`) waits for that. Then the records are discarded, and the on-failure destination is told.

- BisectBatchOnFunctionError: the halves are tried one after the other; that is not counted as a retry.
- ReportBatchItemFailures: what comes before the first failure is done; the rest is tried again, also the records in it
  that went well.
- MaximumRetryAttempts counts errors of the function; an invocation that is throttled is tried again in any case.
- MaximumRecordAgeInSeconds holds before each attempt.
- The records of a shard that was split or merged come before those of the shards that it became.

Retries wait on the lab's clock: one second, then twice as long each time, a minute at most. AWS does not publish its
waits. Not here: tumbling windows, enhanced fan-out.
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html
"""

from __future__ import annotations

import functools
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from lambdalab.delivery import events
from lambdalab.delivery.event_json import document
from lambdalab.delivery.invocation import NoSuchFunction

from .discarded import batch_record
from .mapping import INVOCATION_BYTES, CannotPoll
from .responses import failed
from .shard_order import Batch, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lambdalab.clock import Clock, Timer
    from lambdalab.delivery.asynchronous import Functions

    from .mapping import Mapping
    from .pollers import Pollers
    from .shard_order import Lane
    from .shards import Record, Shard, Stream

FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 1.0, 60.0
LOOK_AGAIN_S = 60.0
_ROOM = 64
_READ = 1000
"""Records in one read."""


class Destinations(Protocol):
    """Where it is told of discarded records."""

    def tell(self, mapping: Mapping, shard: str, told: dict[str, Any], records: Sequence[Record]) -> None:
        """Send the document; any exception says that it did not get there."""


@dataclass(eq=False)
class StreamPoller:
    """Reads one stream for one mapping. `mapping` is None while that is not enabled."""

    uuid: str
    name: str
    mapping: Callable[[], Mapping | None]
    stream: Stream
    functions: Functions
    destinations: Destinations
    clock: Clock
    pollers: Pollers
    report: Callable[[str], None] = lambda result: None
    """Told how it went: "OK", or "PROBLEM: …"."""
    _readings: dict[str, Reading] = field(default_factory=dict)
    _alarm: Timer | None = None
    _closed: bool = False

    def begin(self) -> None:
        """From now on: shards that are there are read from where the mapping says, later ones from their beginning."""
        self._readings = {shard.id: Reading.at(shard.id, self.stream.start(shard), 1) for shard in self.stream.shards()}

    def take(self) -> Callable[[], None] | None:
        """The next batch of any lane that is not at work."""
        mapping = self.mapping()
        if mapping is None or self._closed:
            return None
        try:
            lanes = list(self._lanes(mapping))
            ends = []
            for lane in lanes:
                if lane.busy or lane.timer is not None:
                    continue
                batch = self._next(mapping, lane)
                if batch is not None:
                    lane.busy = True
                    return functools.partial(self._process, mapping, lane, batch)
                if lane.gathered:
                    ends.append(lane.since + mapping.window_s)
        except CannotPoll as problem:
            self._tell(mapping, events.PollingFailed, str(problem))
            self.report(f"PROBLEM: {problem}")
            self._wake_at(self.clock.time() + LOOK_AGAIN_S)
            return None
        if ends:
            self._wake_at(min(ends))
        return None

    def close(self) -> None:
        """Nothing more is read, and nothing tried again."""
        self._closed = True
        lanes = [lane for reading in self._readings.values() for lane in reading.lanes]
        for timer in (self._alarm, *(lane.timer for lane in lanes)):
            if timer is not None:
                timer.cancel()

    # Reading --------------------------------------------------------------------------------------------------

    def _lanes(self, mapping: Mapping) -> Sequence[Lane]:
        """Those whose turn has come: of a shard that another one became, when that one is done."""
        shards = {shard.id: shard for shard in self.stream.shards()}
        found: list[Lane] = []
        for shard in shards.values():
            parents = [shards[name] for name in shard.parents if name in shards]
            if shard.id not in self._readings:
                self._readings[shard.id] = Reading.at(shard.id, 0, mapping.per_shard)
            if all(self._has_read(parent) for parent in parents):
                reading = self._readings[shard.id]
                reading.divide(mapping.per_shard)
                found += reading.lanes
        return found

    def _has_read(self, shard: Shard) -> bool:
        reading = self._readings.get(shard.id)
        return reading is None or (reading.idle and reading.done >= shard.last)

    def _next(self, mapping: Mapping, lane: Lane) -> Batch | None:
        if lane.stack:
            return lane.stack.pop()
        self._gather(mapping, lane)
        now = self.clock.time()
        if not lane.gathered or not (self._full(mapping, lane) or now >= lane.since + mapping.window_s):
            lane.pass_by()
            return None
        size, count = _ROOM, 0
        for record in lane.gathered[: mapping.batch_size]:
            size += record.size
            if size > INVOCATION_BYTES and count:
                break
            count += 1
        batch, lane.gathered, lane.since = Batch(lane.gathered[:count]), lane.gathered[count:], now
        return batch

    def _gather(self, mapping: Mapping, lane: Lane) -> None:
        """Read until a batch is full or the shard has no more."""
        reading, skipped = self._readings[lane.shard], 0
        records: deque[Record] = deque()
        size = _size(lane)
        while len(lane.gathered) < mapping.batch_size and size < INVOCATION_BYTES:
            if not records:
                most = mapping.batch_size - len(lane.gathered) if lane.of == 1 else _READ
                records.extend(self.stream.read(lane.shard, lane.read, most))
                if not records:
                    break
            record = records.popleft()
            lane.read = record.position
            if not lane.is_for(record) or reading.is_done(record):
                continue
            if not mapping.wants(record.record):
                skipped += 1
                continue
            if not lane.gathered:
                lane.since = self.clock.time()
            lane.gathered.append(record)
            size += record.size
        if skipped:
            self._tell(mapping, events.RecordsFiltered, skipped)

    def _full(self, mapping: Mapping, lane: Lane) -> bool:
        return len(lane.gathered) >= mapping.batch_size or _size(lane) >= INVOCATION_BYTES

    def _wake_at(self, when: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self.clock.call_at(when, lambda: self.pollers.wake(self.uuid))

    # Processing -----------------------------------------------------------------------------------------------

    def _process(self, mapping: Mapping, lane: Lane, batch: Batch) -> None:
        try:
            self._invoke(mapping, lane, batch)
        except Exception as problem:  # Lambda itself failed
            self._again(mapping, lane, batch, type(problem).__name__)
            raise
        except BaseException:  # the reader pressed Stop: the batch is still there
            lane.stack.append(batch)
            raise
        finally:
            lane.busy = False
            lane.pass_by()

    def _invoke(self, mapping: Mapping, lane: Lane, batch: Batch) -> None:
        if not self._drop_old(mapping, lane, batch):
            return
        batch.request_id, size = str(uuid.uuid4()), len(batch.records)
        self._tell(mapping, events.BatchStarted, batch.request_id, size)
        payload = document({"Records": [record.record for record in batch.records]})
        try:
            attempt = self.functions.invoke(mapping.invoked, payload, batch.request_id)
        except NoSuchFunction:
            self._tell(mapping, events.PollingFailed, f"there is no function {mapping.function_arn}")
            self.report("PROBLEM: The function was not found.")
            return self._again(mapping, lane, batch, "NoSuchFunction")
        batch.last = attempt
        good = 0
        if attempt.status == 200:
            batch.invocations += 1
            batch.setbacks = 0
            if not attempt.failed:
                good = self._processed(mapping, batch)
        self._tell(mapping, events.BatchEnded, batch.request_id, size, size - good, attempt.error_type)
        self.report("OK" if not attempt.failed else "PROBLEM: Function call failed")
        if good:
            lane.done = batch.records[good - 1].position
        if good < size:
            self._fail(mapping, lane, batch, good)
        return None

    def _processed(self, mapping: Mapping, batch: Batch) -> int:
        """How many records, from the first, are done after an answer without an error."""
        if not mapping.partial_failures:
            return len(batch.records)
        assert batch.last is not None
        bad = failed(batch.last.payload, frozenset(record.sequence for record in batch.records))
        firsts = [number for number, record in enumerate(batch.records) if record.sequence in bad]
        return firsts[0] if firsts else len(batch.records)

    def _fail(self, mapping: Mapping, lane: Lane, batch: Batch, good: int) -> None:
        """What is not done: tried again, in halves, later, or not at all."""
        rest, attempt = batch.records[good:], batch.last
        assert attempt is not None
        left = Batch(rest, batch.invocations, batch.setbacks, batch.request_id, attempt)
        if attempt.status != 200:
            return self._again(mapping, lane, left, attempt.error_type or "Throttled")
        if mapping.bisect and good:
            lane.stack.append(Batch(rest))
        elif mapping.bisect and len(rest) > 1:
            self._tell(mapping, events.BatchSplit, len(rest))
            half = (len(rest) + 1) // 2
            lane.stack += [Batch(rest[half:]), Batch(rest[:half])]
        elif 0 <= mapping.retries < left.invocations:
            self._discard(mapping, lane, left, "RetryAttemptsExhausted")
        else:
            self._again(mapping, lane, left, attempt.error_type or "BatchItemFailures")
        return None

    def _drop_old(self, mapping: Mapping, lane: Lane, batch: Batch) -> bool:
        """Go on without records that have become too old; whether there are others."""
        now = self.clock.time()
        limit = self.stream.retention_s if mapping.max_age_s < 0 else min(mapping.max_age_s, self.stream.retention_s)
        old = [record for record in batch.records if now - record.created > limit]
        if old:
            batch.records = batch.records[len(old) :]
            told = Batch(old, batch.invocations, 0, batch.request_id, batch.last)
            expired = mapping.max_age_s < 0 or mapping.max_age_s > self.stream.retention_s
            self._discard(mapping, lane, told, "RecordExpired" if expired else "RecordAgeExceeded")
        return bool(batch.records)

    def _again(self, mapping: Mapping, lane: Lane, batch: Batch, reason: str) -> None:
        """The same records, later."""
        times = batch.setbacks + batch.invocations - (1 if batch.invocations else 0)
        wait_s = min(FIRST_BACKOFF_S * 2 ** min(times, 16), LONGEST_BACKOFF_S)
        if batch.last is None or batch.last.status != 200:
            batch.setbacks += 1
        lane.stack.append(batch)
        if self._closed:
            return

        def due() -> None:
            lane.timer = None
            self.pollers.wake(self.uuid)

        lane.timer = self.clock.call_later(wait_s, due)
        self._tell(mapping, events.BatchRetried, len(batch.records), reason, batch.invocations, wait_s)

    def _discard(self, mapping: Mapping, lane: Lane, batch: Batch, condition: str) -> None:
        """Go on without these records, and tell. Of records that the stream itself has dropped nobody is told."""
        lane.done = batch.records[-1].position
        destination = None if condition == "RecordExpired" else mapping.on_failure
        problem = None
        if destination is not None:
            told = batch_record(
                now=self.clock.time(),
                request_id=batch.request_id or str(uuid.uuid4()),
                function_arn=mapping.function_arn,
                stream_arn=mapping.source_arn,
                shard=lane.shard,
                condition=condition,
                invocations=batch.invocations,
                records=batch.records,
                last=batch.last,
            )
            try:
                self.destinations.tell(mapping, lane.shard, told, batch.records)
            except Exception as error:
                problem = f"{type(error).__name__}: {error}"
        self._tell(mapping, events.RecordsDiscarded, len(batch.records), condition, destination, problem)

    def _tell(self, mapping: Mapping, event: Callable[..., events.PolledEvent], *facts: Any) -> None:
        self.pollers.publish(event(time.time(), mapping.function_arn, mapping.source_arn, self.uuid, *facts))


def _size(lane: Lane) -> int:
    """Bytes of the event that a lane has gathered."""
    return _ROOM + sum(record.size for record in lane.gathered)
