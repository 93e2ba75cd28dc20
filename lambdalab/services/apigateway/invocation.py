"""How an API of API Gateway calls a function: by the function's policy or with a role, and no longer than it waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab import rooms
from lambdalab.authorization.access import Access
from lambdalab.delivery.invocation import NoSuchFunction
from lambdalab.delivery.service_invocation import NotAllowed

if TYPE_CHECKING:
    from typing import Any

    from lambdalab.delivery.records import Attempt
    from lambdalab.services.parts import LabParts

SERVICE = "apigateway.amazonaws.com"
_START_S = 11
"""What a function may take before its handler begins."""


def call(
    lab: LabParts, function_arn: str, event: Any, *, source_arn: str, account: str, role: str | None, wait_s: float
) -> Attempt:
    """The function's answer. NotAllowed, NoSuchFunction, TooLate; all else is told by the Attempt."""

    def run() -> Attempt:
        if role is None:
            return lab.delivery.call(SERVICE, function_arn, event, source_arn=source_arn, account=account)
        check_role(lab, role, function_arn, source_arn)
        return lab.delivery.run(function_arn, event)

    if function_arn.split(":")[2:3] != ["lambda"]:
        raise NoSuchFunction(function_arn)
    if is_quick(function_arn, wait_s):
        return run()
    return lab.integration_timeout.within(wait_s, run)


def is_quick(function_arn: str, wait_s: float) -> bool:
    """Whether the function's own timeout ends it before API Gateway stops waiting: no thread is needed for that."""
    stored = rooms.part("lambda", "backend").find_function(function_arn)
    return stored is None or int(stored.timeout) + _START_S <= wait_s


def check_role(lab: LabParts, role: str, function_arn: str, source_arn: str) -> None:
    """API Gateway must be able to become the role, and the role must allow the call."""
    if not lab.enforcement.service_may_assume(SERVICE, role, source_arn):
        raise NotAllowed(f"API Gateway cannot become the role {role}")
    asked = Access("lambda:InvokeFunction", function_arn)
    if not lab.enforcement.service_role_may(role, source_arn, asked):
        raise NotAllowed(f"the role {role} does not allow lambda:InvokeFunction on {function_arn}")
