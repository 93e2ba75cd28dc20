"""The placed rooms as SVG, and in words for those who do not see it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lambdalab.show.svg import box, colour, path, picture, shape, text

from .places import FLOOR_GAP, LINE, Placed, caption, place
from .plan import OWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .places import Run
    from .plan import Room

MARGIN = 14.0
TIP = 6.0
"""The length of an arrow's head."""
DIP = FLOOR_GAP / 2
"""How far an arrow between boxes of one floor runs below it."""


def draw(house: Room, title: str) -> str:
    """The picture, ending in a line break."""
    placed = place(house).moved(MARGIN, MARGIN)
    width, height = placed.width + 2 * MARGIN, placed.height + 2 * MARGIN
    return picture(width, height, title, " ".join(words(house)), list(_shapes(placed, 0)), shrinks_to=0.8) + "\n"


def words(house: Room) -> Iterator[str]:
    """All that the picture shows, as sentences."""
    count = f"{house.files} files of Python in rooms on {len(house.floors)} floors."
    yield f"{count} The number after an imported package says how many lines import something from it."
    for number, floor in enumerate(house.floors, 1):
        names = [f"{room.name} ({', '.join(caption(room))})" if caption(room) else room.name for room in floor]
        yield f"Floor {number} from the top: {', '.join(names)}."
    yield from _arrows(house, "")
    for room in house.rooms:
        yield from _inside(room)


def _inside(room: Room) -> Iterator[str]:
    if room.floors:
        names = [f"{inner.name} ({', '.join(caption(inner))})" for inner in room.rooms]
        yield f"In {room.name}: {', '.join(names)}."
        yield from _arrows(room, f"In {room.name}, ")
        for inner in room.rooms:
            yield from _inside(inner)


def _arrows(room: Room, where: str) -> Iterator[str]:
    for source in dict.fromkeys(arrow.source for arrow in room.arrows):
        targets = [
            f"{arrow.target} ({arrow.lines}{', in a circle' if arrow.circle else ''})"
            for arrow in room.arrows
            if arrow.source == source
        ]
        yield f"{where}{source} {'import' if source == OWN else 'imports'} {', '.join(targets)}."


def _shapes(placed: Placed, level: int) -> Iterator[str]:
    """A room, then the arrows in it, then the rooms in it: no arrow runs over a box."""
    room = placed.room
    if level:
        red = bool(room.circle)
        fill = "bg-soft" if level % 2 else "bg"
        yield box(placed.x, placed.y, placed.width, placed.height, fill, "error" if red else "border-strong")
    for run in sorted(placed.runs, key=lambda run: (run.arrow.circle, run.arrow.lines)):
        yield _line(run)
    for inner in placed.inside:
        yield from _shapes(inner, level + 1)
    for run in placed.runs:
        yield _number(run)
    if not level:
        yield text(placed.x + 10, placed.y + LINE, f"{room.name}: {room.files} files", "muted")
        return
    name = room.name
    if room.floors:
        yield _heading(placed.x + 10, placed.y + LINE + 2, name, ", ".join(caption(room)))
        return
    yield text(placed.middle, placed.y + LINE + 2, name, anchor="middle", bold=True)
    for number, line in enumerate(caption(room), 1):
        fill = "error" if "circle" in line else "muted"
        yield text(placed.middle, placed.y + LINE * (number + 1) + 1, line, fill, anchor="middle")


def _heading(x: float, y: float, name: str, rest: str) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}"><tspan font-weight="600" style="fill:{colour("text")}">{name}</tspan>'
        f'<tspan dx="6" style="fill:{colour("muted")}">{rest}</tspan></text>'
    )


def _line(run: Run) -> str:
    (x, y), *rest, (tip, end) = run.points
    stroke, width = _look(run)
    base = end + TIP if _rises(run) else end - TIP
    steps = [f"M{x:g} {y:g}"]
    for number, (px, py) in enumerate([*rest, (tip, base)]):
        if number % 2 == 0:
            steps.append(f"V{py:g}")
        else:
            bent = y + DIP if y == py else (y + py) / 2  # level: to a box on the same floor
            steps.append(f"C{x:g} {bent:g} {px:g} {bent:g} {px:g} {py:g}")
        x, y = px, py
    half = 2.5 + width / 2
    head = shape([(tip - half, base), (tip + half, base), (tip, end)], stroke, stroke)
    return path(" ".join(steps), stroke, width=width) + head


def _number(run: Run) -> str:
    """How many lines, beside the tip."""
    tip, end = run.points[-1]
    y = end + 18 if _rises(run) else end - 8
    fill = colour("error" if run.arrow.circle else "muted")
    halo = f"fill:{fill};stroke:{colour('bg')};stroke-width:3;paint-order:stroke"
    return f'<text x="{tip + 4:g}" y="{y:g}" font-size="11" style="{halo}">{run.arrow.lines}</text>'


def _rises(run: Run) -> bool:
    """Whether the arrow reaches its room from below."""
    before, last = run.points[-3][1], run.points[-1][1]
    return last <= before


def _look(run: Run) -> tuple[str, float]:
    """Colour and width."""
    return "error" if run.arrow.circle else "accent", round(0.7 + math.sqrt(run.arrow.lines) * 0.35, 1)
