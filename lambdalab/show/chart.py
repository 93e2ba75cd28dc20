"""A line chart: a few named lines over two axes, and the points that matter.

`lab.chart(...)` makes one. Each line has a colour and a dash pattern of its own, so that it can be told from the others
without colours. The same numbers give the same bytes, on every machine: a stored picture can be compared.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from . import svg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Point = tuple[float, float]

WIDTH = 480
LEFT, RIGHT, BOTTOM = 56, 16, 46
PLOT_HEIGHT = 220
LETTER = 7
"""Room for one letter of a mark's words."""
ROW = 20
"""Height of a line of the key."""
STYLES = (("accent", ""), ("warm", "7 4"), ("error", "2 4"), ("muted", "10 3 2 3"))
"""Colour and dash pattern of the first line, the second …"""


class Chart:
    """A picture of lines. `lines` are points by name; `marks` are texts by the point that they stand at."""

    def __init__(
        self,
        lines: Mapping[str, Iterable[Point]],
        *,
        title: str,
        x: str,
        y: str,
        marks: Mapping[Point, str] | None = None,
    ) -> None:
        self._lines = {name: list(points) for name, points in lines.items()}
        self._marks = dict(marks or {})
        self._title, self._x, self._y = title, x, y
        if not 1 <= len(self._lines) <= len(STYLES):
            raise ValueError(f"A chart shows 1 to {len(STYLES)} lines, not {len(self._lines)}.")
        for name, points in self._lines.items():
            if len(points) < 2:
                raise ValueError(f"The line {name!r} has {len(points)} points; a line needs two or more.")
        every = [point for points in self._lines.values() for point in points] + list(self._marks)
        if not all(math.isfinite(number) for point in every for number in point):
            raise ValueError("A point of a chart is two finite numbers.")
        self._x_ticks = ticks(min(point[0] for point in every), max(point[0] for point in every))
        self._y_ticks = ticks(min(0, *(point[1] for point in every)), max(point[1] for point in every))

    def __repr__(self) -> str:
        return f"<Chart: {self._title}. {self.description}>"

    @property
    def description(self) -> str:
        """What the picture shows, in words."""
        lines = [
            f"{name}: from {said(first[1])} at {said(first[0])} to {said(last[1])} at {said(last[0])}"
            for name, (first, *_, last) in self._lines.items()
        ]
        marks = [f"{words}, at {said(px)} and {said(py)}" for (px, py), words in self._marks.items()]
        return f"{self._y}, by {self._x}. " + ". ".join([*lines, *marks]) + "."

    def _repr_svg_(self) -> str:
        return svg.picture(WIDTH, self._bottom + BOTTOM, self._title, self.description, list(self._shapes()))

    @property
    def _top(self) -> float:
        """Where the plot begins: below the title, the key and the vertical axis's label."""
        return 40 + ROW * len(self._lines) + 34

    @property
    def _bottom(self) -> float:
        return self._top + PLOT_HEIGHT

    def _at(self, point: Point) -> Point:
        """Where a point of the lines stands in the picture."""
        (x0, x1), (y0, y1) = (self._x_ticks[0], self._x_ticks[-1]), (self._y_ticks[0], self._y_ticks[-1])
        across = LEFT + (point[0] - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT)
        return round(across, 1), round(self._bottom - (point[1] - y0) / (y1 - y0) * PLOT_HEIGHT, 1)

    def _shapes(self) -> Iterator[str]:
        yield svg.text(16, 27, self._title, bold=True)
        for row, (name, (ink, dash)) in enumerate(zip(self._lines, STYLES, strict=False)):
            y = 48 + ROW * row
            yield _path([(16, y), (48, y)], ink, dash)
            yield svg.text(58, y + 4.5, name)
        yield svg.text(16, self._top - 14, self._y, "muted")
        for tick in self._y_ticks:
            across, height = self._at((self._x_ticks[0], tick))
            yield svg.line(across, height, WIDTH - RIGHT, height, "border")
            yield svg.text(across - 8, height + 4.5, number(tick), "muted", anchor="end")
        for tick in self._x_ticks:
            across, _ = self._at((tick, self._y_ticks[0]))
            yield svg.line(across, self._bottom, across, self._bottom + 4, "border-strong")
            yield svg.text(across, self._bottom + 19, number(tick), "muted", anchor="middle")
        yield svg.line(LEFT, self._bottom, WIDTH - RIGHT, self._bottom, "border-strong")
        yield svg.text(WIDTH - RIGHT, self._bottom + 38, self._x, "muted", anchor="end")
        for points, (ink, dash) in zip(self._lines.values(), STYLES, strict=False):
            yield _path([self._at(point) for point in points], ink, dash)
        for point, words in self._marks.items():
            yield from self._mark(point, words)

    def _mark(self, point: Point, words: str) -> Iterator[str]:
        """A ring around the point; its words below it, to the right if there is room: rising lines leave it there."""
        across, height = self._at(point)
        yield (
            f'<circle cx="{across:g}" cy="{height:g}" r="5" '
            f'style="fill:{svg.colour("bg")};stroke:{svg.colour("text")};stroke-width:2"/>'
        )
        left = across + 8 + LETTER * len(words) < WIDTH
        # The words have an edge of background around their letters: a line may run behind them.
        yield f'<g style="paint-order:stroke;stroke:{svg.colour("bg")};stroke-width:5;stroke-linejoin:round">'
        yield svg.text(across + (8 if left else -8), height + 17, words, bold=True, anchor="start" if left else "end")
        yield "</g>"


def ticks(low: float, high: float) -> list[float]:
    """Round numbers from `low` or below to `high` or above, four to eight steps apart."""
    if high <= low:
        high = low + 1
    widest = (high - low) / 4 * 1.001  # 19.99998 is meant to be 20
    power = 10.0 ** math.floor(math.log10(widest))
    step = next(power * factor for factor in (10, 5, 2.5, 2, 1) if power * factor <= widest)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(index * step, 10) for index in range(first, last + 1)]


def number(value: float) -> str:
    """A number as a reader writes it: 1,000,000 and 0.25, never 1e+06."""
    text = f"{value:,.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def said(value: float) -> str:
    """A number in a sentence: three digits are enough."""
    return number(float(f"{value:.3g}"))


def _path(points: list[Point], ink: str, dash: str) -> str:
    steps = " ".join(f"{across:g},{height:g}" for across, height in points)
    dashes = f";stroke-dasharray:{dash}" if dash else ""
    return f'<polyline points="{steps}" style="fill:none;stroke:{svg.colour(ink)};stroke-width:2.4{dashes}"/>'
