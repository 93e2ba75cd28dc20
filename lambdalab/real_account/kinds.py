"""The kinds of resources that the course creates, collected from the rooms of the services (their `account.py`)."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from lambdalab import rooms

if TYPE_CHECKING:
    from lambdalab.account_resources import Kind, ServiceResources

SERVICES: dict[str, ServiceResources] = {part.ACCOUNT.service: part.ACCOUNT for part in rooms.parts("account")}
"""By boto3's name of the service."""

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in sorted((kind for service in SERVICES.values() for kind in service.kinds), key=attrgetter("order"))
}
"""By name, in the order in which they are deleted."""
