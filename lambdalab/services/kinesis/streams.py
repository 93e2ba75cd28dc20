"""Kinesis: a stream's records as pollers and callers read them, on the lab's clock.

moto keeps the streams. What is changed:

- moto invokes functions itself, for each record: that is the pollers' (`lambdalab.delivery.polled`);
- sequence numbers grow over the whole stream, and are as long as AWS's;
- a shard that was split or merged keeps its records and gets no new ones.

On AWS, records with one partition key are in one shard, and two callers who write at once decide nothing about their
order; the same here.
"""

from __future__ import annotations

import bisect
import hashlib
import threading
from collections import OrderedDict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lambdalab.authorization.access import Access
from lambdalab.delivery.polled import Record, Shard, SourceGone
from lambdalab.moto_patches import Patch
from lambdalab.services.lambda_.mappings.role import function

from . import payloads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lambdalab.moto_patches import Change
    from lambdalab.services.lambda_.mappings.role import Role
    from lambdalab.services.parts import LabParts

ACTIONS = ("GetRecords", "GetShardIterator", "DescribeStream")
_FIRST = 49_664_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000
_STEP = 1 << 40

_lock = threading.RLock()
_last = [0]


def patches(lab: LabParts) -> tuple[Change, ...]:
    """The changes to moto's Kinesis."""
    model = "moto.kinesis.models"
    return (
        Patch(
            "moto.kinesis",
            "models",
            "utcnow",
            (),
            lambda original: lambda: datetime.fromtimestamp(lab.clock.time(), UTC).replace(tzinfo=None),
            "records have the lab's time",
        ),
        Patch(
            model,
            "Shard",
            "put_record",
            ("self", "partition_key", "data", "explicit_hash_key"),
            lambda original: _put_into_shard,
            "moto counts the records of each shard from 1",
        ),
        Patch(
            model,
            "Stream",
            "put_record",
            ("self", "partition_key", "explicit_hash_key", "data"),
            lambda original: lambda stream, *record: _put(lab, stream, *record),
            "moto invokes functions itself",
        ),
        Patch(
            model,
            "Stream",
            "get_shard_for_key",
            ("self", "partition_key", "explicit_hash_key"),
            _open_shard,
            "moto writes into shards that are closed",
        ),
        Patch(model, "Stream", "split_shard", ("self", "shard_to_split", "new_starting_hash_key"), _keeping, _MOVES),
        Patch(model, "Stream", "merge_shards", ("self", "shard_to_merge", "adjacent_shard_to_merge"), _keeping, _MOVES),
        Patch(
            "moto.kinesis.responses",
            "KinesisResponse",
            "create_stream",
            ("self",),
            _with_tags,
            "moto forgets a new stream's tags",
        ),
        Patch(
            "moto.kinesis.responses",
            "KinesisResponse",
            "call_action",
            ("self",),
            lambda original: _together(lab, original),
            "records that were sent together are there together",
        ),
    )


_MOVES = "moto moves the records of a shard that is closed"


