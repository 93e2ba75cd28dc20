"""A measured number: what it is, how much, and how much it may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table. A limit is the most that is still good."""

    what: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def over(self) -> bool:
        """Tell whether the value is past its limit."""
        return self.limit is not None and self.value > self.limit


Measure = Callable[[], Iterator[Figure]]


def number(value: float) -> str:
    """Write a number with as many digits as it means something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def line(figure: Figure) -> str:
    """Write a figure as a line of the table; what has no unit was counted."""
    written = number if figure.unit else "{:,.0f}".format
    text = f"{figure.what:<58} {written(figure.value):>9} {figure.unit:<3}"
    if figure.limit is not None:
        text += f"  {'✗' if figure.over else '✓'} at most {written(figure.limit)} {figure.unit}"
    return text.rstrip()
