"""Samples of a duration, and what to say of them."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tools.bench.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class Samples:
    """Durations of one thing, in seconds."""

    name: str
    seconds: list[float] = field(default_factory=list)

    def measure(self, work: Callable[[], object]) -> None:
        """Do the work once, and note how long it took."""
        began = time.perf_counter()
        work()
        self.seconds.append(time.perf_counter() - began)

    @property
    def p50(self) -> float:
        """The median."""
        return statistics.median(self.seconds)


def in_turn(rounds: int, *pairs: tuple[Samples, Callable[[], object]]) -> None:
    """Measure several things alternately, so that a slow moment of the machine meets all of them."""
    for _ in range(rounds):
        for samples, work in pairs:
            samples.measure(work)


def figures(samples: list[Samples]) -> Iterator[Figure]:
    """A line each: the medians."""
    for row in samples:
        yield Figure(f"{row.name}, p50 of {len(row.seconds)}", row.p50 * 1e3, "ms")


def ratio(of: Samples, to: Samples, limit: float | None = None) -> Figure:
    """How much slower one is than the other, by their medians."""
    return Figure(f"{of.name} / {to.name}", of.p50 / to.p50, "×", limit)
