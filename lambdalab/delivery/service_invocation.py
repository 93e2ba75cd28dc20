"""How a service invokes a function: it waits for the answer, or leaves the event to Lambda's queue.

    API Gateway ── invoke() ─▶ function ─▶ answer                            synchronous: the service handles errors
    S3, SNS, Logs ── invoke_asynchronously() ─▶ queue ─▶ function            asynchronous: Lambda retries

The function's policy must allow it; a service that has assumed a role needs the role's permission instead, and checks
that itself (`…_with_role`). What polls queues and streams uses the function's role: see `lambdalab.delivery.polled`.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from .asynchronous import qualified
from .invocation import NoSuchFunction

if TYPE_CHECKING:
    from lambdalab.authorization import Enforcement

    from .asynchronous import AsynchronousInvocations, Functions
    from .records import Attempt


class NotAllowed(Exception):
    """The function's policy does not let the service in."""


class ServiceInvocation:
    """Safe to use from any thread."""

    def __init__(self, functions: Functions, queue: AsynchronousInvocations, enforcement: Enforcement) -> None:
        self._functions = functions
        self._queue = queue
        self._enforcement = enforcement

    def may_invoke(self, service: str, function_arn: str, *, source_arn: str, account: str) -> bool:
        """Whether the function's policy allows a service ("s3.amazonaws.com") to invoke it for this resource."""
        return self._enforcement.may_invoke(service, function_arn.removesuffix(":$LATEST"), source_arn, account)

    def invoke(self, service: str, function_arn: str, event: Any, *, source_arn: str, account: str) -> Attempt:
        """Invoke and wait. Raises NotAllowed, NoSuchFunction; the Attempt says everything else."""
        self._check(service, function_arn, source_arn, account)
        return self.invoke_with_role(function_arn, event)

    def invoke_asynchronously(
        self, service: str, function_arn: str, event: Any, *, source_arn: str, account: str, trace: str | None = None
    ) -> str:
        """Put an event into Lambda's queue; the request id. Raises NotAllowed, NoSuchFunction.

        `trace` is the trace header of the request that the event comes from, for services that pass it on.
        """
        self._check(service, function_arn, source_arn, account)
        return self.invoke_asynchronously_with_role(function_arn, event, trace=trace)

    def invoke_with_role(self, function_arn: str, event: Any) -> Attempt:
        """Like `invoke`, without the permission check: the caller has checked its role."""
        return self._functions.invoke(qualified(function_arn), _document(event), str(uuid.uuid4()))

    def invoke_asynchronously_with_role(self, function_arn: str, event: Any, *, trace: str | None = None) -> str:
        """Like `invoke_asynchronously`, without the permission check: the caller has checked its role."""
        arn = qualified(function_arn)
        self._functions.policy(arn)  # is it there?
        return self._queue.put(arn, _document(event), trace)

    def _check(self, service: str, function_arn: str, source_arn: str, account: str) -> None:
        if function_arn.split(":")[2:3] != ["lambda"]:
            raise NoSuchFunction(function_arn)
        if not self.may_invoke(service, function_arn, source_arn=source_arn, account=account):
            raise NotAllowed(f"the policy of {function_arn} does not allow {service} to invoke it for {source_arn}")


def _document(event: Any) -> bytes:
    return event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
