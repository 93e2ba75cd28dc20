"""How long a service waits for a function before it answers for itself. The function is not told, and runs to its end.

    sources.patience.within(30, lambda: sources.delivery.call(…))      its answer, or TooLate

`lab.settle()` waits for functions that nobody waits for any more. Where there are no threads (the page), nobody can
answer meanwhile: the function ends first, and its answer comes too late then as well.
"""

from __future__ import annotations

import contextvars
import threading
import time
from typing import TYPE_CHECKING, TypeVar

from lambdalab.clock import HAS_THREADS

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class TooLate(TimeoutError):
    """It has not answered in time."""


class IntegrationTimeout:
    """Of all services that wait. A part of the lab that `lab.settle()` asks (`lambdalab.delivery.quiescence.Part`)."""

    def __init__(self, *, threads: bool = HAS_THREADS) -> None:
        """`threads`: whether a service may answer while the function runs."""
        self._threads = threads
        self._changed = threading.Condition()
        self._running = 0
        self._given = 0

    def within(self, seconds: float, call: Callable[[], T]) -> T:
        """What `call` returns or raises, if it does so in this time; else TooLate."""
        if not self._threads:
            begun = time.monotonic()
            made = call()
            if time.monotonic() - begun > seconds:
                raise TooLate
            return made
        results: list[T] = []
        problems: list[BaseException] = []
        done = threading.Event()
        latest = time.monotonic() + seconds
        ended: list[float] = []

        def run() -> None:
            try:
                results.append(call())
            except BaseException as problem:
                problems.append(problem)
            finally:
                ended.append(time.monotonic())
                done.set()
                with self._changed:
                    self._running -= 1
                    self._changed.notify_all()

        with self._changed:
            self._running += 1
            self._given += 1
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(run,), name="lambdalab-waited-for", daemon=True).start()
        # On a busy machine one may look again long after the time is up.
        if not done.wait(seconds) or ended[0] > latest:
            raise TooLate
        if problems:
            raise problems[0]
        return results[0]

    @property
    def busy(self) -> bool:
        """Whether a function runs that somebody waits for, or waited."""
        return self._running > 0

    @property
    def given(self) -> int:
        """How often one was started."""
        return self._given

    def settle(self, timeout_s: float) -> None:
        """Return when none runs any more; TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._running, timeout_s):
                raise TimeoutError(
                    f"After {timeout_s:g} seconds {self._running} functions still run that an API has invoked. "
                    "Their own timeout ends them; lab.reset() drops everything."
                )

    def drain(self, timeout_s: float) -> bool:
        """Without threads nothing runs by itself."""
        return True
