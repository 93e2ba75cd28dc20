"""The door into moto's S3: buckets and objects, as moto keeps them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import get_service_model
from moto.s3.exceptions import MalformedXML, S3ClientError
from moto.s3.models import FakeBucket, FakeKey, Notification, NotificationConfiguration, S3Backend, s3_backends
from moto.s3.responses import S3Response
from moto.sts.models import sts_backends

from lambdalab.moto_patches import Patch, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

_GLOBAL = "aws"


class StoredNotification(Protocol):
    """One destination of a bucket's events."""

    id: str
    arn: str
    events: list[str]
    filters: dict[str, Any]


class StoredConfiguration(Protocol):
    """A bucket's notification configuration."""

    topic: list[StoredNotification]
    queue: list[StoredNotification]
    cloud_function: list[StoredNotification]
    event_bridge: Any
    """None: events do not go to EventBridge."""


class StoredObject(Protocol):
    """A version of an object, or a delete marker, which has a name and a version only."""

    name: str
    version_id: Any
    etag: str
    size: int
    storage_class: str | None
    value: bytes
    _expiry: datetime | None


class StoredBucket(Protocol):
    """A bucket."""

    name: str
    arn: str
    account_id: str
    region_name: str
    keys: Any
    """Objects by key: get() gives the newest version, getlist() all of them."""
    is_versioned: bool
    notification_configuration: StoredConfiguration | None


class Account(Protocol):
    """moto's S3 of an account."""

    def get_bucket(self, bucket_name: str) -> StoredBucket:
        """NoSuchBucket if there is none."""

    def get_bucket_notification_configuration(self, bucket_name: str) -> StoredConfiguration | None:
        """None if none was ever put."""

    def delete_objects(
        self, bucket_name: str, objects: list[dict[str, Any]], bypass_retention: bool = False
    ) -> tuple[list[tuple[str, str | None, str | None]], list[str]]:
        """What was deleted (key, version, delete marker), and the keys that an object lock protects."""


class Response(Protocol):
    """moto's answer to one request in the making."""

    body: Any
    headers: Mapping[str, str]
    querystring: dict[str, Any]
    bucket_name: str
    data: dict[str, Any]
    backend: Account

    def serialized(self, action_result: Any) -> Any:
        """Status, headers and body."""


def replace(name: str, parameters: tuple[str, ...], replacement: Callable[[Any], Any], why: str) -> Patch:
    """A change to one of moto's methods or functions: "S3Backend.delete_object". `replacement` gets what was there."""
    owner, _, attribute = name.partition(".")
    module = {"S3Response": "moto.s3.responses", "notifications": "moto.s3"}.get(owner, "moto.s3.models")
    return Patch(module, owner, attribute, parameters, replacement, why)


def owned_bucket(name: str, account: str) -> StoredBucket | None:
    """An account's bucket; None if it has none of this name."""
    found: StoredBucket | None = s3_backends[account][_GLOBAL].buckets.get(name)
    return found


def policy_of(bucket: str) -> str | bytes | None:
    """A bucket's policy. Bucket names are unique among all accounts of a partition."""
    found = _find_bucket(bucket)
    policy: str | bytes | None = found.policy if found else None
    return policy


def object_exists(bucket: str, key: str) -> bool:
    """Whether S3 has this object now, and did not mark it as deleted."""
    return _find_object(bucket, key) is not None


def put_object(bucket: str, account: str, key: str, content: bytes) -> None:
    """PutObject, into a bucket that is there."""
    s3_backends[account][_GLOBAL].put_object(bucket, key, content)


def read_object(bucket: str, key: str) -> bytes | None:
    """What an object has in it, whoever owns the bucket; None if there is none, or it is marked as deleted."""
    stored = _find_object(bucket, key)
    return bytes(stored.value) if stored else None


def restored_until(stored: StoredObject) -> float | None:
    """When the copy of an archived object that was restored expires."""
    return stored._expiry.timestamp() if stored._expiry else None


def event_name(value: Any) -> str:
    """ "ObjectCreated:Put" of moto's member of an enumeration, or of its text."""
    return str(getattr(value, "value", value)).removeprefix("s3:")


def caller_identity(access_key_id: str, bucket: StoredBucket) -> tuple[str, str]:
    """The user id and the account of whoever made a request, as in GetCallerIdentity; without a key, the owner's."""
    backend = sts_backends[bucket.account_id][_GLOBAL]
    user_id, _, account = backend.get_caller_identity(access_key_id, bucket.region_name)
    return user_id, account


@functools.cache
def known_events() -> frozenset[str]:
    """The names of events in AWS's model: "s3:ObjectCreated:Put" …"""
    shape: Any = get_service_model("s3").shape_for("Event")
    return frozenset(shape.enum)


def answer(response: Response, operation: str, result: dict[str, Any] | None) -> Any:
    """The answer to an operation in S3's XML."""
    response.data["Action"] = operation
    return response.serialized(EmptyResult() if result is None else ActionResult(result))


def deny(code: str, status: int, message: str) -> NoReturn:
    """Answer a request with an error. moto's S3 has a way of its own to do so."""
    error = S3ClientError(code, message)
    error.status = status
    raise error


def _find_bucket(name: str) -> Any:
    """A bucket, whoever owns it."""
    _, account = s3_backends.bucket_accounts.get(name, ("", ""))
    return owned_bucket(name, account) if account else None


def _find_object(bucket: str, key: str) -> StoredObject | None:
    found = _find_bucket(bucket)
    stored: StoredObject | None = found.keys.get(key) if found else None
    return stored if isinstance(stored, FakeKey) else None


def malformed_xml() -> Exception:
    """The error MalformedXML."""
    error: Exception = MalformedXML()
    return error


def misfits() -> Iterator[str]:
    """What moto does not have, as this room uses it."""
    yield from missing(s3_backends, "bucket_accounts")
    yield from missing(S3Response, "serialized", "backend")
    yield from missing(S3Backend, "get_bucket", "get_bucket_notification_configuration", "delete_objects", "put_object")
    yield from missing(NotificationConfiguration(), "topic", "queue", "cloud_function", "event_bridge")
    yield from missing(Notification("arn:aws:sqs:us-east-1:123456789012:q", []), "id", "arn", "events", "filters")
    try:
        bucket = FakeBucket("lambdalab-probe", "123456789012", "us-east-1")
        yield from missing(
            bucket,
            *(
                "name",
                "arn",
                "account_id",
                "region_name",
                "keys",
                "policy",
                "is_versioned",
                "notification_configuration",
            ),
        )
        yield from missing(bucket.keys, "get", "getlist")
    finally:
        s3_backends.bucket_accounts.pop("lambdalab-probe", None)
    key = FakeKey("probe", b"", "123456789012", "us-east-1")
    yield from missing(key, "name", "version_id", "etag", "size", "storage_class", "value", "_expiry")
    key.dispose()
