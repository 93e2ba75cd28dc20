"""Who may call: AWS_IAM, and the policy that an API itself has.

The API's policy is asked about everybody: without authorization it must allow whoever comes, a signed request needs it
or the signer's own policies (both, from another account), and after a Lambda authorizer only what it denies counts.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from lambdalab.policies import ANYBODY, Effect, MalformedPolicy, Policies, Policy, Principal, Request, evaluate, read

from . import gateway_responses as refusals
from .gateway_responses import Refused

if TYPE_CHECKING:
    from lambdalab.policies import Decision

    from .definition import Stage
    from .request import Received

ACTION = "execute-api:Invoke"


def api_policy(document: str | None, api_arn: str) -> Policy | None:
    """An API's policy. A resource may be written short, as "execute-api:/prod/GET/pets": of `api_arn`."""
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
    """Without a stage."""
    return f"arn:aws:execute-api:{stage.region}:{stage.account}:{stage.api_id}"


def check_anybody(received: Received, *, only_denials: bool) -> None:
    """Hold a request that nobody signed to the API's policy. Raises Refused."""
    policy = received.stage.definition.policy
    if policy is None:
        return
    asked = Request(Principal(ANYBODY), ACTION, received.arn, context(received), account=received.stage.account)
    decision = evaluate(asked, Policies(resource=policy))
    if not decision and not (only_denials and decision.effect is Effect.IMPLICITLY_DENIED):
        raise denied(received, "anonymous", decision)


def denied(received: Received, who: str, decision: Decision) -> Refused:
    """Of the account, the client sees the last four digits only."""
    _, _, _, region, account, resource = received.arn.split(":", 5)
    shown = f"arn:aws:execute-api:{region}:{'*' * 8}{account[-4:]}:{resource}"
    explicit = " with an explicit deny" if decision.effect is Effect.EXPLICITLY_DENIED else ""
    return Refused(
        refusals.ACCESS_DENIED, f"User: {who} is not authorized to perform: {ACTION} on resource: {shown}{explicit}"
    )


def context(received: Received) -> dict[str, str | tuple[str, ...]]:
    """Condition keys."""
    made: dict[str, str | tuple[str, ...]] = {"aws:sourceip": received.request.source_ip}
    if agent := received.request.headers.get("user-agent"):
        made["aws:useragent"] = agent
    return made


def _long(resource: str, api_arn: str) -> str:
    return re.sub(r"^execute-api:/", f"{api_arn}/", resource)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
