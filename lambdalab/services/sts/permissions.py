"""STS's permissions: assuming a role is about that role.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.authorization.access import access_to
from lambdalab.authorization.service_permissions import ServicePermissions

if TYPE_CHECKING:
    from lambdalab.authorization.access import Access, Call


def _required(call: Call) -> list[Access]:
    return access_to(call, call.get("RoleArn"))


PERMISSIONS = ServicePermissions(
    required_access=_required,
    # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    always_allowed=frozenset({"GetCallerIdentity"}),
    condition_keys=lambda call: {"sts:externalid": "ExternalId", "sts:rolesessionname": "RoleSessionName"},
    denial=("AccessDenied", 403),
)
