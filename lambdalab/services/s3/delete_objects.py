"""S3's DeleteObjects: each object is authorized on its own.

What may not be deleted is an error in the answer, whose status is 200 all the same; the others are deleted. The error's
words are those that S3's users show; whether they say more by now, as S3's other refusals do, is not documented.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as XML

from lambdalab.authorization.access import Access
from lambdalab.moto_patches import Patch

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.authorization.enforcement import Enforcement

_MOST = 1000
_DENIED = "Access Denied"
_LOCKED = "Access Denied because object protected by object lock."


def patches(enforcement: Enforcement) -> tuple[Patch, ...]:
    """The change to moto's S3."""
    return (
        Patch(
            "moto.s3.responses",
            "S3Response",
            "_bucket_response_delete_keys",
            ("self", "bucket_name", "authenticated"),
            lambda original: _delete(enforcement),
            "moto refuses all or nothing, takes a Deny for somebody as one for everybody, and is never quiet",
        ),
    )


@dataclass(frozen=True)
class _Object:
    key: str
    version: str | None

    def access(self, bucket: str) -> Access:
        """What must be allowed to delete it."""
        return Access(f"s3:DeleteObject{'Version' if self.version else ''}", f"arn:aws:s3:::{bucket}/{self.key}")

    def error(self, message: str) -> dict[str, Any]:
        """Why it is still there."""
        return {"Key": self.key, "VersionId": self.version, "Code": "AccessDenied", "Message": message}


def _delete(enforcement: Enforcement) -> Callable[..., Any]:
    def delete_keys(response: Any, bucket_name: str, authenticated: bool = True) -> Any:
        from moto.core.responses import ActionResult

        objects, quiet = _wanted(response.body)
        allowed = [each for each in objects if enforcement.allows(response, each.access(bucket_name))]
        errors = [each.error(_DENIED) for each in objects if each not in allowed]
        bypass = response.headers.get("x-amz-bypass-governance-retention", "").lower() == "true"
        deleted, locked = response.backend.delete_objects(
            bucket_name, [{"Key": each.key, "VersionId": each.version} for each in allowed], bypass
        )
        errors += [each.error(_LOCKED) for each in allowed if each.key in locked]
        response.data["Action"] = "DeleteObjects"
        done = [
            {"Key": key, "VersionId": version, "DeleteMarkerVersionId": marker, "DeleteMarker": bool(marker) or None}
            for key, version, marker in deleted
        ]
        return response.serialized(ActionResult({"Deleted": [] if quiet else done, "Errors": errors}))

    return delete_keys


def _wanted(body: bytes | str) -> tuple[list[_Object], bool]:
    """The objects that a request names, and whether it wants to hear of errors only."""
    from moto.s3.exceptions import MalformedXML

    try:
        document = XML.fromstring(body)
    except XML.ParseError:
        raise MalformedXML from None
    objects = [
        _Object(each.findtext("{*}Key") or "", each.findtext("{*}VersionId")) for each in document.iterfind("{*}Object")
    ]
    if not 0 < len(objects) <= _MOST:
        raise MalformedXML
    return objects, (document.findtext("{*}Quiet") or "").strip() == "true"
