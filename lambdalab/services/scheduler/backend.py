"""The door into moto's EventBridge Scheduler: what is changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.services.events.targets import Targets

from . import schedules

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts


def patches(lab: LabParts) -> tuple[Change, ...]:
    """moto keeps schedules; the lab runs them."""
    return schedules.patches(schedules.Scheduler(lab, Targets(lab), lab.schedule_timers))
