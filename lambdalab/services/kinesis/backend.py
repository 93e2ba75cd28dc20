"""The door into moto's Kinesis: streams, shards and records as moto keeps them."""

from __future__ import annotations

import base64
import threading
from typing import TYPE_CHECKING, Any, Protocol

from moto.kinesis import models
from moto.kinesis.models import kinesis_backends

from lambdalab.moto_patches import Patch, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "LOCK",
    "Record",
    "Shard",
    "Stream",
    "add_tags",
    "exists",
    "find_stream",
    "misfits",
    "new_record",
    "parameter",
    "put_record",
    "replace",
]

LOCK = threading.RLock()
"""Held while records are written or read."""


class Record(Protocol):
    """A record in a shard."""

    partition_key: str
    data: str
    """In base64."""
    sequence_number: int
    created_at: float
    """Seconds since the epoch."""


class Shard(Protocol):
    """A shard, open or closed."""

    shard_id: str
    parent: str | None
    adjacent_parent: str | None
    is_open: bool
    starting_hash: int
    ending_hash: int
    records: dict[int, Record]
    """By sequence number, in order."""

    def put_record(self, partition_key: str, data: str, explicit_hash_key: str) -> str:
        """Write a record; its sequence number."""


class Stream(Protocol):
    """A stream."""

    arn: str
    retention_period_hours: int
    shards: dict[str, Shard]

    def get_shard_for_key(self, partition_key: str, explicit_hash_key: str) -> Shard:
        """The shard that gets a record of this key."""


def replace(name: str, parameters: tuple[str, ...], replacement: Callable[[Any], Any], why: str) -> Patch:
    """A change to one of moto's methods or functions: "Shard.put_record". `replacement` gets what was there."""
    owner, _, attribute = name.partition(".")
    if owner == "models":
        return Patch("moto.kinesis", owner, attribute, parameters, replacement, why)
    module = "moto.kinesis.responses" if owner == "KinesisResponse" else "moto.kinesis.models"
    return Patch(module, owner, attribute, parameters, replacement, why)


def find_stream(arn: str) -> Stream | None:
    """The stream; None if there is none."""
    _, _, _, region, account, resource = arn.split(":", 5)
    found: Stream | None = kinesis_backends[account][region].streams.get(resource.removeprefix("stream/"))
    return found


def exists(arn: str) -> bool:
    """Whether there is this stream."""
    return find_stream(arn) is not None


def put_record(arn: str, partition_key: str, data: bytes) -> None:
    """PutRecord, to a stream that is there."""
    _, _, _, region, account, resource = arn.split(":", 5)
    text = base64.b64encode(data).decode()
    kinesis_backends[account][region].put_record(arn, resource.removeprefix("stream/"), partition_key, None, text)


def new_record(partition_key: str, data: str, sequence_number: int, explicit_hash_key: str) -> Record:
    """A record as moto keeps it, created now."""
    record: Record = models.Record(partition_key, data, sequence_number, explicit_hash_key)
    return record


def parameter(response: Any, name: str) -> Any:
    """A parameter of a request; None if it is not given."""
    return response._get_param(name)


def add_tags(response: Any, stream_name: str, tags: dict[str, str]) -> None:
    """To a stream in the account and Region of a request."""
    response.kinesis_backend.add_tags_to_stream(None, stream_name, tags)


def misfits() -> Iterator[str]:
    """A sentence for everything that moto does not have as it is used here."""
    region, account = "us-east-1", "000000000000"
    keeper = models.KinesisBackend(region, account)
    stream = models.Stream("probe", 1, None, None, account, region)
    shard = next(iter(stream.shards.values()), None)
    for thing, names in (
        (keeper, ("streams", "put_record", "add_tags_to_stream")),
        (stream, (*Stream.__annotations__, "get_shard_for_key")),
        (shard, (*Shard.__annotations__, "put_record")),
        (models.Record("key", "", 1, ""), tuple(Record.__annotations__)),
        (models, ("utcnow",)),
    ):
        yield from missing(thing, *names)
