"""Schedules on the lab's clock.

A schedule has one timer, for its next time, and sets the next one when it fires. So `clock.advance(days=30)` runs
rate(1 hour) 720 times, each at its own time; and because rate(1 minute) would run 43,200 times, which takes minutes,
one schedule fires at most `MOST` times in one `advance()`, and a warning says how many times were left out. Where time
passes by itself, what was missed (the machine slept) is not made up for.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.clock import Clock, Timer

    from .schedule_expressions import Schedule

MOST = 1500
_JUST = 0.001
"""Seconds before the start: what is due at the start comes later than that."""
_COUNTED = 1_000_000
"""Left-out times are counted up to here."""


@dataclass(eq=False)
class Ticking:
    """One schedule that runs. Kept by what has the schedule, so that it is gone with it."""

    name: str
    schedule: Schedule
    fire: Callable[[float], object]
    """Is told the time at which the schedule was due."""
    started: float
    ended: float | None = None
    """No firing after that."""
    over: Callable[[], object] = lambda: None
    """Called when it will not fire any more, unless it was stopped."""
    timer: Timer | None = None
    during: float | None = None
    fired: int = field(default=0)

    def stop(self) -> None:
        """It will not fire any more."""
        if self.timer is not None:
            self.timer.cancel()
        self.schedule = _Never()


class _Never:
    def next(self, after: float, start: float) -> float | None:
        return None


class Clockwork:
    """Sets the timers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def start(
        self,
        name: str,
        schedule: Schedule,
        fire: Callable[[float], object],
        *,
        started: float | None = None,
        ended: float | None = None,
        over: Callable[[], object] = lambda: None,
    ) -> Ticking:
        """`name` is for people: "rule nightly". `started`: from when a rate counts, now if not given."""
        now = self._clock.time()
        ticking = Ticking(name, schedule, fire, now if started is None else started, ended, over)
        just_now = started is not None and started > now - 1
        self._set(ticking, ticking.started - _JUST if just_now else now)
        return ticking

    def _set(self, ticking: Ticking, after: float) -> None:
        due = ticking.schedule.next(after, ticking.started)
        if due is None or (ticking.ended is not None and due > ticking.ended):
            ticking.timer = None
            if not isinstance(ticking.schedule, _Never):
                ticking.over()
        else:
            ticking.timer = self._clock.call_at(due, lambda: self._fire(ticking, due))

    def _fire(self, ticking: Ticking, due: float) -> None:
        try:
            ticking.fire(due)
        finally:
            self._set(ticking, self._next_after(ticking, due))

    def _next_after(self, ticking: Ticking, due: float) -> float:
        until = self._clock.advancing_to
        if until is None:
            return max(due, self._clock.time())
        if ticking.during != until:
            ticking.during, ticking.fired = until, 0
        ticking.fired += 1
        if ticking.fired < MOST:
            return due
        left_out = _count(ticking, due, until)
        if left_out:
            warnings.warn(
                f"{ticking.name} was due {ticking.fired + left_out:,} times while the clock moved. The lab ran it "
                f"{ticking.fired:,} times, and left out the last {left_out:,}.",
                stacklevel=2,
            )
        return until


def _count(ticking: Ticking, after: float, until: float) -> int:
    """How often a schedule is still due."""
    found = 0
    due = ticking.schedule.next(after, ticking.started)
    while due is not None and due <= until and found < _COUNTED:
        found += 1
        due = ticking.schedule.next(due, ticking.started)
    return found
