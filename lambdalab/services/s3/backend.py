"""The door into moto's S3: what is changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeKey, s3_backends

from . import delete_objects, notifications

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts


def patches(lab: LabParts) -> tuple[Change, ...]:
    """Notifications, and DeleteObjects decided key by key."""
    return (*notifications.patches(lab), *delete_objects.patches(lab.enforcement))


def policy_of(bucket: str) -> str | bytes | None:
    """A bucket's policy. Bucket names are unique among all accounts of a partition."""
    for backends in s3_backends.values():
        if found := backends["aws"].buckets.get(bucket):
            policy: str | bytes | None = found.policy
            return policy
    return None


def object_exists(bucket: str, key: str) -> bool:
    """Whether S3 has this object now, and did not mark it as deleted."""
    buckets = [backends["aws"].buckets.get(bucket) for backends in s3_backends.values()]
    return any(found is not None and isinstance(found.keys.get(key), FakeKey) for found in buckets)


def deny(code: str, status: int, message: str) -> NoReturn:
    """Answer a request with an error. moto's S3 has a way of its own to do so."""
    error = S3ClientError(code, message)
    error.status = status
    raise error
