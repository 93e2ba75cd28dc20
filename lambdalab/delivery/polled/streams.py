"""The poller of a stream: DynamoDB Streams, Kinesis.

    read behind the checkpoint ─▶ filter ─▶ batch ─▶ invoke ─▶ checkpoint
                                   └─ no match: skipped   └─ error: the same batch again, its halves, or without it

A batch that fails is retried until it succeeds, its records expire, or the mapping's limits are reached. The rest of
its partition (a shard, see `shard_order.py`) waits for that. Then the records are discarded, and the on-failure
destination gets a record of it (`failure_records.py`).

- BisectBatchOnFunctionError: the halves are invoked one after the other; splitting does not count as a retry.
- ReportBatchItemFailures: what comes before the first failure is done; the rest is retried, including records in it
  that succeeded.
- MaximumRetryAttempts counts errors of the function; a throttled invocation is always retried.
- MaximumRecordAgeInSeconds is checked before each attempt.
- The records of a shard that was split or merged come before those of its children.

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
from typing import TYPE_CHECKING, Any

from lambdalab.delivery import events
from lambdalab.delivery.destinations import CannotDeliver
from lambdalab.delivery.event_json import document
from lambdalab.delivery.invocation import NoSuchFunction
from lambdalab.event_patterns.mapping_filters import passes

from .failure_records import failure_record
from .mapping import INVOCATION_BYTES, CannotPoll
from .responses import failed
from .shard_order import Batch, ShardProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lambdalab.clock import Timer

    from .credentials import Credentials
    from .mapping import Mapping
    from .shard_order import Partition
    from .shards import Record, Shard, Stream
    from .source import Consumer

FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 1.0, 60.0
POLL_AGAIN_S = 60.0
_ENVELOPE_BYTES = 64
"""Of an event around its records."""
_READ = 1000
"""Records in one read of a shard with several partitions."""


@dataclass(eq=False)
class StreamPoller:
    """Reads one stream for one mapping."""

    consumer: Consumer
    stream: Stream
    batch_info: str
    """The member of a failure record that says which records failed: "KinesisBatchInfo"."""
    _progress: dict[str, ShardProgress] = field(default_factory=dict)
    """By shard."""
    _credentials: Credentials | None = None
    """Of this poll: the role is assumed once, when there is something to read."""
    _alarm: Timer | None = None
    _closed: bool = False

    @property
    def name(self) -> str:
        """For people: "stream → function"."""
        return self.consumer.name

    def begin(self) -> None:
        """Start: existing shards are read from the mapping's starting position, later ones from their beginning."""
        self._progress = {
            shard.id: ShardProgress.at(shard.id, self.stream.start(shard), 1) for shard in self.stream.shards()
        }

    def take(self) -> Callable[[], None] | None:
        """The next batch of any partition that has none in flight."""
        mapping = self.consumer.mapping(self.consumer.clock.time())
        if mapping is None or self._closed:
            return None
        self._credentials = None
        window_ends = []
        try:
            for partition, last in self._readable(mapping):
                if partition.in_flight or partition.retry_timer is not None:
                    continue
                batch = self._next(mapping, partition, last)
                if batch is not None:
                    partition.in_flight = True
                    return functools.partial(self._process, mapping, partition, batch)
                if partition.buffer:
                    window_ends.append(partition.buffered_since + mapping.window_s)
        except CannotPoll as problem:
            self._publish(mapping, events.PollingFailed, str(problem))
            self.consumer.report(f"PROBLEM: {problem}")
            self._wake_at(self.consumer.clock.time() + POLL_AGAIN_S)
            return None
        if window_ends:
            self._wake_at(min(window_ends))
        return None

    def has_more(self) -> bool:
        """There is a partition without a batch in flight."""
        return any(not partition.in_flight for progress in self._progress.values() for partition in progress.partitions)

    def close(self) -> None:
        """Nothing more is read, and nothing retried."""
        self._closed = True
        partitions = [partition for progress in self._progress.values() for partition in progress.partitions]
        for timer in (self._alarm, *(partition.retry_timer for partition in partitions)):
            if timer is not None:
                timer.cancel()

    # Reading --------------------------------------------------------------------------------------------------

    def _readable(self, mapping: Mapping) -> Sequence[tuple[Partition, int]]:
        """The partitions of all shards whose parents have been read to their end, with the shard's last position."""
        shards = {shard.id: shard for shard in self.stream.shards()}
        found: list[tuple[Partition, int]] = []
        for shard in shards.values():
            parents = [shards[name] for name in shard.parents if name in shards]
            if shard.id not in self._progress:
                self._progress[shard.id] = ShardProgress.at(shard.id, 0, mapping.parallelization_factor)
            if all(self._has_read(parent) for parent in parents):
                progress = self._progress[shard.id]
                progress.repartition(mapping.parallelization_factor)
                found += [(partition, shard.last) for partition in progress.partitions]
        return found

    def _has_read(self, shard: Shard) -> bool:
        progress = self._progress.get(shard.id)
        return progress is None or (progress.idle and progress.checkpoint >= shard.last)

    def _next(self, mapping: Mapping, partition: Partition, last: int) -> Batch | None:
        if partition.stack:
            return partition.stack.pop()
        if partition.read < last:
            self._fill_buffer(mapping, partition)
        now = self.consumer.clock.time()
        due = self._full(mapping, partition) or now >= partition.buffered_since + mapping.window_s
        if not partition.buffer or not due:
            partition.advance_checkpoint()
            return None
        size, count = _ENVELOPE_BYTES, 0
        for record in partition.buffer[: mapping.batch_size]:
            size += record.size
            if size > INVOCATION_BYTES and count:
                break
            count += 1
        batch, partition.buffer = Batch(partition.buffer[:count]), partition.buffer[count:]
        partition.buffered_since = now
        return batch

    def _fill_buffer(self, mapping: Mapping, partition: Partition) -> None:
        """Read until a batch is full or the shard has no more records."""
        progress, skipped = self._progress[partition.shard], 0
        record_format = self.consumer.source.record_format
        records: deque[Record] = deque()
        size = _buffered_bytes(partition)
        while len(partition.buffer) < mapping.batch_size and size < INVOCATION_BYTES:
            if not records:
                most = mapping.batch_size - len(partition.buffer) if partition.of == 1 else _READ
                self._credentials = self._credentials or self.consumer.role.assume()
                records.extend(self.stream.read(partition.shard, partition.read, most, self._credentials))
                if not records:
                    break
            record = records.popleft()
            partition.read = record.position
            if not partition.has(record) or progress.is_done(record):
                continue
            if mapping.filters and not passes(record_format, mapping.filters, record.record):
                skipped += 1
                continue
            if not partition.buffer:
                partition.buffered_since = self.consumer.clock.time()
            partition.buffer.append(record)
            size += record.size
        if skipped:
            self._publish(mapping, events.RecordsFiltered, skipped)

    def _full(self, mapping: Mapping, partition: Partition) -> bool:
        return len(partition.buffer) >= mapping.batch_size or _buffered_bytes(partition) >= INVOCATION_BYTES

    def _wake_at(self, when: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self.consumer.clock.call_at(when, self._wake)

    def _wake(self) -> None:
        self.consumer.pollers.wake(self.consumer.uuid)

    # Processing -----------------------------------------------------------------------------------------------

    def _process(self, mapping: Mapping, partition: Partition, batch: Batch) -> None:
        try:
            self._invoke(mapping, partition, batch)
        except BaseException:  # a fault of the lab, or the reader pressed Stop: no record is lost
            if batch not in partition.stack:
                partition.stack.append(batch)
            raise
        finally:
            partition.in_flight = False
            partition.advance_checkpoint()

    def _invoke(self, mapping: Mapping, partition: Partition, batch: Batch) -> None:
        if not self._discard_old(mapping, partition, batch):
            return
        batch.request_id, size = str(uuid.uuid4()), len(batch.records)
        self._publish(mapping, events.BatchStarted, batch.request_id, size)
        payload = document(self.consumer.source.event([record.record for record in batch.records]))
        try:
            attempt = self.consumer.functions.invoke(mapping.invoked, payload, batch.request_id)
        except NoSuchFunction:
            self._publish(mapping, events.PollingFailed, f"there is no function {mapping.function_arn}")
            self.consumer.report("PROBLEM: The function was not found.")
            return self._retry_later(mapping, partition, batch, "NoSuchFunction")
        batch.last = attempt
        good = 0
        if attempt.status == 200:
            batch.invocations += 1
            batch.failed_starts = 0
            if not attempt.failed:
                good = self._processed(mapping, batch)
        self._publish(mapping, events.BatchEnded, batch.request_id, size, size - good, attempt.error_type)
        self.consumer.report("OK" if not attempt.failed else "PROBLEM: Function call failed")
        if good:
            partition.checkpoint = batch.records[good - 1].position
        if good < size:
            self._fail(mapping, partition, batch, good)
        return None

    def _processed(self, mapping: Mapping, batch: Batch) -> int:
        """How many records, from the first, are done after an answer without an error."""
        if not mapping.partial_failures:
            return len(batch.records)
        assert batch.last is not None
        bad = failed(batch.last.payload, frozenset(record.sequence for record in batch.records))
        firsts = [number for number, record in enumerate(batch.records) if record.sequence in bad]
        return firsts[0] if firsts else len(batch.records)

    def _fail(self, mapping: Mapping, partition: Partition, batch: Batch, good: int) -> None:
        """Retry the records that are not done, or their halves, or discard them."""
        rest, attempt = batch.records[good:], batch.last
        assert attempt is not None
        left = Batch(rest, batch.invocations, batch.failed_starts, batch.request_id, attempt)
        if attempt.status != 200:
            return self._retry_later(mapping, partition, left, attempt.error_type or "Throttled")
        if mapping.bisect and good:
            partition.stack.append(Batch(rest))
        elif mapping.bisect and len(rest) > 1:
            self._publish(mapping, events.BatchSplit, len(rest))
            half = (len(rest) + 1) // 2
            partition.stack += [Batch(rest[half:]), Batch(rest[:half])]
        elif 0 <= mapping.retries < left.invocations:
            self._discard(mapping, partition, left, "RetryAttemptsExhausted")
        else:
            self._retry_later(mapping, partition, left, attempt.error_type or "BatchItemFailures")
        return None

    def _discard_old(self, mapping: Mapping, partition: Partition, batch: Batch) -> bool:
        """Discard records that have become too old; whether others are left."""
        now, retention_s = self.consumer.clock.time(), self.stream.retention_s
        limit = retention_s if mapping.max_age_s < 0 else min(mapping.max_age_s, retention_s)
        old = [record for record in batch.records if now - record.created > limit]
        if old:
            batch.records = batch.records[len(old) :]
            too_old = Batch(old, batch.invocations, 0, batch.request_id, batch.last)
            expired = mapping.max_age_s < 0 or mapping.max_age_s > retention_s
            self._discard(mapping, partition, too_old, "RecordExpired" if expired else "RecordAgeExceeded")
        return bool(batch.records)

    def _retry_later(self, mapping: Mapping, partition: Partition, batch: Batch, reason: str) -> None:
        """Invoke with the same records again."""
        retries = batch.failed_starts + batch.invocations - (1 if batch.invocations else 0)
        wait_s = min(FIRST_BACKOFF_S * 2 ** min(retries, 16), LONGEST_BACKOFF_S)
        if batch.last is None or batch.last.status != 200:
            batch.failed_starts += 1
        partition.stack.append(batch)
        if self._closed:
            return

        def due() -> None:
            partition.retry_timer = None
            self._wake()

        partition.retry_timer = self.consumer.clock.call_later(wait_s, due)
        self._publish(mapping, events.BatchRetried, len(batch.records), reason, batch.invocations, wait_s)

    def _discard(self, mapping: Mapping, partition: Partition, batch: Batch, condition: str) -> None:
        """Give up on these records. The destination gets a record of that, unless the stream itself dropped them."""
        partition.checkpoint = batch.records[-1].position
        destination = None if condition == "RecordExpired" else mapping.on_failure
        problem = None
        if destination is not None:
            failure = failure_record(
                batch_info=self.batch_info,
                now=self.consumer.clock.time(),
                request_id=batch.request_id or str(uuid.uuid4()),
                function_arn=mapping.function_arn,
                stream_arn=mapping.source_arn,
                shard=partition.shard,
                condition=condition,
                invocations=batch.invocations,
                records=batch.records,
                last=batch.last,
            )
            try:
                self.consumer.destinations.send(mapping, partition.shard, failure, batch.records)
            except (CannotDeliver, CannotPoll) as error:
                problem = f"{type(error).__name__}: {error}"
        self._publish(mapping, events.RecordsDiscarded, len(batch.records), condition, destination, problem)

    def _publish(self, mapping: Mapping, event: Callable[..., events.PolledEvent], *facts: Any) -> None:
        consumer = self.consumer
        consumer.pollers.publish(event(time.time(), mapping.function_arn, mapping.source_arn, consumer.uuid, *facts))


def _buffered_bytes(partition: Partition) -> int:
    """Of the event that a partition's buffer would make."""
    return _ENVELOPE_BYTES + sum(record.size for record in partition.buffer)
