"""Kinesis's permissions.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesis.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.authorization.access import access_to
from lambdalab.authorization.service_permissions import ServicePermissions

if TYPE_CHECKING:
    from lambdalab.authorization.access import Access, Call


def _required(call: Call) -> list[Access]:
    if arn := call.get("StreamARN") or call.get("ConsumerARN") or call.get("ResourceARN"):
        return access_to(call, str(arn))
    name = call.get("StreamName")
    if name is None and call.operation == "GetRecords":
        return access_to(call, call.arn("stream/*"))
    return access_to(call, call.arn(f"stream/{name}") if name else None)


PERMISSIONS = ServicePermissions(required_access=_required, tagging_actions={"CreateStream": "AddTagsToStream"})
