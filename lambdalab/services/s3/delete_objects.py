"""S3's DeleteObjects: permission is checked for each object.

What the caller may not delete is an error in the response, whose status is 200 all the same; the others are deleted.
The error's words are those that users of S3 quote; whether it says more by now, as S3's other AccessDenied errors do,
is not documented.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as XML

from lambdalab.authorization.access import Access

from . import backend

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.authorization.enforcement import Enforcement

_MOST = 1000
_DENIED = "Access Denied"
_LOCKED = "Access Denied because object protected by object lock."


@dataclass(frozen=True)
class _Object:
    key: str
    version: str | None

    def access(self, bucket: str) -> Access:
        """The permission that deleting it takes."""
        return Access(f"s3:DeleteObject{'Version' if self.version else ''}", f"arn:aws:s3:::{bucket}/{self.key}")

    def error(self, message: str) -> dict[str, Any]:
        """Why it is still there."""
        return {"Key": self.key, "VersionId": self.version, "Code": "AccessDenied", "Message": message}


def delete(enforcement: Enforcement) -> Callable[..., Any]:
    """The operation."""

    def delete_keys(response: backend.Response, bucket_name: str, authenticated: bool = True) -> Any:
        objects, quiet = _requested(response.body)
        allowed = [each for each in objects if enforcement.allows(response, each.access(bucket_name))]
        errors = [each.error(_DENIED) for each in objects if each not in allowed]
        bypass = response.headers.get("x-amz-bypass-governance-retention", "").lower() == "true"
        deleted, locked = response.backend.delete_objects(
            bucket_name, [{"Key": each.key, "VersionId": each.version} for each in allowed], bypass
        )
        errors += [each.error(_LOCKED) for each in allowed if each.key in locked]
        done = [
            {"Key": key, "VersionId": version, "DeleteMarkerVersionId": marker, "DeleteMarker": bool(marker) or None}
            for key, version, marker in deleted
        ]
        return backend.answer(response, "DeleteObjects", {"Deleted": [] if quiet else done, "Errors": errors})

    return delete_keys


def _requested(body: bytes | str) -> tuple[list[_Object], bool]:
    """The objects that a request names, and whether the response has errors only (Quiet)."""
    try:
        document = XML.fromstring(body)
    except XML.ParseError:
        raise backend.malformed_xml() from None
    objects = [
        _Object(each.findtext("{*}Key") or "", each.findtext("{*}VersionId")) for each in document.iterfind("{*}Object")
    ]
    if not 0 < len(objects) <= _MOST:
        raise backend.malformed_xml()
    return objects, (document.findtext("{*}Quiet") or "").strip() == "true"
