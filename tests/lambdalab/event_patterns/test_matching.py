"""Patterns of EventBridge: what matches, and what is no pattern."""

import json
from string import printable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdalab.event_patterns.matching import InvalidPattern, check, matches

EVENT = {
    "version": "0",
    "source": "aws.ec2",
    "detail-type": "EC2 Instance State-change Notification",
    "time": "2026-11-23T09:00:00Z",
    "region": "eu-west-1",
    "resources": ["arn:aws:ec2:eu-west-1:123456789012:instance/i-1", "arn:aws:ec2:eu-west-1:123456789012:instance/i-2"],
    "detail": {
        "state": "running",
        "count": 5,
        "limit": 301.8,
        "address": "10.0.0.33",
        "spot": False,
        "owner": None,
        "note": "",
        "file": "dir/lib/photo.PNG",
        "tags": [],
    },
}


def detail(**tests: Any) -> dict[str, Any]:
    return {"detail": tests}


@pytest.mark.source("EventBridge", "event patterns")
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        # values
        ({"source": ["aws.ec2"]}, True),
        ({"source": ["aws.s3", "aws.ec2"]}, True),
        ({"source": ["AWS.EC2"]}, False),
        ({"source": ["aws.ec2"], "region": ["us-east-1"]}, False),
        ({"Source": ["aws.ec2"]}, False),
        (detail(state=["stopped", "running"]), True),
        (detail(missing=["running"]), False),
        (detail(owner=[None]), True),
        (detail(state=[None]), False),
        (detail(missing=[None]), False),
        (detail(note=[""]), True),
        (detail(owner=[""]), False),
        (detail(spot=[False]), True),
        (detail(spot=[True]), False),
        (detail(spot=[0]), False),
        (detail(spot=["false"]), False),
        # lists in the event: one element is enough
        ({"resources": ["arn:aws:ec2:eu-west-1:123456789012:instance/i-2"]}, True),
        ({"resources": [{"anything-but": "arn:aws:ec2:eu-west-1:123456789012:instance/i-2"}]}, True),
        ({"resources": [None]}, False),
        (detail(tags=[None]), False),
        (detail(tags=[{"exists": False}]), True),
        (detail(tags=[{"exists": True}]), False),
        # numbers are values, not texts
        (detail(count=[5]), True),
        (detail(count=[5.0]), True),
        (detail(count=["5"]), False),
        (detail(limit=[3.018e2]), True),
        (detail(count=[{"numeric": [">", 0, "<=", 5]}]), True),
        (detail(count=[{"numeric": [">", 0, "<", 5]}]), False),
        (detail(count=[{"numeric": ["=", 5]}]), True),
        (detail(limit=[{"numeric": [">=", 301.8]}]), True),
        (detail(limit=[{"numeric": ["<", 301.8]}]), False),
        (detail(limit=[{"numeric": ["=", 301.8000001]}]), True),
        (detail(state=[{"numeric": [">", 0]}]), False),
        (detail(owner=[{"numeric": [">", -1]}]), False),
        (detail(spot=[{"numeric": ["=", 0]}]), False),
        # beginnings and ends
        ({"time": [{"prefix": "2026-11-"}]}, True),
        ({"time": [{"prefix": "2025-"}]}, False),
        (detail(file=[{"suffix": ".png"}]), False),
        (detail(file=[{"suffix": ".PNG"}]), True),
        (detail(file=[{"suffix": {"equals-ignore-case": ".png"}}]), True),
        ({"source": [{"prefix": {"equals-ignore-case": "AWS."}}]}, True),
        ({"source": [{"prefix": {"equals-ignore-case": "GCP."}}]}, False),
        (detail(count=[{"prefix": "5"}]), False),
        (detail(state=[{"equals-ignore-case": "RUNNING"}]), True),
        (detail(state=[{"equals-ignore-case": "run"}]), False),
        # wildcards
        (detail(file=[{"wildcard": "dir/*/photo.PNG"}]), True),
        (detail(file=[{"wildcard": "*.PNG"}]), True),
        (detail(file=[{"wildcard": "dir*"}]), True),
        (detail(file=[{"wildcard": "lib*"}]), False),
        (detail(file=[{"wildcard": "dir/?ib/photo.PNG"}]), False),
        (detail(file=[{"wildcard": "dir/\\*/photo.PNG"}]), False),
        # addresses
        (detail(address=[{"cidr": "10.0.0.0/24"}]), True),
        (detail(address=[{"cidr": "10.0.0.40/24"}]), True),
        (detail(address=[{"cidr": "10.0.1.0/24"}]), False),
        (detail(state=[{"cidr": "10.0.1.0/24"}]), False),
        (detail(address=["10.0.0.33"]), True),
        # there or not
        (detail(state=[{"exists": True}]), True),
        (detail(owner=[{"exists": True}]), True),
        (detail(state=[{"exists": False}]), False),
        (detail(missing=[{"exists": False}]), True),
        ({"detail": [{"exists": True}]}, False),  # not a leaf
        ({"missing": {"deeper": [{"exists": False}]}}, True),
        (detail(missing=[{"exists": False}, "x"]), True),
        # anything but
        (detail(state=[{"anything-but": "stopped"}]), True),
        (detail(state=[{"anything-but": ["stopped", "running"]}]), False),
        (detail(count=[{"anything-but": 5}]), False),
        (detail(count=[{"anything-but": [4, 6]}]), True),
        (detail(count=[{"anything-but": "5"}]), True),
        (detail(owner=[{"anything-but": "stopped"}]), True),
        (detail(missing=[{"anything-but": "stopped"}]), False),
        (detail(state=[{"anything-but": {"prefix": "run"}}]), False),
        (detail(count=[{"anything-but": {"prefix": "run"}}]), True),
        (detail(state=[{"anything-but": {"suffix": ["ing", "ed"]}}]), False),
        (detail(state=[{"anything-but": {"equals-ignore-case": ["RUNNING"]}}]), False),
        (detail(file=[{"anything-but": {"wildcard": "*/lib/*"}}]), False),
        (detail(file=[{"anything-but": {"wildcard": ["*/bin/*", "*/etc/*"]}}]), True),
        # or
        ({"$or": [{"source": ["aws.s3"]}, {"region": ["eu-west-1"]}]}, True),
        ({"$or": [{"source": ["aws.s3"]}, {"region": ["us-east-1"]}]}, False),
        ({"source": ["aws.s3"], "$or": [{"region": ["eu-west-1"]}, {"region": ["us-east-1"]}]}, False),
        (detail(**{"$or": [{"count": [{"numeric": ["<", 3]}]}, {"state": [{"prefix": "run"}]}]}), True),
        (
            {
                "$or": [{"source": ["aws.s3"]}, {"source": ["aws.ec2"]}],
                "detail": {"$or": [{"count": [1]}, {"limit": [1]}]},
            },
            False,
        ),
        # EventBridge does not tell a dot from a level
        ({"detail.state": ["running"]}, True),
    ],
)
def test_patterns_match_as_documented(pattern: dict[str, Any], expected: bool) -> None:
    assert matches(pattern, EVENT) is expected
    assert matches(json.dumps(pattern), json.dumps(EVENT)) is expected


