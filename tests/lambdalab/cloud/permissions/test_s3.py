"""S3: which actions a request needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdalab.cloud.permissions import s3
from tests.lambdalab.packages import allowing

from .test_against_aws import published

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


def test_who_deletes_several_objects_needs_to_be_allowed_each(
    act_as: Callable[..., Clients],
    client: Clients,
) -> None:
    """Those that may not be deleted are in the answer, as errors. On AWS the others are deleted; here, none is."""
    client("s3").create_bucket(Bucket="photos")
    for key in ("cats/tom.jpg", "cats/ann & bob.jpg", "dogs/rex.jpg"):
        client("s3").put_object(Bucket="photos", Key=key, Body=b"")
    of_cats = act_as(allowing("s3:DeleteObject", resource="arn:aws:s3:::photos/cats/*"))("s3")
    cats = [{"Key": "cats/tom.jpg"}, {"Key": "cats/ann & bob.jpg"}]
    answer = of_cats.delete_objects(Bucket="photos", Delete={"Objects": [*cats, {"Key": "dogs/rex.jpg"}]})
    assert {error["Code"] for error in answer["Errors"]} == {"AccessDenied"}
    assert "Errors" not in of_cats.delete_objects(Bucket="photos", Delete={"Objects": cats})
    assert [each["Key"] for each in client("s3").list_objects_v2(Bucket="photos")["Contents"]] == ["dogs/rex.jpg"]


def test_a_version_of_an_object_is_another_action(act_as: Callable[..., Clients], client: Clients) -> None:
    client("s3").create_bucket(Bucket="photos")
    client("s3").put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})
    version = client("s3").put_object(**OBJECT, Body=b"")["VersionId"]
    reader = act_as(allowing("s3:GetObject"))("s3")
    reader.get_object(**OBJECT)
    with pytest.raises(ClientError, match="s3:GetObjectVersion on resource"):
        reader.get_object(**OBJECT, VersionId=version)
