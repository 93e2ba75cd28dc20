"""Filter policies of SNS subscriptions, by the examples of its documentation."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lambdalab.services.sns.filter_policies import ATTRIBUTES, BODY, InvalidPolicy, check_policy, passes


def attributes(**values: Any) -> dict[str, dict[str, str]]:
    """Of Python's types: SNS's."""
    kinds = {str: "String", int: "Number", float: "Number", list: "String.Array", bytes: "Binary"}
    return {
        name: {
            "Type": kinds[type(value)],
            "Value": json.dumps(value) if isinstance(value, list | int | float) else str(value),
        }
        for name, value in values.items()
    }


@pytest.mark.source("Amazon SNS", "filter policies (MessageAttributes)")
@pytest.mark.parametrize(
    ("policy", "message", "wanted"),
    [
        ({"store": ["shop"]}, {"store": "shop"}, True),
        ({"store": ["shop"]}, {"store": "Shop"}, False),
        ({"store": ["shop"]}, {}, False),
        ({"store": ["a", "b"]}, {"store": "b"}, True),
        ({"a": ["x"], "b": ["y"]}, {"a": "x"}, False),
        ({"a": ["x"], "b": ["y"]}, {"a": "x", "b": "y", "c": "z"}, True),
        ({"interests": ["rugby", "tennis"]}, {"interests": ["soccer", "rugby"]}, True),
        ({"interests": ["rugby"]}, {"interests": "rugby"}, True),
        ({"interests": [{"anything-but": ["rugby", "tennis"]}]}, {"interests": "baseball"}, True),
        ({"interests": [{"anything-but": ["rugby", "tennis"]}]}, {"interests": "rugby"}, False),
        ({"interests": [{"anything-but": ["rugby"]}]}, {"interests": ["rugby", "baseball"]}, True),
        ({"interests": [{"anything-but": ["rugby"]}]}, {"interests": ["rugby"]}, False),
        ({"event": [{"anything-but": {"prefix": "order-"}}]}, {"event": "data-entry"}, True),
        ({"event": [{"anything-but": {"prefix": "order-"}}]}, {"event": "order-cancelled"}, False),
        ({"event": [{"anything-but": {"suffix": "ball"}}]}, {"event": "rugby"}, True),
        ({"event": [{"prefix": "bas"}]}, {"event": "baseball"}, True),
        ({"event": [{"suffix": "ball"}]}, {"event": "baseball"}, True),
        ({"event": [{"equals-ignore-case": "Tennis"}]}, {"event": "TENNIS"}, True),
        ({"ip": [{"cidr": "10.0.0.0/24"}]}, {"ip": "10.0.0.255"}, True),
        ({"ip": [{"cidr": "10.0.0.0/24"}]}, {"ip": "10.1.1.0"}, False),
        ({"price": [100, 301.5]}, {"price": 301.5}, True),
        ({"price": [100]}, {"price": "100"}, False),
        ({"price": ["100"]}, {"price": 100}, False),
        ({"price": [{"numeric": [">", 0, "<=", 150]}]}, {"price": 150}, True),
        ({"price": [{"numeric": [">", 0, "<=", 150]}]}, {"price": 0}, False),
        ({"price": [{"anything-but": [100, 500]}]}, {"price": 101}, True),
        ({"price": [{"anything-but": [100, 500]}]}, {"price": [100, 50]}, True),
        ({"price": [100]}, {"price": [50, 100]}, True),
        ({"store": [{"exists": True}]}, {"store": "x"}, True),
        ({"store": [{"exists": False}]}, {}, True),
        ({"store": [{"exists": False}]}, {"store": "x"}, False),
        ({"store": ["x"]}, {"store": b"x"}, False),
        ({"$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"b": "y"}, True),
        ({"$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"a": "y"}, False),
        ({"a.b": ["x"]}, {"a.b": "x"}, True),
        ({}, {}, True),
    ],
)
def test_by_attributes(policy: dict[str, Any], message: dict[str, Any], wanted: bool) -> None:
    if policy:
        check_policy(json.dumps(policy))
    known = {name: value for name, value in message.items() if "." not in name}
    given = attributes(**known) | {name: {"Type": "String", "Value": message[name]} for name in message if "." in name}
    assert passes(policy, ATTRIBUTES, given, "body") is wanted


@pytest.mark.source("Amazon SNS", "filter policies (MessageBody)")
@pytest.mark.parametrize(
    ("policy", "body", "wanted"),
    [
        (
            {"Records": {"s3": {"object": {"key": [{"prefix": "auto-"}]}}}},
            {"Records": [{"s3": {"object": {"key": "auto-1"}}}]},
            True,
        ),
        (
            {"Records": {"s3": {"object": {"key": [{"prefix": "auto-"}]}}}},
            {"Records": [{"s3": {"object": {"key": "x"}}}]},
            False,
        ),
        ({"person": {"age": [{"numeric": [">=", 18]}]}}, {"person": {"age": 18}}, True),
        ({"encrypted": [False]}, {"encrypted": False}, True),
        ({"encrypted": [False]}, {"encrypted": "false"}, False),
        ({"gone": [None]}, {"gone": None}, True),
        ({"a": ["x"]}, ["x"], False),
        ({"a": ["x"]}, "x", False),
    ],
)
def test_by_the_body(policy: dict[str, Any], body: Any, wanted: bool) -> None:
    check_policy(json.dumps(policy), BODY)
    assert passes(policy, BODY, {}, json.dumps(body)) is wanted


@pytest.mark.parametrize("body", ["", "text", "{", '{"a": NaN', "[" * 100_000])
def test_a_body_that_is_no_object_passes_no_filter(body: str) -> None:
    assert not passes({"a": ["x"]}, BODY, {}, body)
    assert passes({}, BODY, {}, body)


@pytest.mark.source("Amazon SNS", "filter policies are checked")
@pytest.mark.parametrize(
    ("policy", "scope", "message"),
    [
        ("{", ATTRIBUTES, "FilterPolicy: failed to parse JSON."),
        (
            '{"key":[{"wrong-operator":true}]}',
            ATTRIBUTES,
            "FilterPolicy: Unrecognized match type wrong-operator\n"
            ' at [Source: (String)"{"key":[{"wrong-operator":true}]}"; line: 1, column: 31]',
        ),
        (
            '{"key":[{"numeric":["=","000"]}]}',
            ATTRIBUTES,
            "FilterPolicy: Value of equals must be numeric\n"
            ' at [Source: (String)"{"key":[{"numeric":["=","000"]}]}"; line: 1, column: 26]',
        ),
        (
            '{"key":{"suffix":"value"}}',
            ATTRIBUTES,
            'FilterPolicy: "suffix" must be an object or an array\n'
            ' at [Source: (String)"{"key":{"suffix":"value"}}"; line: 1, column: 19]',
        ),
        (
            '{"a": {"b": ["x"]}}',
            ATTRIBUTES,
            "Filter policy scope MessageAttributes does not support nested filter policy",
        ),
        (
            json.dumps({name: ["x"] for name in "abcdef"}),
            ATTRIBUTES,
            "FilterPolicy: Filter policy can not have more than 5 keys",
        ),
        (
            '{"price": [1000000001]}',
            ATTRIBUTES,
            "FilterPolicy: Value of = must be between -1.0E9 and 1.0E9, inclusive",
        ),
        (json.dumps({"a": list(range(13)), "b": list(range(12))}), BODY, "FilterPolicy: Filter policy is too complex"),
        (json.dumps({"a": {"b": {"c": list(range(51))}}}), BODY, "FilterPolicy: Filter policy is too complex"),
    ],
)
def test_what_is_no_policy(policy: str, scope: str, message: str) -> None:
    with pytest.raises(InvalidPolicy) as caught:
        check_policy(policy, scope)
    assert str(caught.value) == message


def test_the_most_complex_policy_there_may_be() -> None:
    check_policy(json.dumps({"a": list(range(15)), "b": list(range(10))}))
    check_policy(json.dumps({"a": {"b": {"c": list(range(50))}}}), BODY)


@given(some.text(), some.dictionaries(some.text(), some.text()))
def test_no_message_breaks_a_filter(body: str, values: dict[str, str]) -> None:
    kinds = ("String", "Number", "String.Array", "Binary")
    given = {name: {"Type": kinds[len(name) % 4], "Value": value} for name, value in values.items()}
    for scope in (ATTRIBUTES, BODY):
        assert passes({"a": [{"exists": True}, {"exists": False}]}, scope, given, body) in (True, False)
