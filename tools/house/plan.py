"""The graph of modules → rooms in rooms and the arrows between them. No places yet.

The outermost rooms stand on the floors of `floors.py`. Inside a room there are none: there, a subpackage stands above
those that it imports. A room's own files, beside its subpackages, are one box.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .graph import circles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .graph import Code, Import

LAB = "lambdalab"
OWN = "its own files"


@dataclass(frozen=True)
class Arrow:
    """One room imports another: names of two rooms in the same room."""

    source: str
    target: str
    lines: int
    """How many import statements that is."""
    circle: bool
    """Whether one of them is part of a circle of modules."""


@dataclass(frozen=True)
class Room:
    """A package or a module, and what is shown inside it."""

    name: str
    files: int
    circle: int = 0
    """How many of its files are in circles that begin and end in it, where its inside is not shown."""
    floors: tuple[tuple[Room, ...], ...] = ()
    arrows: tuple[Arrow, ...] = field(default=())

    @property
    def rooms(self) -> tuple[Room, ...]:
        """What is shown inside, from the top down."""
        return tuple(room for floor in self.floors for room in floor)


def plan(code: Code, floors: Sequence[Sequence[str]], depth: int) -> Room:
    """The lab as a room, with `depth` levels of rooms inside. A room without a floor stands below all others."""
    modules = [module for module in code.modules if module.startswith(f"{LAB}.")]
    graph = {module: code.graph[module] & set(modules) for module in modules}
    groups = {module: number for number, circle in enumerate(circles(graph)) for module in circle}
    imports = [found for module in modules for found in code.imports[module] if found.imported in graph]
    whole = _Builder(modules, imports, groups)
    inside = _children(LAB, modules)
    known = {name for floor in floors for name in floor}
    rows = [*floors, sorted(inside.keys() - known)]
    shown = {name: whole.room(f"{LAB}.{name}", depth - 1) for name in inside}
    return Room(
        LAB,
        len(modules),
        floors=tuple(row for names in rows if (row := tuple(shown[name] for name in names if name in shown))),
        arrows=whole.arrows(inside),
    )


@dataclass(frozen=True)
class _Builder:
    modules: Sequence[str]
    imports: Sequence[Import]
    groups: Mapping[str, int]
    """The number of the circle that a module is in."""

    def room(self, path: str, depth: int) -> Room:
        """A package or module with `depth` levels shown inside."""
        name = path.rpartition(".")[2]
        modules = [module for module in self.modules if _within(module, path)]
        inside = _children(path, modules)
        own = [module for module in modules if not any(module in inner for inner in inside.values())]
        if depth == 0 or not inside:
            return Room(name, len(modules), self._circle(modules))
        rooms = {child: self.room(f"{path}.{child}", depth - 1) for child in inside}
        if own:
            rooms[OWN] = Room(OWN, len(own), self._circle(own))
            inside[OWN] = own
        arrows = self.arrows(inside)
        rows = _floors(sorted(rooms), arrows)
        return Room(name, len(modules), 0, tuple(tuple(rooms[child] for child in row) for row in rows), arrows)

    def arrows(self, inside: Mapping[str, Sequence[str]]) -> tuple[Arrow, ...]:
        """Between the rooms of a room, whose modules are given."""
        home = {module: name for name, modules in inside.items() for module in modules}
        statements: dict[tuple[str, str], set[tuple[str, int]]] = {}
        red: set[tuple[str, str]] = set()
        for found in self.imports:
            ends = home.get(found.importer), home.get(found.imported)
            if ends[0] is None or ends[1] is None or ends[0] == ends[1]:
                continue
            arrow = (ends[0], ends[1])
            statements.setdefault(arrow, set()).add((found.importer, found.line))
            if self.groups.get(found.importer, -1) == self.groups.get(found.imported, -2):
                red.add(arrow)
        return tuple(Arrow(*ends, len(lines), ends in red) for ends, lines in sorted(statements.items()))

    def _circle(self, modules: Sequence[str]) -> int:
        """How many modules are in circles that these modules hold whole."""
        whole = Counter(self.groups.values())
        here = Counter(self.groups[module] for module in modules if module in self.groups)
        return sum(count for group, count in here.items() if count == whole[group])


def _within(module: str, path: str) -> bool:
    return module == path or module.startswith(f"{path}.")


def _children(path: str, modules: Iterable[str]) -> dict[str, list[str]]:
    """The subpackages of a package, in the lab itself its modules as well, with all modules below each."""
    found: dict[str, list[str]] = {}
    for module in modules:
        name = module.removeprefix(f"{path}.").partition(".")[0] if module != path else ""
        if name:
            found.setdefault(name, []).append(module)
    if path == LAB:
        return found
    return {name: below for name, below in found.items() if below != [f"{path}.{name}"]}


def _floors(names: Sequence[str], arrows: Sequence[Arrow]) -> list[list[str]]:
    """Each one floor below the last that imports it. Where arrows go round, the thicker side leads down."""
    graph = {name: frozenset(arrow.target for arrow in arrows if arrow.source == name) for name in names}
    weight: Counter[str] = Counter()
    for arrow in arrows:
        weight[arrow.source] += arrow.lines
        weight[arrow.target] -= arrow.lines
    order = {name: number for number, name in enumerate(sorted(names, key=lambda name: (-weight[name], name)))}
    group = {name: number for number, circle in enumerate(circles(graph)) for name in circle}
    down = [
        arrow
        for arrow in arrows
        if group.get(arrow.source, -1) != group.get(arrow.target, -2) or order[arrow.source] < order[arrow.target]
    ]
    floor = dict.fromkeys(names, 0)
    for _ in names:
        for arrow in down:
            floor[arrow.target] = max(floor[arrow.target], floor[arrow.source] + 1)
    return [[name for name in names if floor[name] == number] for number in range(max(floor.values()) + 1)]
