"""The lab's clock: what schedules, retries and alarm periods follow, and the timers that wait on it.

It shows real time plus what cells have added with `advance()`. Seconds since the epoch.

A timer runs when its time comes: because real time passed (one background thread sleeps until the next timer is due;
where there are no threads, `run_due()` is called at `lab.settle()` and after each API call), or because somebody moved
the clock. `advance()` runs what falls due on the way, in order, each at its own time:

    invoke (fails) ─ advance(minutes=5) ─▶ 1 min: first retry (fails) ─▶ 3 min: second retry ─▶ 5 min

For that to be true the clock stands still while a timer runs, and while what it set off in other threads goes on
(`settle_with()`): the first retry must have failed before anybody can know that the second is due at three minutes.
"""

from __future__ import annotations

import heapq
import itertools
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import faults

if TYPE_CHECKING:
    from collections.abc import Callable

HAS_THREADS = sys.platform != "emscripten"


@dataclass(order=True)
class Timer:
    """A function that waits for its time. Equal times run in the order in which they were set."""

    when: float
    number: int
    function: Callable[[], object] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Do not run. A timer that has run, or is running, stays as it is."""
        self.cancelled = True


class Clock:
    """A clock that can be moved forward. Safe to use from any thread."""

    def __init__(self, *, threads: bool = HAS_THREADS) -> None:
        """`threads`: whether timers may run by themselves, in a thread that starts with the first of them."""
        self._threads = threads
        self._added = 0.0
        self._stands_at: float | None = None
        self._timers: list[Timer] = []
        self._numbers = itertools.count()
        self._lock = threading.Condition()
        self._turn = threading.RLock()
        """Held while timers run: one at a time, whoever runs them."""
        self._advancing = False
        self.advancing_to: float | None = None
        """What the clock will show when the `advance()` that goes on is over."""
        self._closed = False
        self._thread: threading.Thread | None = None
        self._settle: Callable[[], object] = lambda: None

    def time(self) -> float:
        """Now, in seconds since the epoch; inside a timer that `advance()` runs, the timer's own time."""
        stands_at = self._stands_at
        return time.time() + self._added if stands_at is None else stands_at

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Move the clock forward, and run what falls due on the way. Time does not run backwards: a ValueError."""
        by = seconds + 60 * (minutes + 60 * (hours + 24 * days))
        if by < 0:
            raise ValueError(f"the lab's clock cannot go back by {-by:g} seconds")
        with self._turn:
            if self._advancing:
                raise RuntimeError("a timer cannot move the clock that runs it")
            self._advancing = True
            self._stands_at = self.time()
            self.advancing_to = end = self._stands_at + by
            try:
                self._settle()  # what was asked for before happens before the clock moves
                while (timer := self._pop(end)) is not None:
                    self._stands_at = max(self._stands_at, timer.when)
                    timer.function()
                    self._settle()
            finally:
                with self._lock:
                    self._added += by
                    self._stands_at = self.advancing_to = None
                    self._advancing = False
                    self._lock.notify_all()

    # Timers ---------------------------------------------------------------------------------------------------

    def call_at(self, when: float, function: Callable[[], object]) -> Timer:
        """Call `function` when the clock shows `when`. It must be quick: other timers wait for it."""
        with self._lock:
            timer = Timer(when, next(self._numbers), function)
            if self._closed:
                timer.cancel()
                return timer
            heapq.heappush(self._timers, timer)
            if self._threads and self._thread is None:
                self._thread = threading.Thread(target=self._run, name="lambdalab-clock", daemon=True)
                self._thread.start()
            self._lock.notify_all()
        return timer

    def call_later(self, seconds: float, function: Callable[[], object]) -> Timer:
        """Call `function` when so many seconds have passed on this clock."""
        return self.call_at(self.time() + seconds, function)

    def run_due(self) -> bool:
        """Run the timers whose time has come; True if there was one. Inside a timer it does nothing."""
        ran = False
        with self._turn:
            while not self._advancing and (timer := self._pop(self.time())) is not None:
                ran = True
                timer.function()
        return ran

    def settle_with(self, settle: Callable[[], object]) -> None:
        """`advance()` calls `settle` after each timer: it returns when what the timer set off has been done."""
        self._settle = settle

    def clear(self) -> None:
        """Forget every timer. The time stays."""
        with self._lock:
            for timer in self._timers:
                timer.cancel()
            self._timers.clear()

    def close(self) -> None:
        """Forget every timer and end the thread. The clock still shows the time. Safe to call twice."""
        with self._lock:
            self._closed = True
            self._timers.clear()
            self._lock.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=5)

    def _pop(self, until: float) -> Timer | None:
        """Take the next timer that is due at `until`."""
        with self._lock:
            while self._timers and (self._timers[0].when <= until or self._timers[0].cancelled):
                timer = heapq.heappop(self._timers)
                if not timer.cancelled:
                    return timer
        return None

    def _run(self) -> None:
        """The thread: sleep until the next timer is due."""
        while True:
            with self._lock:
                while not self._closed and (left := self._seconds_left()) != 0:
                    self._lock.wait(left)
                if self._closed:
                    return
            try:
                self.run_due()
            except Exception as problem:  # one timer's fault does not end the others
                faults.report(problem, "running a timer of the lab's clock")

    def _seconds_left(self) -> float | None:
        """Until the next timer is due; None when that is for somebody else to know."""
        if self._advancing or not self._timers:
            return None
        # Not longer than the system can wait.
        return min(max(0.0, self._timers[0].when - self.time()), 86400.0)
