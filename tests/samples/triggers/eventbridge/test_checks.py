"""What the exercises' checks say of attempts that are almost right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.samples.chapter import Chapter

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

CHAPTER = Chapter("triggers/eventbridge")
said = CHAPTER.said
HERE = "us-east-1:123456789012"


@pytest.fixture
def bus(lab: Lab) -> Any:
    events = boto3.client("events")
    events.create_event_bus(Name="shop")
    return events


RIGHT: dict[str, Any] = {
    "country": ["DE", "FR"],
    "value": [{"numeric": [">=", 50, "<", 500]}],
    "test": [{"exists": False}],
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"country": ["DE"]}, "does not see one from France"),
        ({"country": [{"exists": True}]}, "The clerk sees one from Italy"),
        ({"value": [{"numeric": [">", 50, "<", 500]}]}, "does not see one that is worth 50:"),
        ({"value": [{"numeric": [">=", 50, "<=", 500]}]}, "sees one that is worth 500:"),
        ({"value": [{"numeric": [">=", 49]}]}, "sees one that is worth 49.99"),
        ({"test": [False]}, "does not see a return from Germany"),
        ({"test": [{"anything-but": "true"}]}, "does not see a return from Germany"),
        ({"test": [{"exists": False}, True]}, "sees a test"),
    ],
)
def test_almost_the_right_returns(bus: Any, change: dict[str, Any], expected: str) -> None:
    pattern = {"source": ["shop.returns"], "detail": RIGHT | change}
    bus.put_rule(Name="returns", EventBusName="shop", EventPattern=json.dumps(pattern))
    assert expected in said("returns")


def test_the_source_counts(bus: Any) -> None:
    bus.put_rule(Name="returns", EventBusName="shop", EventPattern=json.dumps({"detail": RIGHT}))
    assert "sees an order of shop.checkout" in said("returns")


def test_a_rule_that_is_not_there(bus: Any) -> None:
    assert "no rule called returns" in said("returns")


@pytest.fixture
def report(lab: Lab) -> Callable[..., None]:
    trust = {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = boto3.client("iam").create_role(RoleName="clock", AssumeRolePolicyDocument=document)["Role"]["Arn"]

    def make(expression: str, **zone: str) -> None:
        boto3.client("scheduler").create_schedule(
            Name="report",
            ScheduleExpression=expression,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": f"arn:aws:lambda:{HERE}:function:x", "RoleArn": role},
            **zone,
        )

    return make


BERLIN = {"ScheduleExpressionTimezone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("expression", "zone", "expected"),
    [
        ("cron(30 8 ? * 1-5 *)", BERLIN, "What is the 1 of AWS's week?"),
        ("cron(30 8 ? * MON-FRI *)", {}, "In January it would run at 09:30 in Berlin"),
        ("cron(30 7 ? * MON-FRI *)", {}, "In July it would run at 09:30 in Berlin"),
        ("cron(30 8 * * ? *)", BERLIN, "Mon 08:30, Tue 08:30, Wed 08:30, Thu 08:30, Fri 08:30, Sat 08:30"),
        ("cron(8 30 ? * MON *)", BERLIN, ""),
        ("rate(1 day)", BERLIN, "Mon 00:00"),
    ],
)
def test_almost_half_past_eight(
    report: Callable[..., None], expression: str, zone: dict[str, str], expected: str
) -> None:
    if expression.startswith("cron(8 30"):
        with pytest.raises(boto3.client("scheduler").exceptions.ValidationException):
            report(expression, **zone)
        assert "no schedule called report" in said("report")
        return
    report(expression, **zone)
    assert expected in said("report")


NOTE = {
    "InputPathsMap": {
        "customer": "$.detail.customer",
        "total": "$.detail.total",
        "items": "$.detail.items",
        "first": "$.detail.items[0]",
    },
    "InputTemplate": '{"text": "<customer>: <total>", "items": <items>, "first": "<first>"}',
}


@pytest.mark.parametrize(
    ("template", "paths", "expected"),
    [
        ('{"text": <customer>: <total>, "items": <items>, "first": "<first>"}', {}, "makes no JSON"),
        (None, {"customer": "$.customer"}, 'text becomes ": 120", and should be "Ada: 120"'),
        ('{"text": "<customer>: <total>", "items": <items>, "first": <first>}', {}, "first becomes 42"),
        ('{"text": "<customer>: <total>", "items": <items>}', {}, "first becomes null"),
        (None, {"items": "$.detail.items[0]"}, 'items becomes "lamp"'),
        (
            '{"text": "<customer>: <total>", "items": <items>, "first": "<first>", "more": 1}',
            {},
            "has more in it than the three",
        ),
    ],
)
def test_almost_a_note(bus: Any, template: str | None, paths: dict[str, str], expected: str) -> None:
    note = {
        "InputPathsMap": NOTE["InputPathsMap"] | paths,  # type: ignore[operator]
        "InputTemplate": template or NOTE["InputTemplate"],
    }
    bus.put_rule(Name="notes", EventBusName="shop", EventPattern='{"source": ["x"]}')
    target = {"Id": "function", "Arn": f"arn:aws:lambda:{HERE}:function:x", "InputTransformer": note}
    bus.put_targets(Rule="notes", EventBusName="shop", Targets=[target])
    assert expected in said("note")


def test_a_rule_without_a_target(bus: Any) -> None:
    assert "has no target" in said("note")