PEOPLE = {
    "people": [
        {"first": "Ada", "last": "Lovelace", "born": {"year": 1815}},
        {"first": "Grace", "last": "Hopper", "born": {"year": 1906}},
    ]
}


@pytest.mark.source("EventBridge", "event patterns: arrays")
def test_fields_of_an_object_in_a_list_hold_in_the_same_object() -> None:
    assert matches({"people": {"first": ["Grace"]}}, PEOPLE)
    assert matches({"people": {"first": ["Grace"], "born": {"year": [1906]}}}, PEOPLE)
    assert not matches({"people": {"first": ["Ada"], "last": ["Hopper"]}}, PEOPLE)
    assert not matches({"people": {"first": ["Ada"], "born": {"year": [1906]}}}, PEOPLE)
    nested = {"teams": [PEOPLE, {"people": [{"first": "Katherine", "last": "Johnson"}]}]}
    assert matches({"teams": {"people": {"first": ["Katherine"], "last": ["Johnson"]}}}, nested)
    assert not matches({"teams": {"people": {"first": ["Katherine"], "last": ["Hopper"]}}}, nested)


def test_lists_in_lists_are_one_list() -> None:
    assert matches({"x": [3]}, {"x": [[1, 2], [3]]})
    assert matches({"x": [3], "y": ["a"]}, {"x": [[1, 2], [3]], "y": "a"})


def test_numbers_beyond_the_range_are_compared_as_they_are_written() -> None:
    assert matches({"account": [123456789012]}, {"account": 123456789012})
    assert not matches({"account": [123456789012]}, {"account": 123456789013})
    assert not matches('{"n": [123456789012.0]}', '{"n": 123456789012}')
    assert matches('{"n": [300]}', '{"n": 3.00e2}')


