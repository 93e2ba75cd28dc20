"""A folder of botocore's models (`botocore/data`, on disk or in a wheel), and the model of one service in it."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable

FILES = ("service-2.json", "service-2.json.gz")


class ModelsError(Exception):
    """There is nothing to compare; the message says why, and what to do."""


@dataclass(frozen=True)
class Tree:
    """All models of one version of botocore."""

    version: str
    root: Traversable
    """`botocore/data`: a folder for each service, and in it one for each version of its API."""

    @cached_property
    def services(self) -> frozenset[str]:
        """Their names, as boto3 has them."""
        return frozenset(folder.name for folder in self.root.iterdir() if folder.is_dir())

    def model(self, service: str) -> Model:
        """The newest model of a service, which is the one that botocore uses."""
        for folder in sorted((self.root / service).iterdir(), key=lambda folder: folder.name, reverse=True):
            for name in FILES:
                if (file := folder / name).is_file():
                    data = file.read_bytes()
                    return Model(json.loads(gzip.decompress(data) if name.endswith(".gz") else data))
        raise ModelsError(f"botocore {self.version} has no model of {service} that this tool can read.")


@dataclass(frozen=True)
class Model:
    """One service: its operations, and the shapes of what they take and return."""

    document: Mapping[str, Any]

    @property
    def operations(self) -> Mapping[str, Any]:
        """By name."""
        found: Mapping[str, Any] = self.document["operations"]
        return found

    @property
    def shapes(self) -> Mapping[str, Any]:
        """By name."""
        found: Mapping[str, Any] = self.document["shapes"]
        return found

    @cached_property
    def whole(self) -> Mapping[str, str]:
        """Shapes that are all that one operation takes or returns, as a person names them: "CreateRole takes"."""
        names: dict[str, str] = {}
        for side, verb in (("output", "returns"), ("input", "takes")):
            users = defaultdict(list)
            for operation, details in self.operations.items():
                if side in details:
                    users[details[side]["shape"]].append(operation)
            names |= {shape: f"`{used[0]}` {verb}" for shape, used in users.items() if len(used) == 1}
        return names

    @cached_property
    def users(self) -> Mapping[str, tuple[str, ...]]:
        """For each shape, the operations that take or return it, at any depth."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for operation, details in self.operations.items():
            for shape in self._reached(details):
                found[shape].append(operation)
        return {shape: tuple(sorted(operations)) for shape, operations in found.items()}

    def _reached(self, operation: Mapping[str, Any]) -> set[str]:
        waiting = [operation[side]["shape"] for side in ("input", "output") if side in operation]
        reached: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting += _parts(self.shapes[name])
        return reached


def _parts(shape: Mapping[str, Any]) -> Iterator[str]:
    """The shapes that a shape is made of: members of a structure, items of a list, keys and values of a map."""
    yield from (member["shape"] for member in shape.get("members", {}).values())
    yield from (shape[part]["shape"] for part in ("member", "key", "value") if part in shape)
