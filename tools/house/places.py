"""Where each box stands and each arrow runs.

Floors are rows from the top down. On each, boxes are ordered so that arrows are short. An arrow that passes a floor
runs through a gap between its boxes, in a lane of its own. The same rooms give the same places, always.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .plan import Arrow, Room

    Point = tuple[float, float]

LETTER = 7.4
"""The width of a letter of a name, in pixels."""
PADDING = 10.0
LINE = 17.0
PORT = 24.0
"""The ends of arrows at a box are so far apart: a number stands beside each."""
LANE = 7.0
GAP = 22.0
FLOOR_GAP = 54.0
WIDEST = 900.0
"""A floor with more boxes than this holds is divided into several rows."""


@dataclass(frozen=True)
class Run:
    """An arrow in its place: upright between two points, bent to the next, and so on. The last one is the tip."""

    arrow: Arrow
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Placed:
    """A room in its place, with what is inside; all measured from the picture's corner."""

    room: Room
    x: float
    y: float
    width: float
    height: float
    inside: tuple[Placed, ...] = ()
    runs: tuple[Run, ...] = ()

    @property
    def middle(self) -> float:
        """Of its width."""
        return self.x + self.width / 2

    def moved(self, dx: float, dy: float) -> Placed:
        """The same, elsewhere."""
        return replace(
            self,
            x=self.x + dx,
            y=self.y + dy,
            inside=tuple(inner.moved(dx, dy) for inner in self.inside),
            runs=tuple(Run(run.arrow, tuple((x + dx, y + dy) for x, y in run.points)) for run in self.runs),
        )


def caption(room: Room) -> tuple[str, ...]:
    """What stands below a room's name."""
    count = () if room.files == 1 and not room.circle else (f"{room.files} file{'s' if room.files > 1 else ''}",)
    return (*count, *([f"{room.circle} in a circle"] if room.circle else []))


def place(room: Room, ends: int = 0) -> Placed:
    """A room from (0, 0) on; `ends` is how many arrows end at its fuller side."""
    words = [f"{room.name}  {', '.join(caption(room))}"] if room.floors else [room.name, *caption(room)]
    width = max(max(map(len, words)) * LETTER + 2 * PADDING, ends * PORT + PADDING)
    if not room.floors:
        return Placed(room, 0, 0, math.ceil(width), LINE * len(words) + 12)
    inside, runs, inner_width, inner_height = _arrange(room)
    width = math.ceil(max(width, inner_width + 2 * PADDING))
    left = (width - inner_width) / 2
    frame = Placed(room, 0, 0, inner_width, inner_height, inside, runs).moved(left, LINE + 14)
    return replace(frame, x=0, y=0, width=width, height=math.ceil(LINE + 14 + inner_height + PADDING))


def _arrange(room: Room) -> tuple[tuple[Placed, ...], tuple[Run, ...], float, float]:
    """The rooms inside a room, its arrows, and the width and height of it all."""
    arrows = room.arrows
    boxes = {inner.name: place(inner, ends) for inner, ends in _crowded(room)}
    rows = [part for floor in room.floors for part in _divided([inner.name for inner in floor], boxes)]
    rows = _ordered(rows, boxes, arrows)
    floor = {name: number for number, row in enumerate(rows) for name in row}
    boxes = _columns(rows, boxes, [[0] * (len(row) + 1) for row in rows])
    gaps = {arrow: _gaps(arrow, rows, boxes, floor) for arrow in arrows}
    crowds = [[0] * (len(row) + 1) for row in rows]
    for passed in gaps.values():
        for number, gap in passed.items():
            crowds[number][gap] += 1
    boxes = _rows(rows, _columns(rows, boxes, crowds))
    runs = _runs(arrows, boxes, _lanes(rows, boxes, gaps, floor), floor, _edges(rows, boxes))
    left = min([box.x for box in boxes.values()] + [x for run in runs for x, _ in run.points])
    right = max([box.x + box.width for box in boxes.values()] + [x for run in runs for x, _ in run.points])
    bottom = max(box.y + box.height for box in boxes.values()) + _dip(arrows, floor, len(rows) - 1)
    everything = Placed(room, 0, 0, 0, 0, tuple(boxes[inner.name] for inner in room.rooms), runs).moved(-left, 0)
    return everything.inside, everything.runs, right - left, bottom


