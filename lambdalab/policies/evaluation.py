"""From the policies that apply to a request to a decision, and why.

A Deny anywhere wins. Else somebody must allow: a policy of who asks, and then every limit on them (a permissions
boundary, a session policy) must allow as well; or the policy of what is asked for, if it names who asks. Two policies
must let in whoever wants to do something in another account, to become a role, or to use a key of KMS: theirs and the
resource's.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import conditions
from .patterns import matches, resource_matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .documents import Policy, Statement


ANYBODY = "*"
"""The `Principal.arn` of who did not say who they are. Policies let them in by letting everybody in."""


@dataclass(frozen=True)
class Principal:
    """Who asks."""

    arn: str
    """arn:aws:iam::ACCOUNT:user/…, arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION, a service's name, or ANYBODY."""
    role: str = ""
    """Of a session, the ARN of its role."""

    @property
    def account(self) -> str:
        """The account id; empty for a service."""
        parts = self.arn.split(":")
        return parts[4] if len(parts) > 4 else ""

    @property
    def is_service(self) -> bool:
        """s3.amazonaws.com, for instance."""
        return not self.arn.startswith("arn:")


@dataclass(frozen=True)
class Request:
    """What is asked: one action on one resource."""

    principal: Principal
    action: str
    """As policies name it: s3:GetObject."""
    resource: str
    """An ARN, or "*" for actions that are about no resource in particular."""
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Condition keys in lower case, with their values."""
    account: str = ""
    """Whose resource it is; empty: the principal's account."""


@dataclass(frozen=True)
class Policies:
    """Every policy that applies to a request."""

    identity: tuple[Policy, ...] = ()
    boundary: tuple[Policy, ...] | None = None
    """None: there is no permissions boundary."""
    session: tuple[Policy, ...] | None = None
    """None: the session was not limited when it was made."""
    resource: Policy | None = None
    trust: bool = False
    """The resource is a role that somebody wants to become: its policy must let them in, whatever theirs say."""
    key: bool = False
    """The resource is a key of KMS: the same holds for its policy. Most let the account in, and so leave it to others.
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
    """


class Effect(enum.Enum):
    """How it was decided."""

    ALLOWED = "Allowed"
    EXPLICITLY_DENIED = "ExplicitlyDenied"
    IMPLICITLY_DENIED = "ImplicitlyDenied"


@dataclass(frozen=True)
class Decision:
    """Whether a request may be done, and which policy said so."""

    effect: Effect
    kind: str = ""
    """Of the policy that decided, or of the one that should have allowed: identity-based policy, permissions
    boundary, session policy, resource-based policy, role trust policy. AWS's words, as they stand in its messages."""
    policy: str = ""
    statement: Statement | None = None

    def __bool__(self) -> bool:
        return self.effect is Effect.ALLOWED


_IDENTITY, _BOUNDARY = "identity-based policy", "permissions boundary"
_SESSION, _RESOURCE, _TRUST = "session policy", "resource-based policy", "role trust policy"


def evaluate(request: Request, policies: Policies) -> Decision:
    """Decide."""
    resource = (policies.resource,) if policies.resource else ()
    of_resource = _TRUST if policies.trust else _RESOURCE
    for kind, of_kind in (
        (_IDENTITY, policies.identity),
        (_BOUNDARY, policies.boundary or ()),
        (_SESSION, policies.session or ()),
        (of_resource, resource),
    ):
        for policy, statement in _about(request, of_kind, allow=False):
            if kind != of_resource or _denies(statement, request.principal, bounded=policies.boundary is not None):
                return Decision(Effect.EXPLICITLY_DENIED, kind, policy, statement)

    by_resource = _allowed_by_resource(request, policies.resource, of_resource)
    if request.principal.is_service:
        return by_resource[0] if by_resource else Decision(Effect.IMPLICITLY_DENIED, of_resource)
    elsewhere = bool(request.account) and request.account != request.principal.account
    if by_resource and not elsewhere and by_resource[1] is _Named.ITSELF:
        return by_resource[0]
    by_identity = _first(request, policies.identity)
    for kind, limit in ((_SESSION, policies.session), (_BOUNDARY, policies.boundary)):
        if limit is not None and not _first(request, limit):
            return Decision(Effect.IMPLICITLY_DENIED, kind)
    if by_resource and not elsewhere and by_resource[1] is _Named.ROLE:
        return by_resource[0]
    if not by_identity:
        return Decision(Effect.IMPLICITLY_DENIED, _IDENTITY)
    if (elsewhere or policies.trust or policies.key) and not by_resource:
        return Decision(Effect.IMPLICITLY_DENIED, of_resource)
    return Decision(Effect.ALLOWED, _IDENTITY, *by_identity)


