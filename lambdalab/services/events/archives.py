"""Archives keep the events of a bus that match their pattern.

On AWS an archive has an event after some minutes at most, and shows its size a day later. In the lab it does both at
once.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import backend
from .patterns import matches_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.clock import Clock

    from .backend import StoredArchive, StoredBus

_DAY_S = 86400


@dataclass(frozen=True)
class Archived:
    """An event in an archive."""

    event: dict[str, Any]
    at: float
    """When it was archived."""


def keep(bus: StoredBus, event: dict[str, Any], now: float) -> None:
    """Add an event to each archive of its bus whose pattern it matches. Replayed events are not archived again."""
    if "replay-name" in event:
        return
    for archive in backend.archives_of(bus):
        if matches_event(archive.event_pattern, event):
            archive.events.append(Archived(copy.deepcopy(event), now))


def events_of(archive: StoredArchive, now: float) -> list[dict[str, Any]]:
    """Copies of the events that it keeps now; older ones than its retention allows are dropped."""
    if days := int(archive.retention or 0):
        archive.events[:] = [kept for kept in archive.events if kept.at >= now - days * _DAY_S]
    return [copy.deepcopy(kept.event) for kept in archive.events]


def described(clock: Clock, original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """DescribeArchive, ListArchives: how many events there are, and how large they are."""

    def describe_short(archive: StoredArchive) -> dict[str, Any]:
        sizes = [len(json.dumps(event, separators=(",", ":")).encode()) for event in events_of(archive, clock.time())]
        return {**original(archive), "SizeBytes": sum(sizes), "EventCount": len(sizes)}

    return describe_short
