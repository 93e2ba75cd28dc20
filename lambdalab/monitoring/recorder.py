"""Keeps what happened in this lab, for `lab.events()` and the pictures of `lambdalab.show`.

A subscriber of the engine, and of the queue of asynchronous events: what both publish stands in one order. It is
bounded twice, by the number of events and by the text of their log lines: a lab that runs all day forgets its beginning
instead of filling the memory.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from lambdalab.runtime import LogLine

if TYPE_CHECKING:
    from lambdalab.runtime import Happening

EVENTS = 20_000
CHARACTERS = 8 << 20


class Recorder:
    """A subscriber: call it with each event, ask it for them later."""

    def __init__(self, events: int = EVENTS, characters: int = CHARACTERS) -> None:
        self._most_events, self._most_characters = events, characters
        self._lock = threading.Lock()
        self._events: deque[Happening] = deque()
        self._characters = 0

    def __call__(self, event: Happening) -> None:
        """Take one event; the oldest ones make room."""
        with self._lock:
            self._events.append(event)
            self._characters += _size(event)
            while len(self._events) > self._most_events or self._characters > self._most_characters:
                self._characters -= _size(self._events.popleft())

    def events(self, function_name: str | None = None) -> list[Happening]:
        """What happened, in order; of one function, or of all."""
        with self._lock:
            events = list(self._events)
        return [event for event in events if function_name in (None, event.function_name)]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._events.clear()
            self._characters = 0


def _size(event: Happening) -> int:
    return len(event.message) if isinstance(event, LogLine) else 0
