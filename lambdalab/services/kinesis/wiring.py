"""Streams, as event sources and as targets."""

from __future__ import annotations

from lambdalab.wiring.arn_resources import Named
from lambdalab.wiring.service_wiring import ServiceWiring


def _named(resource: str) -> Named:
    stream = resource.partition("/consumer/")[0]
    return Named("Kinesis stream", stream.removeprefix("stream/"), stream)


WIRING = ServiceWiring(_named)
