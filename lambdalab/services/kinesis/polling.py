"""How Lambda reads from a stream for an event source mapping.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
"""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

from lambdalab.delivery.polled import NotInThisLab, Record, Shard, SourceGone, StreamSource
from lambdalab.event_patterns.mapping_filters import RecordFormat

from . import backend, payloads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambdalab.delivery.polled import Consumer, Credentials


class Streams(StreamSource):
    """Kinesis as an event source."""

    actions = ("kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream")
    batch_info = "KinesisBatchInfo"
    record_format = RecordFormat(payload="data", wrapper="kinesis", base64=True)

    def check_arn(self, arn: str) -> None:
        """A stream, not one of its consumers."""
        if "/consumer/" in arn:
            raise NotInThisLab("A consumer with enhanced fan-out as an event source")

    def exists(self, arn: str) -> bool:
        """Whether there is such a stream."""
        return backend.exists(arn)

    def stream(self, consumer: Consumer) -> PolledStream:
        """The stream as a mapping reads it."""
        return PolledStream(consumer)


SOURCE = Streams()


class PolledStream:
    """A stream, as a mapping reads it (`lambdalab.delivery.polled.Stream`)."""

    def __init__(self, consumer: Consumer) -> None:
        self._arn = consumer.source_arn
        self._clock = consumer.clock
        self._position = consumer.starting_position
        self._timestamp = consumer.starting_timestamp
        self._required = SOURCE.required_access(self._arn)

    @property
    def retention_s(self) -> float:
        """A day, unless it was changed."""
        return _retention_s(self._stream())

    def shards(self) -> Sequence[Shard]:
        """All, with their parents."""
        with backend.LOCK:
            return [
                Shard(
                    shard.shard_id,
                    tuple(parent for parent in (shard.parent, shard.adjacent_parent) if parent),
                    next(reversed(shard.records), 0),
                )
                for shard in self._stream().shards.values()
            ]

    def read(self, shard: str, after: int, most: int, credentials: Credentials) -> Sequence[Record]:
        """As GetRecords."""
        credentials.require(*self._required)
        stream = self._stream()
        oldest = self._clock.time() - _retention_s(stream)
        with backend.LOCK:
            kept = stream.shards[shard].records
            numbers = list(kept)
            first = bisect.bisect_right(numbers, after)
            fresh: list[backend.Record] = []
            while not fresh and first < len(numbers):  # skip what is too old
                fresh = [kept[number] for number in numbers[first : first + most] if kept[number].created_at >= oldest]
                first += most
        return [self._record(shard, record, credentials.role_arn) for record in fresh]

    def start(self, shard: Shard) -> int:
        """The sequence number behind which a new mapping starts."""
        if self._position == "LATEST":
            return shard.last
        if self._position != "AT_TIMESTAMP" or self._timestamp is None:
            return 0
        with backend.LOCK:
            records = self._stream().shards[shard.id].records
            before = [number for number, record in records.items() if record.created_at < self._timestamp]
        return max(before, default=0)

    def _stream(self) -> backend.Stream:
        stream = backend.find_stream(self._arn)
        if stream is None:
            raise SourceGone(f"there is no stream {self._arn}")
        return stream

    def _record(self, shard: str, record: backend.Record, role_arn: str) -> Record:
        return Record(
            position=record.sequence_number,
            sequence=str(record.sequence_number),
            key=record.partition_key,
            created=record.created_at,
            record=payloads.record(
                stream_arn=self._arn,
                shard=shard,
                sequence=str(record.sequence_number),
                key=record.partition_key,
                data=record.data,
                arrived=record.created_at,
                role_arn=role_arn,
            ),
        )


def _retention_s(stream: backend.Stream) -> float:
    return 3600.0 * float(stream.retention_period_hours)