def _about(request: Request, policies: Iterable[Policy], *, allow: bool) -> Iterator[tuple[str, Statement]]:
    """The statements of this effect that are about the request, each with its policy's name."""
    for policy in policies:
        for statement in policy.statements:
            if statement.allow is allow and is_about(statement, request):
                yield policy.name, statement


def _first(request: Request, policies: Iterable[Policy]) -> tuple[str, Statement] | None:
    return next(_about(request, policies, allow=True), None)


def is_about(statement: Statement, request: Request) -> bool:
    """Whether action, resource and conditions fit."""
    return (
        any(_action_matches(each, request.action) for each in statement.actions) != statement.not_actions
        and _resource_fits(statement, request)
        and conditions.hold(statement, request.context)
    )


def _action_matches(pattern: str, action: str) -> bool:
    if pattern == "*":
        return True
    service, _, name = pattern.partition(":")
    wanted, _, found = action.partition(":")
    return service.lower() == wanted.lower() and matches(name, found, ignore_case=True)


def _resource_fits(statement: Statement, request: Request) -> bool:
    if statement.resources is None:
        return True
    found = [_is_resource(each, statement, request) for each in statement.resources]
    if statement.not_resources:
        return all(each is False for each in found)
    return any(found)


def _is_resource(pattern: str, statement: Statement, request: Request) -> bool | None:
    """None: that depends on a variable without a value. It is not the resource, nor is it known to be another."""
    if pattern == "*":
        return True
    context = request.context if statement.variables else None
    return resource_matches(pattern, request.resource, context)


# Principals -------------------------------------------------------------------------------------------------------


class _Named(enum.IntEnum):
    """How a resource's policy can name who asks; it matters for what else must allow."""

    ACCOUNT = 1
    ROLE = 2
    ITSELF = 3


def _allowed_by_resource(request: Request, policy: Policy | None, kind: str) -> tuple[Decision, _Named] | None:
    """The decision of the resource's policy if it allows, and how directly it names who asks."""
    if policy is None:
        return None
    best: tuple[Decision, _Named] | None = None
    for statement in policy.statements:
        if not statement.allow or not is_about(statement, request):
            continue
        how = _how_named(statement, request.principal)
        if how is not None and (best is None or how > best[1]):
            best = (Decision(Effect.ALLOWED, kind, policy.name, statement), how)
    return best


def _denies(statement: Statement, principal: Principal, *, bounded: bool) -> bool:
    """Whether a Deny of a resource's policy is for this principal.

    A principal with a permissions boundary is denied by every NotPrincipal, whoever that names:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    return (statement.not_principals and bounded) or _how_named(statement, principal) is not None


def _how_named(statement: Statement, principal: Principal) -> _Named | None:
    if statement.principals is None:
        return None
    found = [how for kind, value in statement.principals if (how := _is_named(kind, value, principal)) is not None]
    if statement.not_principals:
        return None if any(how is not _Named.ACCOUNT for how in found) else _Named.ITSELF
    return max(found, default=None)


def _is_named(kind: str, value: str, principal: Principal) -> _Named | None:
    if principal.arn == ANYBODY:
        return _Named.ITSELF if value == "*" else None
    if principal.is_service:
        return _Named.ITSELF if (kind == "Service" and value == principal.arn) or kind == "*" else None
    if kind not in ("AWS", "*"):
        return None
    if value == principal.arn:
        return _Named.ITSELF
    if value == "*":
        return _Named.ITSELF
    if value == principal.role:
        return _Named.ROLE
    if value in (principal.account, f"arn:aws:iam::{principal.account}:root"):
        return _Named.ACCOUNT
    return None
