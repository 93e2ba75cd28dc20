"""What the exercises' checks say of attempts that are almost right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from lambdalab import exercises
from tests.lambdalab.packages import allowing, zipped
from tests.samples.chapter import Chapter

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

CHAPTER = Chapter("triggers/dynamodb")
said = CHAPTER.said
FAILURES = "arn:aws:sqs:us-east-1:123456789012:audit-failures"
CAREFUL = {
    "MaximumRetryAttempts": 2,
    "BisectBatchOnFunctionError": True,
    "DestinationConfig": {"OnFailure": {"Destination": FAILURES}},
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
}


@pytest.fixture
def wire(lab: Lab) -> Callable[..., None]:
    """Makes the chapter's tables and queue; then a function and its mapping."""
    dynamodb = boto3.client("dynamodb")
    arn = ""
    for name, keys in (("orders", ["id"]), ("audit", ["order", "number"])):
        dynamodb.create_table(
            TableName=name,
            KeySchema=[
                {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        arn = arn or dynamodb.describe_table(TableName=name)["Table"]["LatestStreamArn"]
    boto3.client("sqs").create_queue(QueueName="audit-failures")

    def make(name: str, source: str, **settings: Any) -> None:
        boto3.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Code={"ZipFile": zipped({f"{name}.py": source})},
            Handler=f"{name}.handler",
            Role=lab.role("orders", allowing("dynamodb:*", "sqs:*")),
        )
        boto3.client("lambda").create_event_source_mapping(
            FunctionName=name, EventSourceArn=arn, StartingPosition="LATEST", **settings
        )

    return make


def passed(exercise: str) -> str:
    card: Any = getattr(exercises.load(CHAPTER.name), exercise).check()
    assert card.passed, card
    return str(card.text)


def image(state: Any, what: str = "NewImage") -> dict[str, Any]:
    return {what: {"state": {"S": [state]}}}


PAID_NOW, NOT_BEFORE = image("paid"), image({"anything-but": ["paid"]}, "OldImage")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"eventName": ["INSERT"]}, "The order was shipped when it came in, still open."),
        ({"eventName": ["MODIFY"]}, "The open order got another address, and was shipped."),
        ({"eventName": ["MODIFY"], "NewImage": {"state": ["paid"]}}, "became paid, and was not shipped"),
        ({"eventName": ["MODIFY"], "dynamodb": PAID_NOW}, "and again when its address changed"),
        ({"eventName": ["MODIFY"], "dynamodb": image({"anything-but": ["open"]})}, "and again when its address"),
        (
            {
                "eventName": ["MODIFY"],
                "dynamodb": {
                    "NewImage": {"state": {"S": ["paid", "refunded"]}},
                    "OldImage": {
                        "state": {"S": ["open", "paid"]},
                        "address": {"S": [{"anything-but": "2 Main Street"}]},
                    },
                },
            },
            "not shipped",
        ),
    ],
)
def test_a_pattern_lets_through_too_much_or_too_little(
    wire: Callable[..., None], pattern: dict[str, Any], expected: str
) -> None:
    ship = (CHAPTER.folder / "ship.py").read_text()
    wire("ship", ship, FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    assert expected in said("paid")


def test_the_right_pattern_ships_once(wire: Callable[..., None]) -> None:
    pattern = {"eventName": ["MODIFY"], "dynamodb": PAID_NOW | NOT_BEFORE}
    ship = (CHAPTER.folder / "ship.py").read_text()
    wire("ship", ship, FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    assert "Shipped when it became paid" in passed("paid")


MAIL = """
def handler(event, context):
    failures = []
    for record in event["Records"]:
        order = record["dynamodb"]["NewImage"]
        try:
            print("mail to", order["mail"]["S"])
        except KeyError:
            LINE
    return {"batchItemFailures": failures}
"""
NAMED = 'failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})'


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("raise", "the handler raised, so Lambda cut the batch in halves"),
        ("pass", "was passed over, and nobody was told"),
        (NAMED, "The other nine got"),  # and went on behind it
    ],
)
def test_mails_go_out_more_than_once_or_nobody_is_told(wire: Callable[..., None], line: str, expected: str) -> None:
    wire("mail", MAIL.replace("LINE", line), **CAREFUL)
    assert expected in said("mail")


def test_who_names_the_first_failure_and_returns_mails_once(wire: Callable[..., None]) -> None:
    wire("mail", MAIL.replace("LINE", NAMED + "; break"), **CAREFUL)
    assert "Nine orders got one mail each" in passed("mail")


def test_what_is_added_before_a_failure_is_added_again(wire: Callable[..., None]) -> None:
    settings = {**CAREFUL, "FunctionResponseTypes": []}
    wire("revenue", (CHAPTER.folder / "exercises" / "revenue.py").read_text(), **settings)
    assert "were added once more when their batch was tried again" in said("revenue")


def test_who_remembers_what_was_added_counts_once(wire: Callable[..., None]) -> None:
    source = (CHAPTER.folder / "solutions" / "revenue.cell").read_text().partition("\n")[2]
    wire("revenue", source, **{**CAREFUL, "FunctionResponseTypes": []})
    assert "However often a batch comes, it counts once" in passed("revenue")


def test_who_passes_over_all_counts_nothing(wire: Callable[..., None]) -> None:
    wire("revenue", "def handler(event, context): pass")
    assert "A good order of 1000 cents came alone, and the revenue grew by 0." in said("revenue")
