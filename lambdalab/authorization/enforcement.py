"""Checks every signed request against the policies that apply, and denies it if they don't allow it.

The same object answers what the lab's services ask about themselves: whether Lambda may assume a role and write a log,
whether S3 may invoke a function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.policies import ANYBODY

from . import condition_keys, denial, moto_core, parameters
from .access import Access, Call
from .access_report import AccessReport
from .decisions import decide, service_may
from .principals import of_role, reader, session_arn, signer_of
from .service_permissions import permissions_of, required_access

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambdalab.moto_patches import Patch
    from lambdalab.policies import Decision
    from lambdalab.runtime import Function

    from .access import Context
    from .principals import Signer

_NAMES_IN_ARNS = {"stepfunctions": "states"}
"""Services that boto3 calls otherwise."""


class Enforcement:
    """One for a lab."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now` gives the lab's time, in seconds since 1970."""
        self._now = now
        self.access_report = AccessReport()

    def patches(self) -> tuple[Patch, ...]:
        """The change to moto."""
        return moto_core.patches(self._authorize)

    def _authorize(self, response: Any, resource: str) -> None:
        signer = _signer(response)
        if signer is None:
            return
        call = _call(response)
        permissions = permissions_of(call.service)
        by_request = permissions.required_by_request
        required = by_request(response, resource) if by_request else required_access(call)
        denied = self.check(signer, required, self._of_request(call, response))
        if denied is not None:
            code, status = permissions.denial
            message = denial.message(call, signer.principal, *denied)
            if permissions.deny:
                permissions.deny(code, status, message)
            moto_core.deny(response, code, status, message)

    def allows(self, response: Any, access: Access) -> bool:
        """Whether whoever signed a request may do this part of it; for what is not denied as a whole."""
        signer = _signer(response)
        return signer is None or self.check(signer, [access], self._of_request(_call(response), response)) is None

    def check(
        self, signer: Signer, required: Iterable[Access], context: Callable[[], Context]
    ) -> tuple[Access, Decision] | None:
        """The first access that is denied, and why; None if all is allowed. What is allowed goes into the report."""
        allowed = []
        for access in required:
            decision = decide(signer, access, context)
            if not decision:
                return access, decision
            allowed.append(access)
        if signer.principal.role:
            for access in allowed:
                self.access_report.record(signer.principal.arn, access)
        return None

    def role_may(self, role: str, function_arn: str, *required: Access) -> bool:
        """Whether Lambda may do this with a function's role, and does it: it goes into the report."""
        return self.check(_with_role(role, function_arn), required, self._of_service(function_arn)) is None

    def role_allows(self, role: str, function_arn: str, access: Access) -> bool:
        """Whether Lambda might do this with a function's role."""
        return bool(decide(_with_role(role, function_arn), access, self._of_service(function_arn)))

    def may_log(self, function: Function, operation: str, stream: str) -> bool:
        """Whether a function's role allows Lambda to write its log (`lambdalab.monitoring.logs.MayWrite`)."""
        names = {"logGroupName": function.log_group, "logStreamName": stream}
        call = Call("logs", operation, names.get, function.region, function.arn.split(":")[4])
        return self.role_may(function.role, function.arn, *required_access(call))

    def lambda_may_assume(self, role: str, function_arn: str) -> bool:
        """Whether there is this role, and its trust policy lets Lambda assume it for this function."""
        return self.service_may_assume("lambda.amazonaws.com", role, function_arn)

    def service_may_assume(self, service: str, role: str, source_arn: str) -> bool:
        """Whether there is this role, and its trust policy lets a service assume it for one of its resources."""
        account = source_arn.split(":", 5)[4]
        return service_may(service, Access("sts:AssumeRole", role), self._of_source(source_arn, source_arn, account))

    def service_role_may(self, role: str, source_arn: str, *required: Access) -> bool:
        """Whether a service that has assumed a role may do something with it."""
        signer = of_role(role, source_arn.rpartition("/")[2])
        return self.check(signer, required, self._of_service(source_arn)) is None

    def may_invoke(self, service: str, function_arn: str, source_arn: str, account: str) -> bool:
        """Whether a service may invoke a function in its own name: for a bucket, a topic or a log group of its own."""
        return self.service_may(service, "lambda:InvokeFunction", function_arn, source_arn, account)

    def service_may(self, service: str, action: str, resource_arn: str, source_arn: str, account: str) -> bool:
        """Whether a resource's policy lets a service do something in its own name: S3 send to a queue."""
        return service_may(service, Access(action, resource_arn), self._of_source(resource_arn, source_arn, account))

    def may_use_url(self, function_arn: str, auth_type: str, access_key_id: str | None) -> bool:
        """Whether a request to a function's URL is allowed. None: it isn't signed, anybody may have sent it.

        That takes two permissions since October 2025: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
        """
        of_service = self._of_service(function_arn)

        def context() -> Context:
            return of_service() | {"lambda:functionurlauthtype": auth_type, "lambda:invokedviafunctionurl": "true"}

        required = [Access(f"lambda:{action}", function_arn) for action in ("InvokeFunctionUrl", "InvokeFunction")]
        if access_key_id is None:
            return all(service_may(ANYBODY, access, context) for access in required)
        signer = signer_of(access_key_id)
        return signer is None or self.check(signer, required, context) is None

    def may_call_api(self, access_key_id: str, api_arn: str) -> bool:
        """Whether the owner of this key may call a route or a method of an API (IAM authorization)."""
        signer = signer_of(access_key_id)
        required = [Access("execute-api:Invoke", api_arn)]
        return signer is None or self.check(signer, required, self._of_service(api_arn)) is None

    def everybody_may_read(self, object_arn: str) -> bool:
        """Whether a bucket's policy lets anybody read an object."""
        return service_may(ANYBODY, Access("s3:GetObject", object_arn), dict)

    def policy_used(self, role: str, function_name: str) -> dict[str, Any]:
        """The least policy that allows what a function did with this role."""
        return self.access_report.policy(session_arn(role, function_name))

    def _of_request(self, call: Call, response: Any) -> Callable[[], Context]:
        return lambda: condition_keys.of_request(call, response.headers, now=self._now())

    def _of_service(self, arn: str) -> Callable[[], Context]:
        """The condition keys of what a service does with or for this resource."""
        return lambda: condition_keys.of_service(arn.split(":", 4)[3], now=self._now())

    def _of_source(self, arn: str, source_arn: str, account: str) -> Callable[[], Context]:
        """The same, where it acts in its own name for another resource of that account."""
        of_service = self._of_service(arn)
        return lambda: of_service() | {"aws:sourceaccount": account, "aws:sourcearn": source_arn}


def _with_role(role: str, function_arn: str) -> Signer:
    return of_role(role, function_arn.split(":")[6])


def _signer(response: Any) -> Signer | None:
    """Whose policies apply to this request; None if it is the reader's, whom everything is allowed."""
    key = moto_core.access_key_of(response)
    signer = signer_of(key) if key else None
    if signer is None and _assumes_a_role(response):
        return reader(response.backend.get_caller_identity(key, response.region)[1])
    return signer


def _assumes_a_role(response: Any) -> bool:
    """Even an administrator can assume a role only if it trusts their account."""
    return bool(response.service_name == "sts" and moto_core.operation_of(response) == "AssumeRole")


def _call(response: Any) -> Call:
    """The request, as moto has read it."""
    service = moto_core.service_of(response)
    by_request = permissions_of(_NAMES_IN_ARNS.get(service, service)).required_by_request
    operation = "" if by_request else moto_core.operation_of(response)
    return Call(
        service=_NAMES_IN_ARNS.get(service, service),
        operation=operation,
        get=parameters.of(response, service, operation),
        region=str(response.region),
        account=str(response.current_account),
    )
