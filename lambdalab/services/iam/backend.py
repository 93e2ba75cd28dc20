"""The door into moto's IAM: what is changed there, and roles and users as it keeps them.

moto keeps an IAM backend for each of AWS's partitions (aws, aws-cn, aws-us-gov …), looks into all of them to find an
access key, and parses its 1.5 MB of managed policies for each: half a second and more, at the first call and again
at every reset. The lab has one partition, for which they are parsed once.
"""

from __future__ import annotations

import functools
import json
import weakref
from typing import TYPE_CHECKING, Any

from moto.iam.models import AWSManagedPolicy, IAMBackend, Role, iam_backends

from lambdalab.authorization.principals import Identity
from lambdalab.moto_patches import Patch, missing, missing_in

from . import unsupported_members

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from lambdalab.authorization.principals import Documents
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

_PARTITION = "aws"


def patches(lab: LabParts) -> tuple[Change, ...]:
    """AWS's managed policies are read once; members of requests that moto lacks are refused."""
    return (
        Patch(
            "moto.iam.models",
            "IAMBackend",
            "_init_aws_policies",
            ("self",),
            lambda original: _init_aws_policies,
            "moto parses every managed policy six times before the first answer",
        ),
        *(
            Patch(
                "moto.iam.responses",
                "IamResponse",
                method,
                ("self",),
                functools.partial(_without, members),
                "moto ignores members that it does not know",
            )
            for method, members in unsupported_members.IAM_MEMBERS.items()
        ),
    )


def misfits() -> Iterator[str]:
    """What moto lacks of what is read here."""
    yield from missing_in("moto.iam.aws_managed_policies", "aws_managed_policies_data")
    yield from missing(AWSManagedPolicy, "from_data")
    yield from missing(IAMBackend, "get_groups_for_user", "list_user_tags")
    backend = IAMBackend(_PARTITION, "000000000000")
    yield from missing(backend, "roles", "users", "access_keys", "managed_policies", "partition", "account_id")
    yield from missing(_made("000000000000", _PARTITION)[0], "name", "tags", "versions", "default_version_id")
    role = Role("000000000000", _PARTITION, "AROAPROBE", "probe", "{}", "/", None, "", [], "3600")
    yield from missing(
        role,
        *("arn", "id", "name", "path", "policies", "managed_policies", "permissions_boundary_arn", "tags"),
        "assume_role_policy_document",
    )


def _without(members: dict[str, str], original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def operation(response: Any) -> Any:
        unsupported_members.refuse(response, members, response._get_param)
        return original(response)

    return operation


# Managed policies -------------------------------------------------------------------------------------------------


def _init_aws_policies(backend: Any) -> list[Any]:
    if backend.partition != _PARTITION:
        return []
    return [_copy(policy) for policy in _made(backend.account_id, backend.region_name)]


@functools.cache
def _made(account_id: str, region: str) -> tuple[Any, ...]:
    """The policies as they are in an empty account."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # 1.5 MB, needed once

    parsed: dict[str, Any] = json.loads(aws_managed_policies_data)
    return tuple(AWSManagedPolicy.from_data(name, account_id, region, data) for name, data in parsed.items())


def _copy(policy: Any) -> Any:
    """A policy whose attachments and versions may change. A thousand are made at each reset: this is the quick way."""
    made = object.__new__(type(policy))
    vars(made).update(vars(policy), tags=dict(policy.tags), versions=list(policy.versions))
    return made


# Roles and users --------------------------------------------------------------------------------------------------


def role(arn: str) -> Identity | None:
    """The role with this ARN (lambdalab.authorization.principals.Iam)."""
    found = _role(arn)
    if found is None:
        return None
    return Identity(
        arn=found.arn,
        id=found.id,
        name=found.name,
        policies=(*found.policies.items(), *_attached(found)),
        boundary=_boundary(found),
        tags=tuple(_pairs(found.tags).items()),
    )


def user_with_key(access_key_id: str) -> Identity | None:
    """The user to whom an access key belongs (lambdalab.authorization.principals.Iam)."""
    for account in list(iam_backends):
        backend = iam_backends[account][_PARTITION]
        if key := backend.access_keys.get(access_key_id):
            return _user(backend, key.user_name)
    return None


def secret_of(access_key_id: str) -> str | None:
    """The secret access key that belongs to a user's active access key."""
    for account in list(iam_backends):
        key = iam_backends[account][_PARTITION].access_keys.get(access_key_id)
        if key is not None and key.status == "Active":
            return str(key.secret_access_key)
    return None


def trust_policy(role_arn: str) -> str | None:
    """A role's trust policy; None if there is no such role."""
    found = _role(role_arn)
    return str(found.assume_role_policy_document) if found else None


def boundary_of(role_arn: str) -> str | None:
    """The ARN of a role's permissions boundary."""
    found = _role(role_arn)
    arn: str | None = found.permissions_boundary_arn if found else None
    return arn


def tags_of(arn: str) -> Mapping[str, str]:
    """The tags of a role or a user."""
    if found := _role(arn):
        return _pairs(found.tags)
    backend = iam_backends[_account(arn)][_PARTITION]
    user = next((each for each in list(backend.users.values()) if each.arn == arn), None)
    return _pairs(backend.list_user_tags(user.name)) if user else {}


def path_of(account: str, kind: str, name: str) -> str:
    """The path of a role or a user; "/" of what does not exist."""
    backend = iam_backends[account][_PARTITION]
    there = {"role": backend.roles, "user": backend.users}.get(kind, {})
    return next((str(each.path) for each in list(there.values()) if each.name == name and each.path), "/")


_by_arn: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
"""Roles as they were last found. moto keeps them by their ids."""


def _role(arn: str) -> Any:
    roles = iam_backends[_account(arn)][_PARTITION].roles
    found = _by_arn.get(arn)
    if found is not None and roles.get(found.id) is found:
        return found
    found = next((each for each in list(roles.values()) if each.arn == arn), None)
    if found is not None:
        _by_arn[arn] = found
    return found


def _account(arn: str) -> str:
    return arn.split(":", 5)[4]


def _user(backend: Any, name: str) -> Identity:
    user = backend.users[name]
    documents = [*user.policies.items(), *_attached(user)]
    for group in backend.get_groups_for_user(name):
        documents += [*group.policies.items(), *_attached(group)]
    return Identity(
        arn=user.arn,
        id=user.id,
        name=user.name,
        policies=tuple(documents),
        boundary=None,  # moto does not keep a user's
        tags=tuple(_pairs(backend.list_user_tags(user.name)).items()),
    )


def _attached(of: Any) -> Iterator[tuple[str, str]]:
    """The managed policies of a user, a role or a group: name and document."""
    return ((policy.name, _document(policy)) for policy in list(of.managed_policies.values()))


def _document(policy: Any) -> str:
    """Of the version that is the default."""
    return next(str(each.document) for each in policy.versions if each.version_id == policy.default_version_id)


def _boundary(role: Any) -> Documents | None:
    arn = role.permissions_boundary_arn
    if not arn:
        return None
    policy = iam_backends[role.account_id][_PARTITION].managed_policies.get(arn)
    return ((policy.name, _document(policy)),) if policy else ()


def _pairs(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in tags or ()}
