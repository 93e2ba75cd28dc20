"""DynamoDB Streams: what changes in a table, as pollers and callers read it.

moto keeps the tables and, of each, the newest stream, with one shard. (On AWS a stream has a shard for each partition
of the table, and each is closed after four hours.) What is changed:

- moto invokes functions itself, for each write: that is the pollers' (`lambdalab.delivery.polled`);
- a record's size, version, Region and time are AWS's; a write that changes nothing makes no record;
- UpdateItem of an item that is not there makes one record, not two;
- a stream that is switched off records nothing more and can be switched on again, as a new one; what is in the old
  one can be read for a day;
- an item of a table with a stream is deleted by the service when its time to live is over: at the time itself on the
  lab's clock, where AWS takes up to a few days.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lambdalab.authorization.access import Access
from lambdalab.delivery.polled import Record, Shard, SourceGone
from lambdalab.moto_patches import Patch

from . import payloads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lambdalab.moto_patches import Change
    from lambdalab.services.lambda_.mappings.role import Role
    from lambdalab.services.parts import LabParts

RETENTION_S = 86_400.0
ACTIONS = ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams")
"""ListStreams is about no stream in particular. Policies that allow it on a table's streams only (SAM's, for instance)
are enough all the same: it is asked about the stream that is read.
"""

_lock = threading.RLock()
"""Held while a transaction writes: it may be taken back."""


class _Here(threading.local):
    """What this thread does, while others write into the same table."""

    updates: Any = None
    """The table of which it updates an item, and what changed so far."""
    changes: list[tuple[Any, Any]]
    expires = False
    """It deletes items whose time to live is over."""


_here = _Here()


def patches(lab: LabParts) -> tuple[Change, ...]:
    """The changes to moto's DynamoDB."""
    table, backend = "moto.dynamodb.models.table", "moto.dynamodb.models"
    return (
        Patch(
            "moto.dynamodb.models",
            "table",
            "utcnow",
            (),
            lambda original: lambda: datetime.fromtimestamp(lab.clock.time(), UTC).replace(tzinfo=None),
            "records have the lab's time",
        ),
        Patch(
            table,
            "StreamShard",
            "add",
            ("self", "old", "new"),
            lambda original: lambda shard, old, new: _add(lab, shard, old, new),
            "moto invokes functions itself, writes records of another form, and fails when the stream is switched off",
        ),
        Patch(
            table,
            "Table",
            "set_stream_specification",
            ("self", "streams"),
            _switch,
            "moto forgets what was in a stream that is switched off",
        ),
        Patch(
            backend,
            "DynamoDBBackend",
            "update_table_streams",
            ("self", "table", "stream_specification"),
            _switch_again,
            "moto does not let a stream be switched on again",
        ),
        Patch(
            backend,
            "DynamoDBBackend",
            "update_item",
            (
                "self",
                "table_name",
                "key",
                "update_expression",
                "expression_attribute_names",
                "expression_attribute_values",
                "attribute_updates",
                "expected",
                "condition_expression",
                "return_values_on_condition_check_failure",
            ),
            lambda original: _one_record(lab, original),
            "moto writes two records for an item that was not there",
        ),
        Patch(
            backend,
            "DynamoDBBackend",
            "transact_write_items",
            ("self", "transact_items"),
            _alone,
            "what a transaction wrote may be taken back: nobody reads it meanwhile",
        ),
        Patch(
            backend,
            "DynamoDBBackend",
            "update_time_to_live",
            ("self", "table_name", "ttl_spec"),
            lambda original: _live_on(lab, original),
            "moto deletes nothing whose time to live is over",
        ),
        Patch(
            "moto.dynamodb.responses",
            "DynamoHandler",
            "call_action",
            ("self",),
            lambda original: _together(lab, original),
            "what was written together is there together",
        ),
    )


class RoleStream:
    """A table's stream, read with a function's role (`lambdalab.delivery.polled.Stream`)."""

    def __init__(self, lab: LabParts, arn: str, role: Role, position: str) -> None:
        self._lab = lab
        self._arn = arn
        self._role = role
        self._position = position

    @property
    def retention_s(self) -> float:
        """A day."""
        return RETENTION_S

    def shards(self) -> Sequence[Shard]:
        """The one shard."""
        shard = self._shard()
        return [Shard(shard.id, last=shard.starting_sequence_number + len(shard.items) - 1)]

    def read(self, shard: str, after: int, most: int) -> Sequence[Record]:
        """As GetRecords."""
        self._role.refuse(*(Access(f"dynamodb:{action}", self._arn) for action in ACTIONS))
        oldest = self._lab.clock.time() - RETENTION_S
        fresh: list[Record] = []
        with _lock:
            kept = self._shard()
            first = max(after + 1 - kept.starting_sequence_number, 0)
            while not fresh and first < len(kept.items):  # what is too old is not there any more
                found = [self._record(item) for item in kept.items[first : first + most]]
                fresh = [record for record in found if record.created >= oldest]
                first += most
        return fresh

    def start(self, shard: Shard) -> int:
        """LATEST: behind the last record there is now."""
        return shard.last if self._position == "LATEST" else 0

    def _shard(self) -> Any:
        shard = find(self._arn)
        if shard is None:
            raise SourceGone(f"there is no stream {self._arn}")
        return shard

    def _record(self, item: Any) -> Record:
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


