"""From an access key to who signs with it, and the policies that apply to them.

IAM's and STS's rooms look up users, roles and sessions; this reads their policies. They are looked up for each request,
because they change between two; each text is parsed once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from lambdalab.policies import Policy, Principal, read
from lambdalab.rooms import part

from .resources import parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Documents = tuple[tuple[str, str], ...]
"""Policies: the name of each, and its JSON."""


@dataclass(frozen=True)
class Identity:
    """A role or a user, as IAM keeps it."""

    arn: str
    id: str
    name: str
    policies: Documents
    """Inline policies and those that are attached; a user's include those of its groups."""
    boundary: Documents | None
    """The permissions boundary; None if there is none. Empty: it was deleted, and allows nothing."""
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Session:
    """A session of an assumed role, as STS keeps it."""

    arn: str
    name: str
    role_arn: str
    role_id: str | None
    """Of the role as it was when it was assumed."""
    policy: str | None
    """The session policy."""
    issued: float
    """The lab's time, in seconds since 1970."""
    function_arn: str | None
    """The function to which Lambda gave these credentials."""


class Iam(Protocol):
    """What IAM's room answers: `backend.py` of services/iam."""

    def role(self, arn: str) -> Identity | None:
        """The role with this ARN."""

    def user_with_key(self, access_key_id: str) -> Identity | None:
        """The user to whom an access key belongs."""


class Sts(Protocol):
    """What STS's room answers: `backend.py` of services/sts."""

    def session(self, access_key_id: str) -> Session | None:
        """The session to which an access key belongs."""


@dataclass(frozen=True)
class Signer:
    """Who signed a request."""

    principal: Principal
    identity: tuple[Policy, ...]
    boundary: tuple[Policy, ...] | None
    session: tuple[Policy, ...] | None
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Condition keys that describe the principal."""


def signer_of(access_key_id: str) -> Signer | None:
    """Who an access key belongs to; None for the reader's own, and others that moto did not give out."""
    if access_key_id.startswith(_OF_SESSIONS) and (session := _sts().session(access_key_id)):
        return _session(session)
    user = _iam().user_with_key(access_key_id)
    return _user(user) if user else None


def reader(arn: str) -> Signer:
    """Whose credentials the lab gave to the reader: an administrator, who may do everything."""
    return Signer(Principal(arn), (_EVERYTHING,), None, None)


def of_role(role_arn: str, session_name: str) -> Signer:
    """Who a session of this role would be: for what Lambda does with a function's role itself."""
    return _of_role(role_arn, session_arn(role_arn, session_name), session_name)


def session_arn(role_arn: str, session_name: str) -> str:
    """The ARN of a role's session. The role's path is not part of it."""
    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    return f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}"


_OF_SESSIONS = "ASIA"
"""How the access keys of sessions begin, and no others.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
"""
_EVERYTHING = read(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, "AdministratorAccess"
)


def _iam() -> Iam:
    found: Iam = part("iam", "backend")
    return found


def _sts() -> Sts:
    found: Sts = part("sts", "backend")
    return found


def _session(session: Session) -> Signer:
    limit = (_read(session.policy, "session policy"),) if session.policy else None
    signer = _of_role(session.role_arn, session.arn, session.name, limit, session.role_id)
    issued = datetime.fromtimestamp(session.issued, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    context = {**signer.context, "aws:tokenissuetime": issued}
    if session.function_arn:
        context["lambda:sourcefunctionarn"] = session.function_arn
    return replace(signer, context=context)


def _of_role(
    role_arn: str,
    arn: str,
    session_name: str,
    limit: tuple[Policy, ...] | None = None,
    role_id: str | None = None,
) -> Signer:
    role = _iam().role(role_arn)
    principal = Principal(arn, role=role_arn)
    if role is None or role_id not in (None, role.id):
        # Deleted meanwhile, and perhaps created again: its sessions can do nothing any more.
        return Signer(principal, (), None, limit)
    return Signer(
        principal,
        _policies(role.policies),
        None if role.boundary is None else _policies(role.boundary),
        limit,
        {
            "aws:principalarn": role_arn,
            "aws:principalaccount": role_arn.split(":")[4],
            "aws:principaltype": "AssumedRole",
            "aws:userid": f"{role.id}:{session_name}",
            **_tags(role.tags),
        },
    )


def _user(user: Identity) -> Signer:
    return Signer(
        Principal(user.arn),
        _policies(user.policies),
        None if user.boundary is None else _policies(user.boundary),
        None,
        {
            "aws:principalarn": user.arn,
            "aws:principalaccount": user.arn.split(":")[4],
            "aws:principaltype": "User",
            "aws:userid": user.id,
            "aws:username": user.name,
            **_tags(user.tags),
        },
    )


def _tags(tags: Mapping[str, str]) -> dict[str, str]:
    return {f"aws:principaltag/{key.lower()}": value for key, value in tags.items()}


def _policies(documents: Iterable[tuple[str, str]]) -> tuple[Policy, ...]:
    return tuple(_read(document, name) for name, document in documents)


def _read(document: str, name: str) -> Policy:
    """A stored policy; one that is none allows nothing (IAM would not have stored it)."""
    return parsed(document, name) or Policy(name, ())
