"""Opens a room when its service is first wanted: then moto's part of it is imported, and changed before it runs.

A lab in which nobody uses EventBridge has neither moto's EventBridge nor the lab's in memory. So a moto that does not
fit would be noticed late: `check()` looks at all rooms at once, unless it is the version that all tests ran with.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, cast

from lambdalab import moto_imports, moto_patches
from lambdalab.rooms import part, rooms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lambdalab.authorization import Enforcement
    from lambdalab.clock import Clock
    from lambdalab.delivery.asynchronous import Functions
    from lambdalab.moto_patches import Change
    from lambdalab.rooms import Room
    from lambdalab.runtime import Engine

    from .lambda_.simulated_latency import SimulatedLatency
    from .parts import LabParts

_UNLIKE = (AttributeError, ImportError, KeyError, TypeError, ValueError)
"""What another moto raises when it is used as the one that we know."""


def open_rooms(lab: LabParts) -> None:
    """Every room, as soon as somebody imports what moto has of its service; those at once that are imported already."""
    for room in rooms():
        lazy = room.part("lazy_imports")
        for package in room.moto:
            moto_imports.when_imported(
                f"moto.{package}", functools.partial(_open, room, lab), around=lazy.around_import if lazy else None
            )


def check(lab: LabParts, core: Iterable[Callable[[], Iterable[str]]]) -> None:
    """Raise one MotoMismatch with everything in moto that does not fit, in any room or in what all of them share.

    `core`: what checks the latter. A moto of the tested version is not checked here: that would import everything.
    """
    found = moto_patches.installed()
    if found == moto_patches.TESTED_WITH:
        return
    misfits: list[str] = []
    if found:
        for look in core:
            misfits += _looked(look)
        for room in rooms():
            misfits += _looked(functools.partial(_misfits, room, lab))
    if misfits or not found:
        raise moto_patches.MotoMismatch(dict.fromkeys(misfits))


def _misfits(room: Room, lab: LabParts) -> Iterator[str]:
    backend = room.part("backend")
    for change in _changes(room, lab):
        yield from change.misfits()
    if backend and hasattr(backend, "misfits"):
        yield from backend.misfits()


def _looked(look: Callable[[], Iterable[str]]) -> list[str]:
    """What a check finds; and, if moto is so different that the check itself fails, with what."""
    found = []
    try:
        for each in look():
            found.append(each)
    except _UNLIKE as error:
        found.append(f"{type(error).__name__}: {error}")
    return found


def _open(room: Room, lab: LabParts) -> None:
    if room not in lab.open_rooms:
        lab.open_rooms.add(room)
        moto_patches.install(_changes(room, lab))


def _changes(room: Room, lab: LabParts) -> tuple[Change, ...]:
    """The room's changes to moto, made once for a lab: making them connects the room with the lab."""
    if room not in lab.changes:
        module = room.part("patches") or room.part("backend")
        lab.changes[room] = module.patches(lab) if module else ()
    return lab.changes[room]


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
        part("lambda", "backend")  # opens the room first
        from .lambda_.invoke.invocation import Invocations

        return Invocations(engine, clock, enforcement, pace)

    return cast("Functions", _OnDemand(make))
