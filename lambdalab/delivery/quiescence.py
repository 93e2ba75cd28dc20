"""Waits until nothing is left to do anywhere: what a poller runs may fill the queue, and what that runs, a poller's.

A part is quiet when it has nothing to do now; all are quiet when each is, and none was given anything while the others
were asked.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Part(Protocol):
    """The queue of asynchronous events, the pollers."""

    @property
    def busy(self) -> bool:
        """Whether there is something to do now."""

    @property
    def given(self) -> int:
        """How often it was given something to do."""

    def settle(self, timeout_s: float) -> None:
        """Return when it is not busy; TimeoutError."""

    def drain(self, timeout_s: float) -> bool:
        """Without threads: do what there is to do; False if that takes too long."""


class Quiescence:
    """All parts of a lab that do something by themselves."""

    def __init__(self, *parts: Part) -> None:
        self._parts = parts
        self._draining = False

    def settle(self, timeout_s: float = 60.0) -> None:
        """Return when nothing is left to do now; what waits for a later time stays. TimeoutError says what runs."""
        end = time.monotonic() + timeout_s
        already, self._draining = self._draining, True  # what a function calls meanwhile leaves the rest to us
        try:
            while True:
                before = self._given()
                for part in self._parts:
                    part.settle(max(0.0, end - time.monotonic()))
                if not any(part.busy for part in self._parts) and self._given() == before:
                    return
        finally:
            self._draining = already

    def drain(self, timeout_s: float = 60.0) -> None:
        """Without threads: do what there is to do. Called while that goes on, it leaves the rest to whoever began."""
        if self._draining:
            return
        self._draining = True
        end = time.monotonic() + timeout_s
        try:
            while True:
                in_time = [part.drain(max(0.0, end - time.monotonic())) for part in self._parts]
                if not all(in_time) or not any(part.busy for part in self._parts):
                    return
        finally:
            self._draining = False

    def _given(self) -> Sequence[int]:
        return [part.given for part in self._parts]
