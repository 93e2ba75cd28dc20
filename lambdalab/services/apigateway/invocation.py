"""How API Gateway invokes a function: permitted by the function's policy or by a role, and with a time limit."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from lambdalab import rooms
from lambdalab.authorization.access import Access
from lambdalab.delivery.invocation import NoSuchFunction
from lambdalab.delivery.service_invocation import NotAllowed

if TYPE_CHECKING:
    from lambdalab.delivery.records import Attempt
    from lambdalab.services.parts import LabParts

SERVICE = "apigateway.amazonaws.com"
_START_S = 11
"""How long a function may take before its handler begins."""


def invoke(
    lab: LabParts,
    function_arn: str,
    payload: bytes,
    *,
    source_arn: str,
    account: str,
    role: str | None,
    timeout_s: float,
) -> Attempt:
    """Invoke a function and wait. Raises NotAllowed, NoSuchFunction, TooLate; the Attempt says everything else."""

    def run() -> Attempt:
        if not role:
            return lab.service_invocation.invoke(SERVICE, function_arn, payload, source_arn=source_arn, account=account)
        _check_role(lab, role, function_arn, source_arn)
        return lab.service_invocation.invoke_with_role(function_arn, payload)

    _check_arn(function_arn)
    stored = _lambda().find_function(function_arn)
    # A function whose own timeout ends it in time needs no thread that stops waiting for it.
    if stored is None or int(stored.timeout) + _START_S <= timeout_s:
        return run()
    return lab.integration_timeout.within(timeout_s, run)


def invoke_asynchronously(
    lab: LabParts,
    function_arn: str,
    payload: bytes,
    *,
    source_arn: str,
    account: str,
    role: str | None,
    trace_id: str,
) -> None:
    """Put an event into Lambda's queue. Raises NotAllowed, NoSuchFunction."""
    _check_arn(function_arn)
    if role:
        _check_role(lab, role, function_arn, source_arn)
        lab.service_invocation.invoke_asynchronously_with_role(function_arn, payload, trace=trace_id)
    else:
        lab.service_invocation.invoke_asynchronously(
            SERVICE, function_arn, payload, source_arn=source_arn, account=account, trace=trace_id
        )


@functools.cache
def _lambda() -> Any:
    return rooms.part("lambda", "backend")


def _check_arn(function_arn: str) -> None:
    if function_arn.split(":")[2:3] != ["lambda"]:
        raise NoSuchFunction(function_arn)


def _check_role(lab: LabParts, role: str, function_arn: str, source_arn: str) -> None:
    """The role must trust API Gateway, and allow the invocation."""
    if not lab.enforcement.service_may_assume(SERVICE, role, source_arn):
        raise NotAllowed(f"API Gateway cannot assume the role {role}")
    asked = Access("lambda:InvokeFunction", function_arn)
    if not lab.enforcement.service_role_may(role, source_arn, asked):
        raise NotAllowed(f"the role {role} does not allow lambda:InvokeFunction on {function_arn}")
