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
_BEFORE_START_S = 0.001
"""A schedule that is due at its start is due after this long before it."""
_MOST_COUNTED = 1_000_000
"""Left-out times are counted up to here."""


@dataclass(eq=False)
class ScheduleTimer:
    """One schedule that runs. Kept on the rule or schedule that it is of, so that it is gone with it."""

    name: str
    schedule: Schedule
    fire: Callable[[float], object]
    """Gets the time at which the schedule was due."""
    started: float
    ended: float | None = None
    """It does not fire after that."""
    completed: Callable[[], object] = lambda: None
    """Called when it will not fire any more, unless it was stopped."""
    timer: Timer | None = None
    during: float | None = None
    """The target of the `advance()` in which it fired last."""
    fired: int = field(default=0)
    """How often, in that `advance()`."""

    def stop(self) -> None:
        """It will not fire any more."""
        if self.timer is not None:
            self.timer.cancel()
        self.schedule = _Never()

    def next(self, after: float) -> float | None:
        """When it is due next."""
        return self.schedule.next(after, self.started)


class _Never:
    def next(self, after: float, start: float) -> float | None:
        return None


class ScheduleTimers:
    """All schedules of a lab."""

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
        completed: Callable[[], object] = lambda: None,
    ) -> ScheduleTimer:
        """`name` is for people: "rule nightly". `started`: from when a rate counts, now if not given."""
        now = self._clock.time()
        timer = ScheduleTimer(name, schedule, fire, now if started is None else started, ended, completed)
        just_now = started is not None and started > now - 1
        self._set(timer, timer.started - _BEFORE_START_S if just_now else now)
        return timer

    def _set(self, timer: ScheduleTimer, after: float) -> None:
        due = timer.next(after)
        if due is None or (timer.ended is not None and due > timer.ended):
            timer.timer = None
            if not isinstance(timer.schedule, _Never):
                timer.completed()
        else:
            timer.timer = self._clock.call_at(due, lambda: self._fire(timer, due))

    def _fire(self, timer: ScheduleTimer, due: float) -> None:
        try:
            timer.fire(due)
        finally:
            self._set(timer, self._next_after(timer, due))

    def _next_after(self, timer: ScheduleTimer, due: float) -> float:
        until = self._clock.advancing_to
        if until is None:
            return max(due, self._clock.time())
        if timer.during != until:
            timer.during, timer.fired = until, 0
        timer.fired += 1
        if timer.fired < MOST:
            return due
        left_out = _count(timer, due, until)
        if left_out:
            warnings.warn(
                f"{timer.name} was due {timer.fired + left_out:,} times while the clock moved. The lab ran it "
                f"{timer.fired:,} times, and left out the last {left_out:,}.",
                stacklevel=2,
            )
        return until


def _count(timer: ScheduleTimer, after: float, until: float) -> int:
    """How often a schedule is still due."""
    found = 0
    due = timer.next(after)
    while due is not None and due <= until and found < _MOST_COUNTED:
        found += 1
        due = timer.next(due)
    return found
