"""What of a stream must stay in order: a shard, or, with a ParallelizationFactor, the keys of a lane of a shard.

A lane has one batch in work at a time. What follows waits until that is done, however often it is tried: that is the
order that streams promise. What the batch has become (the rest of it, its halves) lies on the lane's stack.
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
    """Records that are, or were, handed to the function together."""

    records: Sequence[Record]
    invocations: int = 0
    """How often the function ran with them."""
    setbacks: int = 0
    """How often it could not run in a row."""
    request_id: str = ""
    last: Attempt | None = None


@dataclass(eq=False)
class Lane:
    """One lane of one shard."""

    shard: str
    number: int
    of: int
    done: int
    """The checkpoint: the position of the last record that is processed, skipped or discarded."""
    read: int
    """The position of the last record that was read."""
    stack: list[Batch] = field(default_factory=list)
    gathered: list[Record] = field(default_factory=list)
    since: float = 0.0
    """When the first of these was gathered."""
    busy: bool = False
    timer: Timer | None = None
    """The batch on top of the stack is tried again then."""

    def is_for(self, record: Record) -> bool:
        """Whether a record of the shard is in this lane: records of one key always are in the same."""
        return self.of == 1 or zlib.crc32(record.key.encode()) % self.of == self.number

    def pass_by(self) -> None:
        """Nothing is in work or waits: what was read is done."""
        if not self.busy and not self.stack and not self.gathered:
            self.done = self.read


@dataclass(eq=False)
class Reading:
    """How far one shard has been read."""

    lanes: list[Lane]
    before: list[list[Lane]] = field(default_factory=list)
    """The lanes of earlier factors: what these have done is not done again."""

    @classmethod
    def at(cls, shard: str, position: int, lanes: int) -> Reading:
        """A shard that is read from behind a position."""
        return cls([Lane(shard, number, lanes, position, position) for number in range(lanes)])

    @property
    def done(self) -> int:
        """All up to here is done."""
        return min(lane.done for lane in self.lanes)

    @property
    def idle(self) -> bool:
        """Nothing of it is in work or waits."""
        return not any(lane.busy or lane.stack or lane.gathered for lane in self.lanes)

    def divide(self, lanes: int) -> None:
        """Into another number of lanes, if none is busy."""
        if len(self.lanes) == lanes or any(lane.busy for lane in self.lanes):
            return
        for lane in self.lanes:
            if lane.timer is not None:
                lane.timer.cancel()
        self.before = [*self.before, self.lanes]
        shard, start = self.lanes[0].shard, self.done
        self.lanes = [Lane(shard, number, lanes, start, start) for number in range(lanes)]

    def is_done(self, record: Record) -> bool:
        """Whether a lane of an earlier factor has done it."""
        return any(record.position <= lane.done for lanes in self.before for lane in lanes if lane.is_for(record))
