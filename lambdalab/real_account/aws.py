"""Which addresses are AWS, and the clients of the course's own calls.

No setting can send these clients anywhere else: it would make the checks of an account worthless too. Tests put a
server of their own in the place of AWS with `pretend()`, which only code can call.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_pretended: str | None = None


def pretend(url: str | None) -> None:
    """For tests: this server stands for AWS."""
    global _pretended
    _pretended = url


def pretended() -> str | None:
    """The server that stands for AWS in a test; None: AWS itself."""
    return _pretended


def is_aws(url: str) -> bool:
    """Whether a client that talks to this address talks to AWS."""
    if _pretended is not None:
        return url.rstrip("/") == _pretended.rstrip("/")
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "https" and host.endswith((".amazonaws.com", ".api.aws"))


def client(service: str, region: str) -> Any:
    """A client with the reader's own credentials. It retries when AWS throttles it."""
    return _made(service, region, _pretended)


def forget() -> None:
    """Create all clients again: the credentials may have changed."""
    _made.cache_clear()


@functools.cache
def _made(service: str, region: str, url: str | None) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(retries={"mode": "standard", "max_attempts": 8})
    return boto3.Session().client(service, region_name=region, config=config, endpoint_url=url)


def client_as(credentials: Any, service: str, region: str) -> Any:
    """A client with the credentials of another client."""
    import boto3

    session = boto3.Session(credentials.access_key, credentials.secret_key, credentials.token)
    return session.client(service, region_name=region, endpoint_url=_pretended)


def leads_elsewhere(environ: Mapping[str, str]) -> list[str]:
    """The variables that would make SDKs talk to something that is not AWS."""
    if _pretended is not None:
        return []
    return sorted(name for name in environ if name == "AWS_ENDPOINT_URL" or name.startswith("AWS_ENDPOINT_URL_"))
