"""What a GET of an address answers, if the address is one of this lab: a function URL, an API, a public object.

Services of AWS fetch documents from the internet, for instance API Gateway the keys of a token's issuer. Nothing
leaves the machine here, so whoever is asked must live in the lab, under the name that it would have on AWS.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from lambdalab.http_payload import HttpRequest, HttpResponse

from .public_endpoints import KINDS

if TYPE_CHECKING:
    from lambdalab.authorization import Enforcement

    from .public_endpoints import PublicEndpoints

_BUCKET_FIRST = re.compile(r"^(?P<bucket>[a-z0-9.-]{3,63})\.s3(\.[a-z0-9-]+)?\.amazonaws\.com$")
_BUCKET_IN_PATH = re.compile(r"^s3(\.[a-z0-9-]+)?\.amazonaws\.com$")


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
        if by_name := _BUCKET_FIRST.match(host):
            return self._object(by_name["bucket"], unquote(path[1:]))
        if _BUCKET_IN_PATH.match(host):
            bucket, _, key = unquote(path[1:]).partition("/")
            return self._object(bucket, key)
        return None

    def _object(self, bucket: str, key: str) -> HttpResponse:
        """An object that everybody may read."""
        from moto.s3.models import FakeKey, s3_backends

        if not self._enforcement.everybody_may_read(f"arn:aws:s3:::{bucket}/{key}"):
            return HttpResponse(403, ())
        for backends in list(s3_backends.values()):
            if found := backends["aws"].buckets.get(bucket):
                stored = found.keys.get(key)
                if isinstance(stored, FakeKey):
                    return HttpResponse(200, (("content-type", "binary/octet-stream"),), bytes(stored.value))
        return HttpResponse(404, ())
