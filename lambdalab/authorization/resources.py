"""What a resource has to say about access: its policy, its owner, and the condition keys that describe it.

Each room knows where its service keeps them. Policies of resources: buckets, queues, topics, functions, log groups,
buses, keys and secrets have them; a role's is its trust policy. Condition keys: tags, of the services that let policies
ask for them and whose tags moto keeps. A resource that does not exist has none: a condition on its tags does not hold,
unless it says IfExists.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from lambdalab.policies import MalformedPolicy, Policy, read

from .service_permissions import permissions_of

if TYPE_CHECKING:
    from .access import Context


def policy_of(arn: str) -> Policy | None:
    """The policy of the resource, if it is there and has one."""
    parts = arn.split(":", 5)
    if len(parts) != 6:
        return None
    _, _, service, region, account, resource = parts
    document = permissions_of(service).resource_policy(region, account, resource)
    return parsed(document, arn) if document else None


def owner_of(arn: str, account: str) -> str:
    """Whose resource it is: `account`, if the ARN doesn't say (a bucket's)."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4] else account


def keys_of(arn: str) -> Context:
    """Condition keys in lower case, as far as they describe the resource with this ARN."""
    parts = arn.split(":", 5)
    if len(parts) != 6:
        return {}
    _, _, service, region, account, resource = parts
    return permissions_of(service).resource_keys(region, account, resource)


def parsed(document: Any, name: str) -> Policy | None:
    """A stored policy, read once for each text; None if it is no policy (AWS would not have stored it)."""
    if isinstance(document, bytes):
        document = document.decode()
    return _parsed(document if isinstance(document, str) else json.dumps(document), name)


@functools.lru_cache(maxsize=1024)
def _parsed(document: str, name: str) -> Policy | None:
    try:
        return read(document, name)
    except MalformedPolicy:
        return None
