"""Every change to moto's EventBridge Scheduler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.services.events.targets import Targets

from . import backend, operations
from .executions import Executions

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

_NEVER_RUN = "moto keeps schedules, and never runs them"
_SETTINGS = (
    *("self", "description", "end_date", "flexible_time_window", "group_name", "kms_key_arn", "name"),
    *("schedule_expression", "schedule_expression_timezone", "start_date", "state", "target"),
)


def patches(lab: LabParts) -> tuple[Change, ...]:
    """moto keeps schedules; the lab runs them."""
    schedules = operations.Schedules(lab, Executions(lab, Targets(lab)))
    return (
        backend.replace(
            "EventBridgeSchedulerBackend.create_schedule",
            (*_SETTINGS, "action_after_completion"),
            schedules.created,
            _NEVER_RUN,
        ),
        backend.replace("EventBridgeSchedulerBackend.update_schedule", _SETTINGS, schedules.updated, _NEVER_RUN),
        backend.replace(
            "EventBridgeSchedulerBackend.delete_schedule_group",
            ("self", "name"),
            operations.group_deleted,
            "moto deletes the default group, too; and schedules that run end with their group",
        ),
        backend.replace(
            "ScheduleGroup.delete_schedule",
            ("self", "name"),
            operations.deleted,
            "a schedule that runs ends when it is deleted",
        ),
        backend.replace(
            "EventBridgeSchedulerResponse.update_schedule",
            ("self",),
            operations.action_after_completion_updated,
            "moto leaves out ActionAfterCompletion",
        ),
        backend.replace(
            "Schedule._validate_start_date",
            ("self", "start_date"),
            lambda original: lambda schedule, start_date: start_date,
            "moto compares with the machine's clock, and the lab has its own",
        ),
    )
