"""Time to live: the service deletes expired items.

The lab does it at the item's time itself, on the lab's clock, where AWS takes up to a few days.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from . import backend

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.clock import Clock
    from lambdalab.services.parts import LabParts

    from .backend import Item, Table


class _Thread(threading.local):
    deletes_expired = False


_thread = _Thread()


def deletes_expired() -> bool:
    """Whether it is the service that deletes an item, in this thread: its stream record says so."""
    return _thread.deletes_expired


def schedule(clock: Clock, table: Table, item: Item) -> None:
    """Delete an item when it expires, unless it was changed until then."""
    expires_at = _expires_at(table, item)
    if expires_at is None:
        return

    def expire() -> None:
        with backend.LOCK:
            current = table.get_item(item.hash_key, item.range_key)
            at = _expires_at(table, current) if current is not None else None
            if at is None or at > clock.time():
                return
            _thread.deletes_expired = True
            try:
                table.delete_item(item.hash_key, item.range_key)
            finally:
                _thread.deletes_expired = False

    clock.call_at(expires_at, expire)


def update(lab: LabParts, original: Callable[..., None]) -> Callable[..., None]:
    """UpdateTimeToLive, for the items that are in the table already."""

    def update_time_to_live(account: Any, table_name: str, ttl_spec: dict[str, Any]) -> None:
        original(account, table_name, ttl_spec)
        table: Table = account.get_table(table_name)
        for item in list(table.all_items()):
            schedule(lab.clock, table, item)

    return update_time_to_live


def _expires_at(table: Table, item: Item) -> float | None:
    if table.ttl.get("TimeToLiveStatus") != "ENABLED":
        return None
    value = item.attrs.get(str(table.ttl.get("AttributeName")))
    return float(value.value) if value is not None and value.type == "N" else None
