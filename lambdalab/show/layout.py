"""Where boxes and the links between them stand: in columns from left to right, so that links lead to the right.

Pure geometry, without libraries: it runs in the page as well. In five steps, each as simple as pictures of a few dozen
boxes allow:

1. links that would close a circle are led back below all boxes
2. a box stands one column right of the last box that leads to it
3. a link over several columns gets a place in each, as if it were a box
4. in each column, boxes are ordered by the middle of what they are linked to, until no order crosses fewer links
5. in that order, each stands as near as possible to where its links would be straight

The same boxes and links give the same places, always.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Point = tuple[float, float]

COLUMN_GAP = 54.0
ROW_GAP = 18.0
THROUGH = 10.0
"""Height of the place that a link gets in a column that it only crosses."""
LANE = 10.0
ENTRY = 16.0
"""The links that end at a box are so far apart, where there is room."""
_PASSES = 6


@dataclass(frozen=True)
class Box:
    """Something to be placed."""

    id: str
    width: float
    height: float


@dataclass(frozen=True)
class Link:
    """It leaves its box at the right, `port` below the top; it ends at the left of another, or of the same."""

    source: str
    target: str
    port: float


@dataclass(frozen=True)
class Rect:
    """Where a box stands."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Path:
    """Where a link runs. Forward: from point to point, level in columns and bent between them. Back: along corners."""

    points: tuple[Point, ...]
    back: bool = False


@dataclass(frozen=True)
class Layout:
    """Everything in its place, from (0, 0) on."""

    boxes: dict[str, Rect]
    paths: tuple[Path, ...]
    """In the order of the links."""
    width: float
    height: float


@dataclass
class _Place:
    """A box in its column, or a link that crosses it."""

    height: float
    rank: int
    y: float = 0.0
    before: list[tuple[_Place, float]] = field(default_factory=list)
    """What leads here, and how far below its top."""
    after: list[tuple[_Place, float]] = field(default_factory=list)
    """What it leads to, and how far below its own top."""


