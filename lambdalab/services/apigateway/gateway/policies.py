"""Who may call: AWS_IAM, and the API's resource policy.

The resource policy is evaluated for every request. Without an authorizer it must allow the request. A signed request
needs it or the signer's own policies to allow it (both, from another account). With a Lambda authorizer only its
explicit denials count.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from lambdalab.policies import ANYBODY, Effect, MalformedPolicy, Policies, Policy, Principal, Request, evaluate, read

from . import gateway_responses as responses
from .gateway_responses import GatewayError

if TYPE_CHECKING:
    from lambdalab.policies import Decision

    from .definition import Stage
    from .request import ApiRequest

ACTION = "execute-api:Invoke"


def api_policy(document: str | None, api_arn: str) -> Policy | None:
    """An API's policy. A resource may be abbreviated: "execute-api:/prod/GET/pets", relative to `api_arn`."""
    if not document:
        return None
    try:
        parsed = json.loads(document)
        for statement in _list(parsed["Statement"]):
            for member in ("Resource", "NotResource"):
                if member in statement:
                    statement[member] = [_long(each, api_arn) for each in _list(statement[member])]
        return read(parsed, api_arn)
    except (ValueError, KeyError, TypeError, AttributeError, MalformedPolicy):
        return Policy(api_arn, ())


def arn_of_api(stage: Stage) -> str:
    """The API's ARN, without a stage."""
    return f"arn:aws:execute-api:{stage.region}:{stage.account}:{stage.api_id}"


def check_anybody(received: ApiRequest, *, only_denials: bool) -> None:
    """Evaluate the API's policy for an unsigned request. Raises GatewayError."""
    policy = received.stage.definition.policy
    if policy is None:
        return
    request = Request(Principal(ANYBODY), ACTION, received.arn, context(received), account=received.stage.account)
    decision = evaluate(request, Policies(resource=policy))
    if not decision and not (only_denials and decision.effect is Effect.IMPLICITLY_DENIED):
        raise denied(received, "anonymous", decision)


def denied(received: ApiRequest, who: str, decision: Decision) -> GatewayError:
    """The error; the client sees the last four digits of the account only."""
    _, _, _, region, account, resource = received.arn.split(":", 5)
    shown = f"arn:aws:execute-api:{region}:{'*' * 8}{account[-4:]}:{resource}"
    explicit = " with an explicit deny" if decision.effect is Effect.EXPLICITLY_DENIED else ""
    return GatewayError(
        responses.ACCESS_DENIED, f"User: {who} is not authorized to perform: {ACTION} on resource: {shown}{explicit}"
    )


def context(received: ApiRequest) -> dict[str, str | tuple[str, ...]]:
    """Condition keys."""
    made: dict[str, str | tuple[str, ...]] = {"aws:sourceip": received.request.source_ip}
    if agent := received.request.headers.get("user-agent"):
        made["aws:useragent"] = agent
    return made


def _long(resource: str, api_arn: str) -> str:
    return re.sub(r"^execute-api:/", f"{api_arn}/", resource)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
