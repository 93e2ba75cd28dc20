"""The rooms of the lab: one for each AWS service, each a folder of `lambdalab.services`.

Every room has the same few files, and only those that it needs:

    __init__.py     what the service is called, and what is in the room: ROOM
    backend.py      the one door into moto: what of its state the room reads, and how its classes are changed
    patches.py      the list of changes, each with its reason; in a small room, backend.py has it
    operations.py   operations of the service that the lab answers itself
    payloads.py     the events that the service sends: pure functions
    polling.py      how Lambda reads from it, for event source mappings
    destination.py  how others send to it: destinations, dead-letter queues, targets
    permissions.py  which actions its operations ask for, and the policies that its resources have
    wiring.py       what of it `lab.diagram()` draws
    account.py      how what the course created of it in a real account is found and deleted

`ROOMS` is the one list of them. What somebody wants of another service, they ask for here by the service's name in
ARNs, and never by an `if`: a service without that file has no such part. A part is imported when it is first wanted.
This module knows no service and imports none by itself.
"""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOMS = (
    "apigateway",
    "apigatewayv2",
    "cloudformation",
    "cloudwatch",
    "dynamodb",
    "events",
    "iam",
    "kinesis",
    "kms",
    "lambda_",
    "logs",
    "s3",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "stepfunctions",
    "sts",
    "xray",
)
"""The folders of `lambdalab.services`."""


@dataclass(frozen=True)
class Room:
    """What a service is called, and where it lives."""

    folder: str
    """Below lambdalab/services: "lambda_"."""
    services: tuple[str, ...]
    """Its names in ARNs and signatures: ("lambda",)."""
    moto: tuple[str, ...] = ()
    """moto's packages for it: ("awslambda",). When one of them is first imported, the room's patches are made."""

    def part(self, name: str) -> Any:
        """The module NAME of this room; None if the room has no such file."""
        return _part(self, name)

    def import_moto(self) -> None:
        """Import moto's packages for it, so that the room is open before any module that needs `backend.py`."""
        for package in self.moto:
            importlib.import_module(f"moto.{package}")


@cache
def rooms() -> tuple[Room, ...]:
    """All rooms, in the order of `ROOMS`. Their `__init__` modules are small, and import nothing else."""
    return tuple(importlib.import_module(f"lambdalab.services.{folder}").ROOM for folder in ROOMS)


def room_of(service: str) -> Room | None:
    """The room of a service, by its name in ARNs and signatures ("lambda"); None if it has none."""
    return _by_service().get(service)


def part(service: str, name: str) -> Any:
    """A part of a service's room: `part("sqs", "polling")`; None if there is no such service, or no such part."""
    room = room_of(service)
    return room.part(name) if room else None


def parts(name: str) -> Iterator[Any]:
    """This part of every room that has it, in the order of `ROOMS`."""
    for room in rooms():
        if (found := room.part(name)) is not None:
            yield found


@cache
def _by_service() -> dict[str, Room]:
    return {service: room for room in rooms() for service in room.services}


_WITHOUT_MOTO = ("account", "addresses", "lazy_imports", "payloads", "wiring")
"""Parts that never import `backend.py`: moto stays out of memory."""


@cache
def _part(room: Room, name: str) -> Any:
    full = f"lambdalab.services.{room.folder}.{name}"
    if importlib.util.find_spec(full) is None:
        return None
    if name not in _WITHOUT_MOTO:
        room.import_moto()
    return importlib.import_module(full)
