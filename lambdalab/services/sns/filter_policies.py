"""Filter policies of SNS subscriptions: which messages a subscriber gets, by their attributes or by their body.

The language is that of EventBridge's event patterns (`lambdalab.event_patterns`), with these differences:

- Attributes (scope MessageAttributes, the default) are not nested. A String is compared as text, a Number as a number,
  the elements of a String.Array one by one; a Binary is not compared at all.
- A policy has at most five keys, and 150 combinations of values: the numbers of values multiplied, and for nested
  fields of a body by their depth. Numbers are within a billion.
- Error messages are SNS's; for a number out of range they are EventBridge's, as SNS's are not known.

A body that is not a JSON object passes no filter. Whether SNS refuses one of EventBridge's operators (wildcards, for
instance) is not documented; the lab takes them all.
https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lambdalab.event_patterns.matching import check, matches
from lambdalab.event_patterns.syntax import InvalidPattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ATTRIBUTES, BODY = "MessageAttributes", "MessageBody"
_MOST_KEYS, _MOST_COMBINATIONS, _LARGEST = 5, 150, 1_000_000_000


class InvalidPolicy(ValueError):
    """The policy is not valid; the text says why, as SNS does."""


def check_policy(text: str, scope: str = ATTRIBUTES) -> None:
    """Raise InvalidPolicy unless the text is a filter policy for attributes, or for bodies."""
    try:
        document = json.loads(text)
    except ValueError:
        raise InvalidPolicy("FilterPolicy: failed to parse JSON.") from None
    if not document and isinstance(document, dict):
        return
    try:
        check(text)
    except InvalidPattern as problem:
        raise InvalidPolicy(f"FilterPolicy: {problem.reason}") from None
    if len(document) > _MOST_KEYS:
        raise InvalidPolicy("FilterPolicy: Filter policy can not have more than 5 keys")
    combinations = 1
    for depth, values in _lists(document):
        if depth > 1 and scope == ATTRIBUTES:
            raise InvalidPolicy("Filter policy scope MessageAttributes does not support nested filter policy")
        combinations *= depth * len(values)
        if any(isinstance(each, int | float) and abs(each) > _LARGEST for each in values):
            raise InvalidPolicy("FilterPolicy: Value of = must be between -1.0E9 and 1.0E9, inclusive")
    if combinations > _MOST_COMBINATIONS:
        raise InvalidPolicy("FilterPolicy: Filter policy is too complex")


def passes(policy: Mapping[str, Any], scope: str, attributes: Mapping[str, Mapping[str, Any]], body: str) -> bool:
    """Whether a message passes a policy. Attributes are {name: {"Type": …, "Value": …}}."""
    if not policy:
        return True
    try:
        document = json.loads(body) if scope == BODY else dict(_values(attributes))
        return isinstance(document, dict) and matches(policy, document)
    except (ValueError, ArithmeticError, RecursionError):
        return False


def _values(attributes: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    """What can be compared of attributes."""
    for name, attribute in attributes.items():
        kind, value = attribute["Type"], attribute["Value"]
        if kind == "String.Array":
            try:
                yield name, json.loads(value)
            except ValueError:
                yield name, value
        elif kind.startswith("Number"):
            yield name, Decimal(str(value))
        elif kind.startswith("String"):
            yield name, value


def _lists(policy: Mapping[str, Any], depth: int = 1) -> Iterator[tuple[int, list[Any]]]:
    """The lists of values, and how deep they are."""
    for name, value in policy.items():
        if name == "$or" and isinstance(value, list):
            for each in value:
                yield from _lists(each, depth)
        elif isinstance(value, dict):
            yield from _lists(value, depth + 1)
        else:
            yield depth, value