def _crowded(room: Room) -> Iterator[tuple[Room, int]]:
    """The rooms inside a room, and how many arrows end at the fuller side of each."""
    floor = {inner.name: number for number, row in enumerate(room.floors) for inner in row}
    for inner in room.rooms:
        above = below = 0
        for arrow in room.arrows:
            way = floor[arrow.target] - floor[arrow.source]
            if arrow.source == inner.name:
                above, below = (above, below + 1) if way >= 0 else (above + 1, below)
            if arrow.target == inner.name:
                above, below = (above + 1, below) if way > 0 else (above, below + 1)
        yield inner, max(above, below)


def _divided(names: Sequence[str], boxes: dict[str, Placed]) -> list[list[str]]:
    """A floor as rows that are about equally wide."""
    whole = sum(boxes[name].width + GAP for name in names)
    limit = whole / math.ceil(whole / WIDEST)
    rows: list[list[str]] = [[]]
    filled = 0.0
    for name in names:
        width = boxes[name].width + GAP
        if rows[-1] and filled + width / 2 > limit:
            rows.append([])
            filled = 0.0
        rows[-1].append(name)
        filled += width
    return rows


def _ordered(rows: list[list[str]], boxes: dict[str, Placed], arrows: Sequence[Arrow]) -> list[list[str]]:
    """Boxes change places on their floor as long as that makes arrows shorter."""

    def length(rows: list[list[str]]) -> float:
        at = _columns(rows, boxes, [[0] * (len(row) + 1) for row in rows])
        return sum(abs(at[arrow.source].middle - at[arrow.target].middle) for arrow in arrows)

    shortest = length(rows)
    better = True
    while better:
        better = False
        for number, row in enumerate(rows):
            for one in range(len(row)):
                for other in range(one + 1, len(row)):
                    swapped = [list(names) for names in rows]
                    swapped[number][one], swapped[number][other] = row[other], row[one]
                    if (now := length(swapped)) < shortest - 0.5:
                        rows, row, shortest, better = swapped, swapped[number], now, True
    return rows


def _columns(rows: list[list[str]], boxes: dict[str, Placed], crowds: list[list[int]]) -> dict[str, Placed]:
    """Boxes beside each other, with room in the gaps for what passes; each floor in the middle."""
    placed = {}
    for row, crowd in zip(rows, crowds, strict=True):
        wide = [max(GAP, count * LANE + GAP) for count in crowd]
        x = -(sum(boxes[name].width for name in row) + sum(wide[1:-1])) / 2
        for name, after in zip(row, wide[1:], strict=True):
            box = boxes[name]
            placed[name] = box.moved(round(x) - box.x, 0)
            x += box.width + after
    return placed


def _rows(rows: list[list[str]], boxes: dict[str, Placed]) -> dict[str, Placed]:
    """The floors below each other."""
    placed, y = {}, 0.0
    for row in rows:
        height = max(boxes[name].height for name in row)
        for name in row:
            placed[name] = boxes[name].moved(0, y + (height - boxes[name].height) / 2)
        y += height + FLOOR_GAP
    return placed


def _gaps(arrow: Arrow, rows: list[list[str]], boxes: dict[str, Placed], floor: dict[str, int]) -> dict[int, int]:
    """Through which gap of each floor between its ends an arrow passes: that nearest to a straight line."""
    start, end = floor[arrow.source], floor[arrow.target]
    passed = {}
    for number in range(min(start, end) + 1, max(start, end)):
        row = [boxes[name] for name in rows[number]]
        places = [row[0].x - GAP, *(box.x + box.width + GAP / 2 for box in row)]
        straight = _straight(arrow, boxes, floor, number)
        passed[number] = min(range(len(places)), key=lambda gap: (abs(places[gap] - straight), gap))
    return passed


