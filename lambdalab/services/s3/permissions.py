"""S3's actions for a request, which are not named after its operations: PutObject is CreateMultipartUpload as well.

moto reads the request, says which bucket or object it is about, and has a list of its own, which lacks some and has
others wrong. A part of the query says what of a bucket or an object is meant (`?acl`), the method what is done with it.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lambdalab.authorization.access import Access, access_to
from lambdalab.authorization.service_permissions import ServicePermissions

from . import backend

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lambdalab.authorization.access import Call

_OF_BUCKET = {
    "accelerate": "AccelerateConfiguration",
    "acl": "BucketAcl",
    "cors": "BucketCORS",
    "encryption": "EncryptionConfiguration",
    "inventory": "InventoryConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "logging": "BucketLogging",
    "notification": "BucketNotification",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
    "requestPayment": "BucketRequestPayment",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
_READ_ONLY = {
    "location": "GetBucketLocation",
    "policyStatus": "GetBucketPolicyStatus",
    "uploads": "ListBucketMultipartUploads",
    "versions": "ListBucketVersions",
}
_DELETED_BY_NAME = ("policy", "website")
"""To delete any other part of a bucket is to put it."""
_OF_OBJECT = {"acl": "Acl", "tagging": "Tagging", "retention": "Retention", "legal-hold": "LegalHold"}
_HAVE_VERSIONS = ("", "Acl", "Tagging")


def required_by(response: Any, resource: str) -> list[Access]:
    """What must be allowed. `resource` is the ARN of the bucket or the object; without a name, of all buckets."""
    if resource.endswith(":::*"):
        return [Access("s3:ListAllMyBuckets")]
    method, query = str(response.method), response.querystring
    bucket, _, key = resource.partition("/")
    if not key:
        if method == "POST":
            return list(_posted(response, bucket))
        return [Access(f"s3:{of_bucket(method, query)}", bucket)]
    action = of_object(method, query)
    found = to_get_object(resource) if action == "GetObject" else [Access(f"s3:{action}", resource)]
    if source := response.headers.get("x-amz-copy-source"):
        found += _copied(source)
    if method == "PUT" and response.headers.get("x-amz-tagging"):
        found.append(Access("s3:PutObjectTagging", resource))
    return found


def to_get_object(arn: str) -> list[Access]:
    """GetObject; and ListBucket if there is no such object: without that, a missing one looks like a forbidden one.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    bucket, _, key = arn.removeprefix("arn:aws:s3:::").partition("/")
    required = [Access("s3:GetObject", arn)]
    if not backend.object_exists(bucket, key):
        required.append(Access("s3:ListBucket", f"arn:aws:s3:::{bucket}"))
    return required


def of_bucket(method: str, query: Mapping[str, Any]) -> str:
    """The action on a bucket."""
    if part := next((part for part in _READ_ONLY if part in query), None):
        return _READ_ONLY[part]
    if part := next((part for part in _OF_BUCKET if part in query), None):
        verb = {"PUT": "Put", "DELETE": "Delete" if part in _DELETED_BY_NAME else "Put"}.get(method, "Get")
        return verb + _OF_BUCKET[part]
    return {"PUT": "CreateBucket", "DELETE": "DeleteBucket"}.get(method, "ListBucket")


def of_object(method: str, query: Mapping[str, Any]) -> str:
    """The action on an object."""
    if "uploadId" in query:
        return {"GET": "ListMultipartUploadParts", "DELETE": "AbortMultipartUpload"}.get(method, "PutObject")
    if "restore" in query:
        return "RestoreObject"
    if "select" in query:
        return "GetObject"
    verb = {"PUT": "Put", "POST": "Put", "DELETE": "Delete"}.get(method, "Get")
    part = next((name for text, name in _OF_OBJECT.items() if text in query), "")
    version = "Version" if "versionId" in query and part in _HAVE_VERSIONS else ""
    if "attributes" in query:
        return f"GetObject{version}Attributes"
    return f"{verb}Object{version}{part}"


def _posted(response: Any, bucket: str) -> Iterator[Access]:
    """To a bucket: a form with an object; or a list of objects to delete, each decided by `delete_objects.py`."""
    if "delete" not in response.querystring:
        yield Access("s3:PutObject", f"{bucket}/{(response.querystring.get('key') or ['*'])[0]}")


def _copied(source: str) -> Iterator[Access]:
    name, _, version = source.partition("?versionId=")
    action = "GetObjectVersion" if version else "GetObject"
    yield Access(f"s3:{action}", f"arn:aws:s3:::{unquote(name).lstrip('/')}")


def _required(call: Call) -> list[Access]:
    """What a call requires, by its operation: for a call that isn't at hand as an HTTP request."""
    bucket, key = call.get("Bucket"), call.get("Key")
    action = _ACTIONS.get(call.operation, call.operation)
    if not bucket:
        return access_to(call, None, action=action)
    arn = f"arn:aws:s3:::{bucket}"
    if call.operation == "DeleteObjects":
        objects = (call.get("Delete") or {}).get("Objects") or []
        return [
            Access(f"s3:DeleteObject{'Version' if each.get('VersionId') else ''}", f"{arn}/{each.get('Key')}")
            for each in objects
        ]
    required = access_to(call, f"{arn}/{key}" if key else arn, action=action)
    if call.operation in ("CopyObject", "UploadPartCopy"):
        source = call.get("CopySource")
        named = f"{source['Bucket']}/{source['Key']}" if isinstance(source, dict) else str(source).lstrip("/")
        required.append(Access("s3:GetObject", f"arn:aws:s3:::{named}"))
    return required


_ACTIONS = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketTagging": "PutBucketTagging",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}
"""Operations whose action has another name."""


def _policy(region: str, account: str, resource: str) -> Any:
    return backend.policy_of(resource.partition("/")[0])


PERMISSIONS = ServicePermissions(
    required_access=_required,
    required_by_request=required_by,
    condition_keys=lambda call: {"s3:prefix": "prefix", "s3:delimiter": "delimiter", "s3:max-keys": "max-keys"},
    resource_policy=_policy,
    denial=("AccessDenied", 403),
    resource_in_denial=lambda resource: "" if resource == "*" else f'"{resource}"',
    deny=backend.deny,
)
