"""FilterCriteria of event source mappings."""

import base64
import json
from typing import Any

import pytest

from lambdalab.event_patterns.mapping_filters import REFUSAL, check_filter, passes
from lambdalab.services.dynamodb.polling import SOURCE as DYNAMODB
from lambdalab.services.kinesis.polling import SOURCE as KINESIS
from lambdalab.services.sqs.polling import SOURCE as SQS

FORMATS = {"sqs": SQS.record_format, "kinesis": KINESIS.record_format, "dynamodb": DYNAMODB.record_format}
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
def test_a_payload_matches_only_a_pattern_of_its_own_form(body: str, pattern: dict[str, Any], expected: bool) -> None:
    assert passes(FORMATS["sqs"], [json.dumps(pattern)], message(body)) is expected
    if "body" not in pattern or isinstance(pattern["body"], dict):
        as_data = {"data" if name == "body" else name: tests for name, tests in pattern.items()}
        text = json.dumps(as_data).replace("aws:sqs", "aws:kinesis")
        assert passes(FORMATS["kinesis"], [text], record(body.encode())) is expected


def test_one_of_several_filters_is_enough_and_without_filters_every_record_passes() -> None:
    some = [json.dumps({"body": {"a": [n]}}) for n in (1, 2)]
    assert passes(FORMATS["sqs"], some, message('{"a": 2}'))
    assert not passes(FORMATS["sqs"], some, message('{"a": 3}'))
    assert passes(FORMATS["sqs"], [], message("x"))


def test_patterns_can_name_the_fields_of_a_kinesis_record() -> None:
    assert passes(FORMATS["kinesis"], ['{"partitionKey": ["k"]}'], record(b"\xff\xfe"))
    assert not passes(FORMATS["kinesis"], ['{"partitionKey": ["other"]}'], record(b"{}"))
    assert not passes(FORMATS["kinesis"], ['{"data": {"a": [{"exists": false}]}}'], record(b"\xff\xfe"))


def test_a_dynamodb_record_is_compared_as_it_is_and_its_numbers_are_strings() -> None:
    change = {"eventName": "INSERT", "dynamodb": {"NewImage": {"total": {"N": "12"}, "state": {"S": "new"}}}}
    assert passes(FORMATS["dynamodb"], ['{"eventName": ["INSERT"]}'], change)
    assert passes(FORMATS["dynamodb"], ['{"dynamodb": {"NewImage": {"state": {"S": ["new"]}}}}'], change)
    assert not passes(
        FORMATS["dynamodb"], ['{"dynamodb": {"NewImage": {"total": {"N": [{"numeric": [">", 1]}]}}}}'], change
    )


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
def test_lambda_rejects_these_patterns(service: str, pattern: str) -> None:
    with pytest.raises(ValueError, match=REFUSAL):
        check_filter(FORMATS[service], pattern)


def test_lambda_accepts_these_patterns() -> None:
    check_filter(FORMATS["sqs"], '{"body": [{"prefix": "a"}]}')
    check_filter(FORMATS["sqs"], '{"$or": [{"body": {"a": [1]}}, {"body": {"b": [{"anything-but": ["x"]}]}}]}')
    check_filter(FORMATS["kinesis"], '{"data": {"a": [{"numeric": ["=", 1]}]}, "partitionKey": [{"exists": true}]}')
    check_filter(FORMATS["sqs"], '{"body": {"address": ["10.0.0.1"]}}')
