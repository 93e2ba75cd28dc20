"""A picture of a wiring: what calls functions, how, and where results go.

Boxes are resources. The settings of an arrow stand in the box that it begins at, where it begins. The four ways of an
arrow differ in their dashes and in the mark at their beginning, not only in their colours; the key says which is which.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdalab.wiring import FUNCTION, Way

from . import svg
from .layout import ENTRY, Box, Link, arrange, curve

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from lambdalab.wiring import Arrow, Resource, Wiring

    from .layout import Layout

MARGIN = 12.0
PAD = 10.0
LINE = 17.0
TEXT_WIDTH = 172.0
"""Longer lines are broken."""
NARROWEST = 330.0
MOST_LINES = 4
"""Of one setting, or of one name."""
HEAD = 9.0
KEY = {
    Way.SYNCHRONOUS: "synchronous: the caller waits",
    Way.ASYNCHRONOUS: "asynchronous: handed over",
    Way.POLLED: "polled: Lambda reads it",
    Way.RESULT: "result, or what was given up",
}
STYLES = {
    # colour, dashes, width
    Way.SYNCHRONOUS: ("accent", "", 2.0),
    Way.ASYNCHRONOUS: ("warm", "8 4", 2.0),
    Way.POLLED: ("text", "2 4", 2.4),
    Way.RESULT: ("muted", "", 1.2),
}


@dataclass(frozen=True)
class _Line:
    words: str
    fill: str = "text"
    bold: bool = False


@dataclass(frozen=True)
class _Section:
    """The settings of the arrows of one way from one resource to another: they share a line."""

    source: str
    target: str
    way: Way
    lines: tuple[_Line, ...]


class Diagram:
    """A picture where pictures are shown, and the same facts as text everywhere."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    @classmethod
    def of(cls, wiring: Wiring, function_names: Collection[str]) -> Diagram:
        """Of all of it; with names, of these functions and what they are wired to."""
        there = {resource.name for resource in wiring.resources if resource.kind == FUNCTION} | set(wiring.alone)
        if unknown := sorted(set(function_names) - there):
            names = ", ".join(sorted(there)) or "none at all"
            raise ValueError(f"There is no function {', '.join(map(repr, unknown))} to draw. There is: {names}.")
        return cls(wiring.around(function_names) if function_names else wiring)

    def __repr__(self) -> str:
        return "\n".join([self._wiring.title, *self._wiring.lines()])

    def _repr_svg_(self) -> str:
        drawn = _Drawn(self._wiring)
        words = ". ".join(self._wiring.lines())
        return svg.picture(drawn.width, drawn.height, self._wiring.title, words, list(drawn.shapes()), shrinks_to=0.85)


class _Drawn:
    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self.sections = _sections(wiring.arrows)
        arriving = [section.target for section in self.sections]
        self._heads = {resource.id: list(_head(resource)) for resource in wiring.resources}
        boxes = [self._box(resource, arriving.count(resource.id)) for resource in wiring.resources]
        links = [Link(section.source, section.target, self._port(section)) for section in self.sections]
        self.layout: Layout = arrange(boxes, links)
        self.width = max(NARROWEST, self.layout.width + 2 * MARGIN)
        self._under = list(self._underneath())
        ways = len(self._ways())
        rows = len(self._under) + ways
        self._bottom = MARGIN + self.layout.height + (MARGIN if wiring.resources else 0)
        self.height = self._bottom + 20 * rows + 14

    def shapes(self) -> Iterator[str]:
        """Everything, boxes last: an arrow's line ends under its box, not on it."""
        yield f'<g transform="translate({MARGIN:g} {MARGIN:g})">'
        for section, path in zip(self.sections, self.layout.paths, strict=True):
            yield from _arrow(section.way, curve(path), path.points[0], path.points[-1])
        for resource in self._wiring.resources:
            yield from self._resource(resource)
        yield "</g>"
        y = self._bottom
        if self._wiring.resources:
            yield svg.line(MARGIN, y, self.width - MARGIN, y, "border")
        for way in self._ways():
            y += 20
            left, right = (MARGIN, y - 4.5), (MARGIN + 46, y - 4.5)
            yield from _arrow(way, f"M{left[0]:g} {left[1]:g} H{right[0]:g}", left, right)
            yield svg.text(MARGIN + 58, y, KEY[way], "muted")
        for words in self._under:
            y += 20
            yield svg.text(MARGIN, y, words, "muted")

    def _ways(self) -> list[Way]:
        return [way for way in Way if any(section.way is way for section in self.sections)]

    def _underneath(self) -> Iterator[str]:
        width = self.width - 2 * MARGIN
        if not self._wiring.resources:
            yield "Nothing is wired to a function yet."
        if self._wiring.alone:
            yield from broken(f"Not wired: {', '.join(self._wiring.alone)}", width, most=6)
        for note in self._wiring.notes:
            yield from broken(note, width)

    # Boxes --------------------------------------------------------------------------------------------------------

    def _of(self, resource: Resource) -> list[_Section]:
        return [section for section in self.sections if section.source == resource.id]

    def _box(self, resource: Resource, arriving: int) -> Box:
        sections = self._of(resource)
        lines = [*self._heads[resource.id], *(line for section in sections for line in section.lines)]
        width = max(measured(line.words, bold=line.bold) for line in lines) + 2 * PAD
        height = 2 * PAD - 4 + LINE * len(lines) + PAD * len(sections)
        return Box(resource.id, max(96.0, round(width)), max(height, ENTRY * (arriving + 1)))

    def _tops(self, resource: str) -> Iterator[tuple[_Section, float]]:
        """Each section of a box, and where it begins below the box's top."""
        y = PAD - 2 + LINE * len(self._heads[resource])
        for section in self.sections:
            if section.source == resource:
                yield section, y + PAD / 2
                y += PAD + LINE * len(section.lines)

    def _port(self, section: _Section) -> float:
        top = next(top for other, top in self._tops(section.source) if other is section)
        return top + PAD / 2 + LINE * len(section.lines) / 2

    def _resource(self, resource: Resource) -> Iterator[str]:
        rect = self.layout.boxes[resource.id]
        look = ("accent-soft", "accent") if resource.kind == FUNCTION else ("bg-soft", "border-strong")
        yield svg.box(rect.x, rect.y, rect.width, rect.height, *look)
        yield from _written(self._heads[resource.id], rect.x + PAD, rect.y + PAD - 2)
        for section, top in self._tops(resource.id):
            y = rect.y + top
            yield svg.line(rect.x, y, rect.x + rect.width, y, look[1] if look[1] == "accent" else "border")
            yield from _written(section.lines, rect.x + PAD, y + PAD / 2)


