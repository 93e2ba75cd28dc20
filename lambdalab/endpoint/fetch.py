"""What a GET of an address answers, if the address is one of this lab: a function URL, an API, a public object.

Services of AWS fetch documents from the internet, for instance API Gateway the keys of a token's issuer. Nothing
leaves the machine here, so whoever is asked must live in the lab, under the name that it would have on AWS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lambdalab import rooms
from lambdalab.http_payload import HttpRequest, HttpResponse

from .public_endpoints import KINDS

if TYPE_CHECKING:
    from lambdalab.authorization import Enforcement

    from .public_endpoints import PublicEndpoints


class Web:
    """The lab's own piece of the internet."""

    def __init__(self, endpoints: PublicEndpoints, enforcement: Enforcement) -> None:
        """`enforcement` says which objects in S3 everybody may read."""
        self._endpoints, self._enforcement = endpoints, enforcement

    def get(self, url: str) -> HttpResponse | None:
        """The answer; None if the address is none of the lab's."""
        parts = urlsplit(url)
        host, path = (parts.hostname or "").lower(), parts.path or "/"
        if parts.scheme != "https":
            return None
        for kind in KINDS:
            if found := kind.host_on_aws.match(host):
                endpoint = self._endpoints.find(kind, found["id"])
                if endpoint is None:
                    return kind.not_found()
                request = HttpRequest("GET", path, parts.query, {"host": host, "user-agent": "Amazon API Gateway"})
                return endpoint.answer(request, lambda: None, None)
        named = rooms.part("s3", "addresses").bucket_and_key(host, path)
        return self._object(*named) if named else None

    def _object(self, bucket: str, key: str) -> HttpResponse:
        """An object that everybody may read."""
        if not self._enforcement.everybody_may_read(f"arn:aws:s3:::{bucket}/{key}"):
            return HttpResponse(403, ())
        content: bytes | None = rooms.part("s3", "backend").read_object(bucket, key)
        if content is None:
            return HttpResponse(404, ())
        return HttpResponse(200, (("content-type", "binary/octet-stream"),), content)
