"""A replay sends archived events to their bus again.

They go to all rules of the bus, or to those that the replay names: the events whose own `time` lies between the
replay's two, in the order of that time, with the field `replay-name`. On AWS that takes its time; in the lab a replay
is over when `lab.settle()` returns.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html
"""

from __future__ import annotations

import weakref
from datetime import datetime
from typing import TYPE_CHECKING, Any

from . import backend
from .archives import events_of
from .backend import ReplayState
from .payloads import replayed

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.clock import Clock

    from .backend import Account, StoredArchive, StoredReplay
    from .buses import Buses


class Replays:
    """All replays of a lab."""

    def __init__(self, clock: Clock, buses: Buses) -> None:
        self._clock = clock
        self._buses = buses
        self._last: weakref.WeakKeyDictionary[StoredReplay, float] = weakref.WeakKeyDictionary()
        """The time of the event that was replayed last."""

    def started(self, original: Callable[..., None]) -> Callable[..., None]:
        """StartReplay: it begins now, and StartReplay does not wait for it."""

        def replay_events(replay: StoredReplay, archive: StoredArchive) -> None:
            replay.start_time = self._clock.time()
            self._clock.call_later(0, lambda: self._run(replay, archive))

        return replay_events

    def _run(self, replay: StoredReplay, archive: StoredArchive) -> None:
        if replay.state is ReplayState.CANCELLING:
            replay.state = ReplayState.CANCELLED
        if replay.state is not ReplayState.STARTING:
            return
        replay.state = ReplayState.RUNNING
        only = replay.destination.get("FilterArns")
        first, last = float(replay.event_start_time), float(replay.event_end_time)
        for event in sorted(events_of(archive, self._clock.time()), key=_time):
            if first <= _time(event) <= last:
                self._buses.accept(replay.destination["Arn"], replayed(event, replay.name), only=only)
                self._last[replay] = _time(event)
        replay.state = ReplayState.COMPLETED
        replay.end_time = self._clock.time()

    def described(self, original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        """DescribeReplay, ListReplays: how far it has got."""

        def describe_short(replay: StoredReplay) -> dict[str, Any]:
            answer = {**original(replay), "EventLastReplayedTime": self._last.get(replay)}
            return {name: value for name, value in answer.items() if value is not None}

        return describe_short

    def cancel(self, account: Account, name: str) -> dict[str, str]:
        """CancelReplay: only before it has ended."""
        replay = backend.find_replay(account, name)
        if replay.state not in (ReplayState.STARTING, ReplayState.RUNNING):
            raise backend.illegal_status(f"Replay {name} is not in a valid state for this operation.")
        replay.state = ReplayState.CANCELLING
        return {"ReplayArn": replay.arn, "State": replay.state.value}


def _time(event: dict[str, Any]) -> float:
    return datetime.fromisoformat(event["time"]).timestamp()
