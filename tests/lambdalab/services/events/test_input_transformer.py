"""What a target of EventBridge gets."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdalab.services.events.input_transformer import About, InvalidInput, NotJson, check, input_for

ABOUT = About("arn:aws:events:us-east-1:123456789012:rule/example", "example", "2026-11-23T09:00:00Z")
EVENT = {
    "version": "0",
    "id": "7bf73129-1428-4cd3-a780-95db273d1602",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "123456789012",
    "time": "2026-11-23T08:59:59Z",
    "region": "us-east-1",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"],
    "detail": {
        "instance-id": "i-0123456789",
        "state": "RUNNING",
        "count": 3,
        "ok": True,
        "tags": [{"key": "a"}, {"key": "b"}],
        "said": 'a "quote"',
    },
}
PATHS = {
    "timestamp": "$.time",
    "instance": "$.detail.instance-id",
    "state": "$.detail.state",
    "count": "$.detail.count",
    "detail": "$.detail",
    "first": "$.detail.tags[0].key",
    "keys": "$.detail.tags[*].key",
    "missing": "$.detail.nowhere",
    "said": "$.detail.said",
}


def transformed(template: str, event: dict[str, Any] = EVENT) -> str:
    target = {"Id": "t", "InputTransformer": {"InputPathsMap": PATHS, "InputTemplate": template}}
    check(target)
    return input_for(target, event, ABOUT)


@pytest.mark.source("EventBridge", "input transformer")
@pytest.mark.parametrize(
    ("template", "expected"),
    [
        # those of AWS's documentation
        ('"instance <instance> is in <state>"', '"instance i-0123456789 is in RUNNING"'),
        ('"instance \\"<instance>\\" is in <state>"', '"instance \\"i-0123456789\\" is in RUNNING"'),
        (
            '{\n  "instance" : <instance>,\n  "state": <state>\n}',
            '{"instance":"i-0123456789","state":"RUNNING"}',
        ),
        (
            '{"instance": <instance>, "state": "<state>", "status": "instance \\"<instance>\\" is in <state>"}',
            '{"instance":"i-0123456789","state":"RUNNING","status":"instance \\"i-0123456789\\" is in RUNNING"}',
        ),
        ('{"state": [9, <state>, true], "Transformed": "Yes"}', '{"state":[9,"RUNNING",true],"Transformed":"Yes"}'),
        ('"<aws.events.rule-name> triggered"', '"example triggered"'),
        ('{"a": <aws.events.rule-arn>}', f'{{"a":"{ABOUT.rule_arn}"}}'),
        ('{"a": <aws.events.event.ingestion-time>}', '{"a":"2026-11-23T09:00:00Z"}'),
        # values keep their type, and stand as JSON within quotes
        ('{"n": <count>, "text": "<count> of them"}', '{"n":3,"text":"3 of them"}'),
        ('{"first": <first>, "keys": <keys>}', '{"first":"a","keys":["a","b"]}'),
        ("<detail>", json.dumps(EVENT["detail"], separators=(",", ":"))),
        # what is not there
        ('{"a": <missing>}', '{"a":""}'),
        ('"detail <missing>"', '"detail "'),
    ],
)
def test_templates(template: str, expected: str) -> None:
    assert transformed(template) == expected


@pytest.mark.source("EventBridge", "input transformer: reserved variables")
def test_the_event_with_and_without_its_detail() -> None:
    found = json.loads(transformed('{"with": <aws.events.event.json>, "without": <aws.events.event>}'))
    assert found["with"] == EVENT
    assert set(found["without"]) == {
        "id",
        "account",
        "detailType",
        "time",
        "source",
        "region",
        "resources",
        "version",
    }


def test_a_value_with_a_quote_is_not_escaped() -> None:
    with pytest.raises(NotJson):
        transformed('{"said": <said>}')


@pytest.mark.source("EventBridge", "input and input path")
def test_a_constant_or_a_part() -> None:
    assert input_for({"Input": '{"a": 1}'}, EVENT, ABOUT) == '{"a": 1}'
    assert input_for({"InputPath": "$.detail.state"}, EVENT, ABOUT) == '"RUNNING"'
    assert json.loads(input_for({"InputPath": "$.detail"}, EVENT, ABOUT)) == EVENT["detail"]
    assert json.loads(input_for({}, EVENT, ABOUT)) == EVENT


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            {"InputPath": "$.detail", "Input": "{}"},
            "Only one of Input, InputPath, or InputTransformer must be provided for target t.",
        ),
        (
            {"InputTransformer": {"InputPathsMap": {}, "InputTemplate": '"<notdefinedkey>"'}},
            "InputTemplate for target t contains invalid placeholder notdefinedkey.",
        ),
        ({"Input": "not json"}, "JSON syntax error in input for target t"),
        ({"InputPath": "detail"}, "InputPath for target t is invalid."),
        (
            {"InputTransformer": {"InputPathsMap": {"aws.events.x": "$.a"}, "InputTemplate": '""'}},
            "contains reserved key aws.events.x",
        ),
    ],
)
def test_what_is_refused(said: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message.replace("(", r"\(")):
        check({"Id": "t", **said})


@given(st.text(), st.text('{}[]<>"a:,\\ '))
def test_no_template_is_too_strange(value: str, template: str) -> None:
    target = {
        "Id": "t",
        "InputTransformer": {"InputPathsMap": {"a": "$.detail.a"}, "InputTemplate": template},
    }
    try:
        check(target)
        json.loads(input_for(target, {"detail": {"a": value}}, ABOUT))
    except (InvalidInput, NotJson):
        pass
