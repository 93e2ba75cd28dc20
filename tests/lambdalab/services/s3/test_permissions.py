"""S3: which actions a request needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdalab.services.s3 import permissions as s3
from tests.lambdalab.packages import allowing

from ...authorization.test_against_aws import published

if TYPE_CHECKING:
    from collections.abc import Callable

    Clients = Callable[[str], Any]

METHODS = ("GET", "HEAD", "PUT", "DELETE", "POST")
OBJECT = {"Bucket": "photos", "Key": "cats/tom.jpg"}


def test_every_action_is_one_that_aws_knows() -> None:
    parts = ["", *s3._OF_BUCKET, *s3._READ_ONLY]
    names = {s3.of_bucket(method, {part: [""]}) for method in METHODS for part in parts if method != "POST"}
    for part in ("", *s3._OF_OBJECT, "uploads", "uploadId", "restore", "select", "attributes"):
        for version in ({}, {"versionId": ["1"]}):
            names |= {s3.of_object(method, {part: [""], **version}) for method in METHODS}
    names -= {"DeleteObjectAcl", "DeleteObjectVersionAcl", "DeleteObjectRetention", "DeleteObjectLegalHold"}
    names -= {"PutObjectVersion"}  # a version is not written to
    assert {name for name in names if published("actions", "s3").get(name.lower(), {}).get("name") != name} == set()


CALLS: dict[str, tuple[dict[str, Any], str]] = {
    "head_bucket": ({"Bucket": "photos"}, "arn:aws:s3:::photos"),
    "get_bucket_encryption": ({"Bucket": "photos"}, "arn:aws:s3:::photos"),
    "delete_bucket_tagging": ({"Bucket": "photos"}, "arn:aws:s3:::photos"),
    "get_object_tagging": (OBJECT, "arn:aws:s3:::photos/cats/tom.jpg"),
    "create_multipart_upload": (OBJECT, "arn:aws:s3:::photos/cats/tom.jpg"),
}


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("head_bucket", "ListBucket"),
        ("get_bucket_encryption", "GetEncryptionConfiguration"),
        ("delete_bucket_tagging", "PutBucketTagging"),
        ("get_object_tagging", "GetObjectTagging"),
        ("create_multipart_upload", "PutObject"),
    ],
)
def test_an_operation_needs_an_action_of_another_name(
    act_as: Callable[..., Clients],
    client: Clients,
    operation: str,
    action: str,
) -> None:
    parameters, resource = CALLS[operation]
    client("s3").create_bucket(Bucket="photos")
    client("s3").put_object(**OBJECT, Body=b"")
    client("s3").put_bucket_encryption(
        Bucket="photos",
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    with pytest.raises(ClientError, match=r"403|AccessDenied"):
        getattr(act_as()("s3"), operation)(**parameters)
    getattr(act_as(allowing(f"s3:{action}", resource=resource))("s3"), operation)(**parameters)


def test_a_copy_needs_to_read_what_it_copies(act_as: Callable[..., Clients], client: Clients) -> None:
    client("s3").create_bucket(Bucket="photos")
    client("s3").put_object(**OBJECT, Body=b"miaow")
    copy = {"Bucket": "photos", "Key": "copy", "CopySource": "photos/cats/tom.jpg"}
    write = allowing("s3:PutObject", resource="arn:aws:s3:::photos/copy")
    with pytest.raises(ClientError, match="s3:GetObject on resource"):
        act_as(write)("s3").copy_object(**copy)
    write["Statement"] += allowing("s3:GetObject", resource="arn:aws:s3:::photos/cats/*")["Statement"]
    act_as(write)("s3").copy_object(**copy)


@pytest.fixture
def animals(client: Clients) -> list[dict[str, str]]:
    """Three objects, as DeleteObjects names them."""
    keys = ["cats/tom.jpg", "cats/ann & bob.jpg", "dogs/rex.jpg"]
    client("s3").create_bucket(Bucket="photos")
    for key in keys:
        client("s3").put_object(Bucket="photos", Key=key, Body=b"")
    return [{"Key": key} for key in keys]


def keys(listed: Any) -> set[str]:
    return {each["Key"] for each in listed}


def test_of_several_objects_those_are_deleted_that_may_be(
    act_as: Callable[..., Clients], client: Clients, animals: list[dict[str, str]]
) -> None:
    of_cats = act_as(allowing("s3:DeleteObject", resource="arn:aws:s3:::photos/cats/*"))("s3")
    answer = of_cats.delete_objects(Bucket="photos", Delete={"Objects": animals})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["Errors"] == [{"Key": "dogs/rex.jpg", "Code": "AccessDenied", "Message": "Access Denied"}]
    assert keys(answer["Deleted"]) == {"cats/tom.jpg", "cats/ann & bob.jpg"}
    assert keys(client("s3").list_objects_v2(Bucket="photos")["Contents"]) == {"dogs/rex.jpg"}


def test_who_may_delete_nothing_hears_so_of_each(
    act_as: Callable[..., Clients], client: Clients, animals: list[dict[str, str]]
) -> None:
    answer = act_as()("s3").delete_objects(Bucket="photos", Delete={"Objects": animals})
    assert keys(answer["Errors"]) == keys(animals)
    assert "Deleted" not in answer
    assert client("s3").list_objects_v2(Bucket="photos")["KeyCount"] == 3


def test_a_quiet_deletion_tells_of_errors_only(act_as: Callable[..., Clients], animals: list[dict[str, str]]) -> None:
    of_cats = act_as(allowing("s3:DeleteObject", resource="arn:aws:s3:::photos/cats/*"))("s3")
    answer = of_cats.delete_objects(Bucket="photos", Delete={"Objects": animals, "Quiet": True})
    assert keys(answer["Errors"]) == {"dogs/rex.jpg"}
    assert "Deleted" not in answer


def test_a_bucket_that_denies_one_of_its_objects_keeps_it_from_whom_it_names(
    act_as: Callable[..., Clients], client: Clients, animals: list[dict[str, str]]
) -> None:
    """And from nobody else: a Deny is for those that it is about."""
    worker = act_as(allowing("s3:DeleteObject"))("s3")
    deny = allowing("s3:DeleteObject", resource="arn:aws:s3:::photos/dogs/*")
    deny["Statement"][0] |= {"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::123456789012:role/worker"}}
    client("s3").put_bucket_policy(Bucket="photos", Policy=json.dumps(deny))
    answer = worker.delete_objects(Bucket="photos", Delete={"Objects": animals})
    assert (keys(answer["Errors"]), len(answer["Deleted"])) == ({"dogs/rex.jpg"}, 2)
    mine = client("s3").delete_objects(Bucket="photos", Delete={"Objects": animals})
    assert "Errors" not in mine


def test_a_version_is_deleted_by_who_may_delete_versions(act_as: Callable[..., Clients], client: Clients) -> None:
    client("s3").create_bucket(Bucket="photos")
    client("s3").put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})
    version = client("s3").put_object(**OBJECT, Body=b"")["VersionId"]
    delete = {"Bucket": "photos", "Delete": {"Objects": [{"Key": OBJECT["Key"], "VersionId": version}]}}
    refused = act_as(allowing("s3:DeleteObject"))("s3").delete_objects(**delete)["Errors"]
    assert [(each["Key"], each["VersionId"], each["Code"]) for each in refused] == [
        (OBJECT["Key"], version, "AccessDenied")
    ]
    marked = act_as(allowing("s3:DeleteObject"))("s3").delete_objects(
        Bucket="photos", Delete={"Objects": [{"Key": OBJECT["Key"]}]}
    )
    assert marked["Deleted"][0]["DeleteMarker"] is True
    deleted = act_as(allowing("s3:DeleteObjectVersion"))("s3").delete_objects(**delete)["Deleted"]
    assert deleted == [{"Key": OBJECT["Key"], "VersionId": version}]


@pytest.mark.parametrize("count", [0, 1001])
def test_a_list_of_none_or_too_many_is_malformed(client: Clients, count: int) -> None:
    client("s3").create_bucket(Bucket="photos")
    with pytest.raises(ClientError, match="MalformedXML"):
        client("s3").delete_objects(Bucket="photos", Delete={"Objects": [{"Key": str(n)} for n in range(count)]})


def test_a_version_of_an_object_is_another_action(act_as: Callable[..., Clients], client: Clients) -> None:
    client("s3").create_bucket(Bucket="photos")
    client("s3").put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})
    version = client("s3").put_object(**OBJECT, Body=b"")["VersionId"]
    reader = act_as(allowing("s3:GetObject"))("s3")
    reader.get_object(**OBJECT)
    with pytest.raises(ClientError, match="s3:GetObjectVersion on resource"):
        reader.get_object(**OBJECT, VersionId=version)
