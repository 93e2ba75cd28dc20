"""Secrets Manager's permissions: a secret's ARN ends with a random part, which a call by its name does not know.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.authorization.access import access_to
from lambdalab.authorization.service_permissions import ServicePermissions

from . import backend

if TYPE_CHECKING:
    from lambdalab.authorization.access import Access, Call


def _required(call: Call) -> list[Access]:
    secret = call.get("SecretId")
    if secret is None:
        name = call.get("Name")
        return access_to(call, call.arn(f"secret:{name}-*") if name else None)
    if str(secret).startswith("arn:"):
        return access_to(call, str(secret))
    arn = backend.arn_of(call.region, call.account, str(secret))
    return access_to(call, arn or call.arn(f"secret:{secret}"))


PERMISSIONS = ServicePermissions(
    required_access=_required,
    tagging_actions={"CreateSecret": "TagResource"},
    resource_policy=backend.policy_of,
)
