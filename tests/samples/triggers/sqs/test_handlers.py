"""The handlers of "Amazon SQS", called as Python, with batches of messages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.samples.chapter import Chapter

if TYPE_CHECKING:
    from lambdalab import Lab

chapter = Chapter("triggers/sqs")


def batch(*bodies: str, receives: int = 2) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": str(receives)}
    return {
        "Records": [
            {"messageId": f"m-{number}", "body": body, "attributes": attributes} for number, body in enumerate(bodies)
        ]
    }


GOOD, BAD = '{"id": 1, "address": "1 Main Street", "customer": "Ada", "cents": 1000, "points": 10}', "seven, please"


def test_one_bad_message_stops_the_batch(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        chapter.load("pack").handler(batch(GOOD, BAD, GOOD), None)
    assert capsys.readouterr().out.count("packed") == 1


def test_what_failed_is_named_and_the_rest_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    answer = chapter.load("pack_each").handler(batch(GOOD, BAD, GOOD), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert capsys.readouterr().out.count("packed") == 2


def test_the_solution_names_a_shipment_without_an_address() -> None:
    answer = chapter.solved("shipments")(batch(GOOD, '{"id": 2}'), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}


@pytest.fixture
def charges(lab: Lab) -> Any:
    return boto3.resource("dynamodb").create_table(
        TableName="charges",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.mark.parametrize(("name", "cents"), [("charge", 2000), ("charge_once", 1000)])
def test_a_message_that_comes_again_is_charged_again_or_not(charges: Any, name: str, cents: int) -> None:
    handler = chapter.load(name).handler
    with pytest.raises(TimeoutError):
        handler(batch(GOOD, receives=1), None)
    handler(batch(GOOD), None)
    assert charges.get_item(Key={"id": "Ada"})["Item"]["cents"] == cents


def test_points_are_given_once_for_an_order(charges: Any) -> None:
    handler = chapter.solved("points")
    for _ in range(2):
        handler(batch(GOOD, json.dumps({"id": 2, "customer": "Ada", "points": 5})), None)
    assert charges.get_item(Key={"id": "points Ada"})["Item"]["points"] == 15


@pytest.mark.parametrize("exercise", ["shipments", "points", "gifts"])
def test_a_check_without_the_cells_above_says_what_to_do(lab: Lab, exercise: str) -> None:
    assert "Run the cells from the top." in chapter.said(exercise)
