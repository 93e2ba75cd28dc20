"""Packages that a call names in S3: of a function, or of a layer version.

Lambda reads the object once, in the version that the call names, and keeps a copy. Whether the caller may read it was
checked before (`permissions.py`, `package_in_s3`). The sentences are AWS's; of a version that does not exist nobody has
shown one, and it has S3's own words in the same form.
https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCode.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.services.lambda_.api.errors import error
from lambdalab.services.lambda_.backend import MissingBucket, object_in_s3, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdalab.moto_patches import Patch
    from lambdalab.services.parts import LabParts

MEMBERS = ("S3Bucket", "S3Key", "S3ObjectVersion")


def patches(lab: LabParts) -> tuple[Patch, ...]:
    """Where moto reads the object."""
    return (
        replace(
            "models._validate_s3_bucket_and_key",
            ("account_id", "partition", "data"),
            lambda original: _object,
            "moto takes the newest version whatever was asked for, and an empty package for a missing object",
        ),
    )


def _object(account_id: str, partition: str, data: Mapping[str, Any]) -> Any:
    """The object, as moto stores it."""
    bucket, key, version = (data.get(member) for member in MEMBERS)
    try:
        found = object_in_s3(account_id, partition, bucket, key, version)
    except MissingBucket:
        raise _not_read("NoSuchBucket", "The specified bucket does not exist") from None
    if found is None and version:
        raise _not_read("NoSuchVersion", "The specified version does not exist.")
    if found is None:
        raise _not_read("NoSuchKey", "The specified key does not exist.")
    return found


def _not_read(code: str, message: str) -> Exception:
    return error(
        "InvalidParameterValueException",
        f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}",
    )
