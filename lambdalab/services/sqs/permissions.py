"""SQS's permissions: batches need the action of a single message, and queues are named by their URL.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.authorization.access import access_to
from lambdalab.authorization.service_permissions import ServicePermissions, tag_keys

from . import backend

if TYPE_CHECKING:
    from lambdalab.authorization.access import Access, Call, Context

_SINGLE = {
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
}


def _required(call: Call) -> list[Access]:
    action = _SINGLE.get(call.operation, "")
    if url := call.get("QueueUrl"):
        *_, account, name = str(url).rstrip("/").split("/")
        return access_to(call, f"arn:aws:sqs:{call.region}:{account}:{name}", action=action)
    name = call.get("QueueName")
    return access_to(call, call.arn(str(name)) if name else call.get("SourceArn"), action=action)


def _keys(region: str, account: str, resource: str) -> Context:
    return tag_keys(backend.tags_of(region, account, resource))


PERMISSIONS = ServicePermissions(
    required_access=_required,
    tagging_actions={"CreateQueue": "TagQueue"},
    resource_policy=backend.policy_of,
    resource_keys=_keys,
    denial=("AccessDenied", 403),
    action_in_denial=str.lower,
)
