"""How Lambda reads from a table's stream for an event source mapping.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from lambdalab.delivery.polled import Record, Shard, SourceGone, StreamSource

from . import backend, payloads, streams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambdalab.delivery.polled import Consumer, Credentials

RETENTION_S = 86_400.0


class TableStreams(StreamSource):
    """DynamoDB Streams as an event source."""

    actions = (
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:DescribeStream",
        "dynamodb:ListStreams",
    )
    """ListStreams has no stream as its resource. Policies that allow it on a table's streams only (SAM's do) are enough
    all the same: the role is asked for the stream that is read.
    """
    positions = ("TRIM_HORIZON", "LATEST")
    batch_info = "DDBStreamBatchInfo"

    def exists(self, arn: str) -> bool:
        """Whether there is such a stream."""
        return streams.find_shard(arn) is not None

    def stream(self, consumer: Consumer) -> PolledStream:
        """The stream as a mapping reads it."""
        return PolledStream(consumer)


SOURCE = TableStreams()


class PolledStream:
    """A table's stream, as a mapping reads it (`lambdalab.delivery.polled.Stream`)."""

    def __init__(self, consumer: Consumer) -> None:
        self._arn = consumer.source_arn
        self._clock = consumer.clock
        self._position = consumer.starting_position
        self._required = SOURCE.required_access(self._arn)

    @property
    def retention_s(self) -> float:
        """A day."""
        return RETENTION_S

    def shards(self) -> Sequence[Shard]:
        """The one shard."""
        shard = self._shard()
        return [Shard(shard.id, last=shard.starting_sequence_number + len(shard.items) - 1)]

    def read(self, shard: str, after: int, most: int, credentials: Credentials) -> Sequence[Record]:
        """As GetRecords."""
        credentials.require(*self._required)
        oldest = self._clock.time() - RETENTION_S
        fresh: list[Record] = []
        with backend.LOCK:
            kept = self._shard()
            first = max(after + 1 - kept.starting_sequence_number, 0)
            while not fresh and first < len(kept.items):  # skip what is too old
                found = [self._record(item) for item in kept.items[first : first + most]]
                fresh = [record for record in found if record.created >= oldest]
                first += most
        return fresh

    def start(self, shard: Shard) -> int:
        """LATEST: behind the last record now."""
        return shard.last if self._position == "LATEST" else 0

    def _shard(self) -> backend.StreamShard:
        shard = streams.find_shard(self._arn)
        if shard is None:
            raise SourceGone(f"there is no stream {self._arn}")
        return shard

    def _record(self, item: backend.StreamRecord) -> Record:
        kept = item.to_json()
        change = kept["dynamodb"]
        created = change["ApproximateCreationDateTime"].replace(tzinfo=UTC).timestamp()
        return Record(
            position=int(change["SequenceNumber"]),
            sequence=change["SequenceNumber"],
            key=str(sorted(change["Keys"].items())),
            created=created,
            record=payloads.record(kept, self._arn, created),
        )
