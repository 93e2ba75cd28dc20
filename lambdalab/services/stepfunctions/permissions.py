"""Step Functions' permissions. In policies and ARNs it is called "states".

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.authorization.access import access_to, pass_role
from lambdalab.authorization.service_permissions import ServicePermissions

if TYPE_CHECKING:
    from lambdalab.authorization.access import Access, Call

_SERVICE = "states"
_NAMED_BY = ("stateMachineArn", "stateMachineAliasArn", "executionArn", "activityArn", "mapRunArn", "resourceArn")
_CREATED = {"CreateStateMachine": "stateMachine", "CreateActivity": "activity"}


def _required(call: Call) -> list[Access]:
    arn = next((found for each in _NAMED_BY if (found := call.get(each))), None)
    if kind := _CREATED.get(call.operation):
        arn = call.arn(f"{kind}:{call.get('name')}", service=_SERVICE)
    return access_to(call, arn, service=_SERVICE) + pass_role(call.get("roleArn"), "states.amazonaws.com")


PERMISSIONS = ServicePermissions(
    required_access=_required,
    tagging_actions={"CreateStateMachine": "TagResource"},
)
