"""Buckets: who gets the notifications about their objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.wiring.arn_resources import called
from lambdalab.wiring.model import Resource, Way
from lambdalab.wiring.scope import listed
from lambdalab.wiring.service_wiring import Reader, ServiceWiring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdalab.wiring.reading import Reading

_TARGETS = (
    ("LambdaFunctionConfigurations", "LambdaFunctionArn"),
    ("QueueConfigurations", "QueueArn"),
    ("TopicConfigurations", "TopicArn"),
)


def _buckets(reading: Reading) -> None:
    for name in reading.names("bucket"):
        with reading.looking("s3", name):
            settings = reading.aws("s3").get_bucket_notification_configuration(Bucket=name)
            bucket = Resource(f"arn:aws:s3:::{name}", "S3 bucket", name)
            for kind, target in _TARGETS:
                for each in settings.get(kind) or ():
                    reading.push(bucket, each[target], _notification(each))
            if "EventBridgeConfiguration" in settings:
                bus = reading.resource("events", "event-bus/default")
                reading.draft.arrow(bucket, bus, Way.ASYNCHRONOUS, ["all its events"])


def _notification(settings: dict[str, Any]) -> Iterator[str]:
    yield from settings.get("Events") or ()
    for rule in ((settings.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ():
        prefix = str(rule.get("Name", "")).lower() == "prefix"
        yield f"key {'begins with' if prefix else 'ends in'} {rule.get('Value', '')}"


WIRING = ServiceWiring(
    called("S3 bucket"),
    readers=(Reader(20, _buckets),),
    lists={"bucket": lambda aws: listed(aws("s3"), "list_buckets", "Buckets", "Name")},
)
