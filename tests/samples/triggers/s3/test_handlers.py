"""The handlers of "Amazon S3", called as Python, with notifications of files whose names people gave."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lambdalab.services.s3.payloads import encoded
from tests.samples.chapter import Chapter

if TYPE_CHECKING:
    from lambdalab import Lab

chapter = Chapter("triggers/s3")
ORDERS = "id,amount\n1,12.50\n2,many\n,3\n"
NAMES = ["orders/monday.csv", "orders/May (final).csv", "a+b.csv", "grün/100%.csv"]


def notification(*keys: str) -> dict[str, Any]:
    records = [
        {
            "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": "uploads"}, "object": {"key": encoded(key), "size": 1}},
        }
        for key in keys
    ]
    return {"Records": records}


@pytest.fixture
def s3(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("REPORTS", "reports")
    client = boto3.client("s3")
    for bucket in ("uploads", "reports"):
        client.create_bucket(Bucket=bucket)
    return client


def text(s3: Any, bucket: str, key: str) -> bytes:
    data: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return data


def test_a_file_is_read_and_reported_on_elsewhere(s3: Any) -> None:
    s3.put_object(Bucket="uploads", Key=NAMES[0], Body=ORDERS)
    chapter.load("validate").handler(notification(NAMES[0]), None)
    report = json.loads(text(s3, "reports", f"{NAMES[0]}.json"))
    assert report == ["line 3: many is no amount", "line 4: no id"]
    assert len(s3.list_objects_v2(Bucket="uploads")["Contents"]) == 1


def test_a_key_that_is_not_decoded_is_no_file(s3: Any) -> None:
    s3.put_object(Bucket="uploads", Key=NAMES[1], Body=ORDERS)
    with pytest.raises(ClientError, match="NoSuchKey"):
        chapter.load("validate").handler(notification(NAMES[1]), None)


@pytest.mark.parametrize("key", NAMES)
def test_a_key_that_is_decoded_is_one(s3: Any, key: str) -> None:
    s3.put_object(Bucket="uploads", Key=key, Body=ORDERS)
    chapter.load("validate_decoded").handler(notification(key), None)
    assert json.loads(text(s3, "reports", f"{key}.json"))


def test_compress_writes_beside_what_it_reads(s3: Any) -> None:
    s3.put_object(Bucket="uploads", Key="a b.csv", Body=ORDERS)
    chapter.load("compress").handler(notification("a b.csv"), None)
    assert gzip.decompress(text(s3, "uploads", "a b.csv.gz")) == ORDERS.encode()


def test_what_is_shown_of_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    chapter.load("show").handler(notification("a b"), None)
    chapter.load("thumb").handler(notification("a b"), None)
    detail = {"object": {"key": "a b", "size": 1}}
    chapter.load("audit").handler({"detail-type": "Object Created", "detail": detail}, None)
    assert capsys.readouterr().out.splitlines() == [
        "ObjectCreated:Put key size",
        "thumb of a b",
        "Object Created a b 1 bytes",
    ]


@pytest.mark.parametrize("key", ["in/a b.csv", "in/a+b.csv", "in/grün (1).csv", "in/100%.csv"])
def test_the_solution_files_every_name_away(s3: Any, key: str) -> None:
    s3.put_object(Bucket="uploads", Key=key, Body=ORDERS)
    chapter.solved("keys")(notification(key), None)
    assert text(s3, "uploads", key.replace("in/", "filed/")) == ORDERS.encode()


def test_the_attempt_files_spaces_away_and_nothing_else(s3: Any) -> None:
    s3.put_object(Bucket="uploads", Key="in/a+b.csv", Body=ORDERS)
    with pytest.raises(ClientError, match="NoSuchKey"):
        chapter.load("file_away").handler(notification("in/a+b.csv"), None)


@pytest.mark.parametrize("exercise", ["keys", "album", "circle"])
def test_a_check_without_the_cells_above_says_what_to_do(lab: Lab, exercise: str) -> None:
    assert "Run the cells from the top." in chapter.said(exercise)


@pytest.mark.parametrize(("exercise", "bucket"), [("keys", "inbox"), ("album", "album"), ("circle", "archive")])
def test_a_bucket_that_tells_nobody_is_noticed(lab: Lab, exercise: str, bucket: str) -> None:
    boto3.client("s3").create_bucket(Bucket=f"{bucket}-123456789012")
    assert "of nothing. Run the cell that configures it." in chapter.said(exercise)
