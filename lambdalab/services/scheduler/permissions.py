"""EventBridge Scheduler's permissions.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.authorization.access import access_to, pass_role
from lambdalab.authorization.service_permissions import ServicePermissions

if TYPE_CHECKING:
    from lambdalab.authorization.access import Access, Call


def _required(call: Call) -> list[Access]:
    if arn := call.get("ResourceArn"):  # tags
        return access_to(call, str(arn))
    name, group = call.get("Name"), call.get("GroupName") or "default"
    if "ScheduleGroup" in call.operation:
        return access_to(call, call.arn(f"schedule-group/{name}") if name else call.arn("schedule-group/*"))
    required = access_to(call, call.arn(f"schedule/{group}/{name}") if name else call.arn("schedule/*/*"))
    return required + pass_role((call.get("Target") or {}).get("RoleArn"), "scheduler.amazonaws.com")


PERMISSIONS = ServicePermissions(
    required_access=_required,
    tagging_actions={"CreateScheduleGroup": "TagResource"},
    denial=("AccessDeniedException", 403),
)
