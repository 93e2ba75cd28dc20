"""The door into moto's EventBridge Scheduler: schedules, as moto keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from moto.scheduler.exceptions import ValidationException
from moto.scheduler.models import EventBridgeSchedulerBackend, Schedule
from moto.scheduler.responses import EventBridgeSchedulerResponse

from lambdalab.moto_patches import Patch, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab.services.events.schedule_timers import ScheduleTimer

_TIMER = "lab_schedule_timer"


class StoredSchedule(Protocol):
    """A schedule."""

    arn: str
    name: str
    group_name: str
    state: str
    target: dict[str, Any]
    schedule_expression: str
    schedule_expression_timezone: str | None
    flexible_time_window: dict[str, Any] | None
    start_date: Any
    end_date: Any
    action_after_completion: str | None


class StoredGroup(Protocol):
    """A schedule group."""

    arn: str
    name: str
    schedules: dict[str, StoredSchedule]


class Account(Protocol):
    """moto's Scheduler of an account and Region."""

    schedule_groups: dict[str, StoredGroup]

    def get_schedule_group(self, group_name: str | None) -> StoredGroup:
        """ResourceNotFoundException if there is none."""

    def get_schedule(self, group_name: str | None, name: str) -> StoredSchedule:
        """ResourceNotFoundException if there is none."""


class Response(Protocol):
    """moto's answer to one request in the making."""

    uri: str
    scheduler_backend: Account

    def _get_param(self, name: str) -> Any: ...


def replace(name: str, parameters: tuple[str, ...], replacement: Callable[[Any], Any], why: str) -> Patch:
    """A change to one of moto's methods: "ScheduleGroup.delete_schedule". `replacement` gets what was there."""
    owner, _, attribute = name.partition(".")
    module = "moto.scheduler.responses" if owner == "EventBridgeSchedulerResponse" else "moto.scheduler.models"
    return Patch(module, owner, attribute, parameters, replacement, why)


def is_there(account: Account, schedule: StoredSchedule) -> bool:
    """Whether the account still has this very schedule."""
    group = account.schedule_groups.get(schedule.group_name)
    return group is not None and group.schedules.get(schedule.name) is schedule


def delete(account: Account, schedule: StoredSchedule) -> None:
    """Delete a schedule that is there."""
    del account.schedule_groups[schedule.group_name].schedules[schedule.name]


def keep_timer(schedule: StoredSchedule, timer: ScheduleTimer) -> None:
    """A schedule's timer is kept on the schedule, so that it is gone with it."""
    setattr(schedule, _TIMER, timer)


def timer_of(schedule: StoredSchedule) -> ScheduleTimer | None:
    """A schedule's timer."""
    found: ScheduleTimer | None = getattr(schedule, _TIMER, None)
    return found


def parameter(response: Response, name: str) -> Any:
    """A parameter of a request; None if it is not given."""
    return response._get_param(name)


def validation_error(message: str) -> Exception:
    """The error ValidationException."""
    error: Exception = ValidationException(message)
    return error


def misfits() -> Iterator[str]:
    """What moto does not have, as this room uses it."""
    scratch = EventBridgeSchedulerBackend("us-east-1", "123456789012")
    yield from missing(scratch, "schedule_groups", "get_schedule_group", "get_schedule")
    yield from missing(EventBridgeSchedulerResponse, "scheduler_backend", "_get_param")
    group = scratch.schedule_groups.get("default")
    if group is None:
        yield "a new account of moto's Scheduler has no default schedule group"
        return
    yield from missing(group, "arn", "name", "schedules")
    schedule = Schedule(
        region="us-east-1",
        account_id="123456789012",
        group_name="default",
        name="probe",
        description=None,
        schedule_expression="rate(1 hour)",
        schedule_expression_timezone=None,
        flexible_time_window={"Mode": "OFF"},
        target={"Arn": "", "RoleArn": ""},
        state=None,
        kms_key_arn=None,
        start_date=None,
        end_date=None,
        action_after_completion=None,
    )
    yield from missing(
        schedule,
        *("arn", "name", "group_name", "state", "target", "schedule_expression", "schedule_expression_timezone"),
        *("flexible_time_window", "start_date", "end_date", "action_after_completion"),
    )