def _with_tags(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def create_stream(response: Any) -> Any:
        answer = original(response)
        tags = response._get_param("Tags") or {}
        response.kinesis_backend.add_tags_to_stream(None, response._get_param("StreamName"), tags)
        return answer

    return create_stream


class RoleStream:
    """A stream, read with a function's role (`lambdalab.delivery.polled.Stream`)."""

    def __init__(
        self,
        lab: LabParts,
        arn: str,
        role: Role,
        function_arn: Callable[[], str],
        position: str,
        timestamp: float | None,
    ) -> None:
        self._lab = lab
        self._arn = arn
        self._role = role
        self._function_arn = function_arn
        self._position = position
        self._timestamp = timestamp

    @property
    def retention_s(self) -> float:
        """What the stream says: a day, unless it was changed."""
        return 3600.0 * float(self._stream().retention_period_hours)

    def shards(self) -> Sequence[Shard]:
        """All, with what they were made of."""
        with _lock:
            return [
                Shard(
                    shard.shard_id,
                    tuple(parent for parent in (shard.parent, shard.adjacent_parent) if parent),
                    next(reversed(shard.records), 0),
                )
                for shard in self._stream().shards.values()
            ]

    def read(self, shard: str, after: int, most: int) -> Sequence[Record]:
        """As GetRecords."""
        self._role.refuse(*(Access(f"kinesis:{action}", self._arn) for action in ACTIONS))
        stream = self._stream()
        oldest = self._lab.clock.time() - self.retention_s
        stored = function(self._function_arn())
        role = stored.role if stored is not None else ""
        with _lock:
            kept = stream.shards[shard].records
            numbers = list(kept)
            first = bisect.bisect_right(numbers, after)
            fresh: list[Any] = []
            while not fresh and first < len(numbers):  # what is too old is not there any more
                fresh = [kept[number] for number in numbers[first : first + most] if kept[number].created_at >= oldest]
                first += most
        return [
            Record(
                position=each.sequence_number,
                sequence=str(each.sequence_number),
                key=each.partition_key,
                created=each.created_at,
                record=payloads.record(
                    stream_arn=self._arn,
                    shard=shard,
                    sequence=str(each.sequence_number),
                    key=each.partition_key,
                    data=each.data,
                    arrived=each.created_at,
                    role_arn=role,
                ),
            )
            for each in fresh
        ]

    def start(self, shard: Shard) -> int:
        """Behind which record a new mapping begins."""
        if self._position == "LATEST":
            return shard.last
        if self._position != "AT_TIMESTAMP" or self._timestamp is None:
            return 0
        with _lock:
            before = [
                number
                for number, each in self._stream().shards[shard.id].records.items()
                if each.created_at < self._timestamp
            ]
        return max(before, default=0)

    def _stream(self) -> Any:
        stream = find(self._arn)
        if stream is None:
            raise SourceGone(f"there is no stream {self._arn}")
        return stream


def find(arn: str) -> Any:
    """moto's stream; None if there is none."""
    from moto.kinesis.models import kinesis_backends

    _, _, _, region, account, resource = arn.split(":", 5)
    return kinesis_backends[account][region].streams.get(resource.split("/")[1])


def _put_into_shard(shard: Any, partition_key: str, data: str, explicit_hash_key: str) -> str:
    from moto.kinesis.models import Record as Kept

    with _lock:
        _last[0] += 1
        number = _FIRST + _last[0] * _STEP
        shard.records[number] = Kept(partition_key, data, number, explicit_hash_key)
    return str(number)


def _put(lab: LabParts, stream: Any, partition_key: str, explicit_hash_key: str, data: str) -> tuple[str, str]:
    shard = stream.get_shard_for_key(partition_key, explicit_hash_key)
    number = shard.put_record(partition_key, data, explicit_hash_key)
    lab.pollers.wake_source(stream.arn)
    return number, shard.shard_id


def _open_shard(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_shard_for_key(stream: Any, partition_key: str, explicit_hash_key: str) -> Any:
        found = original(stream, partition_key, explicit_hash_key)  # which checks the keys
        if found is not None and found.is_open:
            return found
        hashed = hashlib.md5(partition_key.encode(), usedforsecurity=False).hexdigest()
        number = int(explicit_hash_key) if explicit_hash_key else int(hashed, 16)
        every = list(stream.shards.values())
        return next(each for each in every if each.is_open and each.starting_hash <= number <= each.ending_hash)

    return get_shard_for_key


def _keeping(original: Callable[..., None]) -> Callable[..., None]:
    """moto finds the shards empty when it moves their records."""

    def reshard(stream: Any, *shards: str) -> None:
        with _lock:
            kept = {name: shard.records for name, shard in stream.shards.items()}
            for shard in stream.shards.values():
                shard.records = OrderedDict()
            try:
                original(stream, *shards)
            finally:
                for name, records in kept.items():
                    stream.shards[name].records = records

    return reshard


def _together(lab: LabParts, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def call_action(response: Any) -> Any:
        with lab.pollers.together():
            return original(response)

    return call_action
