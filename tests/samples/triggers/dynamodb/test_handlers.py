"""The handlers of "DynamoDB", called as Python, with records of a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.samples.chapter import Chapter

if TYPE_CHECKING:
    from lambdalab import Lab

chapter = Chapter("triggers/dynamodb")


def record(number: int, cents: str | None = "1000", before: str | None = None, **texts: str) -> dict[str, Any]:
    """A change of order `order-<number>`; without `cents` the order is gone."""

    def image(amount: str) -> dict[str, Any]:
        return {"cents": {"N": amount}} | {name: {"S": text} for name, text in texts.items()}

    images = {"OldImage": image(before)} if before else {}
    images |= {"NewImage": image(cents)} if cents else {}
    name = "MODIFY" if len(images) == 2 else "INSERT" if cents else "REMOVE"
    change = {"Keys": {"id": {"S": f"order-{number}"}}, "SequenceNumber": f"{number:021}", **images}
    return {"eventName": name, "dynamodb": change}


def batch(*records: dict[str, Any]) -> dict[str, Any]:
    return {"Records": list(records)}


@pytest.fixture
def audit(lab: Lab) -> Any:
    """The table of the audit log."""
    keys = ("order", "number")
    return boto3.resource("dynamodb").create_table(
        TableName="audit",
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=True)],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
    )


def differences(audit: Any) -> dict[str, int]:
    return {item["order"]: int(item["cents"]) for item in audit.scan()["Items"]}


def test_changes_are_shown_with_the_images_that_they_have(capsys: pytest.CaptureFixture[str]) -> None:
    chapter.load("show").handler(batch(record(1), record(2, "2", "1"), record(3, None, "1")), None)
    assert capsys.readouterr().out.splitlines() == [
        "change INSERT order-1 NewImage",
        "change MODIFY order-2 OldImage NewImage",
        "change REMOVE order-3 OldImage",
    ]


@pytest.mark.parametrize("name", ["audit", "audit_each"])
def test_an_entry_tells_by_how_much_the_sum_changed_and_comes_once(audit: Any, name: str) -> None:
    handler = chapter.load(name).handler
    for _ in range(2):
        handler(batch(record(1, "700"), record(2, "500", "800"), record(3, None, "100")), None)
    assert differences(audit) == {"order-1": 700, "order-2": -300, "order-3": -100}


def test_one_bad_record_fails_the_batch(audit: Any) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        chapter.load("audit").handler(batch(record(1), record(2, "12.5"), record(3)), None)
    assert set(differences(audit)) == {"order-1"}


def test_the_first_failure_is_named_and_nothing_after_it_is_done(audit: Any) -> None:
    answer = chapter.load("audit_each").handler(batch(record(1), record(2, "12.5"), record(3)), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": f"{2:021}"}]}
    assert set(differences(audit)) == {"order-1"}


def test_what_is_handed_over_is_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    chapter.load("ship").handler(batch(record(1), record(2)), None)
    assert capsys.readouterr().out == "ship order-1\nship order-2\n"


def test_an_order_without_an_address_is_where_mail_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    answer = chapter.solved("mail")(batch(record(1, mail="a@example.com"), record(2), record(3, mail="c")), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": f"{2:021}"}]}
    assert capsys.readouterr().out == "mail to a@example.com\n"


def test_revenue_counts_a_record_once(audit: Any) -> None:
    handler = chapter.solved("revenue")
    for _ in range(2):
        with pytest.raises(ValueError, match="invalid literal"):
            handler(batch(record(1, "100"), record(2, "200"), record(3, "0.5")), None)
    handler(batch(record(4, "400"), record(5, "1", "2")), None)
    assert audit.get_item(Key={"order": "revenue", "number": "all"})["Item"]["cents"] == 700


@pytest.mark.parametrize("exercise", ["paid", "mail", "revenue"])
def test_a_check_without_the_cells_above_says_what_to_do(lab: Lab, exercise: str) -> None:
    assert "Run the cells from the top." in chapter.said(exercise)
