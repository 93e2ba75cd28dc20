"""FilterCriteria of event source mappings."""

import base64
import json
from typing import Any

import pytest

from lambdalab.event_patterns.mapping_filters import REFUSAL, check_filter, passes

JSON_BODY = json.dumps({"RequestCode": "BBBB", "Amount": 12})


def message(body: str) -> dict[str, Any]:
    return {"messageId": "1", "body": body, "attributes": {}, "eventSource": "aws:sqs"}


def record(data: bytes, key: str = "k") -> dict[str, Any]:
    return {
        "kinesis": {"partitionKey": key, "data": base64.b64encode(data).decode(), "sequenceNumber": "1"},
        "eventSource": "aws:kinesis",
    }


@pytest.mark.source("All mappings", "filter criteria")
@pytest.mark.parametrize(
    ("body", "pattern", "expected"),
    [
        (JSON_BODY, {"body": {"RequestCode": ["BBBB"]}}, True),
        (JSON_BODY, {"body": {"RequestCode": ["AAAA"]}}, False),
        (JSON_BODY, {"body": {"Amount": [{"numeric": [">", 10]}]}}, True),
        ("plain text", {"body": ["plain text"]}, True),
        ("plain text", {"body": [{"prefix": "plain"}]}, True),
        ("plain text", {"body": ["other"]}, False),
        ("plain text", {"body": {"RequestCode": ["BBBB"]}}, False),
        ("plain text", {"body": {"RequestCode": [{"exists": False}]}}, False),
        (JSON_BODY, {"body": [JSON_BODY]}, False),
        (JSON_BODY, {"eventSource": ["aws:sqs"]}, True),
        ("plain text", {"eventSource": ["aws:sqs"]}, True),
    ],
)
def test_what_was_written_and_what_is_expected_are_of_one_form(
    body: str, pattern: dict[str, Any], expected: bool
) -> None:
    assert passes("sqs", [json.dumps(pattern)], message(body)) is expected
    if "body" not in pattern or isinstance(pattern["body"], dict):
        as_data = {"data" if name == "body" else name: tests for name, tests in pattern.items()}
        text = json.dumps(as_data).replace("aws:sqs", "aws:kinesis")
        assert passes("kinesis", [text], record(body.encode())) is expected


def test_one_of_several_filters_is_enough_and_none_lets_all_pass() -> None:
    some = [json.dumps({"body": {"a": [n]}}) for n in (1, 2)]
    assert passes("sqs", some, message('{"a": 2}'))
    assert not passes("sqs", some, message('{"a": 3}'))
    assert passes("sqs", [], message("x"))


def test_a_stream_s_own_fields_can_be_asked_for() -> None:
    assert passes("kinesis", ['{"partitionKey": ["k"]}'], record(b"\xff\xfe"))
    assert not passes("kinesis", ['{"partitionKey": ["other"]}'], record(b"{}"))
    assert not passes("kinesis", ['{"data": {"a": [{"exists": false}]}}'], record(b"\xff\xfe"))


def test_dynamodb_is_compared_as_it_is_and_its_numbers_are_strings() -> None:
    change = {"eventName": "INSERT", "dynamodb": {"NewImage": {"total": {"N": "12"}, "state": {"S": "new"}}}}
    assert passes("dynamodb", ['{"eventName": ["INSERT"]}'], change)
    assert passes("dynamodb", ['{"dynamodb": {"NewImage": {"state": {"S": ["new"]}}}}'], change)
    assert not passes("dynamodb", ['{"dynamodb": {"NewImage": {"total": {"N": [{"numeric": [">", 1]}]}}}}'], change)


@pytest.mark.source("All mappings", "filter criteria are checked")
@pytest.mark.parametrize(
    ("service", "pattern"),
    [
        ("sqs", "not json"),
        ("sqs", '{"body": "text"}'),
        ("sqs", '{"body": [{"PREFIX": "a"}]}'),
        ("sqs", '{"body": [{"wildcard": "a*"}]}'),
        ("dynamodb", '{"eventName": [{"anything-but": {"prefix": "I"}}]}'),
        ("kinesis", '{"data": ["text"]}'),
    ],
)
def test_what_lambda_refuses(service: str, pattern: str) -> None:
    with pytest.raises(ValueError, match=REFUSAL):
        check_filter(service, pattern)


def test_what_lambda_takes() -> None:
    check_filter("sqs", '{"body": [{"prefix": "a"}]}')
    check_filter("sqs", '{"$or": [{"body": {"a": [1]}}, {"body": {"b": [{"anything-but": ["x"]}]}}]}')
    check_filter("kinesis", '{"data": {"a": [{"numeric": ["=", 1]}]}, "partitionKey": [{"exists": true}]}')
    check_filter("sqs", '{"body": {"address": ["10.0.0.1"]}}')
