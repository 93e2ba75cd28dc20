"""From an access key to who signs with it, and the policies that apply to them.

IAM's and STS's rooms look up users, roles and sessions; this reads their policies. They are looked up for each request,
because they change between two. Of the same identity with the same policies, the same `Signer` is made once.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from lambdalab.policies import Policy, Principal, read
from lambdalab.rooms import part

from .resources import parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Documents = tuple[tuple[str, str], ...]
"""The name of each, and what it has: a policy's JSON, a tag's value."""
_MOST = 1024
"""So many signers are remembered."""


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
    tags: Documents
    """Keys and values."""


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

    @functools.cached_property
    def asks_about_request(self) -> bool:
        """Whether what a policy here says depends on the request's context."""
        every = (*self.identity, *(self.boundary or ()), *(self.session or ()))
        return any(policy.asks_about_request for policy in every)


def signer_of(access_key_id: str) -> Signer | None:
    """Who an access key belongs to; None for the reader's own, and others that moto did not give out."""
    if access_key_id.startswith(_OF_SESSIONS) and (session := _sts().session(access_key_id)):
        return _session(session, _iam().role(session.role_arn))
    user = _iam().user_with_key(access_key_id)
    return _user(user) if user else None


@functools.lru_cache(maxsize=_MOST)
def reader(arn: str) -> Signer:
    """Whose credentials the lab gave to the reader: an administrator, who may do everything."""
    return Signer(Principal(arn), (_EVERYTHING,), None, None)


def of_role(role_arn: str, session_name: str) -> Signer:
    """Who a session of this role would be: for what Lambda does with a function's role itself."""
    return _of_role(role_arn, session_name, _iam().role(role_arn))


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


@functools.lru_cache(maxsize=_MOST)
def _session(session: Session, role: Identity | None) -> Signer:
    limit = (_read(session.policy, "session policy"),) if session.policy else None
    principal = Principal(session.arn, role=session.role_arn)
    issued = datetime.fromtimestamp(session.issued, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    context = {"aws:tokenissuetime": issued}
    if session.function_arn:
        context["lambda:sourcefunctionarn"] = session.function_arn
    if role is None or session.role_id not in (None, role.id):
        # Deleted meanwhile, and perhaps created again: its sessions can do nothing any more.
        return Signer(principal, (), None, limit, context)
    return _with_policies(principal, role, limit, _keys_of_role(role, session.name) | context)


@functools.lru_cache(maxsize=_MOST)
def _of_role(role_arn: str, session_name: str, role: Identity | None) -> Signer:
    principal = Principal(session_arn(role_arn, session_name), role=role_arn)
    if role is None:
        return Signer(principal, (), None, None)
    return _with_policies(principal, role, None, _keys_of_role(role, session_name))


@functools.lru_cache(maxsize=_MOST)
def _user(user: Identity) -> Signer:
    keys = {
        "aws:principalarn": user.arn,
        "aws:principalaccount": user.arn.split(":")[4],
        "aws:principaltype": "User",
        "aws:userid": user.id,
        "aws:username": user.name,
        **_tags(user.tags),
    }
    return _with_policies(Principal(user.arn), user, None, keys)


def _with_policies(
    principal: Principal, identity: Identity, limit: tuple[Policy, ...] | None, keys: Mapping[str, str]
) -> Signer:
    boundary = None if identity.boundary is None else _policies(identity.boundary)
    return Signer(principal, _policies(identity.policies), boundary, limit, keys)


def _keys_of_role(role: Identity, session_name: str) -> dict[str, str]:
    return {
        "aws:principalarn": role.arn,
        "aws:principalaccount": role.arn.split(":")[4],
        "aws:principaltype": "AssumedRole",
        "aws:userid": f"{role.id}:{session_name}",
        **_tags(role.tags),
    }


def _tags(tags: Documents) -> dict[str, str]:
    return {f"aws:principaltag/{key.lower()}": value for key, value in tags}


def _policies(documents: Iterable[tuple[str, str]]) -> tuple[Policy, ...]:
    return tuple(_read(document, name) for name, document in documents)


def _read(document: str, name: str) -> Policy:
    """A stored policy; one that is none allows nothing (IAM would not have stored it)."""
    return parsed(document, name) or Policy(name, ())
