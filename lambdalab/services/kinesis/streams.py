"""A stream's records: written, kept when shards are split or merged, on the lab's clock.

moto keeps the streams. What differs here:

- moto invokes functions itself, for each record: the pollers do that (`lambdalab.delivery.polled`);
- sequence numbers grow over the whole stream, and are as long as AWS's;
- a shard that was split or merged keeps its records and gets no new ones.

As on AWS, records with one partition key are in one shard, and the order of two concurrent writes is not defined.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from . import backend

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.clock import Clock
    from lambdalab.services.parts import LabParts

    from .backend import Shard, Stream

_FIRST = 49_664_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000
_STEP = 1 << 40

_last = [0]


def now_on(clock: Clock) -> Callable[[], datetime]:
    """`utcnow`: of the lab's clock."""
    return lambda: datetime.fromtimestamp(clock.time(), UTC).replace(tzinfo=None)


def put_into_shard(shard: Shard, partition_key: str, data: str, explicit_hash_key: str) -> str:
    """Write a record; its sequence number."""
    with backend.LOCK:
        _last[0] += 1
        number = _FIRST + _last[0] * _STEP
        shard.records[number] = backend.new_record(partition_key, data, number, explicit_hash_key)
    return str(number)


def put(lab: LabParts) -> Callable[[Stream, str, str, str], tuple[str, str]]:
    """Write a record into the shard of its key, and wake the pollers; its sequence number and shard."""

    def put_record(stream: Stream, partition_key: str, explicit_hash_key: str, data: str) -> tuple[str, str]:
        shard = stream.get_shard_for_key(partition_key, explicit_hash_key)
        number = shard.put_record(partition_key, data, explicit_hash_key)
        lab.pollers.wake_source(stream.arn)
        return number, shard.shard_id

    return put_record


def open_shard(original: Callable[..., Any]) -> Callable[..., Any]:
    """The open shard for a key."""

    def get_shard_for_key(stream: Stream, partition_key: str, explicit_hash_key: str) -> Any:
        found = original(stream, partition_key, explicit_hash_key)  # which checks the keys
        if found is not None and found.is_open:
            return found
        hashed = hashlib.md5(partition_key.encode(), usedforsecurity=False).hexdigest()
        number = int(explicit_hash_key) if explicit_hash_key else int(hashed, 16)
        shards = list(stream.shards.values())
        return next(each for each in shards if each.is_open and each.starting_hash <= number <= each.ending_hash)

    return get_shard_for_key


def in_place(original: Callable[..., None]) -> Callable[..., None]:
    """Split or merge shards: moto finds them empty when it moves their records."""

    def reshard(stream: Stream, *shards: str) -> None:
        with backend.LOCK:
            kept = {name: shard.records for name, shard in stream.shards.items()}
            for shard in stream.shards.values():
                shard.records = OrderedDict()
            try:
                original(stream, *shards)
            finally:
                for name, records in kept.items():
                    stream.shards[name].records = records

    return reshard


def with_tags(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """CreateStream, with the tags of the request."""

    def create_stream(response: Any) -> Any:
        answer = original(response)
        backend.add_tags(response, backend.parameter(response, "StreamName"), backend.parameter(response, "Tags") or {})
        return answer

    return create_stream


def wake_pollers_once(lab: LabParts, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An API call wakes pollers at its end."""

    def call_action(response: Any) -> Any:
        with lab.pollers.wake_once():
            return original(response)

    return call_action
