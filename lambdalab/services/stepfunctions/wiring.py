"""State machines, as targets."""

from __future__ import annotations

from lambdalab.wiring.arn_resources import Named
from lambdalab.wiring.service_wiring import ServiceWiring


def _named(resource: str) -> Named:
    return Named("state machine", resource.rpartition(":")[2], resource)


WIRING = ServiceWiring(_named)
