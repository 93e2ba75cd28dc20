"""JSONPath as mapping templates write it: `$.order.items[0]['name']`.

A path that can match only one value returns that value, or `""` if there is none, as in API Gateway. A path that can
match several (`*`, `..`, a slice, a filter) returns a list. Most paths are of the first kind and are resolved here; for
the others there is jsonpath-ng, which moto depends on.
"""

from __future__ import annotations

import functools
import re
from typing import Any

_STEP = re.compile(r"""\.(?P<name>[\w-]+)|\[(?P<index>-?\d+)\]|\[(?P<quote>['"])(?P<key>.*?)(?P=quote)\]""")


class MalformedPath(ValueError):
    """Not a valid JSONPath."""


def find(document: Any, path: str) -> Any:
    """The value, or the values, at a path of a document."""
    steps = _steps(path)
    if steps is None:
        return [each.value for each in _general(path).find(document)]
    for step in steps:
        try:
            if not isinstance(document, list if isinstance(step, int) else dict):
                return ""
            document = document[step]  # type: ignore[index]  # of its own kind, as was just seen
        except LookupError:
            return ""
    return document


@functools.lru_cache(maxsize=256)
def _steps(path: str) -> tuple[str | int, ...] | None:
    """The steps of a path that can match only one value; None for other paths."""
    rest = path.strip()
    if not rest.startswith("$"):
        rest = f"$.{rest}"
    steps: list[str | int] = []
    at = 1
    while at < len(rest):
        found = _STEP.match(rest, at)
        if found is None:
            return None
        steps.append(int(found["index"]) if found["index"] else found["name"] or found["key"])
        at = found.end()
    return tuple(steps)


@functools.lru_cache(maxsize=64)
def _general(path: str) -> Any:
    from jsonpath_ng import ext

    try:
        return ext.parse(path)
    except Exception as error:  # jsonpath-ng raises exceptions of many kinds
        raise MalformedPath(str(error)) from error
