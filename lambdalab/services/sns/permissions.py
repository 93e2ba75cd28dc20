"""SNS's permissions: a subscription is its topic's.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.authorization.access import access_to
from lambdalab.authorization.service_permissions import ServicePermissions, tag_keys

from . import backend

if TYPE_CHECKING:
    from lambdalab.authorization.access import Access, Call, Context


def _required(call: Call) -> list[Access]:
    action = "Publish" if call.operation == "PublishBatch" else ""
    arn = call.get("TopicArn") or call.get("TargetArn") or call.get("ResourceArn")
    if arn is None and call.operation == "CreateTopic":
        arn = call.arn(str(call.get("Name")))
    if arn is None and (subscription := call.get("SubscriptionArn")):
        arn = str(subscription).rpartition(":")[0]
    return access_to(call, arn, action=action)


def _keys(region: str, account: str, resource: str) -> Context:
    return tag_keys(backend.tags_of(region, account, resource))


PERMISSIONS = ServicePermissions(
    required_access=_required,
    tagging_actions={"CreateTopic": "TagResource"},
    condition_keys=lambda call: {"sns:protocol": "Protocol", "sns:endpoint": "Endpoint"},
    resource_policy=backend.policy_of,
    resource_keys=_keys,
    denial=("AuthorizationError", 403),
    action_in_denial=lambda action: action.replace("sns:", "SNS:", 1),
)
