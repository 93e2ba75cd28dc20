"""CloudFormation's permissions. A stack's ARN ends with an id, which a call by the stack's name does not know.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.authorization.access import access_to, pass_role
from lambdalab.authorization.service_permissions import ServicePermissions

if TYPE_CHECKING:
    from lambdalab.authorization.access import Access, Call


def _required(call: Call) -> list[Access]:
    stack = call.get("StackName")
    if not stack or call.operation == "ListStacks":
        return access_to(call, None)
    required = access_to(call, call.named(stack, "stack/") + ("" if str(stack).startswith("arn:") else "/*"))
    return required + pass_role(call.get("RoleARN"), "cloudformation.amazonaws.com")


PERMISSIONS = ServicePermissions(required_access=_required, denial=("AccessDenied", 403))
