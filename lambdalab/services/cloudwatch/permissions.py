"""CloudWatch's permissions: alarms and dashboards have ARNs, metrics have none.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.authorization.access import Access, access_to
from lambdalab.authorization.service_permissions import ServicePermissions

if TYPE_CHECKING:
    from lambdalab.authorization.access import Call


def _required(call: Call) -> list[Access]:
    if arn := call.get("ResourceARN"):  # tags
        return access_to(call, str(arn))
    alarms = call.get("AlarmNames") or ([call.get("AlarmName")] if call.get("AlarmName") else [])
    dashboards = call.get("DashboardNames") or ([call.get("DashboardName")] if call.get("DashboardName") else [])
    arns = [call.arn(f"alarm:{name}") for name in alarms]
    arns += [f"arn:aws:cloudwatch::{call.account}:dashboard/{name}" for name in dashboards]
    if not arns and call.operation in ("DescribeAlarms", "DescribeAlarmHistory"):
        arns = [call.arn("alarm:*")]
    return [Access(f"cloudwatch:{call.operation}", arn) for arn in arns] or access_to(call, None)


PERMISSIONS = ServicePermissions(required_access=_required, denial=("AccessDenied", 403))
