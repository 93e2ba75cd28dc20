"""S3's actions for a request, which are not named after its operations: PutObject is CreateMultipartUpload as well.

moto reads the request, says which bucket or object it is about, and has a list of its own, which lacks some and has
others wrong. A part of the query says what of a bucket or an object is meant (`?acl`), the method what is done with it.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lambdalab.authorization import resource_policies as resources
from lambdalab.authorization.actions import Question

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


def asked(response: Any, resource: str) -> list[Question]:
    """What must be allowed. `resource` is the ARN of the bucket or the object; without a name, of all buckets."""
    if resource.endswith(":::*"):
        return [Question("s3:ListAllMyBuckets")]
    method, query = str(response.method), response.querystring
    bucket, _, key = resource.partition("/")
    if not key:
        if method == "POST":
            return list(_posted(response, bucket))
        return [Question(f"s3:{of_bucket(method, query)}", bucket)]
    found = [Question(f"s3:{of_object(method, query)}", resource)]
    if source := response.headers.get("x-amz-copy-source"):
        found += _copied(source)
    if method == "PUT" and response.headers.get("x-amz-tagging"):
        found.append(Question("s3:PutObjectTagging", resource))
    if found[0].action == "s3:GetObject" and not resources.object_is_there(resource):
        # Whether an object is there is told to those only who may list the bucket: to others, a missing one is refused.
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
        found.append(Question("s3:ListBucket", bucket))
    return found


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


def _posted(response: Any, bucket: str) -> Iterator[Question]:
    """To a bucket: a form with an object; or a list of objects to delete, each asked for by `deletion.py`."""
    if "delete" not in response.querystring:
        yield Question("s3:PutObject", f"{bucket}/{(response.querystring.get('key') or ['*'])[0]}")


def _copied(source: str) -> Iterator[Question]:
    name, _, version = source.partition("?versionId=")
    action = "GetObjectVersion" if version else "GetObject"
    yield Question(f"s3:{action}", f"arn:aws:s3:::{unquote(name).lstrip('/')}")
