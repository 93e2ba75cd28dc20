"""Decides about one access, and remembers what was decided.

What is remembered is found by the text of the policies, so there is nothing to invalidate: a policy that changes is
another policy. A decision that looks at the request itself, by a condition or a variable, is made anew each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.policies import Policies, Principal, Request, evaluate

from . import resources

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from lambdalab.policies import Decision, Policy

    from .access import Access, Context
    from .principals import Signer

_TRUST = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
"""What a role's trust policy is about."""
_MOST = 4096
"""So many decisions are remembered. Then it starts over."""

_made: dict[Hashable, tuple[Decision, Policies]] = {}
"""Policies are known by their identity: each is kept here, so that no other can have it."""


def decide(signer: Signer, access: Access, context: Callable[[], Context]) -> Decision:
    """What all policies say. `context` gives the request's condition keys, and is called only if a policy asks."""
    policy = resources.policy_of(access.resource)
    policies = Policies(
        identity=signer.identity,
        boundary=signer.boundary,
        session=signer.session,
        resource=policy,
        trust=access.action in _TRUST,
        key=policy is not None and access.resource.startswith("arn:aws:kms:"),
    )
    account = resources.owner_of(access.resource, signer.principal.account)
    return _decide(
        signer.principal,
        access,
        policies,
        account,
        lambda: {**resources.keys_of(access.resource), **context(), **signer.context, **access.context},
    )


def service_may(service: str, access: Access, context: Callable[[], Context]) -> bool:
    """Whether a resource's policy lets a service, for instance s3.amazonaws.com, or ANYBODY, do this."""
    policies = Policies(resource=resources.policy_of(access.resource))
    return bool(_decide(Principal(service), access, policies, "", lambda: {**context(), **access.context}))


def _decide(
    principal: Principal,
    access: Access,
    policies: Policies,
    account: str,
    context: Callable[[], Mapping[str, str | tuple[str, ...]]],
) -> Decision:
    every = (
        *policies.identity,
        *(policies.boundary or ()),
        *(policies.session or ()),
        *((policies.resource,) if policies.resource else ()),
    )
    if any(policy.asks_about_request for policy in every):
        return evaluate(Request(principal, access.action, access.resource, context(), account), policies)
    key = (
        principal,
        access.action,
        access.resource,
        account,
        _ids(policies.identity),
        _ids(policies.boundary),
        _ids(policies.session),
        id(policies.resource) if policies.resource else None,
        policies.trust,
        policies.key,
    )
    if (found := _made.get(key)) is None:
        if len(_made) >= _MOST:
            _made.clear()
        decision = evaluate(Request(principal, access.action, access.resource, {}, account), policies)
        found = _made[key] = decision, policies
    return found[0]


def _ids(policies: tuple[Policy, ...] | None) -> tuple[int, ...] | None:
    return None if policies is None else tuple(map(id, policies))
