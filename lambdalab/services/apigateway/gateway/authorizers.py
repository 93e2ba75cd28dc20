"""Lambda authorizers of a REST API: their input, and what their output means.

An authorizer returns a principal and a policy, which is evaluated for the method and path of the request. While it is
cached, it is evaluated for other paths as well, so an authorizer that allows only the path of one request denies the
next path to the same token. An error with the message "Unauthorized" makes the response a 401; any other error, and
any invalid output, makes it a 500.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lambdalab.policies import Effect, MalformedPolicy, Policies, Policy, Principal, Request, evaluate, read
from lambdalab.runtime.json_text import parse
from lambdalab.services.apigateway.payloads import request_event, token_event

from . import gateway_responses as responses
from .gateway_responses import GatewayError
from .policies import ACTION, context

if TYPE_CHECKING:
    from lambdalab.delivery.records import Attempt

    from .definition import Authorizer
    from .request import ApiRequest

_MOST_CACHED = 10_000


@dataclass(frozen=True)
class Output:
    """The output of an authorizer."""

    principal_id: str
    policy: Policy
    context: dict[str, str] = field(default_factory=dict)
    usage_key: str | None = None

    def check(self, received: ApiRequest) -> None:
        """Evaluate the policy for this request. Raises GatewayError."""
        account = received.stage.account
        request = Request(
            Principal(f"arn:aws:iam::{account}:user/{self.principal_id}"), ACTION, received.arn, context(received)
        )
        decision = evaluate(request, Policies(identity=(self.policy,)))
        if not decision:
            explicit = " with an explicit deny" if decision.effect is Effect.EXPLICITLY_DENIED else ""
            raise GatewayError(responses.ACCESS_DENIED, f"User is not authorized to access this resource{explicit}")


class AuthorizerCache:
    """The outputs of authorizers, each for its time to live. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[object, tuple[float, Output]] = {}

    def get(self, key: object, now: float) -> Output | None:
        """The cached output, unless it has expired."""
        with self._lock:
            until, output = self._kept.get(key, (0.0, None))
            return output if output and now < until else None

    def put(self, key: object, output: Output, until: float) -> None:
        """Cache an output."""
        with self._lock:
            if len(self._kept) >= _MOST_CACHED:
                self._kept.clear()
            self._kept[key] = until, output

    def clear(self) -> None:
        """Empty the cache."""
        with self._lock:
            self._kept.clear()


def identity(authorizer: Authorizer, received: ApiRequest) -> tuple[str, ...]:
    """The values of the identity sources. If one is missing, GatewayError (401): the authorizer is not invoked."""
    found = [_source(each, received) for each in authorizer.identity_sources]
    if any(not each for each in found):
        raise GatewayError(responses.UNAUTHORIZED)
    values = tuple(str(each) for each in found)
    if authorizer.kind == "TOKEN" and authorizer.validation and not _matches(authorizer.validation, values[0]):
        raise GatewayError(responses.UNAUTHORIZED)
    return values


def event(authorizer: Authorizer, received: ApiRequest, values: tuple[str, ...]) -> dict[str, Any]:
    """The event of the authorizer."""
    return token_event(received, values[0]) if authorizer.kind == "TOKEN" else request_event(received)


def read_output(attempt: Attempt) -> Output:
    """Read an authorizer's output. Raises GatewayError."""
    try:
        answer = parse(attempt.payload or b"null")
    except ValueError:
        raise _broken("the output is not JSON") from None
    if attempt.failed or attempt.status != 200:
        if isinstance(answer, dict) and answer.get("errorMessage") == "Unauthorized":
            raise GatewayError(responses.UNAUTHORIZED)
        raise GatewayError(responses.AUTHORIZER_FAILURE, why="the authorizer failed")
    if not isinstance(answer, dict) or not isinstance(answer.get("principalId"), str):
        raise _broken("principalId is missing")
    if not isinstance(answer.get("policyDocument"), dict):
        raise _broken("policyDocument is missing")
    key = answer.get("usageIdentifierKey")
    try:
        policy = read(answer["policyDocument"], "policyDocument")
    except MalformedPolicy as error:
        raise _broken(str(error)) from None
    return Output(answer["principalId"], policy, _context(answer.get("context") or {}), str(key) if key else None)


def _context(given: Any) -> dict[str, str]:
    """Strings, numbers and booleans, all as strings."""
    if not isinstance(given, dict):
        raise _broken("context is not an object")
    if any(isinstance(value, dict | list) for value in given.values()):
        raise _broken("a value in context is an object or a list")
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in given.items()
        if value is not None
    }


def _source(source: str, received: ApiRequest) -> Any:
    """method.request.header.x, method.request.querystring.x, context.x, stageVariables.x."""
    root, _, rest = source.strip().partition(".")
    if root == "method":
        where, _, name = rest.removeprefix("request.").partition(".")
        return received.parameter(where, name)
    if root == "stageVariables":
        return received.stage.variables.get(rest)
    found: Any = received.context() if root == "context" else None
    for name in rest.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _matches(pattern: str, token: str) -> bool:
    try:
        return re.fullmatch(pattern, token) is not None
    except re.error:
        return False


def _broken(why: str) -> GatewayError:
    return GatewayError(responses.AUTHORIZER_CONFIGURATION_ERROR, why=why)
