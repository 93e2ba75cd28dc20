"""Which route of an HTTP API a request takes.

A route key is "GET /pets/{id}", "ANY /pets/{proxy+}" or "$default". AWS's order: a full match of path and method, then
a match with a greedy variable, then $default. Of several full matches the most specific path wins: from the left,
literal parts before variables; and for the same path, its own method before ANY. (AWS documents the first rule, and
gives an example for the second; that the path counts before the method is the lab's reading of both.)
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT = "$default"
METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_VARIABLE = re.compile(r"^\{([\w.:-]+)(\+?)\}$")
_PLAIN = re.compile(r"^[^{}\s]*$")


class InvalidRouteKey(ValueError):
    """Not a valid route key."""


@dataclass(frozen=True)
class RouteKey:
    """A parsed route key."""

    text: str
    method: str = ""
    parts: tuple[str, ...] = ()

    @cached_property
    def path(self) -> str:
        """The path as written; "$default" has none, and stands for itself."""
        return self.text.partition(" ")[2] or self.text

    @cached_property
    def greedy(self) -> bool:
        """Whether it ends in a greedy variable."""
        return bool(self.parts) and self.parts[-1].endswith("+}")

    @cached_property
    def variables(self) -> tuple[str | None, ...]:
        """For each part the name of its path variable; None for a literal part."""
        return tuple(found[1] if (found := _VARIABLE.match(part)) else None for part in self.parts)


@dataclass(frozen=True)
class Match:
    """A route, and the values of its path variables."""

    key: RouteKey
    parameters: dict[str, str]


def read(text: str) -> RouteKey:
    """Parse a route key. Raises InvalidRouteKey."""
    if text == DEFAULT:
        return RouteKey(text)
    method, _, path = text.partition(" ")
    if method not in METHODS or not path.startswith("/"):
        raise InvalidRouteKey(
            "The provided route key is not formatted properly for HTTP protocol. Format should be "
            '"<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
        )
    parts = tuple(path[1:].split("/")) if path != "/" else ()
    names = []
    for number, part in enumerate(parts):
        if variable := _VARIABLE.match(part):
            names.append(variable[1])
            if variable[2] and number < len(parts) - 1:
                raise InvalidRouteKey("A greedy path variable must be at the end of the resource path")
        elif not _PLAIN.match(part) or not part:
            raise InvalidRouteKey(f"The resource path {path} is not valid")
    if len(set(names)) < len(names):
        raise InvalidRouteKey(f"The resource path {path} has a path variable twice")
    return RouteKey(text, method, parts)


class Router:
    """Finds the route of a request. The keys are sorted once: the first that matches is the most specific."""

    def __init__(self, keys: Iterable[RouteKey]) -> None:
        self._keys = sorted(keys, key=_rank)

    def choose(self, method: str, path: str) -> Match | None:
        """The route of a request; None if there is none. `path` is percent-encoded, and without the stage."""
        parts = [unquote(part) for part in path.split("/")[1:]] if path not in ("", "/") else []
        for key in self._keys:
            if key.method in (method, "ANY") or key.text == DEFAULT:
                parameters = _parameters(key, parts)
                if parameters is not None:
                    return Match(key, parameters)
        return None


def _parameters(key: RouteKey, parts: list[str]) -> dict[str, str] | None:
    """The values of a route's path variables; None if the path does not match."""
    if key.text == DEFAULT:
        return {}
    if key.greedy:
        fixed = len(key.parts) - 1
        parts = [*parts[:fixed], *(["/".join(parts[fixed:])] if parts[fixed:] else [])]
    if len(parts) != len(key.parts):
        return None
    made = {}
    for pattern, name, part in zip(key.parts, key.variables, parts, strict=True):
        if name:
            if not part:
                return None
            made[name] = part
        elif pattern != part:
            return None
    return made


def _rank(key: RouteKey) -> tuple[bool, bool, tuple[int, ...], bool]:
    """The lower, the more specific."""
    # Of two greedy routes, the one with more parts before its variable: it has a 0 where the other one ends.
    return (
        key.text == DEFAULT,
        key.greedy,
        tuple(
            2 if part.endswith("+}") else int(name is not None)
            for name, part in zip(key.variables, key.parts, strict=True)
        ),
        key.method == "ANY",
    )
