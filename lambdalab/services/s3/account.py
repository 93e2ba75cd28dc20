"""Buckets in a real account, and how they are emptied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.account_resources import (
    Creation,
    Kind,
    Named,
    NameIn,
    ServiceResources,
    flat,
    found,
    if_exists,
    is_absence,
    pages,
    parameter,
)

if TYPE_CHECKING:
    from lambdalab.account_resources import Aws, Tags


def _delete(aws: Aws, name: str) -> None:
    s3 = aws("s3")
    with if_exists():
        for upload in list(pages(s3, "list_multipart_uploads", "Uploads", Bucket=name)):
            with if_exists():
                s3.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
            versions = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            if versions:
                objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions]
                s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
        s3.delete_bucket(Bucket=name)


def _exists(aws: Aws, name: str) -> bool:
    """Even if it is in another account (403): bucket names are unique across all of AWS."""
    from botocore.exceptions import ClientError

    try:
        aws("s3").head_bucket(Bucket=name)
    except ClientError as error:
        return not is_absence(error)
    return True


def _tags(aws: Aws, name: str) -> Tags:
    response = found(lambda: aws("s3").get_bucket_tagging(Bucket=name))
    return flat(response["TagSet"]) if response else {}


def _created(aws: Aws, name: str) -> float:
    dates = [each["CreationDate"] for each in aws("s3").list_buckets()["Buckets"] if each["Name"] == name]
    return float(dates[0].timestamp()) if dates else 0.0


ACCOUNT = ServiceResources(
    "s3",
    kinds=(
        Kind(
            "bucket",
            exists=_exists,
            delete=_delete,
            order=51,
            tags=_tags,
            created=_created,
            global_=True,
            cost="what is stored in it",
        ),
    ),
    creations={"CreateBucket": Creation("bucket", parameter("Bucket"))},
    parts=frozenset({"CreateMultipartUpload", "CopyObject", "CreateSession"}),
    deletions={"DeleteBucket": "bucket"},
    names=(NameIn("Bucket", "bucket", lambda text: text.removeprefix("arn:aws:s3:::")),),
    of_arn=lambda resource: Named("bucket", resource.partition("/")[0]),
)
