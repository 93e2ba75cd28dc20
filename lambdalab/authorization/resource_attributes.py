"""What a condition can ask about a resource itself: its tags, and the permissions boundary of a role.

Of the services that let policies do so, and whose tags moto keeps. A resource that is not there has none: a condition
on its tags is not met, unless it says IfExists.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .condition_keys import Context


def of(arn: str) -> Context:
    """Condition keys in lower case, as far as they belong to the resource with this ARN."""
    parts = arn.split(":", 5)
    if len(parts) != 6:
        return {}
    _, _, service, region, account, resource = parts
    find = _SERVICES.get(service)
    return find(region, account, resource) if find else {}


def _tagged(tags: Mapping[str, str] | None) -> Context:
    return {f"aws:resourcetag/{key.lower()}": str(value) for key, value in (tags or {}).items()}


def _pairs(tags: Any) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in tags or ()}


def _lambda(region: str, account: str, resource: str) -> Context:
    """Tags are a function's; its versions and aliases have them with it."""
    from moto.awslambda.models import lambda_backends

    kind, _, rest = resource.partition(":")
    found = lambda_backends[account][region]._lambdas._functions.get(rest.partition(":")[0])
    return _tagged(found["latest"].tags) if kind == "function" and found else {}


def _iam(region: str, account: str, resource: str) -> Context:
    from moto.iam.models import iam_backends

    backend, arn = iam_backends[account]["aws"], f"arn:aws:iam::{account}:{resource}"
    for role in backend.roles.values():
        if role.arn == arn:
            boundary = role.permissions_boundary_arn
            return _tagged(_pairs(role.tags)) | ({"iam:permissionsboundary": boundary} if boundary else {})
    for user in backend.users.values():
        if user.arn == arn:
            return _tagged(_pairs(backend.list_user_tags(user.name)))
    return {}


def _dynamodb(region: str, account: str, resource: str) -> Context:
    from moto.dynamodb.models import dynamodb_backends

    kind, _, rest = resource.partition("/")
    table = dynamodb_backends[account][region].tables.get(rest.partition("/")[0])
    return _tagged(_pairs(table.tags)) if kind == "table" and table else {}


def _sqs(region: str, account: str, resource: str) -> Context:
    from moto.sqs.models import sqs_backends

    queue = sqs_backends[account][region].queues.get(resource)
    return _tagged(queue.tags) if queue else {}


def _sns(region: str, account: str, resource: str) -> Context:
    from moto.sns.models import sns_backends

    topic = sns_backends[account][region].topics.get(f"arn:aws:sns:{region}:{account}:{resource}")
    return _tagged(topic._tags) if topic else {}


_SERVICES: dict[str, Callable[[str, str, str], Context]] = {
    "dynamodb": _dynamodb,
    "iam": _iam,
    "lambda": _lambda,
    "sns": _sns,
    "sqs": _sqs,
}
