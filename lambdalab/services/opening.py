"""Opens a room when its service is first wanted: then moto's part of it is imported, and changed before it runs.

A lab in which nobody uses EventBridge has neither moto's EventBridge nor the lab's in memory.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, cast

from lambdalab import moto_imports, moto_patches
from lambdalab.rooms import rooms

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.authorization import Enforcement
    from lambdalab.clock import Clock
    from lambdalab.delivery.asynchronous import Functions
    from lambdalab.rooms import Room
    from lambdalab.runtime import Engine

    from .lambda_.simulated_latency import SimulatedLatency
    from .parts import LabParts


def open_rooms(lab: LabParts) -> None:
    """Every room, as soon as somebody imports what moto has of its service; those at once that are imported already."""
    for room in rooms():
        lazy = room.part("lazy_imports")
        for package in room.moto:
            moto_imports.when_imported(
                f"moto.{package}", functools.partial(_open, room, lab), around=lazy.around_import if lazy else None
            )


def _open(room: Room, lab: LabParts) -> None:
    if room not in lab.open_rooms:
        lab.open_rooms.add(room)
        moto_patches.install((room.part("patches") or room.part("backend")).patches(lab))


class _OnDemand:
    """Stands for an object that is made when one of its methods is first wanted."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        if "real" not in vars(self):
            self.real = self._make()
        found = getattr(self.real, name)
        setattr(self, name, found)
        return found


def functions_on_demand(engine: Engine, clock: Clock, enforcement: Enforcement, pace: SimulatedLatency) -> Functions:
    """The one way to functions: it imports moto's Lambda, and is made when a function is first asked for."""

    def make() -> Functions:
        from .lambda_.invoke.invocation import Invocations

        return Invocations(engine, clock, enforcement, pace)

    return cast("Functions", _OnDemand(make))
