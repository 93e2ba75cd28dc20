"""EventBridge Scheduler: one schedule, one target, a role that may call it.

    rate · cron with a time zone · at ─▶ (flexible window) ─▶ target, with the role ─▶ not called ─▶ again, or the queue

What is not delivered ends in the schedule's dead-letter queue with the input, and attributes that say what happened.
Scheduler calls with the schedule's role, so a function needs no permission in its policy.

AWS calls a target within the minute of its time, the lab at its beginning; within a flexible window the lab throws dice
that fall the same way each time. Which errors AWS tries again it does not say: the lab tries what may be over later,
and not what is not allowed or not there.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/what-is-scheduler.html
"""

from __future__ import annotations

import contextlib
import random
import re
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lambdalab.delivery import destinations
from lambdalab.endpoint.request_context import Incoming, on_behalf_of
from lambdalab.moto_patches import Patch
from lambdalab.services.events import payloads
from lambdalab.services.events.deliveries import MOST_RETRIES, OLDEST_S, waits
from lambdalab.services.events.schedule_expressions import InvalidSchedule, of_scheduler
from lambdalab.services.events.targets import Undeliverable

from . import universal_targets as universal

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.moto_patches import Change
    from lambdalab.services.events.schedule_expressions import Schedule
    from lambdalab.services.events.schedule_timers import Clockwork
    from lambdalab.services.events.targets import Targets
    from lambdalab.services.parts import LabParts

SERVICE = "scheduler.amazonaws.com"
KNOWN = ("lambda", "sqs", "sns", "events", "kinesis")
_TICKING = "lab_ticking"
_NAME = re.compile(r"[0-9a-zA-Z-_.]{1,64}")


@dataclass(frozen=True)
class Execution:
    """One time of a schedule."""

    schedule_arn: str
    target: dict[str, Any]
    due: float
    began: float


