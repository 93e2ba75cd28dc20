"""Which route of an HTTP API a request takes.

A route key is "GET /pets/{id}", "ANY /pets/{proxy+}" or "$default". AWS's order: a full match of path and method, then
a match with a greedy variable, then $default. Of several full matches the most specific path wins: what is written out
before what is a variable, from the left; and of the same path, its own method before ANY. (AWS gives the first rule,
and an example for the second; that the path counts before the method is the lab's reading of both.)
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT = "$default"
METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_VARIABLE = re.compile(r"^\{([\w.:-]+)(\+?)\}$")
_PLAIN = re.compile(r"^[^{}\s]*$")


class InvalidRouteKey(ValueError):
    """No route key."""


@dataclass(frozen=True)
class RouteKey:
    """A route key, read."""

    text: str
    method: str = ""
    parts: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The path as written; "$default" has none, and is named instead."""
        return self.text.partition(" ")[2] or self.text

    @property
    def greedy(self) -> bool:
        """Whether it ends in a variable for the whole rest."""
        return bool(self.parts) and self.parts[-1].endswith("+}")


@dataclass(frozen=True)
class Match:
    """A route, and what its variables stand for."""

    key: RouteKey
    parameters: dict[str, str]


def read(text: str) -> RouteKey:
    """A route key; InvalidRouteKey says what is wrong with it."""
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


def choose(keys: Iterable[RouteKey], method: str, path: str) -> Match | None:
    """The route of a request. `path` is percent-encoded, and without the stage."""
    parts = [unquote(part) for part in path.split("/")[1:]] if path not in ("", "/") else []
    found = [
        (_rank(key), Match(key, parameters))
        for key in keys
        if key.method in (method, "ANY") or key.text == DEFAULT
        if (parameters := _parameters(key, parts)) is not None
    ]
    return min(found, key=lambda each: each[0])[1] if found else None


def _parameters(key: RouteKey, parts: list[str]) -> dict[str, str] | None:
    """What a route's variables stand for; None if the path is not one of its paths."""
    if key.text == DEFAULT:
        return {}
    if key.greedy:
        fixed = len(key.parts) - 1
        parts = [*parts[:fixed], *(["/".join(parts[fixed:])] if parts[fixed:] else [])]
    if len(parts) != len(key.parts):
        return None
    made = {}
    for pattern, part in zip(key.parts, parts, strict=True):
        if variable := _VARIABLE.match(pattern):
            if not part:
                return None
            made[variable[1]] = part
        elif pattern != part:
            return None
    return made


def _rank(key: RouteKey) -> tuple[bool, bool, tuple[int, ...], bool]:
    """The lower, the more specific."""
    kinds = tuple(_VARIABLE.match(part) is not None for part in key.parts)
    # Of two greedy routes, the one that says more before its variable: it has a 0 where the other has its end.
    return (
        key.text == DEFAULT,
        key.greedy,
        tuple(2 if k and p.endswith("+}") else int(k) for k, p in zip(kinds, key.parts, strict=True)),
        key.method == "ANY",
    )
