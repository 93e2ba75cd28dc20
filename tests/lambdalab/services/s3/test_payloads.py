"""What S3 says of a change, compared with the samples that AWS publishes, and its keys, compared with any text."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from lambdalab.services.s3 import payloads as s3
from tests.lambdalab.shapes import shape

PUT = s3.Change(
    "ObjectCreated:Put",
    bucket="photos",
    account="123456789012",
    region="us-east-1",
    key="my photo.jpg",
    time=1_795_000_000.1234,
    etag="0123456789abcdef0123456789abcdef",
    size=1024,
    sequencer="0A1B2C3D4E5F678901",
    request_id="EXAMPLE123456789",
    user_id="AIDAEXAMPLE",
    requester="123456789012",
    address="127.0.0.1",
    storage_class="STANDARD",
)
DELETE = replace(PUT, name="ObjectRemoved:Delete", size=None, etag="")
RECORD = {
    "eventVersion": "str",
    "eventSource": "str",
    "awsRegion": "str",
    "eventTime": "str",
    "eventName": "str",
    "userIdentity": {"principalId": "str"},
    "requestParameters": {"sourceIPAddress": "str"},
    "responseElements": {"x-amz-request-id": "str", "x-amz-id-2": "str"},
    "s3": {
        "s3SchemaVersion": "str",
        "configurationId": "str",
        "bucket": {"name": "str", "ownerIdentity": {"principalId": "str"}, "arn": "str"},
        "object": {"key": "str", "size": "int", "eTag": "str", "sequencer": "str"},
    },
}
"""The shape of the sample for a put, as the SAM CLI generates it."""


@pytest.mark.source("Amazon S3", "the event's form")
def test_a_put_has_the_shape_of_the_published_sample_in_its_order() -> None:
    event = s3.notification(PUT, "testConfigRule")
    assert shape(event) == {"Records": [RECORD]}
    assert list(event["Records"][0]) == list(RECORD)
    assert event["Records"][0]["eventTime"] == "2026-11-18T11:06:40.123Z"
    assert event["Records"][0]["eventName"] == "ObjectCreated:Put"
    assert event["Records"][0]["s3"]["bucket"]["arn"] == "arn:aws:s3:::photos"


@pytest.mark.source("Amazon S3", "the event's form")
def test_a_delete_tells_neither_size_nor_etag() -> None:
    [record] = s3.notification(DELETE, "testConfigRule")["Records"]
    assert list(record["s3"]["object"]) == ["key", "sequencer"]
    marker = replace(PUT, name="ObjectRemoved:DeleteMarkerCreated", size=None, etag=s3.OF_NOTHING, version_id="v2")
    [record] = s3.notification(marker, "testConfigRule")["Records"]
    assert list(record["s3"]["object"]) == ["key", "eTag", "versionId", "sequencer"]


@pytest.mark.parametrize("name", ["ObjectTagging:Put", "ObjectTagging:Delete", "ObjectAcl:Put"])
def test_what_leaves_the_bytes_alone_has_no_size_and_no_place_in_the_sequence(name: str) -> None:
    [record] = s3.notification(replace(PUT, name=name), "x")["Records"]
    assert list(record["s3"]["object"]) == ["key", "eTag"]
    assert list(s3.detail(replace(PUT, name=name))["object"]) == ["key", "etag"]


@pytest.mark.source("Amazon S3", "versions")
def test_a_version_is_told_where_there_are_versions() -> None:
    [record] = s3.notification(replace(PUT, version_id="v1"), "x")["Records"]
    assert record["s3"]["object"]["versionId"] == "v1"
    assert s3.detail(replace(PUT, version_id="v1"))["object"]["version-id"] == "v1"


def test_an_object_that_came_back_from_the_archive_says_until_when() -> None:
    back = replace(PUT, name="ObjectRestore:Completed", storage_class="GLACIER", restored_until=0.0, address="")
    [record] = s3.notification(back, "x")["Records"]
    assert record["glacierEventData"] == {
        "restoreEventData": {
            "lifecycleRestorationExpiryTime": "1970-01-01T00:00:00.000Z",
            "lifecycleRestoreStorageClass": "GLACIER",
        }
    }
    assert s3.detail(back)["restore-expiry-time"] == "1970-01-01T00:00:00Z"
    assert s3.detail(back)["source-storage-class"] == "GLACIER"
    assert "source-ip-address" not in s3.detail(back)


DETAIL: dict[str, Any] = {
    "version": "0",
    "event-version": "1.0",
    "bucket": {"name": "photos"},
    "object": {
        "key": "my photo.jpg",
        "size": 1024,
        "etag": "0123456789abcdef0123456789abcdef",
        "sequencer": "0A1B2C3D4E5F678901",
    },
    "request-id": "EXAMPLE123456789",
    "requester": "123456789012",
    "source-ip-address": "127.0.0.1",
    "reason": "PutObject",
}


@pytest.mark.source("Amazon S3", "through EventBridge")
def test_on_eventbridge_the_key_is_the_key() -> None:
    assert s3.detail(PUT) == DETAIL
    assert s3.detail_type(PUT) == "Object Created"


@pytest.mark.parametrize(
    ("name", "detail_type", "reason", "deletion"),
    [
        ("ObjectCreated:Put", "Object Created", "PutObject", None),
        ("ObjectCreated:Post", "Object Created", "POST Object", None),
        ("ObjectCreated:Copy", "Object Created", "CopyObject", None),
        ("ObjectCreated:CompleteMultipartUpload", "Object Created", "CompleteMultipartUpload", None),
        ("ObjectRemoved:Delete", "Object Deleted", "DeleteObject", "Permanently Deleted"),
        ("ObjectRemoved:DeleteMarkerCreated", "Object Deleted", "DeleteObject", "Delete Marker Created"),
        ("ObjectTagging:Put", "Object Tags Added", None, None),
        ("ObjectTagging:Delete", "Object Tags Deleted", None, None),
        ("ObjectAcl:Put", "Object ACL Updated", None, None),
        ("ObjectRestore:Post", "Object Restore Initiated", None, None),
        ("ObjectRestore:Completed", "Object Restore Completed", None, None),
    ],
)
def test_each_change_by_its_names_on_eventbridge(
    name: str, detail_type: str, reason: str | None, deletion: str | None
) -> None:
    change = replace(PUT, name=name)
    detail = s3.detail(change)
    assert (s3.detail_type(change), detail.get("reason"), detail.get("deletion-type")) == (
        detail_type,
        reason,
        deletion,
    )


def test_a_queue_is_told_that_it_was_configured() -> None:
    told = s3.configured("photos", "EXAMPLE123456789", 0)
    assert list(told) == ["Service", "Event", "Time", "Bucket", "RequestId", "HostId"]
    assert (told["Service"], told["Event"], told["Bucket"]) == ("Amazon S3", "s3:TestEvent", "photos")
    assert told["Time"] == "1970-01-01T00:00:00.000Z"


@pytest.mark.source("Amazon S3", "encoded keys")
@pytest.mark.parametrize(
    ("key", "encoded"),
    [
        ("my photo.jpg", "my+photo.jpg"),
        ("a+b", "a%2Bb"),
        ("a@b", "a%40b"),
        ("in/a folder/x", "in/a+folder/x"),
        ("100%", "100%25"),
        ("photo (1).jpg", "photo+%281%29.jpg"),
        ("grün/日本.csv", "gr%C3%BCn/%E6%97%A5%E6%9C%AC.csv"),
        ("a-b_c.d", "a-b_c.d"),
        ("//", "//"),
    ],
)
def test_keys_as_s3_writes_them(key: str, encoded: str) -> None:
    assert s3.encoded(key) == encoded


@given(some.text(some.characters(codec="utf-8")))
@example("%2B+ /")
@example("../..")
def test_every_key_comes_back_from_its_encoded_form(key: str) -> None:
    encoded = s3.encoded(key)
    assert unquote_plus(encoded) == s3.decoded(encoded) == key
    assert re.fullmatch(r"[A-Za-z0-9/_.~%+-]*", encoded)


def test_of_two_changes_the_later_has_the_greater_sequencer() -> None:
    sequencers = s3.Sequencers()
    found = [sequencers.next() for _ in range(1000)]
    assert found == sorted(set(found))
    assert {len(each) for each in found} == {18}
