"""Buckets, tables, parameters and secrets."""

from __future__ import annotations

from typing import Any

from .kind import Aws, Kind, Tags, answers, deleted_by, flat, found, if_there, is_absence, is_there, pages


def _delete_bucket(aws: Aws, name: str) -> None:
    s3 = aws("s3")
    with if_there():
        for upload in list(pages(s3, "list_multipart_uploads", "Uploads", Bucket=name)):
            with if_there():
                s3.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
            versions = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            if versions:
                objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions]
                s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
        s3.delete_bucket(Bucket=name)


def _bucket_exists(aws: Aws, name: str) -> bool:
    """Also somebody else's bucket exists (403): names of buckets are the whole world's."""
    from botocore.exceptions import ClientError

    try:
        aws("s3").head_bucket(Bucket=name)
    except ClientError as error:
        return not is_absence(error)
    return True


def _bucket_tags(aws: Aws, name: str) -> Tags:
    answer = found(lambda: aws("s3").get_bucket_tagging(Bucket=name))
    return flat(answer["TagSet"]) if answer else {}


def _bucket_born(aws: Aws, name: str) -> float:
    dates = [each["CreationDate"] for each in aws("s3").list_buckets()["Buckets"] if each["Name"] == name]
    return float(dates[0].timestamp()) if dates else 0.0


def _delete_table(aws: Aws, name: str) -> None:
    client = aws("dynamodb")
    with if_there():
        client.delete_table(TableName=name)
    client.get_waiter("table_not_exists").wait(TableName=name)


def _table_tags(aws: Aws, name: str) -> Tags:
    client = aws("dynamodb")
    arn = client.describe_table(TableName=name)["Table"]["TableArn"]
    return flat(client.list_tags_of_resource(ResourceArn=arn)["Tags"])


def _parameter_exists(aws: Aws, name: str) -> bool:
    wanted = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
    return bool(aws("ssm").describe_parameters(ParameterFilters=wanted)["Parameters"])


def _parameter_tags(aws: Aws, name: str) -> Tags:
    return flat(aws("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"])


def _secret(aws: Aws, name: str) -> Any:
    return found(lambda: aws("secretsmanager").describe_secret(SecretId=name))


TABLE = Kind(
    "table",
    "dynamodb",
    answers("dynamodb", "describe_table", "TableName"),
    _delete_table,
    _table_tags,
    cost="next to nothing on demand; every hour that it exists with provisioned capacity",
)
BUCKET = Kind(
    "bucket",
    "s3",
    _bucket_exists,
    _delete_bucket,
    _bucket_tags,
    born=_bucket_born,
    everywhere=True,
    cost="what is stored in it",
)
PARAMETER = Kind("parameter", "ssm", _parameter_exists, deleted_by("ssm", "delete_parameter", "Name"), _parameter_tags)
SECRET = Kind(
    "secret",
    "secretsmanager",
    is_there(_secret),
    deleted_by("secretsmanager", "delete_secret", "SecretId", ForceDeleteWithoutRecovery=True),
    lambda aws, name: flat((_secret(aws, name) or {}).get("Tags")),
    cost="a little every month that it exists",
)
