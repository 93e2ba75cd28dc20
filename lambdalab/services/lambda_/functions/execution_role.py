"""A function's execution role: Lambda must be able to become it, and it must allow what the configuration asks of it.

Lambda looks when a function is made or its configuration changes, and again when it starts an environment; the lab
looks at each invocation, as it does not know then whether one will be started.

Not known: whether AWS holds a new role to what was configured before it; the lab does. What is missing is named as AWS
names it: `SendMessage on SQS` for a dead-letter queue, with the ARN for a destination.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdalab.authorization.access import Access
from lambdalab.delivery import destinations
from lambdalab.services.lambda_.api.errors import error
from lambdalab.services.lambda_.backend import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

DEAD_LETTER_SERVICES = ("sqs", "sns")
CANNOT_BE_ASSUMED = "The role defined for the function cannot be assumed by Lambda."


def patches(lab: LabParts) -> tuple[Change, ...]:
    """A role is looked at wherever a function gets one."""
    return (
        replace(
            "LambdaFunction.__init__",
            ("self", "account_id", "spec", "region", "version"),
            lambda original: _create(lab, original),
            "moto does not ask whom a role trusts",
        ),
        replace(
            "LambdaFunction.update_configuration",
            ("self", "config_updates"),
            lambda original: _update(lab, original),
            "moto takes any text for a role",
        ),
    )


def _create(lab: LabParts, original: Callable[..., None]) -> Callable[..., None]:
    def __init__(stored: Any, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
        original(stored, account_id, spec, region, version)
        _check(lab, stored, stored.role, spec)

    return __init__


def _update(lab: LabParts, original: Callable[..., Any]) -> Callable[..., Any]:
    def update_configuration(stored: Any, config_updates: dict[str, Any]) -> Any:
        given = {name: value for name, value in config_updates.items() if value is not None}
        role = given.get("Role")
        if role:
            target = getattr(stored, "dead_letter_target", None)
            before = {
                "DeadLetterConfig": {"TargetArn": target},
                "TracingConfig": {"Mode": stored.tracing_config.get("Mode")},
            }
            given = {**before, **given}
        _check(lab, stored, role or stored.role, given)
        return original(stored, config_updates)

    return update_configuration


def _check(lab: LabParts, stored: Any, role: str, spec: dict[str, Any]) -> None:
    account = str(stored.account_id)
    if role.split(":")[4:5] != [account]:
        raise error("AccessDeniedException", "Cross-account pass role is not allowed.", status=403)
    if not lab.enforcement.lambda_may_assume(role, stored.function_arn):
        raise error("InvalidParameterValueException", CANNOT_BE_ASSUMED)
    for need in _needs(spec):
        if not lab.enforcement.role_allows(role, stored.function_arn, need.question):
            message = f"The provided execution role does not have permissions to call {need.words}"
            raise error("InvalidParameterValueException", message)


@dataclass(frozen=True)
class _Need:
    question: Access
    words: str


def _needs(spec: dict[str, Any]) -> Iterator[_Need]:
    """What a configuration makes Lambda do with the role."""
    target = (spec.get("DeadLetterConfig") or {}).get("TargetArn")
    if target and (service := destinations.service_of(target)) in DEAD_LETTER_SERVICES:
        access = needed_for_destination(target)
        yield _Need(access, f"{access.action.partition(':')[2]} on {service.upper()}")
    if (spec.get("TracingConfig") or {}).get("Mode") == "Active":
        yield _Need(Access("xray:PutTraceSegments"), "PutTraceSegments on XRAY")
    if (spec.get("VpcConfig") or {}).get("SubnetIds"):
        yield _Need(Access("ec2:CreateNetworkInterface"), "CreateNetworkInterface on EC2")


def needed_for_destination(destination: str) -> Access:
    """What a role must allow, so that records can be sent to this destination."""
    return destinations.of(destination).required_access(destination)


def refuse_destination(lab: LabParts, stored: Any, destination: str) -> None:
    """A destination is refused that the role can not write to. The wording is known of queues, topics and functions."""
    need = needed_for_destination(destination)
    if not lab.enforcement.role_allows(stored.role, stored.function_arn, need):
        action = need.action.partition(":")[2]
        raise error(
            "InvalidParameterValueException",
            f"The function's execution role does not have permissions to call {action} on {destination}",
        )