def arrange(boxes: Sequence[Box], links: Sequence[Link]) -> Layout:
    """Place boxes and links."""
    back = _back(boxes, links)
    ranks = _ranks(boxes, [link for number, link in enumerate(links) if number not in back])
    places = {box.id: _Place(box.height, ranks[box.id]) for box in boxes}
    columns: list[list[_Place]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    for box in boxes:
        columns[ranks[box.id]].append(places[box.id])
    through: dict[int, list[_Place]] = {}
    for number, link in enumerate(links):
        if number not in back:
            through[number] = _connect(places[link.source], places[link.target], link.port, columns)
    columns = _ordered(columns)
    _spread(columns)

    widths = [0.0] * len(columns)
    for box in boxes:
        widths[ranks[box.id]] = max(widths[ranks[box.id]], box.width)
    gap = COLUMN_GAP + LANE * len(back)
    x = [gap - LANE if any(ranks[links[number].target] == 0 for number in back) else 0.0]
    for width in widths:
        x.append(x[-1] + width + gap)
    rects = {
        box.id: Rect(x[ranks[box.id]], places[box.id].y, widths[ranks[box.id]], places[box.id].height) for box in boxes
    }
    bottom = max((place.y + place.height for column in columns for place in column), default=0.0)
    ends = _ends(links, rects, through)
    paths = []
    for number, link in enumerate(links):
        source, target = rects[link.source], rects[link.target]
        start, stop = (source.x + source.width, source.y + link.port), (target.x, ends[number])
        if number in back:
            lane = sorted(back).index(number) + 1
            out, in_, below = start[0] + LANE * lane + 4, stop[0] - LANE * lane - 14, bottom + LANE * lane + 4
            corners = ((out, start[1]), (out, below), (in_, below), (in_, stop[1]))
            paths.append(Path((start, *corners, stop), back=True))
        else:
            middle = [
                (edge, place.y + THROUGH / 2)
                for place in through[number]
                for edge in (x[place.rank], x[place.rank] + widths[place.rank])
            ]
            paths.append(Path((start, *middle, stop)))
    lanes = LANE * len(back) + 6 if back else 0.0
    last = max((rect.x + rect.width for rect in rects.values()), default=0.0)
    reach = max((point[0] for path in paths for point in path.points), default=0.0)
    return Layout(rects, tuple(paths), max(last, reach), bottom + lanes)


def curve(path: Path) -> str:
    """A path as SVG writes it."""
    (x, y), *rest = path.points
    steps = [f"M{x:g} {y:g}"]
    if path.back:
        return " ".join([*steps, *(f"L{px:g} {py:g}" for px, py in rest)])
    for number, (px, py) in enumerate(rest):
        bent = (px - x) / 2
        level = number % 2 == 1
        steps.append(f"H{px:g}" if level else f"C{x + bent:g} {y:g} {px - bent:g} {py:g} {px:g} {py:g}")
        x, y = px, py
    return " ".join(steps)


# The five steps ------------------------------------------------------------------------------------------------------


def _back(boxes: Sequence[Box], links: Sequence[Link]) -> set[int]:
    """The numbers of the links that would close a circle, beginning at the boxes that nothing leads to."""
    leaving: dict[str, list[int]] = {box.id: [] for box in boxes}
    for number, link in enumerate(links):
        leaving[link.source].append(number)
    led_to = {link.target for link in links}
    back: set[int] = set()
    done: set[str] = set()

    def visit(box: str, above: frozenset[str]) -> None:
        for number in leaving[box]:
            target = links[number].target
            if target in above:
                back.add(number)
            elif target not in done:
                visit(target, above | {target})
        done.add(box)

    for first in sorted(boxes, key=lambda box: box.id in led_to):  # sorted() keeps their order otherwise
        if first.id not in done:
            visit(first.id, frozenset({first.id}))
    return back


def _ranks(boxes: Sequence[Box], links: Sequence[Link]) -> dict[str, int]:
    ranks = {box.id: 0 for box in boxes}
    for _ in boxes:
        for link in links:
            ranks[link.target] = max(ranks[link.target], ranks[link.source] + 1)
    led_to = {link.target for link in links}
    for box in boxes:  # what nothing leads to stands next to what it leads to
        after = [ranks[link.target] for link in links if link.source == box.id]
        if box.id not in led_to and after:
            ranks[box.id] = min(after) - 1
    return ranks


def _connect(source: _Place, target: _Place, port: float, columns: list[list[_Place]]) -> list[_Place]:
    """Link two places, through a place in each column between them."""
    through = [_Place(THROUGH, rank) for rank in range(source.rank + 1, target.rank)]
    for place in through:
        columns[place.rank].append(place)
    for one, other in pairwise([source, *through, target]):
        leaves = port if one is source else THROUGH / 2
        one.after.append((other, leaves))
        other.before.append((one, leaves))
    return through


def _ordered(columns: list[list[_Place]]) -> list[list[_Place]]:
    best, fewest = columns, _crossings(columns)
    for number in range(_PASSES):
        columns = [list(column) for column in columns]
        at = {id(place): index for column in columns for index, place in enumerate(column)}
        forward = number % 2 == 0
        for column in columns if forward else reversed(columns):
            column.sort(key=_middle(at, forward=forward))
            at.update({id(place): index for index, place in enumerate(column)})
        if (now := _crossings(columns)) < fewest:
            best, fewest = columns, now
    return best


def _middle(at: dict[int, int], *, forward: bool) -> Callable[[_Place], float]:
    def middle(place: _Place) -> float:
        linked = place.before if forward else place.after
        if not linked:
            return float(at[id(place)])
        return sum(at[id(other)] + (port / 10_000 if forward else 0) for other, port in linked) / len(linked)

    return middle


def _crossings(columns: list[list[_Place]]) -> int:
    at = {id(place): index for column in columns for index, place in enumerate(column)}
    count = 0
    for column in columns:
        steps = [((at[id(place)], port), at[id(other)]) for place in column for other, port in place.after]
        count += sum(
            (one[0] < other[0] and one[1] > other[1]) or (one[0] > other[0] and one[1] < other[1])
            for number, one in enumerate(steps)
            for other in steps[number + 1 :]
        )
    return count


def _spread(columns: list[list[_Place]]) -> None:
    for column in columns:
        _stack(column, [0.0] * len(column))
    for number in range(_PASSES):
        forward = number % 2 == 0
        for column in columns if forward else reversed(columns):
            _stack(column, [_straight(place, forward=forward) for place in column])
    top = min((place.y for column in columns for place in column), default=0.0)
    for column in columns:
        for place in column:
            place.y = round(place.y - top, 1)


def _straight(place: _Place, *, forward: bool) -> float:
    """The top at which the links of a place, on one side of it, would be straight."""
    if forward and place.before:
        return sum(other.y + port - place.height / 2 for other, port in place.before) / len(place.before)
    if not forward and place.after:
        return sum(other.y + other.height / 2 - port for other, port in place.after) / len(place.after)
    return place.y


def _stack(column: list[_Place], wanted: list[float]) -> None:
    """Place each as near as possible to the top that it wants, in this order and apart: least squares."""
    offsets = [0.0]
    for place in column:
        offsets.append(offsets[-1] + place.height + ROW_GAP)
    blocks: list[tuple[float, int]] = []  # the mean of what its places want, and how many they are
    for want, offset in zip(wanted, offsets, strict=False):
        mean, many = want - offset, 1
        while blocks and blocks[-1][0] >= mean:
            before, count = blocks.pop()
            mean, many = (before * count + mean * many) / (count + many), count + many
        blocks.append((mean, many))
    tops = [mean for mean, many in blocks for _ in range(many)]
    for place, top, offset in zip(column, tops, offsets, strict=False):
        place.y = top + offset


def _ends(links: Sequence[Link], rects: dict[str, Rect], through: dict[int, list[_Place]]) -> dict[int, float]:
    """At which height each link ends: those of one box in the order in which they come."""
    arriving: dict[str, list[tuple[float, int]]] = {}
    for number, link in enumerate(links):
        if number in through:
            last = through[number][-1].y if through[number] else rects[link.source].y + link.port
        else:
            last = float("inf")  # from below
        arriving.setdefault(link.target, []).append((last, number))
    ends = {}
    for target, found in arriving.items():
        rect = rects[target]
        step = min(ENTRY, rect.height / (len(found) + 1))
        first = rect.y + rect.height / 2 - step * (len(found) - 1) / 2
        ends.update({number: round(first + step * index, 1) for index, (_, number) in enumerate(sorted(found))})
    return ends
