"""Tables, which event source mappings know by their streams."""

from __future__ import annotations

from lambdalab.wiring.arn_resources import Named
from lambdalab.wiring.service_wiring import ServiceWiring


def _named(resource: str) -> Named:
    table = resource.partition("/stream/")[0]
    return Named("DynamoDB table", table.removeprefix("table/"), table)


WIRING = ServiceWiring(_named)
