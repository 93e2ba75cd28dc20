"""A Lambda authorizer of an HTTP API: its identity sources, and what its output means.

In format 2.0 with simple responses it returns `{"isAuthorized": true}`. Otherwise it returns an IAM policy, which must
allow execute-api:Invoke on the route. Either may have a `context`, which the function receives.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lambdalab.policies import MalformedPolicy, Policies, Policy, Principal, Request, evaluate, read
from lambdalab.runtime.json_text import parse

from .expressions import Values, find

if TYPE_CHECKING:
    from collections.abc import Sequence

ACTION = "execute-api:Invoke"


class MalformedOutput(ValueError):
    """The authorizer's output is invalid: 500."""


@dataclass(frozen=True)
class Output:
    """The output of an authorizer. While it is cached, it decides about other routes, too."""

    context: dict[str, Any] = field(default_factory=dict)
    principal_id: str | None = None
    simple: bool | None = None
    policy: Policy | None = None

    def allows(self, route_arn: str) -> bool:
        """Whether it allows a request to this route."""
        if self.policy is None:
            return self.simple is True
        account = route_arn.split(":")[4]
        asked = Request(Principal(f"arn:aws:iam::{account}:user/{self.principal_id}"), ACTION, route_arn)
        return bool(evaluate(asked, Policies(identity=(self.policy,))))


def identity(sources: Sequence[str], values: Values) -> list[str] | None:
    """The values of the identity sources; None if one is missing or empty: 401, and the authorizer is not invoked."""
    found = [find(source, values) for source in sources]
    return [each or "" for each in found] if all(found) else None


def read_output(payload: bytes, *, simple: bool) -> Output:
    """Read an authorizer's output."""
    try:
        answer = parse(payload)
    except ValueError:
        raise MalformedOutput("the output is not JSON") from None
    if not isinstance(answer, dict):
        raise MalformedOutput("the output is not an object")
    context = answer.get("context") or {}
    if not isinstance(context, dict):
        raise MalformedOutput("context is not an object")
    if simple:
        if not isinstance(answer.get("isAuthorized"), bool):
            raise MalformedOutput("isAuthorized is neither true nor false")
        return Output(context, simple=answer["isAuthorized"])
    principal = answer.get("principalId")
    if not isinstance(principal, str) or not isinstance(answer.get("policyDocument"), dict):
        raise MalformedOutput("principalId or policyDocument is missing")
    try:
        return Output(context, principal, policy=read(answer["policyDocument"], "policyDocument"))
    except MalformedPolicy as error:
        raise MalformedOutput(str(error)) from None
