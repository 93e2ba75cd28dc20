"""What a stream is to the poller that reads it: shards, and their records in order.

A service that has streams (Kinesis, DynamoDB) makes these; `streams.py` reads them, `shard_order.py` keeps records in
order, and `failure_records.py` describes the records that were discarded.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from lambdalab.delivery.event_json import document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .credentials import Credentials


@dataclass(frozen=True)
class Record:
    """A record of a stream."""

    position: int
    """Grows along the shard."""
    sequence: str
    """Its sequence number, as in the event."""
    key: str
    """Records of one key stay in order."""
    created: float
    record: dict[str, Any]
    """As in the event that the function gets."""

    @functools.cached_property
    def size(self) -> int:
        """Bytes in the event."""
        return len(document(self.record)) + 2


@dataclass(frozen=True)
class Shard:
    """A shard as it is now."""

    id: str
    parents: tuple[str, ...] = ()
    last: int = 0
    """The position of its last record."""


class Stream(Protocol):
    """A stream, read with the function's role. Any method may raise CannotPoll."""

    @property
    def retention_s(self) -> float:
        """How long it keeps a record."""

    def shards(self) -> Sequence[Shard]:
        """All of them, including closed ones."""

    def read(self, shard: str, after: int, most: int, credentials: Credentials) -> Sequence[Record]:
        """The next records of a shard."""

    def start(self, shard: Shard) -> int:
        """The position behind which a new mapping reads an existing shard."""
