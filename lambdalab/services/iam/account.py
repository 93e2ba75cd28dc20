"""Roles, users, groups and policies in a real account. All of them get the course's path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.account_resources import (
    Creation,
    Kind,
    Named,
    NameIn,
    ServiceResources,
    after_last,
    answers,
    by_type,
    flat,
    if_exists,
    not_none,
    pages,
    parameter,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab.account_resources import Aws, Parameters, Tags


def _delete_role(aws: Aws, name: str) -> None:
    iam = aws("iam")
    with if_exists():
        _remove_policies(iam, "role", name)
        iam.delete_role(RoleName=name)


def _delete_user(aws: Aws, name: str) -> None:
    iam = aws("iam")
    with if_exists():
        for key in list(pages(iam, "list_access_keys", "AccessKeyMetadata", UserName=name)):
            with if_exists():
                iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        _remove_policies(iam, "user", name)
        for group in list(pages(iam, "list_groups_for_user", "Groups", UserName=name)):
            with if_exists():
                iam.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
        with if_exists():
            iam.delete_login_profile(UserName=name)
        iam.delete_user(UserName=name)


def _delete_group(aws: Aws, name: str) -> None:
    iam = aws("iam")
    with if_exists():
        for user in list(pages(iam, "get_group", "Users", GroupName=name)):
            with if_exists():
                iam.remove_user_from_group(UserName=user["UserName"], GroupName=name)
        _remove_policies(iam, "group", name)
        iam.delete_group(GroupName=name)


def _remove_policies(iam: Any, kind: str, name: str) -> None:
    """Detach the managed policies of a role, a user or a group, and delete its inline policies."""
    of = {f"{kind.capitalize()}Name": name}
    for policy in list(pages(iam, f"list_attached_{kind}_policies", "AttachedPolicies", **of)):
        with if_exists():
            getattr(iam, f"detach_{kind}_policy")(**of, PolicyArn=policy["PolicyArn"])
    for inline in list(pages(iam, f"list_{kind}_policies", "PolicyNames", **of)):
        with if_exists():
            getattr(iam, f"delete_{kind}_policy")(**of, PolicyName=inline)


def _policy_arn(aws: Aws, name: str) -> str | None:
    """The ARN of a customer managed policy: its name is unique in the account."""
    for policy in pages(aws("iam"), "list_policies", "Policies", Scope="Local"):
        if policy["PolicyName"] == name:
            return str(policy["Arn"])
    return None


def _delete_policy(aws: Aws, name: str) -> None:
    iam = aws("iam")
    arn = _policy_arn(aws, name)
    if arn is None:
        return
    with if_exists():
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


def _below_path(
    operation: str, items: str, name: str, **scope: str
) -> Callable[[Aws, str], Iterator[tuple[str, Tags | None]]]:
    def listed(aws: Aws, path: str) -> Iterator[tuple[str, Tags | None]]:
        for each in pages(aws("iam"), operation, items, PathPrefix=path, **scope):
            if each["Path"].startswith(path):
                yield each[name], None

    return listed


def _policies(operation: str, parameters: Parameters) -> list[Named]:
    """A customer managed policy; AWS's own, which have "aws" for an account, are nobody's to change."""
    arn = str(parameters.get("PolicyArn", ""))
    return [Named("policy", arn.rpartition("/")[2])] if arn and arn.split(":")[4:5] != ["aws"] else []


ACCOUNT = ServiceResources(
    "iam",
    kinds=(
        Kind(
            "role",
            exists=answers("iam", "get_role", "RoleName"),
            delete=_delete_role,
            order=70,
            tags=lambda aws, name: flat(aws("iam").list_role_tags(RoleName=name)["Tags"]),
            listed=_below_path("list_roles", "Roles", "RoleName"),
            global_=True,
        ),
        Kind(
            "user",
            exists=answers("iam", "get_user", "UserName"),
            delete=_delete_user,
            order=71,
            tags=lambda aws, name: flat(aws("iam").list_user_tags(UserName=name)["Tags"]),
            listed=_below_path("list_users", "Users", "UserName"),
            global_=True,
        ),
        Kind(
            "group",
            exists=answers("iam", "get_group", "GroupName"),
            delete=_delete_group,
            order=72,
            listed=_below_path("list_groups", "Groups", "GroupName"),
            global_=True,
        ),
        Kind(
            "policy",
            exists=not_none(_policy_arn),
            delete=_delete_policy,
            order=73,
            tags=_policy_tags,
            listed=_below_path("list_policies", "Policies", "PolicyName", Scope="Local"),
            global_=True,
        ),
    ),
    creations={
        "CreateRole": Creation("role", parameter("RoleName"), tags=("Tags", "list"), in_iam=True, bounded=True),
        "CreateUser": Creation("user", parameter("UserName"), tags=("Tags", "list"), in_iam=True, bounded=True),
        "CreateGroup": Creation("group", parameter("GroupName"), in_iam=True),
        "CreatePolicy": Creation("policy", parameter("PolicyName"), tags=("Tags", "list"), in_iam=True),
    },
    parts=frozenset({"CreatePolicyVersion", "CreateAccessKey", "CreateLoginProfile"}),
    deletions={"DeleteRole": "role", "DeleteUser": "user", "DeleteGroup": "group", "DeletePolicy": "policy"},
    names=(NameIn("RoleName", "role"), NameIn("UserName", "user"), NameIn("GroupName", "group")),
    all_names=True,
    other_names=_policies,
    of_arn=by_type({kind: (kind, after_last("/")) for kind in ("role", "user", "group", "policy")}),
)
