"""IAM's permissions; a role's trust policy is the policy of that resource.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.authorization.access import access_to
from lambdalab.authorization.service_permissions import ServicePermissions, tag_keys

from . import backend

if TYPE_CHECKING:
    from lambdalab.authorization.access import Access, Call, Context

_KINDS = (
    ("InstanceProfileName", "instance-profile"),
    ("GroupName", "group"),  # before users: adding one to a group changes the group
    ("RoleName", "role"),
    ("UserName", "user"),
)


def _required(call: Call) -> list[Access]:
    for parameter, kind in _KINDS:
        if name := call.get(parameter):
            # A path is in the ARN, and not in the calls that name what exists already.
            path = str(call.get("Path") or backend.path_of(call.account, kind, name))
            return access_to(call, f"arn:aws:iam::{call.account}:{kind}{path}{name}")
    if arn := call.get("PolicyArn"):
        return access_to(call, str(arn))
    if name := call.get("PolicyName"):
        return access_to(call, f"arn:aws:iam::{call.account}:policy{call.get('Path') or '/'}{name}")
    return access_to(call, None)


def _trust_policy(region: str, account: str, resource: str) -> str | None:
    return backend.trust_policy(f"arn:aws:iam::{account}:{resource}")


def _keys(region: str, account: str, resource: str) -> Context:
    """Tags of a role or a user; and a role's permissions boundary."""
    arn = f"arn:aws:iam::{account}:{resource}"
    boundary = backend.boundary_of(arn)
    return tag_keys(backend.tags_of(arn)) | ({"iam:permissionsboundary": boundary} if boundary else {})


PERMISSIONS = ServicePermissions(
    required_access=_required,
    tagging_actions={"CreatePolicy": "TagPolicy", "CreateRole": "TagRole", "CreateUser": "TagUser"},
    condition_keys=lambda call: {"iam:permissionsboundary": "PermissionsBoundary", "iam:policyarn": "PolicyArn"},
    resource_policy=_trust_policy,
    resource_keys=_keys,
    denial=("AccessDenied", 403),
)