def test_an_ip_address_is_the_same_however_it_is_written() -> None:
    assert matches({"ip": ["2001:db8::1"]}, {"ip": "2001:0db8:0:0:0:0:0:0001"})
    assert matches({"ip": [{"cidr": "2001:db8::/32"}]}, {"ip": "2001:db8:1::"})
    assert not matches({"ip": [{"cidr": "10.0.0.0/8"}]}, {"ip": "2001:db8:1::"})


SOURCE = '\n at [Source: (String)"'


@pytest.mark.source("EventBridge", "event patterns: what is wrong, in AWS's words")
@pytest.mark.parametrize(
    ("pattern", "reason", "column"),
    [
        ('{"int": 42}', '"int" must be an object or an array', 11),
        ('{"string": "my-value"}', '"string" must be an object or an array', 13),
        ('{"resources": []}', "Empty arrays are not allowed", 17),
        ('{"source": ["aws.health"], "detail": {}}', "Empty objects are not allowed", 40),
        ('{"my_key": [{"EXISTS": true}]}', "Unrecognized match type EXISTS", 28),
        ('{"detail": {"equal": [{"NUMERIC": ["=", 5]}]}}', "Unrecognized match type NUMERIC", 36),
        ('{"detail": {"c-count": [{"numeric": [">", 0, ">", 0]}]}}', "Bad numeric range operator: >", 49),
        ('{"detail": {"c-count": [{"numeric": [">", 0, "<"]}]}}', "Value of < must be numeric", 50),
        ('{"time": [{"prefix": 123}]}', "prefix match pattern must be a string", 25),
        ('{"FileName": [{"suffix": [".png"]}]}', "suffix match pattern must be a string", 27),
        ('{"EventBusArn": [{"wildcard": 123}]}', "wildcard match pattern must be a string", 34),
        ('{"detail": {"sourceIPAddress": [{"cidr": ["bad-type"]}]}}', "prefix match pattern must be a string", 43),
        (
            '{"detail": {"state": [{"anything-but": {"prefix": 123}}]}}',
            "prefix/suffix match pattern must be a string",
            54,
        ),
        (
            '{"detail": {"FileName": [{"anything-but": {"prefix": {"equals-ignore-case": "file"}}}]}}',
            "Value of anything-but must be an array or single string/number value.",
            55,
        ),
        (
            '{"detail": {"state": [{"anything-but": {"equals-ignore-case": 123}}]}}',
            "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
            66,
        ),
        ('["not", "a", "dict", "but valid json"]', "Filter is not an object", 2),
        (
            "{'bad': 'quotation'}",
            "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
            2,
        ),
        (
            '{"not": closed mark"',
            "Unrecognized token 'closed': was expecting (JSON String, Number, Array, Object or token 'null', 'true' "
            "or 'false')",
            15,
        ),
        ('{"$or": [{"a": [1]}]}', "There must have at least 2 Objects in $or relationship.", 21),
        ('{"$or": {"a": [1]}}', "It must be an Array followed with $or.", 10),
        (
            '{"$or": [{"prefix": ["a"]}, {"b": [1]}]}',
            "prefix is Ruler reserved fieldName which cannot be used inside $or.",
            22,
        ),
    ],
)
def test_invalid_patterns_are_rejected_with_the_position_of_the_error(pattern: str, reason: str, column: int) -> None:
    with pytest.raises(InvalidPattern) as refused:
        check(pattern)
    assert str(refused.value) == (
        f'Event pattern is not valid. Reason: {reason}{SOURCE}{pattern}"; line: 1, column: {column}]'
    )


@pytest.mark.parametrize(
    ("test", "reason"),
    [
        ({"cidr": "10.0.0.0"}, "Malformed CIDR, one '/' required"),
        ({"cidr": "10.0.0.0/x"}, "Malformed CIDR, mask bits must be an integer"),
        ({"cidr": "10.0.0.0/32"}, "IPv4 mask bits must be < 32"),
        ({"cidr": "xx.11.xx/8"}, "Nonstandard IP address: xx.11.xx"),
        (
            {"wildcard": "*:*:*:*:*:event-bus/*"},
            "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a "
            "wildcard character",
        ),
    ],
)
def test_some_invalid_patterns_are_rejected_without_a_position(test: dict[str, str], reason: str) -> None:
    with pytest.raises(InvalidPattern) as refused:
        check({"field": [test]})
    assert refused.value.reason == reason


