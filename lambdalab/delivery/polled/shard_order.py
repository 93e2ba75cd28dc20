"""What of a stream must stay in order: a shard, or, with a ParallelizationFactor, a part of its partition keys.

A partition has one batch in flight. What follows waits until that is done, however often it is retried: that is the
order that streams promise. What the batch has become (the rest of it, its halves) is on the partition's stack.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambdalab.clock import Timer
    from lambdalab.delivery.records import Attempt

    from .shards import Record


@dataclass(eq=False)
class Batch:
    """Records that the function gets, or got, in one invocation."""

    records: Sequence[Record]
    invocations: int = 0
    """How often the function ran with them."""
    failed_starts: int = 0
    """How often in a row it could not run."""
    request_id: str = ""
    last: Attempt | None = None


@dataclass(eq=False)
class Partition:
    """The records of a shard that are processed one batch after the other: all, or those of some partition keys."""

    shard: str
    number: int
    of: int
    """How many partitions the shard has."""
    checkpoint: int
    """The position of the last record that was processed, skipped or discarded."""
    read: int
    """The position of the last record that was read."""
    stack: list[Batch] = field(default_factory=list)
    """What is to be invoked before anything that is buffered; the next batch last."""
    buffer: list[Record] = field(default_factory=list)
    buffered_since: float = 0.0
    """When the first record in the buffer was read."""
    in_flight: bool = False
    retry_timer: Timer | None = None
    """The batch on top of the stack is retried then."""

    def has(self, record: Record) -> bool:
        """Whether a record of the shard belongs here. Records of one key are always in the same partition."""
        return self.of == 1 or zlib.crc32(record.key.encode()) % self.of == self.number

    def advance_checkpoint(self) -> None:
        """If no record is in flight or waits, everything that was read is done."""
        if not self.in_flight and not self.stack and not self.buffer:
            self.checkpoint = self.read


@dataclass(eq=False)
class ShardProgress:
    """How far one shard has been read."""

    partitions: list[Partition]
    former: list[list[Partition]] = field(default_factory=list)
    """The partitions of earlier factors: what these have done is not done again."""

    @classmethod
    def at(cls, shard: str, position: int, factor: int) -> ShardProgress:
        """Of a shard that is read from behind a position."""
        return cls([Partition(shard, number, factor, position, position) for number in range(factor)])

    @property
    def checkpoint(self) -> int:
        """Every record up to here is done."""
        return min(partition.checkpoint for partition in self.partitions)

    @property
    def idle(self) -> bool:
        """No record is in flight or waits."""
        return not any(each.in_flight or each.stack or each.buffer for each in self.partitions)

    def repartition(self, factor: int) -> None:
        """Divide the shard into another number of partitions, once no batch is in flight."""
        if len(self.partitions) == factor or any(partition.in_flight for partition in self.partitions):
            return
        for partition in self.partitions:
            if partition.retry_timer is not None:
                partition.retry_timer.cancel()
        self.former = [*self.former, self.partitions]
        shard, start = self.partitions[0].shard, self.checkpoint
        self.partitions = [Partition(shard, number, factor, start, start) for number in range(factor)]

    def is_done(self, record: Record) -> bool:
        """Whether a partition of an earlier factor has processed the record."""
        return any(
            record.position <= partition.checkpoint
            for partitions in self.former
            for partition in partitions
            if partition.has(record)
        )
