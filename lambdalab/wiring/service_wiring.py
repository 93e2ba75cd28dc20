"""What a room says about the wiring of its service: the constant `WIRING` in its `wiring.py`.

A room's `wiring.py` reads an account through boto3, in the lab and on AWS: it imports neither moto nor the room's
`backend.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

from lambdalab import rooms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .arn_resources import Named
    from .reading import Reading
    from .scope import Aws


@dataclass(frozen=True)
class Reader:
    """Reads all resources of one kind, and adds to the draft what their settings connect them to."""

    order: int
    """Readers run in this order, and a picture shows resources in the order in which they were read.

    0: functions, before everything that is about them
    10-19: who invokes a function and waits for the response
    20-29: who hands an event over and goes on
    30-39: what Lambda polls
    40-49: where events go that nobody could process
    """
    read: Callable[[Reading], None]


@dataclass(frozen=True)
class ServiceWiring:
    """The wiring of one service."""

    named: Callable[[str], Named]
    """Which resource the last part of an ARN of this service names."""
    readers: tuple[Reader, ...] = ()
    lists: Mapping[str, Callable[[Aws], list[str]]] = field(default_factory=dict)
    """For each kind of resource that the readers ask for ("bucket"), how all names in an account are listed."""


def service_wirings() -> Iterator[ServiceWiring]:
    """Of every service that has any."""
    for module in rooms.parts("wiring"):
        yield module.WIRING


def readers() -> list[Reader]:
    """The readers of all services, in the order in which they run."""
    found = [reader for wiring in service_wirings() for reader in wiring.readers]
    return sorted(found, key=attrgetter("order"))
