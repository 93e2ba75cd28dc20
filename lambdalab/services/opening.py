"""Opens a room when its service is first wanted: then moto's part of it is imported, and changed before it runs.

A lab in which nobody uses EventBridge has neither moto's EventBridge nor the lab's in memory.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from lambdalab import moto_imports, moto_patches
from lambdalab.rooms import rooms

if TYPE_CHECKING:
    from lambdalab.rooms import Room

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
        moto_patches.install(room.part("backend").patches(lab))
