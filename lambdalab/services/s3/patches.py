"""Every change to moto's S3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import backend, delete_objects, notification_configuration, overwriting
from .notifications import Notifications

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

_TOO_EARLY = "moto sends events itself: in the caller's thread, before the object is whole, some twice, some not"


def patches(lab: LabParts) -> tuple[Change, ...]:
    """Notifications: where events come from and where they go; and DeleteObjects, decided key by key."""
    s3 = Notifications(lab)
    return (
        backend.replace(
            "FakeKey.dispose",
            ("self", "garbage"),
            lambda original: overwriting.keep_content,
            "moto closes the content of an object that is overwritten while another request still reads it",
        ),
        backend.replace(
            "FakeKey.etag",
            ("self",),
            overwriting.one_reader,
            "moto reads the content for the ETag while another request reads it, and both read half of it",
        ),
        backend.replace(
            "notifications.send_event",
            ("account_id", "event_name", "bucket", "key"),
            s3.noted,
            _TOO_EARLY,
        ),
        backend.replace("notifications.send_test_event", ("account_id", "bucket"), s3.tested, _TOO_EARLY),
        backend.replace(
            "S3Backend.delete_object",
            ("self", "bucket_name", "key_name", "version_id", "bypass"),
            s3.deleted,
            "moto has no event for a delete marker, nor for a version that was not the last",
        ),
        backend.replace("S3Response._bucket_response", ("self", "request", "full_url"), s3.answered, _TOO_EARLY),
        backend.replace("S3Response._key_response", ("self", "request", "full_url"), s3.answered, _TOO_EARLY),
        backend.replace(
            "S3Response._notification_config_from_body",
            ("self",),
            lambda original: notification_configuration.from_body,
            "moto checks little of a configuration, and answers 500 to what it does not expect",
        ),
        backend.replace(
            "S3Backend.put_bucket_notification_configuration",
            ("self", "bucket_name", "notification_config"),
            s3.configured,
            "moto accepts every destination, whether or not S3 can deliver to it",
        ),
        backend.replace(
            "S3Response.get_bucket_notification",
            ("self",),
            lambda original: notification_configuration.get,
            "moto forgets EventBridge, and answers with empty lists",
        ),
        backend.replace(
            "S3Response._bucket_response_delete_keys",
            ("self", "bucket_name", "authenticated"),
            lambda original: delete_objects.delete(lab.enforcement),
            "moto refuses all or nothing, takes a Deny for one user as one for everybody, and ignores Quiet",
        ),
    )