class Scheduler:
    """What the lab adds to moto's schedules."""

    def __init__(self, lab: LabParts, targets: Targets, clockwork: Clockwork) -> None:
        self._lab = lab
        self._clock = lab.clock
        self._targets = targets
        self._clockwork = clockwork

    # Schedules ------------------------------------------------------------------------------------------------

    def created(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A new schedule runs, if it is one."""

        def create_schedule(backend: Any, **said: Any) -> Any:
            self._check(backend, said, said.get("group_name"))
            schedule = original(backend, **said)
            self._start(backend, schedule)
            return schedule

        return create_schedule

    def updated(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """What is not said goes back to what it is by default."""

        def update_schedule(backend: Any, **said: Any) -> Any:
            self._check(backend, said, said.get("group_name"))
            schedule = original(backend, **said)
            schedule.state = schedule.state or "ENABLED"
            _stop(schedule)
            self._start(backend, schedule)
            return schedule

        return update_schedule

    def deleted(self, original: Callable[..., None]) -> Callable[..., None]:
        """Its timer goes with it."""

        def delete_schedule(group: Any, name: str) -> None:
            schedule = group.schedules.get(name)
            original(group, name)
            _stop(schedule)

        return delete_schedule

    def group_deleted(self, original: Callable[..., None]) -> Callable[..., None]:
        """With all of its schedules."""

        def delete_schedule_group(backend: Any, name: str | None) -> None:
            from moto.scheduler.exceptions import ValidationException

            group = backend.get_schedule_group(name)
            if group.name == "default":
                raise ValidationException("Cannot delete the default schedule group.")
            original(backend, name)
            for schedule in group.schedules.values():
                _stop(schedule)

        return delete_schedule_group

    def _check(self, backend: Any, said: dict[str, Any], group: str | None) -> None:
        from moto.scheduler.exceptions import ValidationException

        found = backend.get_schedule_group(group)  # that there is one
        if not _NAME.fullmatch(said["name"]):
            raise ValidationException(
                f"1 validation error detected: Value '{said['name']}' at 'name' failed to satisfy constraint: Member "
                "must satisfy regular expression pattern: ^[0-9a-zA-Z-_.]+$"
            )
        _schedule(said["schedule_expression"], said.get("schedule_expression_timezone"))
        window = said.get("flexible_time_window") or {}
        minutes = window.get("MaximumWindowInMinutes")
        if (window.get("Mode") == "FLEXIBLE") != (minutes is not None) or (
            minutes is not None and not 1 <= minutes <= 1440
        ):
            raise ValidationException(
                "Invalid FlexibleTimeWindow: MaximumWindowInMinutes goes with FLEXIBLE, and only with it."
            )
        target = said["target"]
        if problem := _problem(target):
            raise ValidationException(problem)
        if not self._lab.enforcement.service_may_assume(SERVICE, target["RoleArn"], found.arn):
            raise ValidationException(
                "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
            )

    def _start(self, backend: Any, schedule: Any) -> None:
        if schedule.state != "ENABLED":
            return
        now = self._clock.time()
        runs = _schedule(schedule.schedule_expression, schedule.schedule_expression_timezone)
        once = schedule.schedule_expression.startswith("at(")
        ticking = self._clockwork.start(
            f"Schedule {schedule.name}, {schedule.schedule_expression},",
            runs,
            lambda due: self._due(backend, schedule, due),
            started=now if schedule.start_date is None or once else float(schedule.start_date),
            ended=None if schedule.end_date is None or once else float(schedule.end_date),
            over=lambda: self._over(backend, schedule),
        )
        setattr(schedule, _TICKING, ticking)

    def _over(self, backend: Any, schedule: Any) -> None:
        """The last time has passed."""
        if schedule.action_after_completion == "DELETE" and _is_there(backend, schedule):
            del backend.schedule_groups[schedule.group_name].schedules[schedule.name]

    # Executions -----------------------------------------------------------------------------------------------

    def _due(self, backend: Any, schedule: Any, due: float) -> None:
        if not _is_there(backend, schedule):  # the account was emptied while it was about to run
            _stop(schedule)
            return
        minutes = (schedule.flexible_time_window or {}).get("MaximumWindowInMinutes") or 0
        late = random.Random(f"{schedule.arn} {due}").uniform(0, 60 * minutes)
        execution = Execution(schedule.arn, dict(schedule.target), due, due + late)
        if late:
            self._clock.call_at(due + late, lambda: self._execute(execution, 0))
        else:
            self._execute(execution, 0)

    def _execute(self, execution: Execution, retries: int) -> None:
        execution_id = payloads.execution_id()
        text = _input(execution, execution_id, retries)
        try:
            with on_behalf_of(Incoming()):
                self._call(execution, text)
        except Undeliverable as problem:
            self._failed(execution, execution_id, text, problem, retries)
        except Exception as problem:
            unknown = Undeliverable("InternalError", str(problem), again=True)
            self._failed(execution, execution_id, text, unknown, retries)

    def _call(self, execution: Execution, text: str) -> None:
        arn, target = execution.schedule_arn, execution.target
        may = self._targets.by_role(SERVICE, target["RoleArn"], _group_arn(arn))
        _, _, _, region, account, _ = arn.split(":", 5)
        if target["Arn"].startswith(universal.PREFIX):
            universal.call(self._lab, self._targets, target["Arn"], text, may, region, account)
        elif destinations.service_of(target["Arn"]) == "events":
            said = target["EventBridgeParameters"]
            event = payloads.event(
                source=said["Source"],
                detail_type=said["DetailType"],
                detail=universal.document(text),
                account=account,
                region=region,
                time=self._clock.time(),
            )
            self._targets.to_bus(target["Arn"], event, may)
        else:
            self._targets.send(target, text, {}, may)

    def _failed(self, execution: Execution, execution_id: str, text: str, problem: Undeliverable, retries: int) -> None:
        policy = execution.target.get("RetryPolicy") or {}
        condition = None
        if problem.again:
            most = policy.get("MaximumRetryAttempts", MOST_RETRIES)
            oldest = policy.get("MaximumEventAgeInSeconds", OLDEST_S)
            wait, condition = waits(retries, self._clock.time() - execution.began, most, oldest)
            if condition is None:
                self._clock.call_later(wait, lambda: self._execute(execution, retries + 1))
                return
        queue = (execution.target.get("DeadLetterConfig") or {}).get("Arn")
        if not queue or not destinations.exists(queue, ""):
            return
        attributes = {
            "ERROR_CODE": _error_code(problem.code, execution.target["Arn"]),
            "ERROR_MESSAGE": problem.message,
            "EXECUTION_ID": execution_id,
            "IS_PAYLOAD_TRUNCATED": "false",
            "RETRY_ATTEMPTS": str(retries),
            "SCHEDULED_TIME": payloads.timestamp(execution.due),
            "SCHEDULE_ARN": execution.schedule_arn,
            "TARGET_ARN": execution.target["Arn"],
        }
        if condition:
            attributes["EXHAUSTED_RETRY_CONDITION"] = condition
        may = self._targets.by_role(SERVICE, execution.target["RoleArn"], _group_arn(execution.schedule_arn))
        with contextlib.suppress(Undeliverable), on_behalf_of(Incoming()):
            if may("sqs:SendMessage", queue):
                self._targets.send_message(queue, text, attributes=attributes)


def patches(scheduler: Scheduler) -> tuple[Change, ...]:
    """The changes to moto's Scheduler."""
    models, backend = "moto.scheduler.models", "EventBridgeSchedulerBackend"
    why = "moto keeps schedules, and never runs them"
    said = (
        *("self", "description", "end_date", "flexible_time_window", "group_name", "kms_key_arn", "name"),
        *("schedule_expression", "schedule_expression_timezone", "start_date", "state", "target"),
    )
    return (
        Patch(models, backend, "create_schedule", (*said, "action_after_completion"), scheduler.created, why),
        Patch(models, backend, "update_schedule", said, scheduler.updated, why),
        Patch(models, backend, "delete_schedule_group", ("self", "name"), scheduler.group_deleted, why),
        Patch(models, "ScheduleGroup", "delete_schedule", ("self", "name"), scheduler.deleted, why),
        Patch(
            "moto.scheduler.responses",
            "EventBridgeSchedulerResponse",
            "update_schedule",
            ("self",),
            _update,
            "moto leaves out what is to be done after the last time",
        ),
        Patch(
            models,
            "Schedule",
            "_validate_start_date",
            ("self", "start_date"),
            lambda original: lambda schedule, start_date: start_date,
            "moto compares with the machine's clock, and the lab has its own",
        ),
    )


def _update(original: Callable[..., str]) -> Callable[..., str]:
    def update_schedule(response: Any) -> str:
        answer = original(response)
        name = response.uri.split("?")[0].split("/")[-1]
        schedule = response.scheduler_backend.get_schedule(response._get_param("GroupName"), name)
        schedule.action_after_completion = response._get_param("ActionAfterCompletion")
        return answer

    return update_schedule


def _schedule(expression: str, zone: str | None) -> Schedule:
    from moto.scheduler.exceptions import ValidationException

    try:
        return of_scheduler(expression, ZoneInfo(zone) if zone and zone != "UTC" else UTC)
    except InvalidSchedule:
        raise ValidationException(f"Invalid Schedule Expression {expression}.") from None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValidationException(f"Invalid Schedule Expression Timezone {zone}.") from None


def _problem(target: dict[str, Any]) -> str:
    """What is wrong with a target; empty if nothing is."""
    arn = target["Arn"]
    if arn.startswith(universal.PREFIX):
        return "" if arn in universal.CALLS else f"The lab does not know {arn}. It knows {', '.join(universal.CALLS)}."
    service = destinations.service_of(arn)
    if service not in KNOWN:
        return f"The lab does not call {service or arn}. It knows functions, queues, topics, event buses and streams."
    if service == "events" and not target.get("EventBridgeParameters"):
        return "EventBridgeParameters must be provided for an event bus."
    if service == "kinesis" and not target.get("KinesisParameters"):
        return "KinesisParameters must be provided for a stream."
    if arn.endswith(".fifo") and not target.get("SqsParameters"):
        return "SqsParameters must be provided for a FIFO queue."
    return ""


def _group_arn(schedule_arn: str) -> str:
    """In trust policies, `aws:SourceArn` is the group's.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    return schedule_arn.rpartition("/")[0].replace(":schedule/", ":schedule-group/")


def _input(execution: Execution, execution_id: str, retries: int) -> str:
    """The target's input, with what Scheduler knows in place of its words."""
    _, _, _, region, account, _ = execution.schedule_arn.split(":", 5)
    said = execution.target.get("Input")
    if said is None:
        event = payloads.from_scheduler(execution.schedule_arn, account=account, region=region, time=execution.due)
        return universal.text(event)
    known = {
        "schedule-arn": execution.schedule_arn,
        "scheduled-time": payloads.timestamp(execution.due),
        "execution-id": execution_id,
        "attempt-number": str(retries + 1),
    }
    return re.sub(r"<aws\.scheduler\.([\w-]+)>", lambda found: known.get(found[1], found[0]), str(said))


_ERRORS = {
    ("lambda", "NO_RESOURCE"): "ResourceNotFoundException",
    ("sqs", "NO_RESOURCE"): "AWS.SimpleQueueService.NonExistentQueue",
    ("sns", "NO_RESOURCE"): "NotFound",
    ("kinesis", "NO_RESOURCE"): "ResourceNotFoundException",
    ("events", "NO_RESOURCE"): "ResourceNotFoundException",
    ("sqs", "NO_PERMISSIONS"): "AccessDenied",
    ("sns", "NO_PERMISSIONS"): "AuthorizationError",
}


def _error_code(code: str, arn: str) -> str:
    """Scheduler tells the code of the service that it called."""
    service = arn.removeprefix(universal.PREFIX).partition(":")[0] if arn.startswith(universal.PREFIX) else ""
    service = {"eventbridge": "events"}.get(service, service) or destinations.service_of(arn)
    return _ERRORS.get((service, code), "AccessDeniedException" if code == "NO_PERMISSIONS" else code)


def _is_there(backend: Any, schedule: Any) -> bool:
    group = backend.schedule_groups.get(schedule.group_name)
    return group is not None and group.schedules.get(schedule.name) is schedule


def _stop(schedule: Any) -> None:
    if ticking := getattr(schedule, _TICKING, None):
        ticking.stop()
