"""Which resource an ARN names. Names that somebody chose are shown; ids that AWS generated are not."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from lambdalab import rooms

from .model import Resource

if TYPE_CHECKING:
    from collections.abc import Callable


class Named(NamedTuple):
    """What the last part of an ARN says about the resource."""

    kind: str
    """As a reader calls it: "Kinesis stream"."""
    name: str
    resource: str
    """The last part of the resource's own ARN: "stream/clicks", when it was "stream/clicks/consumer/me:1"."""
    qualifier: str = ""
    """Which version or alias of a function; "" if none."""


_WITHOUT_ROOM = {"firehose": "Firehose stream"}


def end(arn: str) -> tuple[Resource, str]:
    """The resource that has this ARN, and which version or alias of it: "" if none."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        return Resource(arn, "", arn), ""
    named = _reader(parts[2])(parts[5])
    return Resource(":".join([*parts[:5], named.resource]), named.kind, named.name), named.qualifier


def called(kind: str) -> Callable[[str], Named]:
    """For services whose ARNs end in the resource's name: "arn:aws:sqs:us-east-1:123456789012:orders"."""
    return lambda resource: Named(kind, resource, resource)


@cache
def _reader(service: str) -> Callable[[str], Named]:
    if (wiring := rooms.part(service, "wiring")) is not None:
        read: Callable[[str], Named] = wiring.WIRING.named
        return read
    if kind := _WITHOUT_ROOM.get(service):
        return lambda resource: Named(kind, resource.rpartition("/")[2], resource)
    return called(service)
