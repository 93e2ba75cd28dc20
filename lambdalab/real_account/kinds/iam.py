"""Roles, users, groups and policies."""

from __future__ import annotations

from typing import Any

from .kind import Aws, Kind, Tags, answers, flat, if_there, is_there, pages


def _delete_role(aws: Aws, name: str) -> None:
    iam = aws("iam")
    with if_there():
        _take_policies_from(iam, "role", name)
        iam.delete_role(RoleName=name)


def _delete_user(aws: Aws, name: str) -> None:
    iam = aws("iam")
    with if_there():
        for key in list(pages(iam, "list_access_keys", "AccessKeyMetadata", UserName=name)):
            with if_there():
                iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        _take_policies_from(iam, "user", name)
        for group in list(pages(iam, "list_groups_for_user", "Groups", UserName=name)):
            with if_there():
                iam.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
        with if_there():
            iam.delete_login_profile(UserName=name)
        iam.delete_user(UserName=name)


def _delete_group(aws: Aws, name: str) -> None:
    iam = aws("iam")
    with if_there():
        for user in list(pages(iam, "get_group", "Users", GroupName=name)):
            with if_there():
                iam.remove_user_from_group(UserName=user["UserName"], GroupName=name)
        _take_policies_from(iam, "group", name)
        iam.delete_group(GroupName=name)


def _take_policies_from(iam: Any, kind: str, name: str) -> None:
    """From a role, a user or a group: those that are attached, and its own."""
    of = {f"{kind.capitalize()}Name": name}
    for policy in list(pages(iam, f"list_attached_{kind}_policies", "AttachedPolicies", **of)):
        with if_there():
            getattr(iam, f"detach_{kind}_policy")(**of, PolicyArn=policy["PolicyArn"])
    for inline in list(pages(iam, f"list_{kind}_policies", "PolicyNames", **of)):
        with if_there():
            getattr(iam, f"delete_{kind}_policy")(**of, PolicyName=inline)


def _policy_arn(aws: Aws, name: str) -> str | None:
    """The ARN of a policy of this account, by its name, which the account has once."""
    for policy in pages(aws("iam"), "list_policies", "Policies", Scope="Local"):
        if policy["PolicyName"] == name:
            return str(policy["Arn"])
    return None


def _delete_policy(aws: Aws, name: str) -> None:
    iam = aws("iam")
    arn = _policy_arn(aws, name)
    if arn is None:
        return
    with if_there():
        for page in list(iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn)):
            for role in page["PolicyRoles"]:
                iam.detach_role_policy(RoleName=role["RoleName"], PolicyArn=arn)
            for user in page["PolicyUsers"]:
                iam.detach_user_policy(UserName=user["UserName"], PolicyArn=arn)
            for group in page["PolicyGroups"]:
                iam.detach_group_policy(GroupName=group["GroupName"], PolicyArn=arn)
        for version in list(pages(iam, "list_policy_versions", "Versions", PolicyArn=arn)):
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
        iam.delete_policy(PolicyArn=arn)


def _policy_tags(aws: Aws, name: str) -> Tags:
    return flat(aws("iam").list_policy_tags(PolicyArn=_policy_arn(aws, name))["Tags"])


ROLE = Kind(
    "role",
    "iam",
    answers("iam", "get_role", "RoleName"),
    _delete_role,
    lambda aws, name: flat(aws("iam").list_role_tags(RoleName=name)["Tags"]),
    everywhere=True,
)
USER = Kind(
    "user",
    "iam",
    answers("iam", "get_user", "UserName"),
    _delete_user,
    lambda aws, name: flat(aws("iam").list_user_tags(UserName=name)["Tags"]),
    everywhere=True,
)
GROUP = Kind("group", "iam", answers("iam", "get_group", "GroupName"), _delete_group, everywhere=True)
POLICY = Kind("policy", "iam", is_there(_policy_arn), _delete_policy, _policy_tags, everywhere=True)