def find(stream_arn: str) -> Any:
    """moto's shard of a stream, also of one that is switched off; None if there is none."""
    from moto.dynamodb.models import dynamodb_backends

    _, _, _, region, account, resource = stream_arn.split(":", 5)
    _, name, _, label = (resource.split("/") + [""] * 4)[:4]
    table = dynamodb_backends[account][region].tables.get(name)
    if table is None:
        return None
    if table.latest_stream_label == label:
        return table.stream_shard or _former(table).get(label)
    return _former(table).get(label)


def _former(table: Any) -> dict[str, Any]:
    """The shards of a table's streams that are switched off, by label."""
    former: dict[str, Any] = vars(table).setdefault("former_streams", {})
    return former


def _arn(table: Any) -> str:
    return f"{table.table_arn}/stream/{table.latest_stream_label}"


def _add(lab: LabParts, shard: Any, old: Any, new: Any) -> None:
    """Record a change."""
    from moto.dynamodb.models.table import StreamRecord

    table = shard.table
    if _here.updates is table:
        _here.changes.append((old, new))
        return
    before, after = (item.to_json()["Attributes"] if item is not None else None for item in (old, new))
    if before == after or not (table.stream_specification or {}).get("StreamEnabled"):
        return
    view = table.stream_specification["StreamViewType"]
    name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
    with _lock:
        number = shard.starting_sequence_number + len(shard.items)
        entry = StreamRecord(table, view, name, old, new, number)
        record, change = entry.record, entry.record["dynamodb"]
        record["eventVersion"] = "1.1"
        record["awsRegion"] = table.region_name
        parts = [change[name] for name in ("Keys", "NewImage", "OldImage") if name in change]
        change["SizeBytes"] = sum(map(payloads.size, parts))
        if _here.expires:
            record["userIdentity"] = dict(payloads.EXPIRY)
        shard.items.append(entry)
    lab.pollers.wake_source(_arn(table))
    if new is not None:
        _expire_later(lab, table, new)


def _expire_later(lab: LabParts, table: Any, item: Any) -> None:
    """Delete an item when its time to live is over, if it then still is."""
    over = _expiry(table, item)
    if over is None:
        return

    def expire() -> None:
        with _lock:
            there = table.get_item(item.hash_key, item.range_key)
            at = _expiry(table, there) if there is not None else None
            if at is None or at > lab.clock.time():
                return
            _here.expires = True
            try:
                table.delete_item(item.hash_key, item.range_key)
            finally:
                _here.expires = False

    lab.clock.call_at(over, expire)


def _expiry(table: Any, item: Any) -> float | None:
    if table.ttl.get("TimeToLiveStatus") != "ENABLED":
        return None
    value = item.attrs.get(table.ttl.get("AttributeName"))
    return float(value.value) if value is not None and value.type == "N" else None


def _live_on(lab: LabParts, original: Callable[..., None]) -> Callable[..., None]:
    def update_time_to_live(backend: Any, table_name: str, ttl_spec: dict[str, Any]) -> None:
        original(backend, table_name, ttl_spec)
        table = backend.get_table(table_name)
        for item in list(table.all_items()):
            _expire_later(lab, table, item)

    return update_time_to_live


def _switch(original: Callable[..., None]) -> Callable[..., None]:
    def set_stream_specification(table: Any, streams: dict[str, Any] | None) -> None:
        shard = getattr(table, "stream_shard", None)
        if shard is not None:
            _former(table)[table.latest_stream_label] = shard
        original(table, streams)
        if not table.stream_specification["StreamEnabled"]:
            table.stream_shard = None

    return set_stream_specification


def _switch_again(original: Callable[..., None]) -> Callable[..., None]:
    def update_table_streams(backend: Any, table: Any, stream_specification: dict[str, Any]) -> None:
        if (table.stream_specification or {}).get("StreamEnabled"):
            original(backend, table, stream_specification)
        else:
            table.set_stream_specification(stream_specification)

    return update_table_streams


def _one_record(lab: LabParts, original: Callable[..., Any]) -> Callable[..., Any]:
    def update_item(backend: Any, table_name: str, *args: Any, **more: Any) -> Any:
        table = backend.get_table(table_name)
        shard = table.stream_shard
        if shard is None:
            return original(backend, table_name, *args, **more)
        _here.updates, _here.changes = table, []
        try:
            answer = original(backend, table_name, *args, **more)
        finally:
            _here.updates = None
        if _here.changes:
            _add(lab, shard, _here.changes[0][0], _here.changes[-1][1])
        return answer

    return update_item


def _alone(original: Callable[..., None]) -> Callable[..., None]:
    def transact_write_items(backend: Any, transact_items: Any) -> None:
        with _lock:
            original(backend, transact_items)

    return transact_write_items


def _together(lab: LabParts, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def call_action(response: Any) -> Any:
        with lab.pollers.together():
            return original(response)

    return call_action
