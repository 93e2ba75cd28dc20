"""Rules: what EventBridge takes for a rule and for a target, and rules with a schedule.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lambdalab.delivery import destinations
from lambdalab.moto_patches import Patch

from . import input_transformer, payloads
from .deliveries import Delivery
from .schedule_expressions import InvalidSchedule, of_rule
from .targets import BY_ROLE, KNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.clock import Clock

    from .deliveries import Deliveries
    from .schedule_timers import Clockwork

MOST_TARGETS = 5
_NAME = re.compile(r"[\.\-_A-Za-z0-9]+")
_TICKING = "lab_ticking"
"""Where a rule of moto's keeps its schedule."""


class Rules:
    """What the lab adds to moto's rules."""

    def __init__(self, clock: Clock, deliveries: Deliveries, clockwork: Clockwork) -> None:
        self._clock = clock
        self._deliveries = deliveries
        self._clockwork = clockwork

    def put(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A new rule, or one that takes the place of another: its schedule begins anew."""

        def put_rule(backend: Any, name: str, *args: Any, **more: Any) -> Any:
            from moto.events.exceptions import ValidationException

            if not _NAME.fullmatch(name) or len(name) > 64:
                raise ValidationException(
                    f"1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: Member must "
                    "satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+"
                )
            expression = more.get("scheduled_expression")
            if expression:
                try:
                    of_rule(expression)
                except InvalidSchedule:
                    raise ValidationException("Parameter ScheduleExpression is not valid.") from None
            bus = backend.event_buses.get(backend._normalize_event_bus_arn(more.get("event_bus_arn")))
            before = bus.rules.get(name) if bus else None
            rule = original(backend, name, *args, **more)
            if before is not None:
                _stop(before)
            self._start(rule)
            return rule

        return put_rule

    def enabled(self, original: Callable[..., None]) -> Callable[..., None]:
        """Its schedule begins anew."""

        def enable(rule: Any) -> None:
            was = rule.state
            original(rule)
            if was == "DISABLED":
                self._start(rule)

        return enable

    def disabled(self, original: Callable[..., None]) -> Callable[..., None]:
        """Its schedule stops."""

        def disable(rule: Any) -> None:
            original(rule)
            _stop(rule)

        return disable

    def deleted(self, original: Callable[..., None]) -> Callable[..., None]:
        """Its schedule stops, if it is gone."""

        def delete_rule(backend: Any, name: str, event_bus_arn: str | None) -> None:
            bus = backend.event_buses.get(backend._normalize_event_bus_arn(event_bus_arn))
            rule = bus.rules.get(name) if bus else None
            original(backend, name, event_bus_arn)
            if rule is not None:
                _stop(rule)

        return delete_rule

    def _start(self, rule: Any) -> None:
        if not rule.scheduled_expression or rule.state == "DISABLED":
            return
        ticking = self._clockwork.start(
            f"Rule {rule.name}, {rule.scheduled_expression},",
            of_rule(rule.scheduled_expression),
            lambda due: self._fire(rule, due),
        )
        setattr(rule, _TICKING, ticking)

    def _fire(self, rule: Any, due: float) -> None:
        if not _is_there(rule):  # the account was emptied while it was about to fire
            _stop(rule)
            return
        event = payloads.scheduled(rule.arn, account=rule.account_id, region=rule.region_name, time=due)
        for target in list(rule.targets):
            self._deliveries.deliver(Delivery(rule.arn, rule.name, dict(target), event, due))


def patches(rules: Rules) -> tuple[Patch, ...]:
    """The changes to moto's rules."""
    models = "moto.events.models"
    return (
        Patch(
            models,
            "EventsBackend",
            "put_rule",
            (
                "self",
                "name",
                "description",
                "event_bus_arn",
                "event_pattern",
                "role_arn",
                "scheduled_expression",
                "state",
                "managed_by",
                "tags",
            ),
            rules.put,
            "moto's schedules never fire, and it takes most texts for one",
        ),
        Patch(models, "Rule", "enable", ("self",), rules.enabled, "moto's schedules never fire"),
        Patch(models, "Rule", "disable", ("self",), rules.disabled, "a disabled rule's schedule stops"),
        Patch(
            models,
            "EventsBackend",
            "delete_rule",
            ("self", "name", "event_bus_arn"),
            rules.deleted,
            "and a deleted one's",
        ),
        Patch(
            models,
            "EventsBackend",
            "put_targets",
            ("self", "name", "event_bus_arn", "targets"),
            _put_targets,
            "moto takes every target",
        ),
        Patch(
            models,
            "EventsBackend",
            "delete_event_bus",
            ("self", "name"),
            _delete_event_bus,
            "moto deletes a bus with its rules",
        ),
        Patch(
            "moto.s3",
            "models",
            "events_send_notification",
            ("source", "event_name", "region", "resources", "detail"),
            lambda original: lambda *args, **more: None,
            "moto invents an event for a new bucket, of no service's form",
        ),
    )


def _is_there(rule: Any) -> bool:
    from moto.events.models import events_backends

    bus = events_backends[rule.account_id][rule.region_name].event_buses.get(rule.event_bus_name)
    return bus is not None and bus.rules.get(rule.name) is rule


def _stop(rule: Any) -> None:
    if ticking := getattr(rule, _TICKING, None):
        ticking.stop()


def _put_targets(original: Callable[..., None]) -> Callable[..., None]:
    def put_targets(backend: Any, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> None:
        from moto.core.exceptions import JsonRESTError
        from moto.events.exceptions import ValidationException

        bus = backend.event_buses.get(backend._normalize_event_bus_arn(event_bus_arn))
        rule = bus.rules.get(name) if bus else None
        managed = rule is not None and rule.managed_by
        if not managed:
            for target in targets:
                if problem := _problem(target):
                    raise ValidationException(problem)
        there = {each["Id"] for each in rule.targets} if rule else set()
        if len(there | {each["Id"] for each in targets}) > MOST_TARGETS:
            raise JsonRESTError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
        original(backend, name, event_bus_arn, targets)

    return put_targets


def _problem(target: dict[str, Any]) -> str:
    """What is wrong with a target, in AWS's words where they are known; empty if nothing is."""
    arn, name = target["Arn"], target["Id"]
    service = destinations.service_of(arn)
    if not service:
        return f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
    if service not in KNOWN:
        return (
            f"The lab does not deliver events to {service}. It knows functions, queues, topics, event buses, log "
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


def _delete_event_bus(original: Callable[..., None]) -> Callable[..., None]:
    def delete_event_bus(backend: Any, name: str) -> None:
        from moto.events.exceptions import ValidationException

        bus = backend.event_buses.get(name.rpartition("/")[2])
        if bus is not None and bus.name != "default" and bus.rules:
            raise ValidationException(f"Event bus {bus.name} cannot be deleted since it has rules.")
        original(backend, name)

    return delete_event_bus
