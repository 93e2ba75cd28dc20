"""Systems Manager's permissions: a parameter's path is its ARN, with one slash.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.authorization.access import Access, access_to
from lambdalab.authorization.service_permissions import ServicePermissions

if TYPE_CHECKING:
    from lambdalab.authorization.access import Call


def _required(call: Call) -> list[Access]:
    names = call.get("Names") or [call.get("Name") or call.get("Path")]
    if call.operation == "DescribeParameters" or names == [None] or "Parameter" not in call.operation:
        return access_to(call, None)
    return [
        Access(
            f"ssm:{call.operation}",
            str(name) if str(name).startswith("arn:") else call.arn(f"parameter/{str(name).lstrip('/')}"),
        )
        for name in names
    ]


PERMISSIONS = ServicePermissions(required_access=_required, tagging_actions={"PutParameter": "AddTagsToResource"})
