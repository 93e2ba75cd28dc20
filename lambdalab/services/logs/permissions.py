"""CloudWatch Logs's permissions.

It asks about a stream of a group, whatever the action: with empty names where none is given. So
`…:log-group:NAME` without `:*` at its end allows nothing but tagging.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from lambdalab.authorization.access import access_to, pass_role
from lambdalab.authorization.service_permissions import ServicePermissions

from . import backend

if TYPE_CHECKING:
    from lambdalab.authorization.access import Access, Call


def _required(call: Call) -> list[Access]:
    if (of := call.get("resourceArn")) is not None:
        return access_to(call, str(of))
    group = call.get("logGroupName") or call.get("logGroupIdentifier") or ""
    arn = call.named(group, "log-group:").removesuffix(":*")
    required = access_to(call, f"{arn}:log-stream:{call.get('logStreamName') or ''}")
    return required + pass_role(call.get("roleArn"), "logs.amazonaws.com")


def _policy(region: str, account: str, resource: str) -> str | None:
    """Policies of CloudWatch Logs are an account's, and name the groups."""
    return _together(backend.resource_policies(region, account))


@functools.lru_cache(maxsize=16)
def _together(documents: tuple[str, ...]) -> str | None:
    found: list[Any] = []
    for document in documents:
        statements = json.loads(document).get("Statement") or []
        found += statements if isinstance(statements, list) else [statements]
    return json.dumps({"Version": "2012-10-17", "Statement": found}) if found else None


PERMISSIONS = ServicePermissions(
    required_access=_required, tagging_actions={"CreateLogGroup": "TagResource"}, resource_policy=_policy
)
