"""Time on a real account: nobody can move it, so `advance()` waits, and says for how long."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_WORTH_SAYING_S = 3


class Waiting:
    """`lab.clock` on a real account."""

    def __init__(self, sleep: Callable[[float], None], say: Callable[[str], None]) -> None:
        self._sleep = sleep
        self._say = say

    def time(self) -> float:
        """Now, in seconds since the epoch."""
        return time.time()

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Wait. Interrupt the kernel to stop waiting: the cell ends there, and the next ones can be run."""
        by = seconds + 60 * (minutes + 60 * (hours + 24 * days))
        if by < 0:
            raise ValueError(f"time does not go back by {-by:g} seconds")
        self.wait(by, "as the cell says, and this is a real account")

    def wait(self, seconds: float, why: str) -> None:
        """Wait, and say why if it takes more than a moment."""
        if seconds >= _WORTH_SAYING_S:
            until = time.strftime("%H:%M:%S", time.localtime(time.time() + seconds))
            stop = " Interrupt the kernel to skip it." if seconds > 60 else ""
            self._say(f"waiting {length(seconds)}, until {until}: {why}.{stop}")
        self._sleep(seconds)


class NoPace:
    """`lab.pace` on a real account: what a cell sets has no effect, AWS takes as long as it takes."""

    def __init__(self) -> None:
        self.deployment_seconds = 0.0
        self.random = random.Random()


def length(seconds: float) -> str:
    """A length of time as people say it."""
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size or seconds == size:
            return f"{seconds / size:g} {unit if seconds != size else unit[:-1]}"
    return f"{seconds:g} s"
