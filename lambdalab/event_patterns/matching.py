"""Whether an event matches a pattern: the language of EventBridge's rules, which Lambda's filters share.

    {"source": ["shop.orders"], "detail": {"total": [{"numeric": [">", 100]}], "state": [{"anything-but": "test"}]}}

Every field of a pattern must match, by one of the values in its list. Where an event has a list, one matching element
is enough, and the tests of several fields of an object in a list must pass in the same object. Fields are compared by
their path, with dots between the names: EventBridge does not distinguish {"a": {"b": 1}} from {"a.b": 1}, and neither
does the lab.

Numbers are equal if their values are (300 and 3.0e2), within five billion and to six decimal places; outside that, if
they are written alike, which is what the documentation says of all numbers. EventBridge has been seen to do the former.

Pure functions. Sources:
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html

One difference: AWS rejects wildcards by a measure of complexity that it has not published (see `syntax.py`, which
reads patterns).
"""

from __future__ import annotations

import functools
import json
import operator
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .syntax import InvalidPattern, Kind, Test, address, number, read, wildcard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .syntax import Branch

__all__ = ["InvalidPattern", "check", "matches"]

_COMPARISONS = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_MOST_STEPS = 20_000
"""Of the search for consistent elements in lists within lists."""


def check(pattern: str | Mapping[str, Any]) -> None:
    """Raise InvalidPattern, with AWS's message, unless the pattern is valid."""
    _compiled(_text(pattern))


def matches(pattern: str | Mapping[str, Any], event: str | Mapping[str, Any]) -> bool:
    """Whether an event matches a pattern, each as JSON text or parsed.

    InvalidPattern, or ValueError if the event is not a JSON object.
    """
    branches = _compiled(_text(pattern))
    document = json.loads(event, parse_float=Decimal) if isinstance(event, str) else event
    if not isinstance(document, dict):
        raise ValueError("an event is a JSON object")
    leaves: dict[str, list[_Leaf]] = {}
    paths = frozenset(field for branch in branches for field in branch)
    for path, leaf in _leaves(document, "", (), paths):
        leaves.setdefault(path, []).append(leaf)
    return any(_branch_matches(branch, leaves) for branch in branches)


def fields(pattern: str | Mapping[str, Any]) -> frozenset[str]:
    """The paths of the fields in a pattern, with dots. InvalidPattern."""
    return frozenset(field for branch in _compiled(_text(pattern)) for field in branch)


def kinds(pattern: str | Mapping[str, Any]) -> frozenset[tuple[Kind, bool]]:
    """The kinds of test in a pattern, each with whether it is negated ("anything-but"). InvalidPattern."""
    return frozenset(
        (test.kind, test.negated) for branch in _compiled(_text(pattern)) for tests in branch.values() for test in tests
    )


@dataclass(frozen=True)
class _Leaf:
    """A value of an event that is neither an object nor a list, and the list elements that contain it."""

    value: Any
    within: tuple[tuple[int, int], ...]
    """(list, index)."""


def _leaves(
    value: Any, path: str, within: tuple[tuple[int, int], ...], paths: frozenset[str]
) -> Iterator[tuple[str, _Leaf]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            below = f"{path}.{name}" if path else str(name)
            if below in paths or any(field.startswith(below + ".") for field in paths):
                yield from _leaves(inner, below, within, paths)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            # Plain values of a list need not be the same element: only objects and lists are remembered.
            inside = (*within, (id(value), index)) if isinstance(inner, dict | list) else within
            yield from _leaves(inner, path, inside, paths)
    else:
        yield path, _Leaf(value, within)


def _branch_matches(branch: Branch, leaves: Mapping[str, Sequence[_Leaf]]) -> bool:
    choices: list[list[_Leaf]] = []
    for field, tests in branch.items():
        found = leaves.get(field, ())
        if not found:
            if not any(test.kind is Kind.EXISTS and test.negated for test in tests):
                return False
            continue
        fitting = [leaf for leaf in found if any(_passes(test, leaf.value) for test in tests)]
        if not fitting:
            return False
        if any(not leaf.within for leaf in fitting):
            continue  # consistent with every other
        choices.append(fitting)
    choices.sort(key=len)
    return _consistent(choices, {}, [_MOST_STEPS])


def _consistent(choices: Sequence[Sequence[_Leaf]], chosen: dict[int, int], steps: list[int]) -> bool:
    """Whether one leaf of each can be chosen, no two of them in different elements of the same list."""
    if not choices:
        return True
    tried = set()
    for leaf in choices[0]:
        if leaf.within in tried:
            continue
        tried.add(leaf.within)
        steps[0] -= 1
        if steps[0] < 0:
            return False
        if all(chosen.get(array, index) == index for array, index in leaf.within) and _consistent(
            choices[1:], {**chosen, **dict(leaf.within)}, steps
        ):
            return True
    return False


def _passes(test: Test, value: Any) -> bool:
    """Whether an existing value passes a test."""
    if test.kind is Kind.EXISTS:
        return not test.negated
    if test.kind is Kind.NUMERIC:
        found = _number(value)
        return found is not None and all(_compare(found, sign, limit) for sign, limit in test.values)
    if test.kind in (Kind.ADDRESS, Kind.NETWORK):
        found_address = address(value) if isinstance(value, str) else None
        low, high = test.values
        return found_address is not None and found_address[0] == low[0] and low <= found_address <= high
    return any(_is(test.kind, expected, value) for expected in test.values) != test.negated


def _is(kind: Kind, expected: Any, value: Any) -> bool:
    if kind is Kind.EXACTLY:
        return _same(expected, value)
    if not isinstance(value, str):
        return False
    if kind is Kind.PREFIX:
        return value.startswith(expected)
    if kind is Kind.SUFFIX:
        return value.endswith(expected)
    if kind is Kind.WILDCARD:
        return _expression(expected).fullmatch(value) is not None
    lower = value.lower()
    if kind is Kind.PREFIX_IGNORE_CASE:
        return lower.startswith(expected)
    if kind is Kind.SUFFIX_IGNORE_CASE:
        return lower.endswith(expected)
    return bool(lower == expected)


def _same(expected: Any, value: Any) -> bool:
    """JSON's types differ: 1 is neither true nor "1"."""
    if isinstance(expected, Decimal):
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            return False
        one, other = number(str(expected)), _number(value)
        return one == other if one is not None and other is not None else str(expected) == str(value)
    if expected is None or isinstance(expected, bool):
        return value is expected
    return isinstance(value, str) and bool(value == expected)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return number(str(value))


def _compare(value: Decimal, sign: str, limit: Decimal) -> bool:
    return bool(_COMPARISONS[sign](value, limit))


def _text(pattern: str | Mapping[str, Any]) -> str:
    return pattern if isinstance(pattern, str) else json.dumps(pattern, ensure_ascii=False)


@functools.lru_cache(maxsize=1024)
def _compiled(pattern: str) -> tuple[Branch, ...]:
    return tuple(read(pattern))


@functools.lru_cache(maxsize=1024)
def _expression(text: str) -> re.Pattern[str]:
    return re.compile(wildcard(text), re.DOTALL)
