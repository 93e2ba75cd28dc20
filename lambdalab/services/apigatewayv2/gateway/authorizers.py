"""A Lambda authorizer of an HTTP API: what it is asked about, and what its answer means.

In format 2.0 with simple responses it answers `{"isAuthorized": true}`, else with an IAM policy, which is then asked
whether it allows execute-api:Invoke on the route. Either may carry a `context`, which the function gets.
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


class MalformedAnswer(ValueError):
    """The authorizer did not answer as it should: 500."""


@dataclass(frozen=True)
class Verdict:
    """What an authorizer said; it may be asked again about another route while it is cached."""

    context: dict[str, Any] = field(default_factory=dict)
    principal_id: str | None = None
    simple: bool | None = None
    policy: Policy | None = None

    def allows(self, route_arn: str) -> bool:
        """Whether a request to this route may go on."""
        if self.policy is None:
            return self.simple is True
        account = route_arn.split(":")[4]
        asked = Request(Principal(f"arn:aws:iam::{account}:user/{self.principal_id}"), ACTION, route_arn)
        return bool(evaluate(asked, Policies(identity=(self.policy,))))


def identity(lab: Sequence[str], values: Values) -> list[str] | None:
    """What the identity sources stand for; None if one is missing or empty: 401, and the authorizer is not asked."""
    found = [find(source, values) for source in lab]
    return [each or "" for each in found] if all(found) else None


def verdict(payload: bytes, *, simple: bool) -> Verdict:
    """Read an authorizer's answer."""
    try:
        answer = parse(payload)
    except ValueError:
        raise MalformedAnswer("the answer is no JSON") from None
    if not isinstance(answer, dict):
        raise MalformedAnswer("the answer is no object")
    context = answer.get("context") or {}
    if not isinstance(context, dict):
        raise MalformedAnswer("context is no object")
    if simple:
        if not isinstance(answer.get("isAuthorized"), bool):
            raise MalformedAnswer("isAuthorized is neither true nor false")
        return Verdict(context, simple=answer["isAuthorized"])
    principal = answer.get("principalId")
    if not isinstance(principal, str) or not isinstance(answer.get("policyDocument"), dict):
        raise MalformedAnswer("principalId or policyDocument is missing")
    try:
        return Verdict(context, principal, policy=read(answer["policyDocument"], "policyDocument"))
    except MalformedPolicy as error:
        raise MalformedAnswer(str(error)) from None
