"""Rules: which rules and targets EventBridge accepts, and rules with a schedule.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lambdalab.delivery import destinations

from . import backend, input_transformer, payloads
from .deliveries import Delivery
from .schedule_expressions import InvalidSchedule, of_rule
from .targets import BY_ROLE, KNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from .backend import Account, StoredRule
    from .deliveries import Deliveries
    from .schedule_timers import ScheduleTimers

MOST_TARGETS = 5
_NAME = re.compile(r"[\.\-_A-Za-z0-9]+")


class Rules:
    """The schedules of all rules of a lab."""

    def __init__(self, deliveries: Deliveries, timers: ScheduleTimers) -> None:
        self._deliveries = deliveries
        self._timers = timers

    def put(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """PutRule: a new rule, or one that replaces another. Its schedule starts anew."""

        def put_rule(account: Account, name: str, *args: Any, **more: Any) -> Any:
            if not _NAME.fullmatch(name) or len(name) > 64:
                raise backend.validation_error(
                    f"1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: Member must "
                    "satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+"
                )
            expression = more.get("scheduled_expression")
            if expression:
                try:
                    of_rule(expression)
                except InvalidSchedule:
                    raise backend.validation_error("Parameter ScheduleExpression is not valid.") from None
            before = _find(account, name, more.get("event_bus_arn"))
            rule = original(account, name, *args, **more)
            _stop(before)
            self._start(rule)
            return rule

        return put_rule

    def enabled(self, original: Callable[..., None]) -> Callable[..., None]:
        """EnableRule: its schedule starts anew."""

        def enable(rule: StoredRule) -> None:
            was = rule.state
            original(rule)
            if was == "DISABLED":
                self._start(rule)

        return enable

    def disabled(self, original: Callable[..., None]) -> Callable[..., None]:
        """DisableRule: its schedule stops."""

        def disable(rule: StoredRule) -> None:
            original(rule)
            _stop(rule)

        return disable

    def deleted(self, original: Callable[..., None]) -> Callable[..., None]:
        """DeleteRule: its schedule stops."""

        def delete_rule(account: Account, name: str, event_bus_arn: str | None) -> None:
            rule = _find(account, name, event_bus_arn)
            original(account, name, event_bus_arn)
            _stop(rule)

        return delete_rule

    def _start(self, rule: StoredRule) -> None:
        if not rule.scheduled_expression or rule.state == "DISABLED":
            return
        timer = self._timers.start(
            f"Rule {rule.name}, {rule.scheduled_expression},",
            of_rule(rule.scheduled_expression),
            lambda due: self._fire(rule, due),
        )
        backend.keep_timer(rule, timer)

    def _fire(self, rule: StoredRule, due: float) -> None:
        if not backend.is_there(rule):  # the account was emptied while it was about to fire
            _stop(rule)
            return
        event = payloads.scheduled(rule.arn, account=rule.account_id, region=rule.region_name, time=due)
        for target in list(rule.targets):
            self._deliveries.deliver(Delivery(rule.arn, rule.name, dict(target), event, due))


def _find(account: Account, name: str, event_bus: str | None) -> StoredRule | None:
    bus = backend.named_bus(account, event_bus)
    return bus.rules.get(name) if bus else None


def _stop(rule: StoredRule | None) -> None:
    if rule is not None and (timer := backend.timer_of(rule)) is not None:
        timer.stop()


def targets_put(original: Callable[..., None]) -> Callable[..., None]:
    """PutTargets."""

    def put_targets(account: Account, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> None:
        rule = _find(account, name, event_bus_arn)
        managed = rule is not None and rule.managed_by
        if not managed:
            for target in targets:
                if problem := _problem(target):
                    raise backend.validation_error(problem)
        there = {each["Id"] for each in rule.targets} if rule else set()
        if len(there | {each["Id"] for each in targets}) > MOST_TARGETS:
            raise backend.limit_exceeded()
        original(account, name, event_bus_arn, targets)

    return put_targets


def _problem(target: dict[str, Any]) -> str:
    """What is wrong with a target, in AWS's words where they are known; empty if nothing is."""
    arn, name = target["Arn"], target["Id"]
    service = destinations.service_of(arn)
    if not service:
        return f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
    if service not in KNOWN:
        return (
            f"The lab does not deliver events to {service}. It delivers to functions, queues, topics, event buses, log "
            "groups and streams of Kinesis."
        )
    if service in BY_ROLE and not target.get("RoleArn"):
        return f"RoleArn is required for target {arn}."
    if (target.get("DeadLetterConfig") or {}).get("Arn", "").endswith(".fifo"):
        return f"Parameter DeadLetterConfig.Arn for target {name} is not valid. Reason: A FIFO queue cannot be used."
    try:
        input_transformer.check(target)
    except input_transformer.InvalidInput as problem:
        return str(problem)
    return ""
