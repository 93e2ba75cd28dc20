"""The lab's clock: what schedules, retries and alarm periods follow.

It shows real time plus what cells have added with `advance()`. Seconds since the epoch.
"""

from __future__ import annotations

import time


class Clock:
    """A clock that can be moved forward."""

    def __init__(self) -> None:
        self._added = 0.0

    def time(self) -> float:
        """Now, in seconds since the epoch."""
        return time.time() + self._added

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Move the clock forward. Time does not run backwards: a negative sum is a ValueError."""
        by = seconds + 60 * (minutes + 60 * (hours + 24 * days))
        if by < 0:
            raise ValueError(f"the lab's clock cannot go back by {-by:g} seconds")
        self._added += by
