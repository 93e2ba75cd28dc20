"""Which object an HTTPS address of S3 names.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
"""

from __future__ import annotations

import re
from urllib.parse import unquote

_VIRTUAL_HOST = re.compile(r"^(?P<bucket>[a-z0-9.-]{3,63})\.s3(\.[a-z0-9-]+)?\.amazonaws\.com$")
_BUCKET_IN_PATH = re.compile(r"^s3(\.[a-z0-9-]+)?\.amazonaws\.com$")


def bucket_and_key(host: str, path: str) -> tuple[str, str] | None:
    """The bucket and the key; None if it is not an address of S3. `host` is in lower case."""
    if found := _VIRTUAL_HOST.match(host):
        return found["bucket"], unquote(path[1:])
    if _BUCKET_IN_PATH.match(host):
        bucket, _, key = unquote(path[1:]).partition("/")
        return bucket, key
    return None
