"""From a path to its resource: the most specific one, part by part.

At each part of the path a name wins over a parameter, and a parameter over the rest of the path: of `/pets/new`,
`/pets/{id}` and `/{proxy+}`, a request for `/pets/new` gets the first, `/pets/7` the second, `/pets/7/toys` the third.
The method does not matter for this; a resource without any method is not a candidate. Values of parameters stay
percent-encoded, as they were sent. Slashes at the end, and repeated ones at the beginning, are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .definition import Resource


@dataclass
class _Node:
    resource: Resource | None = None
    names: dict[str, _Node] = field(default_factory=dict)
    parameter: tuple[str, _Node] | None = None
    rest: tuple[str, Resource] | None = None


class Routes:
    """The resources of a deployment, as a tree."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._root = _Node()
        for resource in resources:
            if resource.methods:
                self._add(resource)

    def find(self, path: str) -> tuple[Resource, dict[str, str]] | None:
        """The resource for a path (without the stage), and the values of the path parameters."""
        return _find(self._root, path.strip("/").split("/") if path.strip("/") else [])

    def _add(self, resource: Resource) -> None:
        node = self._root
        for part in filter(None, resource.path.split("/")):
            if part.startswith("{") and part.endswith("+}"):
                node.rest = part[1:-2], resource
                return
            if part.startswith("{") and part.endswith("}"):
                if node.parameter is None:
                    node.parameter = part[1:-1], _Node()
                node = node.parameter[1]
            else:
                node = node.names.setdefault(part, _Node())
        node.resource = resource


def _find(node: _Node, parts: list[str]) -> tuple[Resource, dict[str, str]] | None:
    if not parts:
        return (node.resource, {}) if node.resource else None
    first, others = parts[0], parts[1:]
    if (named := node.names.get(first)) and (found := _find(named, others)):
        return found
    if node.parameter and first:
        name, below = node.parameter
        if found := _find(below, others):
            return found[0], {name: first, **found[1]}
    if node.rest:
        name, resource = node.rest
        return resource, {name: "/".join(parts)}
    return None
