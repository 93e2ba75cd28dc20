"""The door into moto's DynamoDB: tables, their streams and the records in them, as moto keeps them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Protocol

from moto.dynamodb import models
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models import table as tables

from lambdalab.moto_patches import Patch, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = [
    "LOCK",
    "Item",
    "StreamRecord",
    "StreamShard",
    "Table",
    "find_table",
    "former_shards",
    "misfits",
    "new_record",
    "partition_key",
    "replace",
    "tags_of",
]

LOCK = threading.RLock()
"""Held while stream records are written or read, and by a transaction until it cannot be rolled back any more."""


class Item(Protocol):
    """An item of a table."""

    hash_key: Any
    range_key: Any
    attrs: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """{"Attributes": {"id": {"S": "1"}, …}}"""


class StreamRecord(Protocol):
    """A change in a stream."""

    record: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """As DynamoDB Streams' API returns it."""


class StreamShard(Protocol):
    """The one shard of a table's stream."""

    id: str
    table: Table
    starting_sequence_number: int
    items: list[StreamRecord]


class Table(Protocol):
    """A table."""

    table_arn: str
    region_name: str
    ttl: dict[str, Any]
    stream_specification: dict[str, Any] | None
    latest_stream_label: str | None
    stream_shard: StreamShard | None

    def get_item(self, hash_key: Any, range_key: Any) -> Item | None:
        """One item."""

    def delete_item(self, hash_key: Any, range_key: Any) -> Item | None:
        """Delete one item."""

    def all_items(self) -> Iterable[Item]:
        """Every item."""

    def set_stream_specification(self, streams: dict[str, Any] | None) -> None:
        """Enable or disable the stream."""


def replace(name: str, parameters: tuple[str, ...], replacement: Callable[[Any], Any], why: str) -> Patch:
    """A change to one of moto's methods or functions: "Table.put_item". `replacement` gets what was there."""
    owner, _, attribute = name.partition(".")
    module = {
        "DynamoDBBackend": "moto.dynamodb.models",
        "DynamoHandler": "moto.dynamodb.responses",
        "table": "moto.dynamodb.models",
    }.get(owner, "moto.dynamodb.models.table")
    return Patch(module, owner, attribute, parameters, replacement, why)


def find_table(region: str, account: str, name: str) -> Table | None:
    """The table; None if there is none."""
    found: Table | None = dynamodb_backends[account][region].tables.get(name)
    return found


def tags_of(region: str, account: str, table: str) -> Mapping[str, str]:
    """A table's tags."""
    found = dynamodb_backends[account][region].tables.get(table)
    return {each["Key"]: each["Value"] for each in found.tags or ()} if found else {}


def partition_key(region: str, account: str, table: str, index: str | None) -> str:
    """The attribute that is the partition key of a table or of one of its indexes; empty if there is none such."""
    found = dynamodb_backends[account][region].tables.get(table)
    if found is None:
        return ""
    if index:
        schemas = [each.schema for each in [*found.global_indexes, *found.indexes] if each.name == index]
        return next((str(part["AttributeName"]) for each in schemas for part in each if part["KeyType"] == "HASH"), "")
    return str(found.hash_key_attr)


def former_shards(table: Table) -> dict[str, StreamShard]:
    """The shards of a table's streams that were disabled, by the stream's label."""
    found: dict[str, StreamShard] = vars(table).setdefault("former_streams", {})
    return found


def new_record(table: Table, view: str, name: str, old: Item | None, new: Item | None, number: int) -> StreamRecord:
    """A record of a change ("INSERT"), as moto keeps it."""
    record: StreamRecord = tables.StreamRecord(table, view, name, old, new, number)
    return record


def misfits() -> Iterator[str]:
    """A sentence for everything that moto does not have as it is used here."""
    keys = [{"AttributeName": "id", "KeyType": "HASH"}]
    attributes = [{"AttributeName": "id", "AttributeType": "S"}]
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    table = tables.Table("probe", "000000000000", "us-east-1", keys, attributes, streams=stream)
    shard = table.stream_shard
    methods = ("get_item", "delete_item", "all_items", "set_stream_specification")
    for thing, names in (
        (table, (*Table.__annotations__, *methods, "hash_key_attr", "indexes", "global_indexes", "tags")),
        (shard, tuple(StreamShard.__annotations__)),
        (tables, ("StreamRecord", "utcnow")),
        (models.DynamoDBBackend("us-east-1", "000000000000"), ("tables", "get_table")),
    ):
        yield from missing(thing, *names)
    if shard is None:
        yield "moto.dynamodb: a table with a stream has no stream_shard"
