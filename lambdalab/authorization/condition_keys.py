"""The condition keys of a request: those that every service has, and some of a service's own.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .service_permissions import permissions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .access import Call, Context


def of_service(region: str, *, now: float) -> Context:
    """Of what a service does: with a function's role, or in its own name. `now` is the lab's time."""
    moment = datetime.fromtimestamp(now, UTC)
    return {
        "aws:currenttime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:epochtime": str(int(now)),
        "aws:requestedregion": region,
        # The lab listens on loopback, without TLS; on AWS the SDKs speak TLS, and policies may insist on it.
        "aws:securetransport": "true",
        "aws:viaawsservice": "false",
    }


def of_request(call: Call, headers: Mapping[str, str], *, now: float) -> Context:
    """Of any request."""
    context = of_service(call.region, now=now) | {"aws:sourceip": "127.0.0.1"}
    if agent := headers.get("User-Agent"):
        context["aws:useragent"] = agent
    if referer := headers.get("Referer"):
        context["aws:referer"] = referer
    return context | _tags(call) | _of_the_service(call)


def _tags(call: Call) -> Context:
    """The tags that a request carries."""
    found = call.get("Tags") or call.get("tags")
    if isinstance(found, dict):
        pairs = {str(key): str(value) for key, value in found.items()}
    elif isinstance(found, list):
        pairs = {str(each.get("Key")): str(each.get("Value")) for each in found if isinstance(each, dict)}
    else:
        return {}
    context: Context = {f"aws:requesttag/{key.lower()}": value for key, value in pairs.items()}
    return context | {"aws:tagkeys": tuple(pairs)}


def _of_the_service(call: Call) -> Context:
    """Keys that a service adds."""
    keys = permissions_of(call.service).condition_keys(call)
    return {key: str(value) for key, parameter in keys.items() if (value := call.get(parameter)) is not None}