def _straight(arrow: Arrow, boxes: dict[str, Placed], floor: dict[str, int], number: int) -> float:
    """Where a straight line between its ends crosses a floor."""
    source, target = boxes[arrow.source].middle, boxes[arrow.target].middle
    share = (number - floor[arrow.source]) / (floor[arrow.target] - floor[arrow.source])
    return source + (target - source) * share


def _lanes(
    rows: list[list[str]], boxes: dict[str, Placed], gaps: dict[Arrow, dict[int, int]], floor: dict[str, int]
) -> dict[Arrow, dict[int, float]]:
    """For each floor that an arrow passes: where (x)."""
    lanes: dict[Arrow, dict[int, float]] = {arrow: {} for arrow in gaps}
    for number, row in enumerate(rows):
        placed = [boxes[name] for name in row]
        for gap in range(len(row) + 1):
            passing = [arrow for arrow, passed in gaps.items() if passed.get(number) == gap]
            passing.sort(key=lambda arrow: (_straight(arrow, boxes, floor, number), arrow.source, arrow.target))
            span = LANE * (len(passing) - 1)
            if gap == 0:
                x = placed[0].x - GAP / 2 - span
            elif gap == len(row):
                x = placed[-1].x + placed[-1].width + GAP / 2
            else:
                before = placed[gap - 1].x + placed[gap - 1].width
                x = (before + placed[gap].x) / 2 - span / 2
            for arrow in passing:
                lanes[arrow][number] = x
                x += LANE
    return lanes


def _edges(rows: list[list[str]], boxes: dict[str, Placed]) -> list[tuple[float, float]]:
    """Where each floor begins and ends: no box of it stands above or below."""
    placed = [[boxes[name] for name in row] for row in rows]
    return [(min(box.y for box in row), max(box.y + box.height for box in row)) for row in placed]


def _runs(
    arrows: Sequence[Arrow],
    boxes: dict[str, Placed],
    lanes: dict[Arrow, dict[int, float]],
    floor: dict[str, int],
    edges: Sequence[tuple[float, float]],
) -> tuple[Run, ...]:
    """From port to port, through the lanes."""
    ports: dict[tuple[str, bool], list[tuple[float, int, Arrow]]] = {}
    for number, arrow in enumerate(arrows):
        start, end = floor[arrow.source], floor[arrow.target]
        passed = [lanes[arrow][level] for level in sorted(lanes[arrow], reverse=start > end)]
        first, last = (passed[0], passed[-1]) if passed else (boxes[arrow.target].middle, boxes[arrow.source].middle)
        ports.setdefault((arrow.source, start <= end), []).append((first, number, arrow))
        ports.setdefault((arrow.target, start >= end), []).append((last, number, arrow))
    x_of: dict[tuple[str, Arrow], float] = {}
    for (name, _), ending in ports.items():
        box = boxes[name]
        step = min(PORT, box.width / (len(ending) + 1))
        x = box.middle - step * (len(ending) - 1) / 2
        for _, _, arrow in sorted(ending, key=lambda end: end[:2]):
            x_of[name, arrow] = round(x, 1)
            x += step
    runs = []
    for arrow in arrows:
        start, end = floor[arrow.source], floor[arrow.target]
        source, target = boxes[arrow.source], boxes[arrow.target]
        down = start <= end  # between boxes of one floor, arrows leave and arrive below
        leaves, arrives = x_of[arrow.source, arrow], x_of[arrow.target, arrow]
        points = [(leaves, source.y + source.height if down else source.y), (leaves, edges[start][down])]
        for level in sorted(lanes[arrow], reverse=not down):
            points += [(lanes[arrow][level], edges[level][side]) for side in (not down, down)]
        below = start >= end
        points += [(arrives, edges[end][below]), (arrives, target.y + target.height if below else target.y)]
        runs.append(Run(arrow, tuple(points)))
    return tuple(runs)


def _dip(arrows: Sequence[Arrow], floor: dict[str, int], last: int) -> float:
    """Arrows between boxes of the last floor need room below it."""
    return FLOOR_GAP / 2 if any(floor[arrow.source] == floor[arrow.target] == last for arrow in arrows) else 0.0
