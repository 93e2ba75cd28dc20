"""Every change to moto's Kinesis, and why. What takes its place is in `streams.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import streams
from .backend import replace

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

_MOVES = "moto moves the records of a shard that is closed"


def patches(lab: LabParts) -> tuple[Change, ...]:
    """The changes to moto's Kinesis."""
    return (
        replace("models.utcnow", (), lambda original: streams.now_on(lab.clock), "records have the lab's time"),
        replace(
            "Shard.put_record",
            ("self", "partition_key", "data", "explicit_hash_key"),
            lambda original: streams.put_into_shard,
            "moto counts the records of each shard from 1",
        ),
        replace(
            "Stream.put_record",
            ("self", "partition_key", "explicit_hash_key", "data"),
            lambda original: streams.put(lab),
            "moto invokes functions itself",
        ),
        replace(
            "Stream.get_shard_for_key",
            ("self", "partition_key", "explicit_hash_key"),
            streams.open_shard,
            "moto writes into shards that are closed",
        ),
        replace("Stream.split_shard", ("self", "shard_to_split", "new_starting_hash_key"), streams.in_place, _MOVES),
        replace("Stream.merge_shards", ("self", "shard_to_merge", "adjacent_shard_to_merge"), streams.in_place, _MOVES),
        replace("KinesisResponse.create_stream", ("self",), streams.with_tags, "moto forgets a new stream's tags"),
        replace(
            "KinesisResponse.call_action",
            ("self",),
            lambda original: streams.wake_pollers_once(lab, original),
            "records that were sent in one call are read together",
        ),
    )
