"""The handlers of "The execution role", where everything is allowed: as an administrator runs them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

import lambdalab
from tests.samples.chapter import Chapter

if TYPE_CHECKING:
    from collections.abc import Iterator

CHAPTER = Chapter("concepts/execution-role")


@pytest.fixture(scope="module")
def running_lab() -> Iterator[lambdalab.Lab]:
    lab = lambdalab.start()
    yield lab
    lab.stop()


@pytest.fixture
def shop(running_lab: lambdalab.Lab, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The bucket of the shop; the table and the queue are there too."""
    running_lab.reset()
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="shop")
    boto3.client("dynamodb").create_table(
        TableName="totals",
        KeySchema=[{"AttributeName": "file", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "file", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    queue = boto3.client("sqs").create_queue(QueueName="large-orders")["QueueUrl"]
    for name, value in {"BUCKET": "shop", "TABLE": "totals", "QUEUE": queue}.items():
        monkeypatch.setenv(name, value)
    return s3


def test_a_function_says_who_it_is_and_no_more_of_its_key_than_the_beginning(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = CHAPTER.load("whoami").handler
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIASECRET")
    answer = handler({}, None)
    assert answer["who"].startswith("arn:aws:sts::123456789012:")
    assert answer["key"] == "ASIA…"
    assert answer["found"] == ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]


def test_the_report_adds_up_a_file_and_stores_the_total(shop: Any) -> None:
    shop.put_object(Bucket="shop", Key="orders/monday.json", Body='[{"amount": 12}, {"amount": 30}]')
    assert CHAPTER.load("report").handler({"key": "orders/monday.json"}, None) == 42
    stored = boto3.client("dynamodb").scan(TableName="totals")["Items"]
    assert stored == [{"file": {"S": "orders/monday.json"}, "total": {"N": "42"}}]


def test_the_listing_is_of_names_that_begin_so(shop: Any) -> None:
    for key in ("orders/monday.json", "salaries/2026.json"):
        shop.put_object(Bucket="shop", Key=key, Body=b"")
    assert CHAPTER.load("listing").handler({"prefix": "orders/"}, None) == ["orders/monday.json"]


def test_the_gallery_writes_a_thumb_for_each_photo(shop: Any) -> None:
    shop.put_object(Bucket="shop", Key="photos/cat.png", Body=b"a large photo")
    assert CHAPTER.load("gallery").handler({}, None) == ["thumbs/cat.png"]
    assert shop.get_object(Bucket="shop", Key="thumbs/cat.png")["Body"].read() == b"a la"


@pytest.mark.parametrize(("amount", "told"), [(1000, False), (1001, True)])
def test_the_archive_keeps_each_order_and_tells_of_large_ones(shop: Any, amount: int, told: bool) -> None:
    order = {"id": "1", "day": "monday", "amount": amount}
    assert CHAPTER.load("archive").handler(order, None) == "archive/monday/1.json"
    assert json.load(shop.get_object(Bucket="shop", Key="archive/monday/1.json")["Body"]) == order
    sqs = boto3.client("sqs")
    messages = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="large-orders")["QueueUrl"]).get("Messages", [])
    assert [message["Body"] for message in messages] == ["archive/monday/1.json"] * told


def test_the_stock_is_always_twelve() -> None:
    assert CHAPTER.load("stock").handler({}, None) == "12 are left"
