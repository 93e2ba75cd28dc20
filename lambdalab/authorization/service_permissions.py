"""What a service's room says about permissions: the interface of every `permissions.py`, and how it is found.

A room's `permissions.py` has one `PERMISSIONS`, a `ServicePermissions`. Each of its fields has a default, which fits
most services, so a room gives only what is different about its own. A service without a room gets all the defaults.

Sources: the Service Authorization Reference, a page for each service,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lambdalab.rooms import part

from .access import Access

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import NoReturn

    from lambdalab.policies import Decision

    from .access import Call, Context


def _action_of_that_name(call: Call) -> list[Access]:
    return [Access(f"{call.service}:{call.operation}")]


def _no_policy(region: str, account: str, resource: str) -> None:
    return None


def _no_keys(region: str, account: str, resource: str) -> Context:
    return {}


@dataclass(frozen=True)
class ServicePermissions:
    """How a service uses permissions."""

    required_access: Callable[[Call], Iterable[Access]] = _action_of_that_name
    """What a call of this service requires: operations whose action has another name, that touch several resources
    (a batch), or none in particular. By default the action is named like the operation, on "*"."""
    required_by_request: Callable[[Any, str], Iterable[Access]] | None = None
    """The same for a service whose actions depend on more of the HTTP request than its operation and parameters (S3).
    Gets moto's response object, and the ARN that moto found in the request."""
    always_allowed: frozenset[str] = frozenset()
    """Operations that everybody with credentials may call, whatever policies say."""
    tagging_actions: Mapping[str, str] = field(default_factory=dict)
    """Operations that create a resource, with the action that is needed as well if the call has tags:
    {"CreateQueue": "TagQueue"}."""
    tagged_resource: Callable[[Call, Access], str] = lambda call, created: created.resource
    """The resource of that action, if it is not the one that is created."""
    condition_keys: Callable[[Call], Mapping[str, str]] = lambda call: {}
    """Condition keys of this service's own, in lower case, each with the parameter that is its value:
    {"sns:protocol": "Protocol"}."""
    resource_policy: Callable[[str, str, str], Any] = _no_policy
    """The policy that a resource has, as JSON or decoded; None if there is none. Gets the region, the account and the
    last part of the resource's ARN. For IAM, a role's trust policy."""
    resource_keys: Callable[[str, str, str], Context] = _no_keys
    """Condition keys that describe a resource: its tags (`tag_keys`), a role's boundary. Gets the same."""
    denial: tuple[str, int] = ("AccessDeniedException", 400)
    """Error code and HTTP status of a denied request. The default is what services with JSON protocols do."""
    action_in_denial: Callable[[str], str] = lambda action: action
    """How the error message writes an action."""
    resource_in_denial: Callable[[str], str] = lambda resource: resource
    """How it writes a resource; empty: it names none."""
    denial_message: Callable[[Call, Access, Decision], str | None] = lambda call, access, decision: None
    """The message, if the service does not send AWS's usual sentence."""
    deny: Callable[[str, int, str], NoReturn] | None = None
    """Raises the error (code, status, message), if the protocol is none that moto can serialize an error for."""


_DEFAULT = ServicePermissions()


@functools.cache
def permissions_of(service: str) -> ServicePermissions:
    """Of a service, by its name in ARNs and signatures."""
    module = part(service, "permissions")
    found: ServicePermissions = module.PERMISSIONS if module else _DEFAULT
    return found


def required_access(call: Call) -> list[Access]:
    """What must be allowed for this call. Empty: everybody may call it."""
    permissions = permissions_of(call.service)
    if call.operation in permissions.always_allowed:
        return []
    required = list(permissions.required_access(call))
    return required + _to_tag(call, required, permissions)


def _to_tag(call: Call, required: list[Access], permissions: ServicePermissions) -> list[Access]:
    """Creating something with tags needs permission to tag it, too.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
    """
    action = permissions.tagging_actions.get(call.operation)
    if action is None or not (call.get("Tags") or call.get("tags")):
        return []
    service = required[0].action.partition(":")[0]
    return [Access(f"{service}:{action}", permissions.tagged_resource(call, required[0]))]


def tag_keys(tags: Mapping[str, str]) -> Context:
    """A resource's tags as condition keys: aws:ResourceTag/…"""
    return {f"aws:resourcetag/{key.lower()}": str(value) for key, value in tags.items()}
