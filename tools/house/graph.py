"""Who imports whom, read from the source without importing it.

An import counts wherever it stands: at the top, in a function, or under `TYPE_CHECKING`. Somebody who reads the code
follows all of them.
"""

from __future__ import annotations

import ast
import contextlib
import graphlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

TOPS = ("lambdalab", "tools", "tests")


@dataclass(frozen=True)
class Import:
    """A module names another one, of this code or not, on a line."""

    importer: str
    imported: str
    line: int
    for_types: bool
    """Whether only a type checker sees it."""


class Code:
    """The Python files below some folders, and what they import."""

    def __init__(self, root: Path, tops: tuple[str, ...] = TOPS) -> None:
        self.root, self.tops = root, tops

    @cached_property
    def modules(self) -> dict[str, Path]:
        """The file of each module."""
        return {self._name(file): file for top in self.tops for file in sorted((self.root / top).rglob("*.py"))}

    @cached_property
    def imports(self) -> dict[str, tuple[Import, ...]]:
        """What each module imports, in the order of the lines."""
        return {
            module: tuple(sorted(self._read(module), key=lambda found: (found.line, found.imported)))
            for module in self.modules
        }

    def imported(self, module: str) -> frozenset[str]:
        """The names of all that a module imports."""
        return frozenset(found.imported for found in self.imports[module])

    @cached_property
    def graph(self) -> dict[str, frozenset[str]]:
        """For each module, the modules of this code that it imports."""
        return {module: self.imported(module) & self.modules.keys() for module in self.modules}

    def _name(self, file: Path) -> str:
        parts = file.relative_to(self.root).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def _read(self, module: str) -> Iterator[Import]:
        tree = ast.parse(self.modules[module].read_text(encoding="utf-8"))
        for_types = {id(node) for block in _for_types(tree) for node in ast.walk(block)}
        for node in ast.walk(tree):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = self._base(module, node)
                submodules = [f"{base}.{alias.name}" for alias in node.names]
                names = [name if name in self.modules else base for name in submodules]
            for name in dict.fromkeys(names):
                assert isinstance(node, ast.stmt)
                yield Import(module, name, node.lineno, id(node) in for_types)

    def _base(self, module: str, node: ast.ImportFrom) -> str:
        """What stands between `from` and `import`, as an absolute name."""
        if not node.level:
            return node.module or ""
        parts = module.split(".")
        if self.modules[module].name == "__init__.py":
            parts = [*parts, ""]
        return ".".join([*parts[: -node.level], *([node.module] if node.module else [])])


def _for_types(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from node.body


def room(module: str) -> str | None:
    """Where in the lab a module stands: "lambdalab.runtime.pool" in "runtime"."""
    top, _, rest = module.partition(".")
    return rest.partition(".")[0] or None if top == "lambdalab" else None


def circles(graph: Mapping[str, frozenset[str]]) -> list[list[str]]:
    """Groups of nodes that all lead to each other, each sorted; the smallest first.

    Nodes that are sorted before every circle, or behind every one, are in none. What is left is small.
    """
    left = {node: set(targets) & graph.keys() for node, targets in graph.items()}
    for _ in range(2):  # once from each side
        left = _without_ends(left)
        left = {node: {other for other in left if node in left[other]} for node in left}
    reached = {node: _reached(left, node) for node in left}
    groups = {tuple(sorted(other for other in reached[node] if node in reached[other])) for node in left}
    return sorted((list(group) for group in groups if group), key=lambda group: (len(group), group))


def _without_ends(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """The graph without the nodes that lead to no circle."""
    sorter = graphlib.TopologicalSorter(graph)
    with contextlib.suppress(graphlib.CycleError):
        sorter.prepare()  # where there are circles, it still hands out what they do not need
    ended: set[str] = set()
    while ready := sorter.get_ready():
        sorter.done(*ready)
        ended.update(ready)
    return {node: targets - ended for node, targets in graph.items() if node not in ended}


def _reached(graph: dict[str, set[str]], start: str) -> set[str]:
    """All that a node leads to, itself only if it is in a circle."""
    seen: set[str] = set()
    ahead = list(graph[start])
    while ahead:
        node = ahead.pop()
        if node not in seen:
            seen.add(node)
            ahead += graph[node]
    return seen
