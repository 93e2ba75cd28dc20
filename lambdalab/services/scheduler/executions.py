"""Executions: at its time, a schedule calls its target, with its role.

    rate · cron with a time zone · at ─▶ (flexible window) ─▶ target, with the role ─▶ failed ─▶ again, or the queue

What is not delivered ends up in the schedule's dead-letter queue with the input, and attributes that say what happened.
Scheduler calls with the schedule's role, so a function needs no permission in its policy.

AWS calls a target within the minute of its time, the lab at the minute's start; within a flexible window the lab picks
a moment at random, the same one each time. AWS does not say which errors it retries: the lab retries what may succeed
later, and neither a missing permission nor a missing target.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/what-is-scheduler.html
"""

from __future__ import annotations

import contextlib
import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdalab.delivery import destinations
from lambdalab.endpoint.request_context import Incoming, on_behalf_of
from lambdalab.services.events import payloads
from lambdalab.services.events.deliveries import MOST_RETRIES, OLDEST_S, waits
from lambdalab.services.events.targets import Undeliverable

from . import universal_targets as universal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdalab.services.events.targets import May, Targets
    from lambdalab.services.parts import LabParts

SERVICE = "scheduler.amazonaws.com"
KNOWN = ("lambda", "sqs", "sns", "events", "kinesis")


@dataclass(frozen=True)
class Execution:
    """One time of a schedule."""

    schedule_arn: str
    target: dict[str, Any]
    due: float
    began: float


class Executions:
    """Those of all schedules of a lab."""

    def __init__(self, lab: LabParts, targets: Targets) -> None:
        self._lab = lab
        self._clock = lab.clock
        self._targets = targets

    def start(self, schedule_arn: str, target: Mapping[str, Any], due: float, *, window_s: float) -> None:
        """A schedule is due; within `window_s` seconds its target is called."""
        delay = random.Random(f"{schedule_arn} {due}").uniform(0, window_s)
        execution = Execution(schedule_arn, dict(target), due, due + delay)
        if delay:
            self._clock.call_at(due + delay, lambda: self._execute(execution, 0))
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

    def _call(self, execution: Execution, text: str) -> None:
        target = execution.target
        may = self._may(execution)
        _, _, _, region, account, _ = execution.schedule_arn.split(":", 5)
        if target["Arn"].startswith(universal.PREFIX):
            universal.call(self._lab, self._targets, target["Arn"], text, may, region, account)
        elif destinations.service_of(target["Arn"]) == "events":
            parameters = target["EventBridgeParameters"]
            event = payloads.event(
                source=parameters["Source"],
                detail_type=parameters["DetailType"],
                detail=universal.document(text),
                account=account,
                region=region,
                time=self._clock.time(),
            )
            self._targets.to_bus(target["Arn"], event, may)
        else:
            self._targets.send(target, text, {}, may)

    def _may(self, execution: Execution) -> May:
        return self._targets.by_role(SERVICE, execution.target["RoleArn"], _group_arn(execution.schedule_arn))

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
        if not queue:
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
        with contextlib.suppress(Undeliverable), on_behalf_of(Incoming()):
            self._targets.to_dead_letter_queue(queue, text, attributes, self._may(execution))


def _group_arn(schedule_arn: str) -> str:
    """In trust policies, `aws:SourceArn` is the group's.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    return schedule_arn.rpartition("/")[0].replace(":schedule/", ":schedule-group/")


def _input(execution: Execution, execution_id: str, retries: int) -> str:
    """The target's input, with what Scheduler knows in place of its words."""
    _, _, _, region, account, _ = execution.schedule_arn.split(":", 5)
    given = execution.target.get("Input")
    if given is None:
        event = payloads.from_scheduler(execution.schedule_arn, account=account, region=region, time=execution.due)
        return universal.text(event)
    known = {
        "schedule-arn": execution.schedule_arn,
        "scheduled-time": payloads.timestamp(execution.due),
        "execution-id": execution_id,
        "attempt-number": str(retries + 1),
    }
    return re.sub(r"<aws\.scheduler\.([\w-]+)>", lambda found: known.get(found[1], found[0]), str(given))


_CODES = {
    ("lambda", "NO_RESOURCE"): "ResourceNotFoundException",
    ("sqs", "NO_RESOURCE"): "AWS.SimpleQueueService.NonExistentQueue",
    ("sns", "NO_RESOURCE"): "NotFound",
    ("kinesis", "NO_RESOURCE"): "ResourceNotFoundException",
    ("events", "NO_RESOURCE"): "ResourceNotFoundException",
    ("sqs", "NO_PERMISSIONS"): "AccessDenied",
    ("sns", "NO_PERMISSIONS"): "AuthorizationError",
}
_CODES_OF_ALL = {"NO_PERMISSIONS": "AccessDeniedException", "ERROR_FROM_TARGET": "InternalError"}


def _error_code(code: str, arn: str) -> str:
    """Where EventBridge has codes of its own, Scheduler reports the code of the service that it called."""
    service = arn.removeprefix(universal.PREFIX).partition(":")[0] if arn.startswith(universal.PREFIX) else ""
    service = {"eventbridge": "events"}.get(service, service) or destinations.service_of(arn)
    return _CODES.get((service, code)) or _CODES_OF_ALL.get(code, code)
