"""Everything that does something by itself is waited for together, and nobody waits for himself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.delivery.quiescence import Quiescence

if TYPE_CHECKING:
    from collections.abc import Callable


class Work:
    """A part without threads that runs what it was given."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []
        self.running = 0
        self.given = 0
        self.done = 0

    def give(self, work: Callable[[], None] = lambda: None) -> None:
        self.waiting.append(work)
        self.given += 1

    @property
    def busy(self) -> bool:
        return bool(self.waiting or self.running)

    def drain(self, timeout_s: float) -> bool:
        while self.waiting and not self.running:
            self.running = 1
            self.waiting.pop()()
            self.running = 0
            self.done += 1
        return True

    def settle(self, timeout_s: float) -> None:
        self.drain(timeout_s)


def test_what_one_part_gives_to_another_is_waited_for() -> None:
    queue, pollers = Work(), Work()
    pollers.give(lambda: queue.give(pollers.give))
    Quiescence(queue, pollers).settle()
    assert (queue.done, pollers.done) == (1, 2)


def test_a_call_that_a_function_makes_meanwhile_does_not_wait_for_that_function() -> None:
    """In the page each API call is followed by a drain(), also one that a function makes."""
    pollers = Work()
    settling = Quiescence(pollers)
    for begin in (settling.settle, settling.drain):
        pollers.give(settling.drain)
        begin()
    assert pollers.done == 2
