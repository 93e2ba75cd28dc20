"""Whether an event is of a pattern: the language of EventBridge's rules, which Lambda's filters share.

    {"source": ["shop.orders"], "detail": {"total": [{"numeric": [">", 100]}], "state": [{"anything-but": "test"}]}}

All fields of a pattern must be as it says; of the values in a field's list, one. Where an event has a list, one of its
elements is enough, and what a pattern says of several fields of an object in a list must hold in the same object.
Fields are compared by their path, with dots between the names: EventBridge does not tell {"a": {"b": 1}} and {"a.b": 1}
apart, and neither does the lab.

Numbers are equal if their values are (300 and 3.0e2), within five billions and to six decimal places; beyond, if they
are written alike, which is what the documentation says of all numbers. EventBridge has been seen to do the former.

Pure functions. Sources:
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html

Not as AWS does: it refuses wildcards by a measure of complexity that it has not published (see `syntax.py`,
which reads patterns).
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .syntax import InvalidPattern, Kind, Test, address, number, read, wildcard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .syntax import Branch

__all__ = ["InvalidPattern", "check", "matches"]

_MOST_STEPS = 20_000
"""How long an answer is looked for in lists within lists."""


def check(pattern: str | Mapping[str, Any]) -> None:
    """Raise InvalidPattern, in AWS's words, unless it is a pattern."""
    _compiled(_text(pattern))


def matches(pattern: str | Mapping[str, Any], event: str | Mapping[str, Any]) -> bool:
    """Whether an event is of a pattern, each JSON text or what was read from it. InvalidPattern, or ValueError when the
    event is no JSON object.
    """
    branches = _compiled(_text(pattern))
    document = json.loads(event, parse_float=Decimal) if isinstance(event, str) else event
    if not isinstance(document, dict):
        raise ValueError("an event is a JSON object")
    leaves: dict[str, list[_Leaf]] = {}
    wanted = frozenset(field for branch in branches for field in branch)
    for path, leaf in _leaves(document, "", (), wanted):
        leaves.setdefault(path, []).append(leaf)
    return any(_branch_matches(branch, leaves) for branch in branches)


def fields(pattern: str | Mapping[str, Any]) -> frozenset[str]:
    """The fields that a pattern speaks of, with dots. InvalidPattern."""
    return frozenset(field for branch in _compiled(_text(pattern)) for field in branch)


def kinds(pattern: str | Mapping[str, Any]) -> frozenset[tuple[Kind, bool]]:
    """The kinds of test that a pattern makes, each with whether it says "anything but". InvalidPattern."""
    return frozenset(
        (test.kind, test.negated) for branch in _compiled(_text(pattern)) for tests in branch.values() for test in tests
    )


@dataclass(frozen=True)
class _Leaf:
    """A value of an event that is no object and no list, and the elements of lists in which it lies."""

    value: Any
    within: tuple[tuple[int, int], ...]
    """(list, index)."""


def _leaves(
    value: Any, path: str, within: tuple[tuple[int, int], ...], wanted: frozenset[str]
) -> Iterator[tuple[str, _Leaf]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            below = f"{path}.{name}" if path else str(name)
            if below in wanted or any(field.startswith(below + ".") for field in wanted):
                yield from _leaves(inner, below, within, wanted)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            # What is in no object is as good as any other element of its list.
            place = (*within, (id(value), index)) if isinstance(inner, dict | list) else within
            yield from _leaves(inner, path, place, wanted)
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
            continue  # it is consistent with all
        choices.append(fitting)
    choices.sort(key=len)
    return _consistent(choices, {}, [_MOST_STEPS])


def _consistent(choices: Sequence[Sequence[_Leaf]], chosen: dict[int, int], steps: list[int]) -> bool:
    """Whether one leaf can be taken of each, no two of them in different elements of the same list."""
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
    """Whether a value that is there passes."""
    if test.kind is Kind.EXISTS:
        return not test.negated
    if test.kind is Kind.NUMERIC:
        found = _number(value)
        return found is not None and all(_compare(found, operator, limit) for operator, limit in test.values)
    if test.kind in (Kind.ADDRESS, Kind.NETWORK):
        found_address = address(value) if isinstance(value, str) else None
        low, high = test.values
        return found_address is not None and found_address[0] == low[0] and low <= found_address <= high
    return any(_is(test.kind, wanted, value) for wanted in test.values) != test.negated


def _is(kind: Kind, wanted: Any, value: Any) -> bool:
    if kind is Kind.EXACTLY:
        return _same(wanted, value)
    if not isinstance(value, str):
        return False
    if kind is Kind.PREFIX:
        return value.startswith(wanted)
    if kind is Kind.SUFFIX:
        return value.endswith(wanted)
    if kind is Kind.WILDCARD:
        return _expression(wanted).fullmatch(value) is not None
    lower = value.lower()
    if kind is Kind.PREFIX_IGNORE_CASE:
        return lower.startswith(wanted)
    if kind is Kind.SUFFIX_IGNORE_CASE:
        return lower.endswith(wanted)
    return bool(lower == wanted)


def _same(wanted: Any, value: Any) -> bool:
    """JSON's types differ: 1 is neither true nor "1"."""
    if isinstance(wanted, Decimal):
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            return False
        one, other = number(str(wanted)), _number(value)
        return one == other if one is not None and other is not None else str(wanted) == str(value)
    if wanted is None or isinstance(wanted, bool):
        return value is wanted
    return isinstance(value, str) and bool(value == wanted)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return number(str(value))


def _compare(value: Decimal, operator: str, limit: Decimal) -> bool:
    return {
        "=": value == limit,
        "<": value < limit,
        "<=": value <= limit,
        ">": value > limit,
        ">=": value >= limit,
    }[operator]


def _text(pattern: str | Mapping[str, Any]) -> str:
    return pattern if isinstance(pattern, str) else json.dumps(pattern, ensure_ascii=False)


@functools.lru_cache(maxsize=1024)
def _compiled(pattern: str) -> tuple[Branch, ...]:
    return tuple(read(pattern))


@functools.lru_cache(maxsize=1024)
def _expression(text: str) -> re.Pattern[str]:
    return re.compile(wildcard(text), re.DOTALL)
