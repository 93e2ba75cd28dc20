"""From an access key to who signs with it, and the policies that apply to them.

moto keeps users, roles and sessions, and what is attached to them; this reads it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lambdalab.moto_patches import Patch
from lambdalab.policies import MalformedPolicy, Policy, Principal, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


@dataclass(frozen=True)
class Signer:
    """Who signed a request."""

    principal: Principal
    identity: tuple[Policy, ...]
    boundary: tuple[Policy, ...] | None
    session: tuple[Policy, ...] | None
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Condition keys that are about who asks."""


def signer_of(access_key_id: str) -> Signer | None:
    """Who an access key belongs to; None for the reader's own, and others that moto did not give out.

    Looked up for each request: policies change between two.
    """
    from moto.iam.models import iam_backends
    from moto.sts.models import sts_backends

    if access_key_id.startswith(_OF_SESSIONS):
        for account in list(sts_backends):
            for session in reversed(sts_backends[account]["aws"].assumed_roles):
                if session.access_key_id == access_key_id:
                    return _session(session)
    for account in list(iam_backends):
        backend = iam_backends[account]["aws"]
        if key := backend.access_keys.get(access_key_id):
            return _user(backend, key.user_name)
    return None


def reader(arn: str) -> Signer:
    """Whose credentials the lab gave to the reader: an administrator, who may do everything."""
    return Signer(Principal(arn), (_EVERYTHING,), None, None)


_OF_SESSIONS = "ASIA"
"""How the access keys of sessions begin, and no others.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
"""
_EVERYTHING = read(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, "AdministratorAccess"
)


def patches(now: Callable[[], float]) -> tuple[Patch, ...]:
    """The change to moto's STS."""

    def remember(original: Callable[..., None]) -> Callable[..., None]:
        def __init__(session: Any, *args: Any, **members: Any) -> None:
            original(session, *args, **members)
            session.issued = now()
            role = _role(session.account_id, session.role_arn)
            session.role_id = role.id if role else None

        return __init__

    return (
        Patch(
            "moto.sts.models",
            "AssumedRole",
            "__init__",
            (
                "self",
                "account_id",
                "region_name",
                "access_key",
                "role_session_name",
                "role_arn",
                "policy",
                "duration",
                "external_id",
            ),
            remember,
            "moto knows a session's role by its name: one that is deleted and made again would be the same",
        ),
    )


def _role(account: str, arn: str) -> Any:
    from moto.iam.models import iam_backends

    return next((each for each in list(iam_backends[account]["aws"].roles.values()) if each.arn == arn), None)


def of_role(role_arn: str, session_name: str) -> Signer:
    """Who a session of this role would be: for what Lambda does with a function's role itself."""
    account = role_arn.split(":")[4]
    return _of_role(account, role_arn, session_arn(role_arn, session_name), session_name)


def session_arn(role_arn: str, session_name: str) -> str:
    """How a session of a role is called. A role's path is not part of it."""
    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    return f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}"


def _session(session: Any) -> Signer:
    limit = (_read(session.policy, "session policy"),) if session.policy else None
    signer = _of_role(session.account_id, session.role_arn, session.arn, session.session_name, limit, session.role_id)
    issued = datetime.fromtimestamp(session.issued, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    context = {**signer.context, "aws:tokenissuetime": issued}
    if function := getattr(session, "function_arn", None):  # set for those whose credentials a function has
        context["lambda:sourcefunctionarn"] = function
    return replace(signer, context=context)


def _of_role(
    account: str,
    role_arn: str,
    arn: str,
    session_name: str,
    limit: tuple[Policy, ...] | None = None,
    role_id: str | None = None,
) -> Signer:
    from moto.iam.models import iam_backends

    backend = iam_backends[account]["aws"]
    role = _role(account, role_arn)
    principal = Principal(arn, role=role_arn)
    if role is None or role_id not in (None, role.id):
        # Deleted meanwhile, and perhaps made again: its sessions can do nothing any more.
        return Signer(principal, (), None, limit)
    documents = [*role.policies.items(), *_attached(role)]
    return Signer(
        principal,
        tuple(_read(document, name) for name, document in documents),
        _boundary(backend, role.permissions_boundary_arn),
        limit,
        {
            "aws:principalarn": role_arn,
            "aws:principalaccount": account,
            "aws:principaltype": "AssumedRole",
            "aws:userid": f"{role.id}:{session_name}",
            **_tags(role.tags or ()),
        },
    )


def _user(backend: Any, name: str) -> Signer:
    user = backend.users[name]
    documents = [*user.policies.items(), *_attached(user)]
    for group in backend.get_groups_for_user(name):
        documents += [*group.policies.items(), *_attached(group)]
    return Signer(
        Principal(user.arn),
        tuple(_read(document, name) for name, document in documents),
        None,  # moto does not keep a user's
        None,
        {
            "aws:principalarn": user.arn,
            "aws:principalaccount": backend.account_id,
            "aws:principaltype": "User",
            "aws:userid": user.id,
            "aws:username": user.name,
            **_tags(backend.list_user_tags(user.name)),
        },
    )


def _attached(of: Any) -> Iterator[tuple[str, str]]:
    """The managed policies of a user, a role or a group: name and document."""
    return ((policy.name, _document(policy)) for policy in list(of.managed_policies.values()))


def _document(policy: Any) -> str:
    """Of the version that is the default."""
    return next(str(each.document) for each in policy.versions if each.version_id == policy.default_version_id)


def _boundary(backend: Any, arn: str | None) -> tuple[Policy, ...] | None:
    if not arn:
        return None
    policy = backend.managed_policies.get(arn)
    return () if policy is None else (_read(_document(policy), policy.name),)


def _tags(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {f"aws:principaltag/{each['Key'].lower()}": each["Value"] for each in tags}


@functools.lru_cache(maxsize=512)
def _parsed(document: str, name: str) -> Policy:
    return read(document, name)


def _read(document: str | Mapping[str, Any], name: str) -> Policy:
    """A stored policy; one that is none allows nothing (IAM would not have stored it)."""
    try:
        return _parsed(document, name) if isinstance(document, str) else read(document, name)
    except MalformedPolicy:
        return Policy(name, ())
