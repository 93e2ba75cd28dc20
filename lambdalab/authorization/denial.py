"""The error of a denied request: its code, its status and its message.

The sentence is the same everywhere, and names the principal, the action, the resource and the kind of policy that
decided. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
A room says what its service does otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.policies import Effect

from .service_permissions import permissions_of

if TYPE_CHECKING:
    from lambdalab.policies import Decision, Principal

    from .access import Access, Call


def message(call: Call, principal: Principal, access: Access, decision: Decision) -> str:
    """What the service answers to a call that was denied this access."""
    own = permissions_of(call.service).denial_message(call, access, decision)
    return own or sentence(principal, access, decision)


def sentence(principal: Principal, access: Access, decision: Decision) -> str:
    """Why a request was denied."""
    permissions = permissions_of(access.action.partition(":")[0])
    action, resource = permissions.action_in_denial(access.action), permissions.resource_in_denial(access.resource)
    text = f"User: {principal.arn} is not authorized to perform: {action}"
    if resource:
        text += f" on resource: {resource}"
    article = {"i": "an", "r": "the" if "trust" in decision.kind else "a"}.get(decision.kind[0], "a")
    if decision.effect is Effect.EXPLICITLY_DENIED:
        return f"{text} with an explicit deny in {article} {decision.kind}"
    return f"{text} because no {decision.kind} allows the {action} action"
