"""DynamoDB Streams: a record for each change of an item, on the lab's clock.

moto keeps the tables, and the newest stream of each, with one shard. (On AWS a stream has a shard for each partition of
the table, and each is closed after four hours.) What differs here:

- moto invokes functions itself, for each write: the pollers do that (`lambdalab.delivery.polled`);
- a record's size, version, Region and time are AWS's; a write that changes nothing makes no record;
- UpdateItem of an item that does not exist makes one record, not two;
- a disabled stream gets no more records, and can be enabled again, as a new one; the records of the old one can be
  read for a day.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from . import backend, payloads, time_to_live

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.clock import Clock
    from lambdalab.services.parts import LabParts

    from .backend import Item, StreamShard, Table


class _Thread(threading.local):
    """An UpdateItem of this thread, while others write into the same table."""

    updates: Table | None = None
    changes: list[tuple[Item | None, Item | None]]
    """What it changed so far."""


_thread = _Thread()


def now_on(clock: Clock) -> Callable[[], datetime]:
    """`utcnow`: of the lab's clock."""
    return lambda: datetime.fromtimestamp(clock.time(), UTC).replace(tzinfo=None)


def find_shard(stream_arn: str) -> StreamShard | None:
    """The shard of a stream, even if the stream was disabled; None if there is no such stream."""
    _, _, _, region, account, resource = stream_arn.split(":", 5)
    _, name, _, label = (resource.split("/") + [""] * 4)[:4]
    table = backend.find_table(region, account, name)
    if table is None:
        return None
    former = backend.former_shards(table)
    if table.latest_stream_label == label:
        return table.stream_shard or former.get(label)
    return former.get(label)


# In moto's place ---------------------------------------------------------------------------------------------------


def add_to_shard(lab: LabParts) -> Callable[[StreamShard, Item | None, Item | None], None]:
    """Record a change of an item."""

    def add(shard: StreamShard, old: Item | None, new: Item | None) -> None:
        if _thread.updates is shard.table:
            _thread.changes.append((old, new))
        else:
            _record(lab, shard, old, new)

    return add


def keep_former(original: Callable[..., None]) -> Callable[..., None]:
    """Enable or disable a stream, and keep the records of the one before."""

    def set_stream_specification(table: Table, streams: dict[str, Any] | None) -> None:
        shard: StreamShard | None = getattr(table, "stream_shard", None)
        if shard is not None:
            backend.former_shards(table)[str(table.latest_stream_label)] = shard
        original(table, streams)
        if not (table.stream_specification or {})["StreamEnabled"]:
            table.stream_shard = None

    return set_stream_specification


def enable_again(original: Callable[..., None]) -> Callable[..., None]:
    """UpdateTable with a stream specification."""

    def update_table_streams(account: Any, table: Table, stream_specification: dict[str, Any]) -> None:
        if (table.stream_specification or {}).get("StreamEnabled"):
            original(account, table, stream_specification)
        else:
            table.set_stream_specification(stream_specification)

    return update_table_streams


def one_record(lab: LabParts, original: Callable[..., Any]) -> Callable[..., Any]:
    """UpdateItem."""

    def update_item(account: Any, table_name: str, *args: Any, **more: Any) -> Any:
        table: Table = account.get_table(table_name)
        shard = table.stream_shard
        if shard is None:
            return original(account, table_name, *args, **more)
        _thread.updates, _thread.changes = table, []
        try:
            answer = original(account, table_name, *args, **more)
        finally:
            _thread.updates = None
        if _thread.changes:
            _record(lab, shard, _thread.changes[0][0], _thread.changes[-1][1])
        return answer

    return update_item


def isolated(original: Callable[..., None]) -> Callable[..., None]:
    """TransactWriteItems."""

    def transact_write_items(account: Any, transact_items: Any) -> None:
        with backend.LOCK:
            original(account, transact_items)

    return transact_write_items


def wake_pollers_once(lab: LabParts, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An API call wakes pollers at its end."""

    def call_action(response: Any) -> Any:
        with lab.pollers.wake_once():
            return original(response)

    return call_action


def _record(lab: LabParts, shard: StreamShard, old: Item | None, new: Item | None) -> None:
    table = shard.table
    before, after = (item.to_json()["Attributes"] if item is not None else None for item in (old, new))
    specification = table.stream_specification or {}
    if before == after or not specification.get("StreamEnabled"):
        return
    name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
    with backend.LOCK:
        number = shard.starting_sequence_number + len(shard.items)
        entry = backend.new_record(table, specification["StreamViewType"], name, old, new, number)
        record, change = entry.record, entry.record["dynamodb"]
        record["eventVersion"] = "1.1"
        record["awsRegion"] = table.region_name
        parts = [change[name] for name in ("Keys", "NewImage", "OldImage") if name in change]
        change["SizeBytes"] = sum(map(payloads.size, parts))
        if time_to_live.deletes_expired():
            record["userIdentity"] = dict(payloads.EXPIRY)
        shard.items.append(entry)
    lab.pollers.wake_source(f"{table.table_arn}/stream/{table.latest_stream_label}")
    if new is not None:
        time_to_live.schedule(lab.clock, table, new)