def test_a_position_in_a_pattern_of_several_lines() -> None:
    with pytest.raises(InvalidPattern) as refused:
        check('{\n  "detail": {\n    "slug": "some-pipeline"\n  }\n}')
    assert str(refused.value).endswith("; line: 3, column: 14]")


# Whatever is sent ---------------------------------------------------------------------------------------------

names = st.sampled_from(["a", "b", "c", "a.b", "$or", "prefix", "numeric", "exists"]) | st.text(printable, max_size=3)
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(["10.0.0.1", "::1"])
)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=12
)
tests = st.one_of(
    scalars,
    st.builds(lambda kind, value: {kind: value}, st.sampled_from(["prefix", "suffix", "wildcard", "cidr"]), st.text()),
    st.builds(lambda value: {"anything-but": value}, st.text() | st.integers(-9, 9) | st.lists(st.text(), max_size=2)),
    st.builds(lambda low, size: {"numeric": [">=", low, "<", low + size]}, st.integers(-9, 9), st.integers(1, 9)),
    st.builds(lambda value: {"exists": value}, st.booleans()),
)
patterns = st.recursive(
    st.dictionaries(names, st.lists(tests, min_size=1, max_size=3), min_size=1, max_size=3),
    lambda inner: (
        st.dictionaries(names, inner, min_size=1, max_size=2)
        | st.builds(lambda one, other: {"$or": [one, other]}, inner, inner)
    ),
    max_leaves=6,
)
objects = st.dictionaries(names, documents, max_size=4)


@settings(deadline=None, max_examples=300)
@given(st.text() | documents.map(json.dumps) | patterns.map(json.dumps), objects)
def test_no_pattern_and_no_event_is_too_strange(pattern: str, event: dict[str, Any]) -> None:
    try:
        check(pattern)
    except InvalidPattern:
        with pytest.raises(InvalidPattern, match=r"^Event pattern is not valid. Reason: "):
            matches(pattern, event)
    else:
        assert matches(pattern, event) in (True, False)


values = st.text(max_size=3) | st.integers(-5, 5) | st.booleans() | st.none()
wanted = st.lists(st.text(max_size=3), min_size=1, max_size=3) | st.lists(st.integers(-5, 5), min_size=1, max_size=3)


@given(values, wanted)
def test_anything_but_is_the_opposite_where_the_field_is(value: Any, some: list[Any]) -> None:
    assert matches({"x": some}, {"x": value}) is not matches({"x": [{"anything-but": some}]}, {"x": value})
    assert not matches({"x": [{"anything-but": some}]}, {"y": value})


@given(st.text(max_size=5), st.text(min_size=1, max_size=2))
def test_anything_but_a_beginning_or_an_end(value: str, part: str) -> None:
    for kind, expected in (("prefix", value.startswith(part)), ("suffix", value.endswith(part))):
        assert matches({"x": [{kind: part}]}, {"x": value}) is expected
        assert matches({"x": [{"anything-but": {kind: part}}]}, {"x": value}) is not expected


@given(objects, patterns, patterns)
def test_or_is_either_and_two_fields_are_both(event: dict[str, Any], one: Any, other: Any) -> None:
    try:
        either = matches({"$or": [one, other]}, event)
    except InvalidPattern:
        return
    assert either is (matches(one, event) or matches(other, event))


@given(documents)
def test_exists_true_is_the_opposite_of_exists_false(value: Any) -> None:
    event = {"x": value}
    assert matches({"x": [{"exists": True}]}, event) is not matches({"x": [{"exists": False}]}, event)


@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(-9, 9))
def test_numeric_is_arithmetic(value: int, low: int, high: int) -> None:
    assert matches({"x": [{"numeric": [">", low]}]}, {"x": value}) is (value > low)
    if low < high:
        assert matches({"x": [{"numeric": [">", low, "<=", high]}]}, {"x": value}) is (low < value <= high)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "*"]), max_size=6), st.text("ab", max_size=8))
def test_wildcards_stand_for_anything(parts: list[str], text: str) -> None:
    from fnmatch import fnmatchcase

    pattern = "".join(parts)
    if "**" not in pattern and pattern.count("*") < 5:
        assert matches({"x": [{"wildcard": pattern}]}, {"x": text}) is fnmatchcase(text, pattern)


def test_an_event_made_to_take_long_does_not() -> None:
    fields = [f"f{n}" for n in range(12)]
    event = {"rows": [{name: number for name in fields if name != f"f{number % 12}"} for number in range(36)]}
    assert matches({"rows": {name: [{"exists": True}] for name in fields}}, event) is False
