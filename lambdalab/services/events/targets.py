"""Where events go, and whether they may.

    Lambda · SQS · SNS · CloudWatch Logs      the target's policy lets events.amazonaws.com in, for the rule
    Kinesis · another bus                     the target's RoleArn allows it

A function gets an event in the way of InvocationType=Event: it is delivered when Lambda has accepted it, and what the
function makes of it is Lambda's to retry. EventBridge Scheduler uses what is here with its own role for everything.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
"""

from __future__ import annotations

import base64
import contextlib
import json
import time
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lambdalab.authorization.access import Access
from lambdalab.delivery import destinations

from . import input_transformer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lambdalab.services.parts import LabParts

    May = Callable[[str, str], bool]
    """Whether an action on a resource is allowed."""

SERVICE = "events.amazonaws.com"
KNOWN = ("lambda", "sqs", "sns", "events", "logs", "kinesis")
BY_ROLE = ("kinesis",)
"""Targets without a policy of their own."""


class Undeliverable(Exception):
    """An event did not get to its target; why, as a dead-letter queue is told."""

    def __init__(self, code: str, message: str, *, again: bool = False) -> None:
        """`again`: it may get there later."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.again = again


class Targets:
    """The ways to targets."""

    def __init__(self, lab: LabParts) -> None:
        self._lab = lab
        self._enforcement = lab.enforcement

    def by_rule(self, rule_arn: str, target: Mapping[str, Any]) -> May:
        """What EventBridge may do for a rule: what the target's policy says, or the role that the target names."""
        _, _, _, region, account, _ = rule_arn.split(":", 5)
        role = target.get("RoleArn")
        if role and destinations.service_of(target["Arn"]) != "lambda":
            return self.by_role(SERVICE, role, rule_arn)

        def may(action: str, resource: str) -> bool:
            if destinations.service_of(resource) == "events":
                return region == resource.split(":")[3] and account == resource.split(":")[4]
            return self._enforcement.service_may(SERVICE, action, resource, rule_arn, account)

        return may

    def by_role(self, service: str, role: str, source_arn: str) -> May:
        """What a service may do with a role."""

        def may(action: str, resource: str) -> bool:
            if not self._enforcement.service_may_assume(service, role, source_arn):
                raise Undeliverable("FAILED_TO_ASSUME_ROLE", f"{service} cannot assume the role {role}")
            return self._enforcement.service_role_may(role, source_arn, Access(action, resource))

        return may

    def send(
        self, target: Mapping[str, Any], text: str, event: Mapping[str, Any], may: May, visited: tuple[str, ...] = ()
    ) -> None:
        """Deliver a text to a target. Undeliverable says why it did not get there; other exceptions are retried."""
        arn = target["Arn"]
        way = {
            "lambda": self._to_function,
            "sqs": self._to_queue,
            "sns": self._to_topic,
            "logs": self._to_log_group,
            "kinesis": self._to_stream,
        }.get(destinations.service_of(arn))
        if way is not None:
            way(arn, target, text, event, may)
        else:
            self.to_bus(arn, dict(event), may, visited)

    def _to_function(self, arn: str, target: Any, text: str, event: Any, may: May) -> None:
        if not destinations.exists(arn, arn.split(":")[4]):
            raise Undeliverable("NO_RESOURCE", f"Function not found: {arn}")
        check(may, "lambda:InvokeFunction", arn)
        self._lab.delivery.accept(arn, text.encode())

    def _to_queue(self, arn: str, target: Any, text: str, event: Any, may: May) -> None:
        group = (target.get("SqsParameters") or {}).get("MessageGroupId")
        if not destinations.exists(arn, ""):
            raise Undeliverable("NO_RESOURCE", "The specified queue does not exist.")
        check(may, "sqs:SendMessage", arn)
        self.send_message(arn, text, group=group)

    def send_message(
        self, arn: str, text: str, *, group: str | None = None, attributes: Mapping[str, str] | None = None
    ) -> None:
        """To a queue, which has been asked whether it may."""
        from moto.sqs.exceptions import InvalidParameterValue, MissingParameter, QueueDoesNotExist
        from moto.sqs.models import sqs_backends

        _, _, _, region, account, name = arn.split(":", 5)
        backend = sqs_backends[account][region]
        queue = backend.queues[name]
        if name.endswith(".fifo") and queue.attributes.get("ContentBasedDeduplication") != "true":
            raise Undeliverable("INVALID_PARAMETER", "The queue must have ContentBasedDeduplication enabled")
        try:
            backend.send_message(
                name,
                text,
                group_id=group,
                message_attributes={
                    key: {"DataType": "String", "StringValue": value} for key, value in (attributes or {}).items()
                },
            )
        except QueueDoesNotExist:
            raise Undeliverable("NO_RESOURCE", "The specified queue does not exist.") from None
        except (InvalidParameterValue, MissingParameter) as problem:
            raise Undeliverable("INVALID_PARAMETER", str(problem)) from None

    def _to_topic(self, arn: str, target: Any, text: str, event: Any, may: May) -> None:
        from moto.sns.models import sns_backends

        _, _, _, region, account, _ = arn.split(":", 5)
        if not destinations.exists(arn, account):
            raise Undeliverable("NO_RESOURCE", "Topic does not exist")
        check(may, "sns:Publish", arn)
        sns_backends[account][region].publish(text, arn)

    def _to_log_group(self, arn: str, target: Any, text: str, event: Any, may: May) -> None:
        from moto.logs.models import logs_backends

        _, _, _, region, account, resource = arn.split(":", 5)
        name = resource.removeprefix("log-group:").removesuffix(":*")
        backend = logs_backends[account][region]
        if name not in backend.groups:
            raise Undeliverable("NO_RESOURCE", "The specified log group does not exist.")
        check(may, "logs:PutLogEvents", f"{arn.removesuffix(':*')}:*")
        stream = str(uuid.uuid4())
        backend.create_log_stream(name, stream)
        backend.put_log_events(name, stream, [_log_event(text)])

    def _to_stream(self, arn: str, target: Any, text: str, event: Any, may: May) -> None:
        from moto.kinesis.models import kinesis_backends

        _, _, _, region, account, resource = arn.split(":", 5)
        backend = kinesis_backends[account][region]
        name = resource.removeprefix("stream/")
        check(may, "kinesis:PutRecord", arn)
        if name not in backend.streams:
            raise Undeliverable("NO_RESOURCE", f"Stream {name} under account {account} not found.")
        parameters = target.get("KinesisParameters") or {}
        path = parameters.get("PartitionKeyPath")
        key = input_transformer.at(path, event) if path else parameters.get("PartitionKey", event.get("id"))
        data = base64.b64encode(text.encode()).decode()
        backend.put_record(arn, name, key if isinstance(key, str) else str(event.get("id")), None, data)

    def to_bus(self, arn: str, event: dict[str, Any], may: May, visited: tuple[str, ...] = ()) -> None:
        """The event goes on as it is, with its id."""
        from moto.events.models import events_backends

        _, _, _, region, account, resource = arn.split(":", 5)
        name = resource.removeprefix("event-bus/")
        backend = events_backends[account][region]
        if name not in backend.event_buses:
            raise Undeliverable("NO_RESOURCE", f"Event bus {name} does not exist.")
        check(may, "events:PutEvents", arn)
        self._lab.service_events.accept(backend, name, event, visited=visited)


def check(may: May, action: str, arn: str) -> None:
    """Raise Undeliverable unless it is allowed."""
    if not may(action, arn):
        raise Undeliverable("NO_PERMISSIONS", f"{SERVICE} is not authorized to perform: {action} on resource: {arn}")


def _log_event(text: str) -> dict[str, Any]:
    """A target's template may make {"timestamp": …, "message": …}; anything else is the message.

    Logs are on real time in the lab, as what functions write is: moto refuses lines from the future.
    """
    made: Any = None
    with contextlib.suppress(ValueError):
        made = json.loads(text)
    if isinstance(made, dict) and set(made) == {"timestamp", "message"}:
        with contextlib.suppress(ValueError, TypeError):
            when = made["timestamp"]
            seconds = when / 1000 if isinstance(when, int | float) else datetime.fromisoformat(when).timestamp()
            return {"timestamp": int(seconds * 1000), "message": str(made["message"])}
    return {"timestamp": int(time.time() * 1000), "message": text}