def _sections(arrows: Iterable[Arrow]) -> list[_Section]:
    together: dict[tuple[str, str, Way], list[_Line]] = {}
    for arrow in arrows:
        lines = together.setdefault((arrow.source, arrow.target, arrow.way), [])
        for word in arrow.words:
            lines += [_Line(each) for each in broken(word, TEXT_WIDTH)]
    return [_Section(*which, tuple(lines)) for which, lines in together.items()]


def _head(resource: Resource) -> Iterator[_Line]:
    yield _Line(resource.kind, "muted")
    for words in broken(resource.name, TEXT_WIDTH, bold=True):
        yield _Line(words, bold=True)
    for fact in resource.facts:
        for words in broken(fact, TEXT_WIDTH):
            yield _Line(words, "muted")


def _written(lines: Iterable[_Line], x: float, y: float) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        yield svg.text(x, y + LINE * number - 4, line.words, line.fill, bold=line.bold)


def _arrow(way: Way, d: str, start: tuple[float, float], end: tuple[float, float]) -> Iterator[str]:
    """A line with a head at its end and its way's mark at its beginning."""
    ink, dash, width = STYLES[way]
    yield svg.path(d, ink, dash=dash, width=width)
    (x, y), (ex, ey) = start, end
    hollow = way is Way.RESULT
    yield svg.shape([(ex, ey), (ex - HEAD, ey - HEAD / 2), (ex - HEAD, ey + HEAD / 2)], ink, "bg" if hollow else ink)
    if way is Way.SYNCHRONOUS:  # the answer comes back
        yield svg.shape([(x + 1, y), (x + 1 + HEAD, y - HEAD / 2), (x + 1 + HEAD, y + HEAD / 2)], ink, "bg")
    if way is Way.POLLED:
        yield svg.dot(x + 5, y, 4, ink, "bg")


# Text -----------------------------------------------------------------------------------------------------------------


def broken(words: str, width: float, *, bold: bool = False, most: int = MOST_LINES) -> Iterator[str]:
    """Words in lines that are no wider than this; where there are too many, the last ends in "…"."""
    lines: list[str] = []
    rest = " ".join(words.split())
    while rest:
        end = 0
        while end < len(rest) and measured(rest[: end + 1], bold=bold) <= width:
            end += 1
        end = max(end, 1)
        if end < len(rest):
            at = max(rest.rfind(" ", 0, end + 1), *(rest.rfind(mark, 0, end) + 1 for mark in "-/:_.,"))
            end = at if at > end / 3 else end
        lines.append(rest[:end].strip())
        rest = rest[end:].strip()
    if len(lines) > most:
        lines = lines[:most]
        last = lines[-1]
        while measured(f"{last} …", bold=bold) > width:
            last = last[:-1]
        lines[-1] = f"{last.rstrip()} …"
    yield from lines


def measured(words: str, *, bold: bool = False) -> float:
    """About the width of words, rather too much than too little: nobody can measure text here."""
    return sum(_letter(each) for each in words) * (1.16 if bold else 1)


def _letter(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 13.5
    if letter in "iljtfrI .,:;'|!()[]-":
        return 5.2
    if letter in "mwMW@%…→—":
        return 12.4
    return 9.4 if letter.isupper() else 7.8
