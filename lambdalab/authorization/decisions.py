"""Decides about one access, and remembers what was decided.

What is remembered belongs to the text of the policies, so there is nothing to invalidate: a policy that changes is
another policy. A decision that looks at the request itself, by a condition or a variable, is made anew each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.policies import Policies, Principal, Request, evaluate

from . import resources

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from lambdalab.policies import Decision, Policy

    from .access import Access, Context
    from .principals import Signer

_TRUST = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
"""What a role's trust policy is about."""
_MOST = 4096
"""So many decisions are remembered. Then it starts over."""

_made: dict[Hashable, tuple[Decision, object]] = {}
"""Signers and policies are known by their identity: they are kept here, so that no others can have it."""


def decide(signer: Signer, access: Access, context: Callable[[], Context]) -> Decision:
    """What all policies say. `context` gives the request's condition keys, and is called only if a policy asks."""
    policy = resources.policy_of(access.resource)
    if signer.asks_about_request or (policy is not None and policy.asks_about_request):
        keys = {**resources.keys_of(access.resource), **context(), **signer.context, **access.context}
        return _evaluated(signer, access, policy, keys)
    key = (id(signer), access.action, access.resource, id(policy))
    if (found := _made.get(key)) is None:
        found = _remember(key, _evaluated(signer, access, policy, {}), (signer, policy))
    return found[0]


def service_may(service: str, access: Access, context: Callable[[], Context]) -> bool:
    """Whether a resource's policy lets a service, for instance s3.amazonaws.com, or ANYBODY, do this."""
    policy = resources.policy_of(access.resource)
    if policy is None:
        return False
    if policy.asks_about_request:
        return bool(_evaluated_for_service(service, access, policy, {**context(), **access.context}))
    key = (service, access.action, access.resource, id(policy))
    if (found := _made.get(key)) is None:
        found = _remember(key, _evaluated_for_service(service, access, policy, {}), policy)
    return bool(found[0])


def _remember(key: Hashable, decision: Decision, known_by_identity: object) -> tuple[Decision, object]:
    if len(_made) >= _MOST:
        _made.clear()
    _made[key] = found = decision, known_by_identity
    return found


def _evaluated(signer: Signer, access: Access, policy: Policy | None, context: Context) -> Decision:
    account = resources.owner_of(access.resource, signer.principal.account)
    return evaluate(
        Request(signer.principal, access.action, access.resource, context, account),
        Policies(
            identity=signer.identity,
            boundary=signer.boundary,
            session=signer.session,
            resource=policy,
            trust=access.action in _TRUST,
            key=policy is not None and access.resource.startswith("arn:aws:kms:"),
        ),
    )


def _evaluated_for_service(service: str, access: Access, policy: Policy, context: Context) -> Decision:
    request = Request(Principal(service), access.action, access.resource, context)
    return evaluate(request, Policies(resource=policy))
