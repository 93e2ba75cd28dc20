"""Where events go, and whether they may.

    Lambda · SQS · SNS · CloudWatch Logs      the target's policy allows events.amazonaws.com, for the rule
    Kinesis · another bus                     the target's RoleArn allows it

A function gets an event as with InvocationType=Event: it is delivered when Lambda has accepted it, and if the function
fails, the retries are Lambda's. EventBridge Scheduler uses what is here, with a role of its own for everything.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.delivery import destinations
from lambdalab.delivery.records import Message

from . import destination as buses
from . import input_transformer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lambdalab.authorization.access import Access
    from lambdalab.services.parts import LabParts

    May = Callable[[Access], bool]
    """Whether an action on a resource is allowed."""

SERVICE = "events.amazonaws.com"
KNOWN = ("lambda", "sqs", "sns", "events", "logs", "kinesis")
BY_ROLE = ("kinesis",)
"""Targets without a policy of their own: they need a role."""
_NEVER_BY_ROLE = ("lambda",)
"""Targets whose policy decides even if a role is given."""
_OWN = "events"


class Undeliverable(Exception):
    """An event did not get to its target; why, in the words that a dead-letter queue gets."""

    def __init__(self, code: str, message: str, *, again: bool = False) -> None:
        """`again`: a later attempt may succeed."""
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
        """What EventBridge may do for a rule: what the target's policy allows, or the role that the target names."""
        _, _, _, region, account, _ = rule_arn.split(":", 5)
        role = target.get("RoleArn")
        if role and destinations.service_of(target["Arn"]) not in _NEVER_BY_ROLE:
            return self.by_role(SERVICE, role, rule_arn)

        def may(access: Access) -> bool:
            if destinations.service_of(access.resource) == _OWN:
                return access.resource.split(":")[3:5] == [region, account]
            return self._enforcement.service_may(SERVICE, access.action, access.resource, rule_arn, account)

        return may

    def by_role(self, service: str, role: str, source_arn: str) -> May:
        """What a service may do with a role."""

        def may(access: Access) -> bool:
            if not self._enforcement.service_may_assume(service, role, source_arn):
                raise Undeliverable("FAILED_TO_ASSUME_ROLE", f"{service} cannot assume the role {role}")
            return self._enforcement.service_role_may(role, source_arn, access)

        return may

    def send(
        self, target: Mapping[str, Any], text: str, event: Mapping[str, Any], may: May, visited: tuple[str, ...] = ()
    ) -> None:
        """Deliver a text to a target. Undeliverable."""
        arn = target["Arn"]
        service = destinations.service_of(arn)
        if service == _OWN:
            self.to_bus(arn, dict(event), may, visited)
            return
        destination = destinations.of(arn)
        access = destination.required_access(arn)
        account = arn.split(":")[4]
        if service in BY_ROLE:  # IAM answers before the service does
            check(may, access)
        if not destination.exists(arn, account):
            raise Undeliverable("NO_RESOURCE", destination.missing(arn))
        if service not in BY_ROLE:
            check(may, access)
        group = (target.get("SqsParameters") or {}).get("MessageGroupId")
        self._send(arn, Message(text, group_id=group, key=_partition_key(target, event)))

    def to_dead_letter_queue(self, queue: str, text: str, attributes: Mapping[str, str], may: May) -> None:
        """Keep what was not delivered, with attributes that say why. Undeliverable: it is lost."""
        destination = destinations.find(queue)
        if destination is None or not destination.exists(queue, queue.split(":")[4]):
            return
        if may(destination.required_access(queue)):
            self._send(queue, Message(text, {name: ("String", value) for name, value in attributes.items()}))

    def to_bus(self, arn: str, event: dict[str, Any], may: May, visited: tuple[str, ...] = ()) -> None:
        """The event is forwarded as it is, with its id."""
        if not buses.exists(arn, arn.split(":")[4]):
            raise Undeliverable("NO_RESOURCE", buses.missing(arn))
        check(may, buses.required_access(arn))
        self._lab.service_events.accept(arn, event, visited=visited)

    def _send(self, arn: str, message: Message) -> None:
        sender = destinations.Sender(arn.split(":")[4], self._lab.queue)
        try:
            destinations.of(arn).send(arn, message, sender)
        except destinations.NoSuchDestination as problem:
            raise Undeliverable("NO_RESOURCE", str(problem)) from None
        except destinations.Unavailable as problem:
            raise Undeliverable("ERROR_FROM_TARGET", str(problem), again=True) from None
        except destinations.CannotDeliver as problem:
            raise Undeliverable("INVALID_PARAMETER", str(problem)) from None


def check(may: May, access: Access) -> None:
    """Raise Undeliverable unless it is allowed."""
    if not may(access):
        raise Undeliverable(
            "NO_PERMISSIONS",
            f"{SERVICE} is not authorized to perform: {access.action} on resource: {access.resource}",
        )


def _partition_key(target: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """Of a stream: what the target's parameters say, or the event's id."""
    parameters = target.get("KinesisParameters") or {}
    path = parameters.get("PartitionKeyPath")
    key = input_transformer.at(path, event) if path else parameters.get("PartitionKey")
    return key if isinstance(key, str) else str(event.get("id"))
