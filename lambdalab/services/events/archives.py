"""Archives keep what comes to a bus; a replay sends it there again.

A replay goes to the bus that the archive is of, to all of its rules or to those that are named: the events whose own
`time` lies between the replay's two, in the order of that time, with the field `replay-name`. Archives do not keep them
a second time.

On AWS an archive has an event after some minutes at most, tells its size a day later, and a replay takes its time. In
the lab an archive has it at once, and a replay is over when `lab.settle()` returns.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lambdalab.event_patterns.matching import matches
from lambdalab.moto_patches import Patch

from .payloads import replayed

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.clock import Clock

    from .buses import Buses

_DAY_S = 86400


@dataclass(frozen=True)
class Kept:
    """An event in an archive."""

    event: dict[str, Any]
    came: float


def keep(backend: Any, bus: Any, event: dict[str, Any], now: float) -> None:
    """Into each archive of the bus that wants it."""
    if "replay-name" in event:
        return
    for archive in list(backend.archives.values()):
        pattern = archive.event_pattern.dump()
        if archive.source_arn == bus.arn and (not pattern or matches(pattern, event)):
            archive.events.append(Kept(copy.deepcopy(event), now))


class Replays:
    """What the lab adds to moto's archives."""

    def __init__(self, clock: Clock, buses: Buses) -> None:
        self._clock = clock
        self._buses = buses

    def replay(self, original: Callable[..., None]) -> Callable[..., None]:
        """It begins now, and StartReplay does not wait for it."""

        def replay_events(replay: Any, archive: Any) -> None:
            replay.start_time = self._clock.time()
            self._clock.call_later(0, lambda: self._run(replay, archive))

        return replay_events

    def _run(self, replay: Any, archive: Any) -> None:
        from moto.events.models import ReplayState, events_backends

        if replay.state is ReplayState.CANCELLING:
            replay.state = ReplayState.CANCELLED
        if replay.state is not ReplayState.STARTING:
            return
        replay.state = ReplayState.RUNNING
        backend = events_backends[replay.account_id][replay.region]
        bus = replay.destination["Arn"].rpartition("/")[2]
        only = replay.destination.get("FilterArns")
        self._forget_old(archive)
        first, last = float(replay.event_start_time), float(replay.event_end_time)
        for event in sorted((kept.event for kept in archive.events), key=_time):
            if first <= _time(event) <= last:
                self._buses.accept(backend, bus, replayed(copy.deepcopy(event), replay.name), only=only)
                replay.lab_last = _time(event)
        replay.state = ReplayState.COMPLETED
        replay.end_time = self._clock.time()

    def described(self, original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        """How far it is."""

        def describe_short(replay: Any) -> dict[str, Any]:
            answer = original(replay)
            answer["EventLastReplayedTime"] = getattr(replay, "lab_last", None)
            return {name: value for name, value in answer.items() if value is not None}

        return describe_short

    def cancelled(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Only what has not ended can be."""

        def cancel_replay(backend: Any, name: str) -> dict[str, str]:
            from moto.events.exceptions import IllegalStatusException
            from moto.events.models import ReplayState

            replay = backend._get_replay(name)
            if replay.state not in (ReplayState.STARTING, ReplayState.RUNNING):
                raise IllegalStatusException(f"Replay {name} is not in a valid state for this operation.")
            replay.state = ReplayState.CANCELLING
            return {"ReplayArn": replay.arn, "State": replay.state.value}

        return cancel_replay

    def size(self, original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        """Without what is older than the archive keeps it."""

        def describe_short(archive: Any) -> dict[str, Any]:
            self._forget_old(archive)
            sizes = [len(json.dumps(kept.event, separators=(",", ":")).encode()) for kept in archive.events]
            return {**original(archive), "SizeBytes": sum(sizes), "EventCount": len(sizes)}

        return describe_short

    def _forget_old(self, archive: Any) -> None:
        if days := int(archive.retention or 0):
            oldest = self._clock.time() - days * _DAY_S
            archive.events[:] = [kept for kept in archive.events if kept.came >= oldest]


def patches(replays: Replays) -> tuple[Patch, ...]:
    """The changes to moto's archives and replays."""
    models = "moto.events.models"
    return (
        Patch(
            models, "Replay", "replay_events", ("self", "archive"), replays.replay, "moto replays to all rules, at once"
        ),
        Patch(
            models, "Replay", "describe_short", ("self",), replays.described, "moto does not tell how far a replay is"
        ),
        Patch(
            models, "EventsBackend", "cancel_replay", ("self", "name"), replays.cancelled, "moto cancels what is over"
        ),
        Patch(models, "Archive", "describe_short", ("self",), replays.size, "moto tells the size of a list in memory"),
    )


def _time(event: dict[str, Any]) -> float:
    return datetime.fromisoformat(event["time"]).timestamp()
