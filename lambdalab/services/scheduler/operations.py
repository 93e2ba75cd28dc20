"""CreateSchedule, UpdateSchedule and the like: which schedules Scheduler accepts, and when they run.

https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lambdalab.delivery import destinations
from lambdalab.services.events.schedule_expressions import InvalidSchedule, of_scheduler

from . import backend
from . import universal_targets as universal
from .executions import KNOWN, SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.services.events.schedule_expressions import Schedule
    from lambdalab.services.parts import LabParts

    from .backend import Account, Response, StoredGroup, StoredSchedule
    from .executions import Executions

_NAME = re.compile(r"[0-9a-zA-Z-_.]{1,64}")
_REQUIRED = {"events": ("EventBridgeParameters", "an event bus"), "kinesis": ("KinesisParameters", "a stream")}
"""By the service of a target: the parameters that it must have."""


class Schedules:
    """All schedules of a lab."""

    def __init__(self, lab: LabParts, executions: Executions) -> None:
        self._enforcement = lab.enforcement
        self._clock = lab.clock
        self._timers = lab.schedule_timers
        self._executions = executions

    def created(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """CreateSchedule: it is checked, and runs."""

        def create_schedule(account: Account, **given: Any) -> Any:
            self._check(account, given)
            schedule = original(account, **given)
            self._start(account, schedule)
            return schedule

        return create_schedule

    def updated(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """UpdateSchedule: what is not given goes back to its default."""

        def update_schedule(account: Account, **given: Any) -> Any:
            self._check(account, given)
            schedule = original(account, **given)
            schedule.state = schedule.state or "ENABLED"
            _stop(schedule)
            self._start(account, schedule)
            return schedule

        return update_schedule

    def _check(self, account: Account, given: dict[str, Any]) -> None:
        group = account.get_schedule_group(given.get("group_name"))  # an error if there is none
        if not _NAME.fullmatch(given["name"]):
            raise backend.validation_error(
                f"1 validation error detected: Value '{given['name']}' at 'name' failed to satisfy constraint: Member "
                "must satisfy regular expression pattern: ^[0-9a-zA-Z-_.]+$"
            )
        _expression(given["schedule_expression"], given.get("schedule_expression_timezone"))
        window = given.get("flexible_time_window") or {}
        minutes = window.get("MaximumWindowInMinutes")
        if (window.get("Mode") == "FLEXIBLE") != (minutes is not None) or (
            minutes is not None and not 1 <= minutes <= 1440
        ):
            raise backend.validation_error(
                "Invalid FlexibleTimeWindow: MaximumWindowInMinutes goes with FLEXIBLE, and only with it."
            )
        target = given["target"]
        if problem := _problem(target):
            raise backend.validation_error(problem)
        if not self._enforcement.service_may_assume(SERVICE, target["RoleArn"], group.arn):
            raise backend.validation_error(
                "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
            )

    def _start(self, account: Account, schedule: StoredSchedule) -> None:
        if schedule.state != "ENABLED":
            return
        once = schedule.schedule_expression.startswith("at(")
        timer = self._timers.start(
            f"Schedule {schedule.name}, {schedule.schedule_expression},",
            _expression(schedule.schedule_expression, schedule.schedule_expression_timezone),
            lambda due: self._due(account, schedule, due),
            started=self._clock.time() if schedule.start_date is None or once else float(schedule.start_date),
            ended=None if schedule.end_date is None or once else float(schedule.end_date),
            completed=lambda: _completed(account, schedule),
        )
        backend.keep_timer(schedule, timer)

    def _due(self, account: Account, schedule: StoredSchedule, due: float) -> None:
        if not backend.is_there(account, schedule):  # the account was emptied while it was about to run
            _stop(schedule)
            return
        minutes = (schedule.flexible_time_window or {}).get("MaximumWindowInMinutes") or 0
        self._executions.start(schedule.arn, schedule.target, due, window_s=60 * minutes)


def deleted(original: Callable[..., None]) -> Callable[..., None]:
    """DeleteSchedule: its timer goes with it."""

    def delete_schedule(group: StoredGroup, name: str) -> None:
        schedule = group.schedules.get(name)
        original(group, name)
        _stop(schedule)

    return delete_schedule


def group_deleted(original: Callable[..., None]) -> Callable[..., None]:
    """DeleteScheduleGroup: with all of its schedules."""

    def delete_schedule_group(account: Account, name: str | None) -> None:
        group = account.get_schedule_group(name)
        if group.name == "default":
            raise backend.validation_error("Cannot delete the default schedule group.")
        original(account, name)
        for schedule in group.schedules.values():
            _stop(schedule)

    return delete_schedule_group


def action_after_completion_updated(original: Callable[..., str]) -> Callable[..., str]:
    """UpdateSchedule: ActionAfterCompletion."""

    def update_schedule(response: Response) -> str:
        answer = original(response)
        name = response.uri.split("?")[0].split("/")[-1]
        schedule = response.scheduler_backend.get_schedule(backend.parameter(response, "GroupName"), name)
        schedule.action_after_completion = backend.parameter(response, "ActionAfterCompletion")
        return answer

    return update_schedule


def _completed(account: Account, schedule: StoredSchedule) -> None:
    """The last time has passed."""
    if schedule.action_after_completion == "DELETE" and backend.is_there(account, schedule):
        backend.delete(account, schedule)


def _stop(schedule: StoredSchedule | None) -> None:
    if schedule is not None and (timer := backend.timer_of(schedule)) is not None:
        timer.stop()


def _expression(expression: str, zone: str | None) -> Schedule:
    try:
        return of_scheduler(expression, ZoneInfo(zone) if zone and zone != "UTC" else UTC)
    except InvalidSchedule:
        raise backend.validation_error(f"Invalid Schedule Expression {expression}.") from None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise backend.validation_error(f"Invalid Schedule Expression Timezone {zone}.") from None


def _problem(target: dict[str, Any]) -> str:
    """What is wrong with a target; empty if nothing is."""
    arn = target["Arn"]
    if arn.startswith(universal.PREFIX):
        if arn in universal.CALLS:
            return ""
        return f"The lab does not know {arn}. It knows {', '.join(universal.CALLS)}."
    service = destinations.service_of(arn)
    if service not in KNOWN:
        return f"The lab does not call {service or arn}. It calls functions, queues, topics, event buses and streams."
    required, kind = _REQUIRED.get(service, ("", ""))
    if required and not target.get(required):
        return f"{required} must be provided for {kind}."
    if arn.endswith(".fifo") and not target.get("SqsParameters"):
        return "SqsParameters must be provided for a FIFO queue."
    return ""
