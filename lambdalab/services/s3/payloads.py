"""S3's events for a change to an object: one form for functions, queues and topics, another for EventBridge.

The two differ where it hurts: in a notification the key is encoded as in an HTML form, on EventBridge it is the key.

Sources, checked 2026-11-23: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
and https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, unquote_plus

VERSION = "2.6"
"""The newest that AWS's documentation shows. Since 2.4 all kinds of events have the same; before, most had 2.1."""
OF_NOTHING = "d41d8cd98f00b204e9800998ecf8427e"
"""The ETag of no bytes, which a delete marker has."""

_REASONS = {
    "ObjectCreated:Put": "PutObject",
    "ObjectCreated:Post": "POST Object",
    "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "ObjectRemoved:Delete": "DeleteObject",
    "ObjectRemoved:DeleteMarkerCreated": "DeleteObject",
}
_DELETIONS = {
    "ObjectRemoved:Delete": "Permanently Deleted",
    "ObjectRemoved:DeleteMarkerCreated": "Delete Marker Created",
}
_DETAIL_TYPES = {
    **{name: "Object Created" for name in _REASONS if name.startswith("ObjectCreated:")},
    **dict.fromkeys(_DELETIONS, "Object Deleted"),
    "ObjectRestore:Post": "Object Restore Initiated",
    "ObjectRestore:Completed": "Object Restore Completed",
    "ObjectTagging:Put": "Object Tags Added",
    "ObjectTagging:Delete": "Object Tags Deleted",
    "ObjectAcl:Put": "Object ACL Updated",
}


@dataclass(frozen=True)
class Change:
    """What happened to an object, and who caused it."""

    name: str
    """The event without "s3:": "ObjectCreated:Put"."""
    bucket: str
    account: str
    """The bucket owner's."""
    region: str
    key: str
    time: float
    etag: str = ""
    size: int | None = None
    version_id: str | None = None
    """None in a bucket that never had versions."""
    sequencer: str = ""
    request_id: str = ""
    user_id: str = ""
    """The requester's, as in GetCallerIdentity."""
    requester: str = ""
    """Their account."""
    address: str = ""
    storage_class: str = ""
    restored_until: float | None = None

    @property
    def bucket_arn(self) -> str:
        """arn:aws:s3:::photos."""
        return f"arn:aws:s3:::{self.bucket}"

    @property
    def created(self) -> bool:
        """Whether there is a new object, or version of one."""
        return self.name.startswith("ObjectCreated:")


class Sequencers:
    """Makes sequencers: as text, of two changes to one object the later is greater. Safe to use from any thread."""

    def __init__(self) -> None:
        self._numbers = itertools.count(time.time_ns())
        self._lock = threading.Lock()

    def next(self) -> str:
        """18 hexadecimal digits."""
        with self._lock:
            return f"{next(self._numbers):018X}"


def encoded(key: str) -> str:
    """A key as notifications write it: a space is "+", other characters are %XX of their UTF-8, slashes stay.

    Whether S3 writes "~" as it is or as %7E is not known; either means the same.
    """
    return quote_plus(key, safe="/")


def decoded(text: str) -> str:
    """The key that a notification means; also what the value of a filter rule means."""
    return unquote_plus(text)


def record(change: Change, configuration_id: str) -> dict[str, Any]:
    """One element of Records. S3 sends one at a time."""
    found: dict[str, Any] = {
        "eventVersion": VERSION,
        "eventSource": "aws:s3",
        "awsRegion": change.region,
        "eventTime": _time(change.time, "milliseconds"),
        "eventName": change.name,
        "userIdentity": {"principalId": f"AWS:{change.user_id}"},
        "requestParameters": {"sourceIPAddress": change.address},
        "responseElements": {"x-amz-request-id": change.request_id, "x-amz-id-2": _host_id(change.request_id)},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration_id,
            "bucket": {
                "name": change.bucket,
                "ownerIdentity": {"principalId": _owner(change.account)},
                "arn": change.bucket_arn,
            },
            "object": _object(change, encoded(change.key), "eTag", "versionId"),
        },
    }
    if change.restored_until is not None:
        found["glacierEventData"] = {
            "restoreEventData": {
                "lifecycleRestorationExpiryTime": _time(change.restored_until, "milliseconds"),
                "lifecycleRestoreStorageClass": change.storage_class,
            }
        }
    return found


def notification(change: Change, configuration_id: str) -> dict[str, Any]:
    """The event of a function, and the body of a message to a queue or a topic."""
    return {"Records": [record(change, configuration_id)]}


def configured(bucket: str, request_id: str, now: float) -> dict[str, Any]:
    """What queues and topics get when they are configured: there are no Records in it."""
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": _time(now, "milliseconds"),
        "Bucket": bucket,
        "RequestId": request_id,
        "HostId": _host_id(request_id),
    }


def detail_type(change: Change) -> str:
    """ "Object Created"."""
    return _DETAIL_TYPES[change.name]


def detail(change: Change) -> dict[str, Any]:
    """The detail of the event on EventBridge."""
    found: dict[str, Any] = {
        "version": "0",
        "event-version": "1.0",
        "bucket": {"name": change.bucket},
        "object": _object(change, change.key, "etag", "version-id"),
        "request-id": change.request_id,
        "requester": change.requester,
    }
    if change.address:
        found["source-ip-address"] = change.address
    if change.name in _REASONS:
        found["reason"] = _REASONS[change.name]
    if change.name in _DELETIONS:
        found["deletion-type"] = _DELETIONS[change.name]
    if change.name.startswith("ObjectRestore:"):
        found["source-storage-class"] = change.storage_class
    if change.restored_until is not None:
        found["restore-expiry-time"] = _time(change.restored_until, "seconds")
    return found


def _object(change: Change, key: str, etag: str, version: str) -> dict[str, Any]:
    """Which fields there are depends on what happened: an object that was deleted has no size."""
    found: dict[str, Any] = {"key": key}
    if change.size is not None and (change.created or change.name.startswith("ObjectRestore:")):
        found["size"] = change.size
    if change.name != "ObjectRemoved:Delete":
        found[etag] = change.etag
    if change.version_id is not None:
        found[version] = change.version_id
    if change.created or change.name in _DELETIONS:
        found["sequencer"] = change.sequencer
    return found


def _time(seconds: float, precision: str) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def _host_id(request_id: str) -> str:
    """S3's id for the host that answered. Parsers may expect that there is one."""
    return f"EXAMPLE/{request_id}/lambdalab"


def _owner(account: str) -> str:
    """A made-up principal id in the form of Amazon's own, the same for each bucket of an account."""
    return f"A{int(account):013d}" if account.isdigit() else "A0000000000000"
